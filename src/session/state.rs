//! The content of the state file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Account;

/// The accounts on this machine, and which one is the default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    accounts: Vec<Record>,
    default: Option<Record>,
    /// Fields of another version of nxp.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// An account in the file. A record that this version can't read is kept as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Record {
    Account(AccountRecord),
    Unknown(Value),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct AccountRecord {
    space: String,
    email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    portal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyring: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<u64>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl State {
    /// The accounts, in the order of their first sign-in.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        self.accounts.iter().filter_map(Record::read).collect()
    }

    /// The default account: the chosen one, else the first that was signed in.
    #[must_use]
    pub fn default_account(&self) -> Option<Account> {
        let chosen = self.default.as_ref().and_then(Record::read);
        let mut accounts = self.accounts();
        let index = chosen.and_then(|chosen| accounts.iter().position(|known| *known == chosen));
        let index = index.unwrap_or_default();
        (index < accounts.len()).then(|| accounts.swap_remove(index))
    }

    /// Makes an account the default.
    pub fn set_default(&mut self, account: &Account) {
        self.default = Some(Record::of(account));
    }

    /// Adds an account, or updates it.
    pub fn add(&mut self, account: &Account) {
        match self.accounts.iter_mut().find(|known| known.is(account)) {
            Some(known) => known.change(account),
            None => self.accounts.push(Record::of(account)),
        }
    }

    /// Sets the user id of an account, if the account is still stored.
    pub fn set_user(&mut self, account: &Account, user: u64) {
        for record in &mut self.accounts {
            if let Some(known) = record.read().filter(|known| known == account) {
                record.change(&Account {
                    user: Some(user),
                    ..known
                });
            }
        }
    }

    /// Removes an account. If it was the default, the default is now the first account at the same space,
    /// else the first of all.
    ///
    /// Returns the new default if it has changed and several accounts are left.
    pub fn remove(&mut self, account: &Account) -> Option<Account> {
        let was_default = self.default_account().as_ref() == Some(account);
        self.accounts.retain(|record| !record.is(account));
        let left = self.accounts();
        if !was_default {
            return None;
        }
        self.default = None;
        let neighbor = left.iter().find(|other| other.space == account.space);
        let default = neighbor.or(left.first()).filter(|_| left.len() > 1)?;
        self.set_default(default);
        Some(default.clone())
    }
}

impl Record {
    fn of(account: &Account) -> Self {
        Self::Account(AccountRecord::of(account))
    }

    /// The account; `None` if this version can't read it.
    fn read(&self) -> Option<Account> {
        match self {
            Self::Account(record) => record.read(),
            Self::Unknown(_) => None,
        }
    }

    fn is(&self, account: &Account) -> bool {
        self.read().as_ref() == Some(account)
    }

    /// Replaces the fields that this version knows.
    fn change(&mut self, account: &Account) {
        if let Self::Account(record) = self {
            *record = AccountRecord {
                unknown: std::mem::take(&mut record.unknown),
                ..AccountRecord::of(account)
            };
        }
    }
}

impl AccountRecord {
    fn of(account: &Account) -> Self {
        Self {
            space: account.space.to_string(),
            email: account.email.clone(),
            portal: account.portal.as_ref().map(ToString::to_string),
            keyring: account.store.map(|store| store.as_str().to_owned()),
            user: account.user,
            unknown: Map::new(),
        }
    }

    fn read(&self) -> Option<Account> {
        let portal = self.portal.as_ref();
        Some(Account {
            space: self.space.parse().ok()?,
            email: self.email.clone(),
            portal: portal.and_then(|portal| portal.parse().ok()),
            store: self.keyring.as_ref().and_then(|word| word.parse().ok()),
            user: self.user,
        })
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
}
