//! What is remembered between commands and is no secret: `state.json`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Account;
use super::files::{Durability, lock_file, make_private_folder, replace};
use crate::error::Result;
use crate::portal::{ProfileId, ProfileList, Space};

/// Receives a sentence that the user should read.
pub type Notify = Box<dyn Fn(&str)>;

/// The accounts on this machine, which one is the default, and each user's previous profile.
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
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct UserRecord {
    #[serde(flatten)]
    key: UserKey,
    previous: Option<ProfileId>,
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
        self.default.as_ref().and_then(AccountRecord::read)
    }

    /// Adds an account, if it isn't there yet.
    pub fn add(&mut self, account: &Account) {
        if !self.accounts().contains(account) {
            self.accounts.push(AccountRecord::of(account));
        }
    }

    /// Removes an account, also as the default.
    pub fn remove(&mut self, account: &Account) {
        let is_it = |record: &AccountRecord| record.read().as_ref() == Some(account);
        self.accounts.retain(|record| !is_it(record));
        self.default.take_if(|record| is_it(record));
    }

    /// The profile that was current before the last switch of this user from here.
    #[must_use]
    pub fn previous(&self, key: &UserKey) -> Option<ProfileId> {
        self.users.iter().find(|user| user.key == *key)?.previous
    }

    /// Remembers the profile that was current before a switch.
    pub fn set_previous(&mut self, key: &UserKey, previous: Option<ProfileId>) {
        match self.users.iter_mut().find(|user| user.key == *key) {
            Some(user) => user.previous = previous,
            None => self.users.push(UserRecord {
                key: key.clone(),
                previous,
            }),
        }
    }
}

impl AccountRecord {
    fn of(account: &Account) -> Self {
        Self {
            space: account.space.to_string(),
            email: account.email.clone(),
        }
    }

    fn read(&self) -> Option<Account> {
        Some(Account {
            space: self.space.parse().ok()?,
            email: self.email.clone(),
        })
    }
}

/// The file that holds the [`State`]: private to the user, replaced whole, changed under a lock.
pub struct StateFile {
    path: PathBuf,
    notify: Notify,
}

impl StateFile {
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

    /// Reads the state; the empty one where there is no file. A damaged file is set aside.
    ///
    /// # Errors
    /// Where the file is there and can't be read or set aside.
    pub fn load(&self) -> Result<State> {
        let content = match fs::read(&self.path) {
            Ok(content) => content,
            Err(error) if is_absent(&error) => return Ok(State::default()),
            Err(error) => return Err(self.failed("read", error)),
        };
        match serde_json::from_slice(&content) {
            Ok(state) => Ok(state),
            Err(_) => self.set_aside(),
        }
    }

    /// Changes the state: reads it, lets `change` work on it, and replaces the file, while no other
    /// process does.
    ///
    /// # Errors
    /// Where the folder or the files in it can't be made, read, locked or written.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_private_folder(folder).map_err(|error| self.failed("write", error))?;
        let lock = lock_file(&self.path.with_extension("lock"))
            .map_err(|error| self.failed("lock", error))?;
        lock.lock().map_err(|error| self.failed("lock", error))?;
        let mut state = self.load()?;
        let result = change(&mut state);
        self.replace(&state)
            .map_err(|error| self.failed("write", error))?;
        Ok(result)
    }

    fn replace(&self, state: &State) -> std::io::Result<()> {
        let mut content = serde_json::to_vec_pretty(state)?;
        content.push(b'\n');
        replace(&self.path, &content, Durability::Synced)
    }

    fn set_aside(&self) -> Result<State> {
        let aside = self.path.with_extension("json.damaged");
        match fs::rename(&self.path, &aside) {
            Ok(()) => {}
            Err(error) if is_absent(&error) => return Ok(State::default()),
            Err(error) => return Err(self.failed("set aside the damaged", error)),
        }
        (self.notify)(&format!(
            "{} was damaged and is now {}; the accounts it named need `nxp login` again",
            self.path.display(),
            aside.display()
        ));
        Ok(State::default())
    }

    fn failed(&self, verb: &str, error: std::io::Error) -> crate::error::Error {
        anyhow::Error::new(error)
            .context(format!("can't {verb} {}", self.path.display()))
            .into()
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
