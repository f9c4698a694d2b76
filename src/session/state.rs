//! The content of the state file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Account, KeyringKind};

/// The accounts on this machine, and which one is the default. Records and fields of another version
/// of nxp are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
        let mut accounts = self.accounts();
        let index = chosen.and_then(|chosen| accounts.iter().position(|known| *known == chosen));
        let index = index.unwrap_or_default();
        (index < accounts.len()).then(|| accounts.swap_remove(index))
    }

    /// Makes an account the default.
    pub(crate) fn set_default(&mut self, account: &Account) {
        self.default = Some(Value::Object(updated(Map::new(), account)));
    }

    /// Adds an account, or updates it.
    pub(crate) fn add(&mut self, account: &Account) {
        match self.record_mut(account) {
            Some(record) => *record = updated(std::mem::take(record), account),
            None => {
                let record = updated(Map::new(), account);
                self.accounts.push(Value::Object(record));
            }
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

    fn record_mut(&mut self, account: &Account) -> Option<&mut Map<String, Value>> {
        let mut records = self.accounts.iter_mut();
        let record = records.find(|record| read(record).as_ref() == Some(account));
        record.and_then(Value::as_object_mut)
    }
}

/// The account in a record; `None` if this version can't read it.
fn read(record: &Value) -> Option<Account> {
    let text = |field| record.get(field).and_then(Value::as_str);
    let keyrings = |field| {
        let words = record.get(field).and_then(Value::as_array);
        let words = words.into_iter().flatten().filter_map(Value::as_str);
        words.filter_map(|word| word.parse().ok()).collect()
    };
    Some(Account {
        portal: text("portal").and_then(|portal| portal.parse().ok()),
        keyring: text("keyring").and_then(|word| word.parse().ok()),
        left_in: keyrings("left_in"),
        user: record.get("user").and_then(Value::as_u64),
        ..Account::new(text("space")?.parse().ok()?, text("email")?.to_owned())
    })
}

/// The record with the fields that this version knows replaced.
fn updated(mut record: Map<String, Value>, account: &Account) -> Map<String, Value> {
    let portal = account.portal.as_ref().map(ToString::to_string);
    let left_in = account
        .left_in
        .iter()
        .map(|kind| kind.as_str())
        .collect::<Vec<_>>();
    let left_in = (!left_in.is_empty()).then_some(left_in);
    for (field, value) in [
        ("space", account.space.to_string().into()),
        ("email", account.email.clone().into()),
        ("portal", portal.into()),
        ("keyring", account.keyring.map(KeyringKind::as_str).into()),
        ("left_in", left_in.into()),
        ("user", account.user.into()),
    ] {
        record.insert(field.to_owned(), value);
    }
    record.retain(|_, value| !value.is_null());
    record
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
        again.keyring = Some(crate::session::KeyringKind::Keyutils);
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
}
