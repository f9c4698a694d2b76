//! The OS keyring.

mod store;

pub(crate) use store::KeyringKind;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{process, thread};

use keyring_core::CredentialStore;

use super::{Account, StoredTokens};
use crate::api::Space;
use crate::error::Result;
use crate::secret::BearerToken;
use store::{Failure, Item};

/// The time after which a wait is explained.
const NOTE_AFTER: Duration = Duration::from_secs(1);

/// The longest wait for a keyring; it can be slow on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest wait if the keyring can ask the user to unlock it.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// The OS keyring of this user: one item for each account, with service `nxp/<host>` and the email as
/// user.
#[derive(Clone)]
pub(crate) struct Keyring {
    /// Whether the keyring can show a prompt to unlock it.
    may_prompt: bool,
    /// The keyring for new accounts (`NXP_KEYRING`); otherwise the first one that works.
    wanted: Option<KeyringKind>,
    notify: Rc<dyn Fn(&str)>,
    opened: Rc<RefCell<Opened>>,
}

/// The keyrings that this process has opened, or failed to open: a failure is not tried again.
type Opened = BTreeMap<KeyringKind, Result<Arc<CredentialStore>, Failure>>;

impl Keyring {
    /// The keyring of this user; nothing is opened yet. `notify` gets a message if it takes long to
    /// respond.
    pub(crate) fn new(
        may_prompt: bool,
        wanted: Option<KeyringKind>,
        notify: impl Fn(&str) + 'static,
    ) -> Self {
        Self {
            may_prompt,
            wanted,
            notify: Rc::new(notify),
            opened: Rc::default(),
        }
    }

    /// Loads the tokens of an account; `None` if its keyring has none.
    pub(crate) fn load(&self, account: &Account) -> Result<Option<StoredTokens>> {
        let kind = self.kind_of(account);
        let loaded = self.with_item(kind, account, Item::read).and_then(|item| {
            let Some(item) = item else { return Ok(None) };
            let problem =
                || Failure::Item(format!("the item for {account} was not written by nxp"));
            StoredTokens::from_item(&item).ok_or_else(problem).map(Some)
        });
        loaded.map_err(|failure| {
            // Where there is no desktop, as over ssh, a sign-in takes the kernel's keyring.
            let may_use_another = matches!(failure, Failure::Missing(_))
                && kind == KeyringKind::FIRST
                && KeyringKind::SECOND.is_some()
                && self.wanted.is_none();
            let error = failure.into_error(kind);
            match error.hint.clone().filter(|_| may_use_another) {
                Some(hint) => error.with_hint(format!(
                    "sign in here with `{}`, which uses the kernel's keyring; or {hint}",
                    account.login_command()
                )),
                None => error,
            }
        })
    }

    /// Replaces the tokens of an account.
    pub(crate) fn store(&self, account: &Account, tokens: &StoredTokens) -> Result<()> {
        let kind = self.kind_of(account);
        self.write(kind, account, tokens)
            .map_err(|failure| failure.into_error(kind))
    }

    /// Stores the tokens of a sign-in in the keyring of `NXP_KEYRING`, or else in the first one of this
    /// system that works. The account then names it. Returns why the first one was not used, if another
    /// one was.
    ///
    /// # Errors
    /// The failure of the first one.
    pub(crate) fn store_new(
        &self,
        account: &mut Account,
        tokens: &StoredTokens,
    ) -> Result<Option<String>> {
        let first = self.wanted.unwrap_or(KeyringKind::FIRST);
        let Err(failure) = self.write(first, account, tokens) else {
            account.keyring = Some(first);
            return Ok(None);
        };
        let may_use_another = match failure {
            Failure::Missing(_) | Failure::Unresponsive => self.wanted.is_none(),
            // The user was asked to unlock it, and declined.
            Failure::Locked => self.wanted.is_none() && !self.may_prompt,
            Failure::Item(_) => false,
        };
        match KeyringKind::SECOND.filter(|_| may_use_another) {
            Some(second) if self.write(second, account, tokens).is_ok() => {
                account.keyring = Some(second);
                Ok(Some(failure.cause(first)))
            }
            _ => Err(failure.into_error(first)),
        }
    }

    /// Checks that tokens can be stored: writes an item that belongs to no account, and deletes it.
    ///
    /// # Errors
    /// As [`Keyring::store_new`].
    pub(crate) fn check_writable(&self) -> Result<KeyringKind> {
        let user = format!("nxp-check-{}", process::id());
        let mut account = Account::new(Space::directory(), user);
        let nothing = StoredTokens::access_only(BearerToken::new("none"));
        self.store_new(&mut account, &nothing)?;
        let keyring = self.kind_of(&account);
        self.delete_from(keyring, &account)?;
        Ok(keyring)
    }

