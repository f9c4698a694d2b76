//! What is remembered between commands and is no secret.

use serde::{Deserialize, Serialize};

use super::Account;
use super::atomic_file;
use super::exec::Exec;
use crate::api::{ProfileId, ProfileList, Space};

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
        atomic_file::digest_of(&[&self.space, &user.unwrap_or_default()])
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

#[cfg(test)]
mod tests {
    use super::*;

    fn account(space: &str, email: &str) -> Account {
        Account::new(space.parse().unwrap(), email.to_owned())
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
