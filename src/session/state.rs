//! What is remembered between commands and is no secret: `state.json`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Account;
use super::exec::Exec;
use super::files::{self, Durability};
use crate::error::Result;
use crate::portal::{ProfileId, ProfileList, Space};

/// Receives a sentence that the user should read.
pub type Notify = Box<dyn Fn(&str)>;

/// The accounts on this machine, which one is the default, and of each user the previous profile and
/// who runs commands as another one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    accounts: Vec<AccountRecord>,
    default: Option<AccountRecord>,
    users: Vec<UserRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct AccountRecord {
    space: String,
    email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    portal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyring: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct UserRecord {
    #[serde(flatten)]
    key: UserKey,
    previous: Option<ProfileId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    execs: Vec<Exec>,
}

/// A user at a space, as the profile list names him: the same with every token of his.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserKey {
    space: String,
    user: Option<u64>,
}

impl UserKey {
    /// The user that `list` names, at this space.
    #[must_use]
    pub fn at(space: &Space, list: &ProfileList) -> Self {
        Self::new(space.to_string(), list)
    }

    /// The user of the embedded practice portal, whose address is another each time.
    #[must_use]
    pub fn in_sandbox(list: &ProfileList) -> Self {
        Self::new("sandbox".to_owned(), list)
    }

    /// A name for files that are about this user.
    pub(super) fn file_name(&self) -> String {
        let user = self.user.map(|user| user.to_string());
        files::digest_of(&[&self.space, &user.unwrap_or_default()])
    }

    fn new(space: String, list: &ProfileList) -> Self {
        Self {
            space,
            user: list.user.as_ref().and_then(|user| user.id),
        }
    }
}

impl State {
    /// The accounts, in the order of their first sign-in.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        self.accounts
            .iter()
            .filter_map(AccountRecord::read)
            .collect()
    }

    /// The account that was made the default.
    #[must_use]
    pub fn default_account(&self) -> Option<Account> {
        let default = self.default.as_ref().and_then(AccountRecord::read)?;
        self.accounts().into_iter().find(|known| *known == default)
    }

    /// Makes an account the default.
    pub fn set_default(&mut self, account: &Account) {
        self.default = Some(AccountRecord::of(account));
    }

    /// Adds an account, or what is new about it.
    pub fn add(&mut self, account: &Account) {
        let record = AccountRecord::of(account);
        match self.accounts.iter_mut().find(|known| known.is(account)) {
            Some(known) => *known = record,
            None => self.accounts.push(record),
        }
    }

    /// Removes an account, and with the last account at its space what is remembered of the users
    /// there. Where it was the default and several are left, the first of these is the default
    /// now, one at the same space before any other; a single one needs to be none.
    ///
    /// Returns the new default, if that has changed.
    pub fn remove(&mut self, account: &Account) -> Option<Account> {
        self.accounts.retain(|record| !record.is(account));
        let left = self.accounts();
        let space = account.space.to_string();
        if !left.iter().any(|other| other.space == account.space) {
            self.users.retain(|user| user.key.space != space);
        }
        self.default.take_if(|record| record.is(account))?;
        if left.len() < 2 {
            return None;
        }
        let neighbour = left.iter().find(|other| other.space == account.space);
        let heir = neighbour.or(left.first())?.clone();
        self.set_default(&heir);
        Some(heir)
    }

    /// The profile that was current before the last switch of this user from here.
    #[must_use]
    pub fn previous(&self, key: &UserKey) -> Option<ProfileId> {
        self.users.iter().find(|user| user.key == *key)?.previous
    }

    /// Remembers the profile that was current before a switch.
    pub fn set_previous(&mut self, key: &UserKey, previous: Option<ProfileId>) {
        self.change_user(key, |user| user.previous = previous);
    }

    /// The line of this user's `exec`s, in the order in which they joined it.
    pub(super) fn execs(&self, key: &UserKey) -> &[Exec] {
        self.users
            .iter()
            .find(|user| user.key == *key)
            .map_or(&[], |user| &user.execs)
    }

    /// Changes the line of this user's `exec`s.
    pub(super) fn change_execs<T>(
        &mut self,
        key: &UserKey,
        change: impl FnOnce(&mut Vec<Exec>) -> T,
    ) -> T {
        self.change_user(key, |user| change(&mut user.execs))
    }

    /// Changes the record of this user, which is made where there is none.
    fn change_user<T>(&mut self, key: &UserKey, change: impl FnOnce(&mut UserRecord) -> T) -> T {
        let known = self.users.iter().position(|user| user.key == *key);
        let mut user = match known {
            Some(index) => self.users.remove(index),
            None => UserRecord {
                key: key.clone(),
                previous: None,
                execs: Vec::new(),
            },
        };
        let result = change(&mut user);
        self.users.insert(known.unwrap_or(self.users.len()), user);
        result
    }
}