    /// Deletes the tokens of an account from every keyring of this system.
    ///
    /// # Errors
    /// If one that may have them can't be reached. One that never had them needn't be.
    pub(crate) fn delete(&self, account: &Account) -> Result<()> {
        let mut outcome = Ok(());
        for kind in [KeyringKind::FIRST].into_iter().chain(KeyringKind::SECOND) {
            let deleted = self.delete_from(kind, account);
            if kind == self.kind_of(account) || account.left_in.contains(&kind) {
                outcome = outcome.and(deleted);
            }
        }
        outcome
    }

    /// Deletes the tokens of an account from one keyring, if it has them.
    pub(crate) fn delete_from(&self, kind: KeyringKind, account: &Account) -> Result<()> {
        self.with_item(kind, account, Item::delete)
            .map_err(|failure| failure.into_error(kind))
    }

    /// The keyring of an account's item.
    pub(crate) fn kind_of(&self, account: &Account) -> KeyringKind {
        let kind = account.keyring.or(self.wanted);
        kind.unwrap_or(KeyringKind::FIRST)
    }

    fn write(
        &self,
        kind: KeyringKind,
        account: &Account,
        tokens: &StoredTokens,
    ) -> Result<(), Failure> {
        let text = tokens.to_item();
        self.with_item(kind, account, move |item| item.write(&text))?;
        // The kernel's keyring can accept an item without keeping it.
        match kind == KeyringKind::Keyutils && self.with_item(kind, account, Item::read)?.is_none()
        {
            true => Err(Failure::Missing("it does not keep items".to_owned())),
            false => Ok(()),
        }
    }

    /// Opens the keyring, if this process has not done so, and runs `act` on an account's item.
    fn with_item<T: Send + 'static>(
        &self,
        kind: KeyringKind,
        account: &Account,
        act: impl FnOnce(&Item) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let opened = self.opened.borrow().get(&kind).cloned();
        let (service, user) = (account.keyring_service(), account.email.clone());
        let outcome = self.in_time(kind, move || {
            #[cfg(target_os = "linux")]
            if kind == KeyringKind::Keyutils {
                join_session();
            }
            let store = opened.unwrap_or_else(|| Ok(kind.open()?))?;
            let item = Item {
                store: Arc::clone(&store),
                service,
                user,
                limit: kind.entry_limit(),
            };
            Ok((store, act(&item)))
        });
        let (store, outcome) = match outcome {
            Ok((store, outcome)) => (Ok(store), outcome.map_err(Failure::from)),
            Err(failure) => (Err(failure.clone()), Err(failure)),
        };
        self.opened.borrow_mut().insert(kind, store);
        outcome
    }

    /// Does the work in a thread that is abandoned after the timeout: the stores have none.
    fn in_time<T: Send + 'static>(
        &self,
        kind: KeyringKind,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, receiver) = mpsc::sync_channel(1);
        // Sending fails after the timeout, when there is no receiver.
        let started = thread::Builder::new().spawn(move || drop(sender.send(work())));
        started.map_err(|error| Failure::Missing(format!("no thread can be started: {error}")))?;
        let (timeout, unlock) = match self.may_prompt {
            true => (UNLOCK_TIMEOUT, "; unlock it if it asks you to"),
            false => (TIMEOUT, ""),
        };
        let done = receiver.recv_timeout(NOTE_AFTER).or_else(|_| {
            (self.notify)(&format!("Waiting for {} …{unlock}", kind.name()));
            receiver.recv_timeout(timeout.saturating_sub(NOTE_AFTER))
        });
        done.unwrap_or(Err(Failure::Unresponsive))
    }
}

/// Gives this thread a session keyring of its own if it has none.
///
/// Where no login has made one (cron, containers, some ssh servers), the kernel lends the user's
/// common one, in which a process may add keys and not read them. With one of its own, a thread
/// reaches the user's persistent keyring, which outlives it.
#[cfg(target_os = "linux")]
fn join_session() {
    use linux_keyutils::{KeyRing, KeyRingIdentifier};
    // Where the kernel refuses, the store's own attempt says why.
    let _ = KeyRing::from_special_id(KeyRingIdentifier::Session, true);
}

#[cfg(test)]
mod tests;
