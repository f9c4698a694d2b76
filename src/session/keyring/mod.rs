//! The OS keyring.

mod backend;
mod failure;
mod item;
#[cfg(target_os = "linux")]
mod keyutils;
#[cfg(test)]
mod tests;
mod timeout;

pub(crate) use backend::StoreKind;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyring_core::CredentialStore;

use super::{Account, StoredTokens};
use crate::api::Space;
use crate::error::{Error, KeyringRemedy, Result};
use crate::secret::BearerToken;
use failure::Failure;
use item::Item;

/// The OS keyring of this user: one item for each account, with service `nxp/<host>` and the email as
/// user.
#[derive(Clone)]
pub(crate) struct Keyring {
    options: KeyringOptions,
    notify: Arc<dyn Fn(&str) + Send + Sync>,
    stores: Arc<Mutex<Stores>>,
}

/// How the keyring is used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyringOptions {
    /// Whether the keyring can show a prompt to unlock it.
    pub(crate) may_prompt: bool,
    /// The store for new accounts (`NXP_KEYRING`); otherwise the first one that works.
    pub(crate) wanted: Option<StoreKind>,
}

/// The stores that this process has opened, or failed to open: a failure is not tried again.
type Stores = BTreeMap<StoreKind, Result<Arc<CredentialStore>, Failure>>;

/// Where tokens were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The store that took them.
    pub(crate) store: StoreKind,
    /// Why the first store of this system was not used, if another one was.
    pub(crate) fallback_reason: Option<String>,
    /// How long the store keeps them, as the end of a sentence; `None` if permanently.
    pub(crate) lifetime: Option<String>,
}

impl Keyring {
    /// The keyring of this user; nothing is opened yet.
    pub(crate) fn new(options: KeyringOptions) -> Self {
        Self {
            options,
            notify: Arc::new(|_| {}),
            stores: Arc::default(),
        }
    }

