//! The accounts on this machine, and `state.json`, which lists them.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::KeyringKind;
use super::files::{self, failed};
use crate::api::Space;
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result};

/// An account: one email at one space. `nxp login` adds it, `nxp logout` removes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Where the user signs in.
    pub(crate) space: Space,
    /// The email, as given at the first sign-in.
    pub(crate) email: String,
    /// The address that was given at the sign-in, if it differs from `space`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) portal: Option<Space>,
    /// The keyring that has its tokens, once they are stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keyring: Option<KeyringKind>,
    /// Other keyrings that may still have tokens of an earlier sign-in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_in: Vec<KeyringKind>,
    /// The user's id at the portal, once a profile list has shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<u64>,
    /// What another version of nxp has written.
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

impl Account {
    /// An account that isn't stored yet.
    pub(crate) fn new(space: Space, email: String) -> Self {
        Self {
            space,
            email,
            portal: None,
            keyring: None,
            left_in: Vec::new(),
            user: None,
            unknown: Map::new(),
        }
    }

    /// The keyring item's service: `nxp/<host>`. On a loopback port, http and https can be two spaces:
    /// there the name of the rare one has its scheme.
    pub(crate) fn keyring_service(&self) -> String {
        if self.space.is_loopback() && self.space.to_string().starts_with("https:") {
            return format!("nxp/{}", self.space);
        }
        format!("nxp/{}", self.space.host())
    }

    /// The error that it is not signed in.
    pub(super) fn not_signed_in(&self) -> Error {
        not_signed_in(Some(&self.space), Some(&self.email))
    }

    /// The command that signs in to this account.
    pub(crate) fn login_command(&self) -> CommandLine {
        CommandLine::login(Some(&self.space.short_name()), Some(&self.email))
    }

    /// Whether its user signs in with this email. Case does not matter.
    pub(crate) fn is_of(&self, email: &str) -> bool {
        self.email.to_lowercase() == email.to_lowercase()
    }

    /// Whether this is one of the two addresses of its space.
    pub(crate) fn is_at(&self, space: &Space) -> bool {
        self.space == *space || self.portal.as_ref() == Some(space)
    }
}

/// Accounts are equal if space and email are.
impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space && self.is_of(&other.email)
    }
}

/// `email at space`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.email, self.space.name())
    }
}

/// The error that no account with this email at this space is signed in.
pub(super) fn not_signed_in(space: Option<&Space>, email: Option<&str>) -> Error {
    let mut message = "not signed in".to_owned();
    if let Some(email) = email {
        message += &format!(" as {email}");
    }
    if let Some(space) = space {
        message += &format!(" at {}", space.host());
    }
    let login = CommandLine::login(space.map(Space::short_name).as_deref(), email);
    Error::new(ErrorCode::Auth, message)
        .of_kind(ErrorKind::NotSignedIn)
        .with_hint(format!("sign in with `{login}`"))
}

/// The accounts on this machine, and which one is the default. Records and fields of another version
/// of nxp are kept as they are.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    accounts: Vec<Value>,
    default: Option<Value>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl State {
    /// The accounts, in the order of their first sign-in.
    pub(crate) fn accounts(&self) -> Vec<Account> {
        self.accounts.iter().filter_map(read).collect()
    }

    /// The default account: the chosen one, else the first that was signed in.
    pub(crate) fn default_account(&self) -> Option<Account> {
        let chosen = self.default.as_ref().and_then(read);
        let accounts = self.accounts();
        let found = accounts
            .iter()
            .find(|known| Some(*known) == chosen.as_ref());
        found.or(accounts.first()).cloned()
    }

    /// Makes an account the default.
    pub(crate) fn set_default(&mut self, account: &Account) {
        self.default = serde_json::to_value(account).ok();
    }

    /// Adds an account, or updates it.
    pub(crate) fn add(&mut self, account: &Account) {
        let record = serde_json::to_value(account).unwrap_or_default();
        let is_same = |known: &&mut Value| read(known).as_ref() == Some(account);
        match self.accounts.iter_mut().find(is_same) {
            Some(known) => *known = record,
            None => self.accounts.push(record),
        }
    }

    /// Removes an account. If it was the default, the default is now the first account at the same space,
    /// else the first of all.
    ///
    /// Returns the new default if it has changed and several accounts are left.
    pub(crate) fn remove(&mut self, account: &Account) -> Option<Account> {
        let was_default = self.default_account().as_ref() == Some(account);
        self.accounts
            .retain(|record| read(record).as_ref() != Some(account));
        if !was_default {
            return None;
        }
        self.default = None;
        let left = self.accounts();
        let neighbor = left.iter().find(|other| other.space == account.space);
        let default = neighbor.or(left.first()).filter(|_| left.len() > 1)?;
        self.set_default(default);
        Some(default.clone())
    }
}