impl AccountRecord {
    fn of(account: &Account) -> Self {
        Self {
            space: account.space.to_string(),
            email: account.email.clone(),
            portal: account.portal.as_ref().map(ToString::to_string),
            keyring: account.store.map(|store| store.as_str().to_owned()),
        }
    }

    fn read(&self) -> Option<Account> {
        let portal = self.portal.as_ref();
        Some(Account {
            space: self.space.parse().ok()?,
            email: self.email.clone(),
            portal: portal.and_then(|portal| portal.parse().ok()),
            store: self.keyring.as_ref().and_then(|word| word.parse().ok()),
        })
    }

    fn is(&self, account: &Account) -> bool {
        self.read().as_ref() == Some(account)
    }
}

/// The file that holds the [`State`]: private to the user, replaced whole, changed under a lock.
pub struct StateFile {
    path: PathBuf,
    notify: Notify,
}

impl StateFile {
    /// The folder that the file is in.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The state file in `folder`, which need not exist yet.
    ///
    /// `notify` is told when the file turns out to be damaged and is set aside.
    #[must_use]
    pub fn in_folder(folder: &Path, notify: Notify) -> Self {
        Self {
            path: folder.join("state.json"),
            notify,
        }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state; the empty one where there is no file. A damaged file is set aside.
    ///
    /// # Errors
    /// Where the file is there and can't be read or set aside.
    pub fn load(&self) -> Result<State> {
        match self.read()? {
            Content::State(state) => Ok(state),
            Content::Damaged => {
                let _lock = self.lock()?;
                self.read_or_set_aside()
            }
        }
    }

    /// Changes the state: reads it, lets `change` work on it, and replaces the file, while no other
    /// process does.
    ///
    /// # Errors
    /// Where the folder or the files in it can't be made, read, locked or written.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        self.change(Durability::Synced, change)
    }

    /// Remembers the profile that was current before a switch, without waiting for the disk: a
    /// switch is done when the portal shows it, and nobody should wait for what a power cut in the
    /// next seconds might cost.
    ///
    /// # Errors
    /// As [`StateFile::update`].
    pub fn remember_previous(&self, user: &UserKey, previous: Option<ProfileId>) -> Result<()> {
        self.change(Durability::Lazy, |state| state.set_previous(user, previous))
    }

    fn change<T>(&self, durability: Durability, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let _lock = self.lock()?;
        let mut state = self.read_or_set_aside()?;
        let result = change(&mut state);
        let mut content = serde_json::to_vec_pretty(&state)
            .map_err(|error| self.failed("write", error.into()))?;
        content.push(b'\n');
        files::replace(&self.path, &content, durability)
            .map_err(|error| self.failed("write", error))?;
        Ok(result)
    }

    fn lock(&self) -> Result<File> {
        files::make_private_folder(self.folder()).map_err(|error| self.failed("write", error))?;
        let lock = files::lock_file(&self.path.with_extension("lock"))
            .map_err(|error| self.failed("lock", error))?;
        lock.lock().map_err(|error| self.failed("lock", error))?;
        Ok(lock)
    }

    fn read(&self) -> Result<Content> {
        match fs::read(&self.path) {
            Ok(content) => {
                Ok(serde_json::from_slice(&content).map_or(Content::Damaged, Content::State))
            }
            Err(error) if files::is_absent(&error) => Ok(Content::State(State::default())),
            Err(error) => Err(self.failed("read", error)),
        }
    }