    /// Calls `notify` with a message if a store takes long to respond.
    pub(crate) fn notifying(self, notify: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            notify: Arc::new(notify),
            ..self
        }
    }

    /// Loads the tokens of an account; `None` if its store has none.
    ///
    /// # Errors
    /// [`Error::Keyring`] if the store is missing, locked or unresponsive, or the item is damaged.
    pub(crate) fn load(&self, account: &Account) -> Result<Option<StoredTokens>> {
        let kind = self.kind_of(account);
        let secret = match self.with_item(kind, account, Item::read) {
            Ok(secret) => secret,
            Err(Failure::NoEntry) => return Ok(None),
            Err(failure) => return Err(failure.into_error(kind)),
        };
        let tokens = StoredTokens::from_item(&secret);
        tokens.map(Some).ok_or_else(|| Error::Keyring {
            cause: format!("the item for {account} was not written by nxp"),
            remedy: KeyringRemedy::SignInAgain,
        })
    }

    /// Replaces the tokens of an account.
    ///
    /// # Errors
    /// [`Error::Keyring`] if the store is missing, locked, unresponsive or full.
    pub(crate) fn store(&self, account: &Account, tokens: &StoredTokens) -> Result<()> {
        let kind = self.kind_of(account);
        self.write(kind, account, tokens)
            .map_err(|failure| failure.into_error(kind))
    }

    /// Stores the tokens of a sign-in in the store of `NXP_KEYRING`, or else in the first store of this
    /// system that works.
    ///
    /// # Errors
    /// [`Error::Keyring`] with the failure of the first store.
    pub(crate) fn store_new(&self, account: &Account, tokens: &StoredTokens) -> Result<Placement> {
        let write = |kind| self.write_and_verify(kind, account, tokens);
        let (store, first_failure) = self.first_that_works(write)?;
        Ok(Placement {
            store,
            fallback_reason: first_failure.map(cause),
            lifetime: lifetime(store),
        })
    }

    /// Checks that a store for an account's tokens is available.
    ///
    /// # Errors
    /// [`Error::Keyring`] with the failure of the first store.
    pub(crate) fn check_available(&self, account: &Account) -> Result<()> {
        let read = |kind| match self.with_item(kind, account, Item::read) {
            Err(failure) if failure.is_store_unusable() => Err(failure),
            _ => Ok(()),
        };
        self.first_that_works(read).map(drop)
    }

    /// Tries the stores that new tokens may be written to. Returns the one that works, and the failure
    /// of the first one, if that is another.
    ///
    /// # Errors
    /// [`Error::Keyring`] with the failure of the first store.
    fn first_that_works(
        &self,
        attempt: impl Fn(StoreKind) -> Result<(), Failure>,
    ) -> Result<(StoreKind, Option<Error>)> {
        let candidates = match &self.options.wanted {
            Some(kind) => std::slice::from_ref(kind),
            None => StoreKind::of_this_system(),
        };
        let mut first = None;
        for kind in candidates.iter().copied() {
            let Err(failure) = attempt(kind) else {
                return Ok((kind, first));
            };
            let may_go_on = failure.is_store_unusable()
                // The user was asked to unlock it, and declined.
                && !(self.options.may_prompt && matches!(failure, Failure::Locked));
            first.get_or_insert(failure.into_error(kind));
            if !may_go_on {
                break;
            }
        }
        Err(first.unwrap_or(Error::Unexpected {
            message: "this system has no keyring".to_owned(),
        }))
    }

    /// Checks that a store works: writes an item that belongs to no account, and deletes it.
    ///
    /// # Errors
    /// As [`Keyring::store_new`].
    pub(crate) fn check_writable(&self) -> Result<Placement> {
        let mut account = Account::new(Space::directory(), "nxp-doctor".to_owned());
        let nothing = StoredTokens::access_only(BearerToken::new("none"));
        let placement = self.store_new(&account, &nothing)?;
        account.store = Some(placement.store);
        self.delete(&account)?;
        Ok(placement)
    }

    /// Deletes the item of an account, if there is one.
    ///
    /// # Errors
    /// [`Error::Keyring`] if the store is missing, locked or unresponsive.
    pub(crate) fn delete(&self, account: &Account) -> Result<()> {
        let kind = self.kind_of(account);
        match self.with_item(kind, account, Item::delete) {
            Ok(()) | Err(Failure::NoEntry) => Ok(()),
            Err(failure) => Err(failure.into_error(kind)),
        }
    }

    /// The store of an account's item.
    pub(crate) fn kind_of(&self, account: &Account) -> StoreKind {
        let first = StoreKind::of_this_system().first();
        account
            .store
            .or(self.options.wanted)
            .or(first.copied())
            .unwrap_or(StoreKind::SecretService)
    }

    fn write(
        &self,
        kind: StoreKind,
        account: &Account,
        tokens: &StoredTokens,
    ) -> Result<(), Failure> {
        let text = tokens.to_item();
        self.with_item(kind, account, move |item| item.write(&text))
    }

    /// Writes an item. The kernel's keyring can accept an item without keeping it, so it is read again.
    fn write_and_verify(
        &self,
        kind: StoreKind,
        account: &Account,
        tokens: &StoredTokens,
    ) -> Result<(), Failure> {
        self.write(kind, account, tokens)?;
        if kind != StoreKind::Keyutils {
            return Ok(());
        }
        let found = self.with_item(kind, account, Item::read);
        if found.is_ok_and(|found| *found == *tokens.to_item().as_bytes()) {
            return Ok(());
        }
        Err(Failure::Missing("it does not keep items".into()))
    }

    fn stores(&self) -> MutexGuard<'_, Stores> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cause(error: Error) -> String {
    match error {
        Error::Keyring { cause, .. } => cause,
        other => other.to_string(),
    }
}

/// How long a store keeps an item; `None` if permanently.
fn lifetime(kind: StoreKind) -> Option<String> {
    match kind {
        #[cfg(target_os = "linux")]
        StoreKind::Keyutils => Some(keyutils::lifetime()),
        _ => None,
    }
}