/// The account in a record; `None` if this version can't read it.
fn read(record: &Value) -> Option<Account> {
    Account::deserialize(record).ok()
}

/// The file that holds the [`State`]: private to the user, replaced whole, changed under a lock.
pub(crate) struct StateFile {
    path: PathBuf,
    lock_timeout: Duration,
    notify: Box<dyn Fn(&str)>,
}

impl StateFile {
    /// The state file in `folder`, which need not exist yet.
    ///
    /// A change waits at most `lock_timeout` for another process that changes the file. `notify` is
    /// called when the file turns out to be damaged and is set aside.
    pub(crate) fn in_folder(
        folder: &Path,
        lock_timeout: Duration,
        notify: impl Fn(&str) + 'static,
    ) -> Self {
        Self {
            path: folder.join("state.json"),
            lock_timeout,
            notify: Box::new(notify),
        }
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state; empty if there is no file. A damaged file is set aside.
    ///
    /// # Errors
    /// If the file exists and can't be read or set aside.
    pub(crate) fn load(&self) -> Result<State> {
        let content = match files::read(&self.path) {
            Ok(content) => content,
            Err(error) if files::is_absent(&error) => return Ok(State::default()),
            Err(error) => return Err(failed("read", &self.path, &error)),
        };
        if let Ok(state) = serde_json::from_slice(&content) {
            return Ok(state);
        }
        let aside = (1_u32..)
            .map(|number| self.path.with_extension(format!("json.damaged-{number}")))
            .find(|path| !path.exists())
            .unwrap_or_default();
        fs::rename(&self.path, &aside)
            .map_err(|error| failed("set aside the damaged", &self.path, &error))?;
        (self.notify)(&format!(
            "{} was damaged and is now {}; the accounts in it must sign in again",
            self.path.display(),
            aside.display()
        ));
        Ok(State::default())
    }

    /// Changes the state under the lock.
    ///
    /// # Errors
    /// If the folder or its files can't be created, read, locked or written.
    pub(crate) async fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let _lock = self.lock().await?;
        let mut state = self.load()?;
        let result = change(&mut state);
        let written = serde_json::to_vec_pretty(&state).map_err(io::Error::from);
        written
            .and_then(|content| files::replace(&self.path, &[&content[..], b"\n"].concat()))
            .map_err(|error| failed("write", &self.path, &error))?;
        Ok(result)
    }

    /// Checks that an account can be added.
    ///
    /// # Errors
    /// As [`StateFile::update`].
    pub(crate) async fn check_writable(&self) -> Result<()> {
        let _lock = self.lock().await?;
        files::check_writable(self.path.parent().unwrap_or(Path::new(".")))
    }