    /// Whoever calls this holds the lock: no other process has put a whole file there since.
    fn read_or_set_aside(&self) -> Result<State> {
        if let Content::State(state) = self.read()? {
            return Ok(state);
        }
        let mut names = (1_u32..).map(|number| match number {
            1 => "json.damaged".to_owned(),
            number => format!("json.damaged-{number}"),
        });
        let aside = names
            .find_map(|name| Some(self.path.with_extension(name)).filter(|path| !path.exists()))
            .unwrap_or_default();
        fs::rename(&self.path, &aside)
            .map_err(|error| self.failed("set aside the damaged", error))?;
        (self.notify)(&format!(
            "{} was damaged and is now {}; the accounts it named need `nxp login` again",
            self.path.display(),
            aside.display()
        ));
        Ok(State::default())
    }

    fn failed(&self, verb: &str, error: io::Error) -> crate::error::Error {
        anyhow::Error::new(error)
            .context(format!("can't {verb} {}", self.path.display()))
            .into()
    }
}

enum Content {
    State(State),
    Damaged,
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn account(space: &str, email: &str) -> Account {
        Account::new(space.parse().unwrap(), email.to_owned())
    }

    fn file(folder: &Path) -> (StateFile, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let notify = Box::new(move |text: &str| heard.lock().unwrap().push(text.to_owned()));
        (StateFile::in_folder(folder, notify), said)
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_none_that_was_before() {
        let folder = tempfile::tempdir().unwrap();
        let (file, said) = file(folder.path());
        for (content, aside) in [
            ("{", "state.json.damaged"),
            ("", "state.json.damaged-2"),
            ("[1]", "state.json.damaged-3"),
        ] {
            fs::write(file.path(), content).unwrap();
            assert!(file.load().unwrap().accounts().is_empty());
            let kept = fs::read_to_string(folder.path().join(aside)).unwrap();
            assert_eq!(kept, content);
            assert!(said.lock().unwrap().last().unwrap().contains(aside));
        }
        file.update(|state| state.add(&account("acme", "ana@acme.example")))
            .unwrap();
        assert_eq!(file.load().unwrap().accounts().len(), 1);
        assert_eq!(said.lock().unwrap().len(), 3);
    }

    #[test]
    fn what_another_version_wrote_beside_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let (file, said) = file(folder.path());
        let content = r#"{"accounts":[
            {"space":"https://acme.spaces.nexudus.com","email":"a@b.example","keyring":"vault","x":1},
            {"space":"ftp://nowhere","email":"c@d.example"}],"news":[]}"#;
        fs::write(file.path(), content).unwrap();
        let accounts = file.load().unwrap().accounts();
        assert_eq!(accounts, [account("acme", "a@b.example")]);
        assert!(accounts[0].store.is_none());
        assert!(said.lock().unwrap().is_empty());
    }

    #[test]
    fn signing_in_again_changes_what_is_new_and_keeps_the_place() {
        let mut state = State::default();
        state.add(&account("acme", "ana@acme.example"));
        state.add(&account("beta", "ana@acme.example"));
        let mut again = account("acme", "Ana@acme.example");
        again.portal = Some("https://members.acme.example".parse().unwrap());
        again.store = Some(crate::session::StoreKind::Keyutils);
        state.add(&again);
        let accounts = state.accounts();
        assert_eq!(accounts.len(), 2);
        assert_eq!(accounts[0].store, again.store);
        assert_eq!(accounts[0].portal, again.portal);
    }

    #[test]
    fn the_default_moves_to_a_neighbour_and_a_single_account_needs_none() {
        let [one, other, far] = [
            account("acme", "one@acme.example"),
            account("acme", "other@acme.example"),
            account("beta", "one@acme.example"),
        ];
        let mut state = State::default();
        for account in [&far, &one, &other] {
            state.add(account);
        }
        assert!(state.default_account().is_none());
        state.set_default(&one);
        assert_eq!(state.remove(&one), Some(other.clone()));
        assert_eq!(state.default_account(), Some(other.clone()));
        assert_eq!(state.remove(&other), None);
        assert_eq!(state.default_account(), None);
        assert_eq!(state.accounts(), [far]);
    }

    #[test]
    fn removing_an_account_that_is_not_the_default_leaves_the_default_alone() {
        let (one, other) = (
            account("acme", "a@a.example"),
            account("beta", "a@a.example"),
        );
        let mut state = State::default();
        state.add(&one);
        state.add(&other);
        state.set_default(&one);
        assert_eq!(state.remove(&other), None);
        assert_eq!(state.default_account(), Some(one));
    }
}