    /// Takes the lock, and waits for another process that holds it. `None` where the file system has no
    /// locks: then two processes that write at the same moment may lose one of the changes.
    pub(super) async fn lock(&self) -> Result<Option<File>> {
        let path = self.path.with_extension("lock");
        match files::acquire(&path, Some(self.lock_timeout), |_| Ok(())).await {
            Ok(None) => {
                let seconds = self.lock_timeout.as_secs_f64();
                let problem = format!("another nxp has held it for {seconds} s");
                Err(failed("lock", &path, &io::Error::other(problem)))
            }
            Err(_) if files::try_lock(&path).is_err_and(|error| files::has_no_locks(&error)) => {
                Ok(None)
            }
            locked => locked,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::session::KeyringKind;

    fn account(space: &str, email: &str) -> Account {
        Account::new(space.parse().unwrap(), email.to_owned())
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build().unwrap().block_on(work)
    }

    fn add(file: &StateFile, account: &Account) {
        block_on(file.update(|state| state.add(account))).unwrap();
    }

    fn file(folder: &Path) -> (StateFile, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let notify = move |text: &str| heard.lock().unwrap().push(text.to_owned());
        (StateFile::in_folder(folder, Duration::ZERO, notify), said)
    }

    #[test]
    fn signing_in_again_changes_what_is_new_and_keeps_the_place() {
        let mut state = State::default();
        state.add(&account("acme", "ana@acme.example"));
        state.add(&account("beta", "ana@acme.example"));
        let mut again = account("acme", "Ana@acme.example");
        again.portal = Some("https://members.acme.example".parse().unwrap());
        again.keyring = Some(KeyringKind::Keyutils);
        state.add(&again);
        let accounts = state.accounts();
        assert_eq!(accounts.len(), 2);
        assert_eq!(accounts[0].keyring, again.keyring);
        assert_eq!(accounts[0].portal, again.portal);
    }

    #[test]
    fn the_first_account_is_the_default_until_it_is_removed() {
        let [one, other, far] = [
            account("acme", "one@acme.example"),
            account("acme", "other@acme.example"),
            account("beta", "one@acme.example"),
        ];
        let mut state = State::default();
        assert_eq!(state.default_account(), None);
        for account in [&one, &far, &other] {
            state.add(account);
            assert_eq!(state.default_account(), Some(one.clone()));
        }
        assert_eq!(state.remove(&far), None);
        state.add(&far);
        assert_eq!(state.remove(&one), Some(other.clone()));
        assert_eq!(state.default_account(), Some(other));
    }

    #[test]
    fn the_default_moves_to_an_account_at_the_same_space() {
        let [one, other, far] = [
            account("acme", "one@acme.example"),
            account("acme", "other@acme.example"),
            account("beta", "one@acme.example"),
        ];
        let mut state = State::default();
        for account in [&far, &one, &other] {
            state.add(account);
        }
        state.set_default(&one);
        assert_eq!(state.remove(&one), Some(other.clone()));
        assert_eq!(state.default_account(), Some(other.clone()));
        assert_eq!(state.remove(&other), None);
        assert_eq!(state.default_account(), Some(far));
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

    #[test]
    fn a_damaged_file_is_set_aside_and_none_that_was_before() {
        let folder = tempfile::tempdir().unwrap();
        let (file, said) = file(folder.path());
        for (content, aside) in [
            ("{", "state.json.damaged-1"),
            ("", "state.json.damaged-2"),
            ("[1]", "state.json.damaged-3"),
        ] {
            fs::write(file.path(), content).unwrap();
            assert!(file.load().unwrap().accounts().is_empty());
            let kept = fs::read_to_string(folder.path().join(aside)).unwrap();
            assert_eq!(kept, content);
            assert!(said.lock().unwrap().last().unwrap().contains(aside));
        }
        add(&file, &account("acme", "ana@acme.example"));
        assert_eq!(file.load().unwrap().accounts().len(), 1);
        assert_eq!(said.lock().unwrap().len(), 3);
    }

    #[test]
    fn records_of_another_version_are_skipped_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, said) = file(folder.path());
        let [acme, vault, ftp] = [
            serde_json::json!({"space": "https://acme.spaces.nexudus.com", "email": "a@b.example",
                "x": {"y": 1}}),
            serde_json::json!({"space": "https://beta.example", "email": "b@b.example",
                "keyring": "vault"}),
            serde_json::json!({"space": "ftp://nowhere", "email": "c@d.example"}),
        ];
        let content = serde_json::json!({"accounts": [acme, vault, ftp], "news": [{"z": 1}]});
        fs::write(file.path(), content.to_string()).unwrap();
        let accounts = file.load().unwrap().accounts();
        assert_eq!(accounts, [account("acme", "a@b.example")]);
        let again = Account {
            user: Some(7),
            ..accounts[0].clone()
        };
        add(&file, &again);
        assert_eq!(file.load().unwrap().accounts()[0].user, Some(7));
        let kept: serde_json::Value =
            serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
        assert_eq!(kept["accounts"][0]["x"], acme["x"]);
        assert_eq!(kept["accounts"].as_array().unwrap()[1..], [vault, ftp]);
        assert_eq!(kept["news"], content["news"]);
        assert!(said.lock().unwrap().is_empty());
    }

    #[test]
    fn a_lock_that_is_held_is_waited_for_no_longer_than_the_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let (file, _) = file(folder.path());
        let held = block_on(file.lock()).unwrap();
        let add = || block_on(file.update(|state| state.add(&account("acme", "a@b.example"))));
        let problem = add().unwrap_err().to_string();
        assert!(problem.contains("state.lock"), "{problem}");
        drop(held);
        add().unwrap();
    }

    fn any_account() -> impl Strategy<Value = Account> {
        ("[a-z][a-z0-9]{0,8}", "[a-zA-Z.+]{1,8}@[a-z]{1,8}\\.example")
            .prop_map(|(space, email)| Account::new(space.parse().unwrap(), email))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// A file with anything in it is read or set aside; either way the next change succeeds.
        #[test]
        fn a_file_with_anything_in_it_is_survived(content in vec(any::<u8>(), 0..300), account in any_account()) {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("state.json"), &content).unwrap();
            let (file, _) = file(folder.path());
            file.load().unwrap();
            add(&file, &account);
            prop_assert!(file.load().unwrap().accounts().contains(&account));
        }

        /// What is added is there, once, until it is removed.
        #[test]
        fn accounts_are_kept_as_they_are(accounts in vec(any_account(), 1..6)) {
            let folder = tempfile::tempdir().unwrap();
            let (file, _) = file(folder.path());
            for account in &accounts {
                add(&file, account);
                add(&file, account);
            }
            let kept = file.load().unwrap().accounts();
            for account in &accounts {
                prop_assert_eq!(kept.iter().filter(|known| *known == account).count(), 1);
            }
            for account in &accounts {
                block_on(file.update(|state| state.remove(account))).unwrap();
            }
            prop_assert!(file.load().unwrap().accounts().is_empty());
        }
    }
}
