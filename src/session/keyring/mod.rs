//! The OS keyring.

mod store;

pub(crate) use store::KeyringKind;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use std::{io, process, slice, thread};

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
    notify: Arc<dyn Fn(&str) + Send + Sync>,
    opened: Arc<Mutex<Opened>>,
}

/// The keyrings that this process has opened, or failed to open: a failure is not tried again.
type Opened = BTreeMap<KeyringKind, Result<Arc<CredentialStore>, Failure>>;

/// Where tokens were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) keyring: KeyringKind,
    /// Why the first keyring of this system was not used, if another one was.
    pub(crate) fallback_reason: Option<String>,
    /// How long the keyring keeps them, as the end of a sentence; `None` if permanently.
    pub(crate) lifetime: Option<String>,
}

impl Keyring {
    /// The keyring of this user; nothing is opened yet. `notify` gets a message if it takes long to
    /// respond.
    pub(crate) fn new(
        may_prompt: bool,
        wanted: Option<KeyringKind>,
        notify: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self {
            may_prompt,
            wanted,
            notify: Arc::new(notify),
            opened: Arc::default(),
        }
    }

    /// Loads the tokens of an account; `None` if its keyring has none.
    pub(crate) fn load(&self, account: &Account) -> Result<Option<StoredTokens>> {
        let kind = self.kind_of(account);
        let item = match self.with_item(kind, account, Item::read) {
            Ok(item) => item,
            Err(Failure::NoEntry) => return Ok(None),
            Err(failure) if self.wanted.is_none() => {
                return Err(failure.into_error_of(kind, &account.login_command()));
            }
            Err(failure) => return Err(failure.into_error(kind)),
        };
        let tokens = StoredTokens::from_item(&item);
        tokens.map(Some).ok_or_else(|| {
            let cause = format!("the item for {account} was not written by nxp");
            store::unusable(&cause, store::sign_in_again())
        })
    }

    /// Replaces the tokens of an account.
    pub(crate) fn store(&self, account: &Account, tokens: &StoredTokens) -> Result<()> {
        let kind = self.kind_of(account);
        self.write(kind, account, tokens)
            .map_err(|failure| failure.into_error(kind))
    }

    /// Stores the tokens of a sign-in in the keyring of `NXP_KEYRING`, or else in the first one of this
    /// system that works.
    ///
    /// # Errors
    /// The failure of the first one.
    pub(crate) fn store_new(&self, account: &Account, tokens: &StoredTokens) -> Result<Placement> {
        let candidates = match &self.wanted {
            Some(kind) => slice::from_ref(kind),
            None => KeyringKind::of_this_system(),
        };
        let mut first = None;
        for &keyring in candidates {
            let Err(failure) = self.write_and_verify(keyring, account, tokens) else {
                return Ok(Placement {
                    keyring,
                    fallback_reason: first.map(|(kind, failure): (_, Failure)| failure.cause(kind)),
                    lifetime: lifetime(keyring),
                });
            };
            let may_go_on = failure.is_keyring_unusable()
                // The user was asked to unlock it, and declined.
                && !(self.may_prompt && matches!(failure, Failure::Locked));
            first.get_or_insert((keyring, failure));
            if !may_go_on {
                break;
            }
        }
        // There is at least one candidate.
        let (kind, failure) = first.unwrap_or((KeyringKind::SecretService, Failure::NoEntry));
        Err(failure.into_error(kind))
    }

    /// Checks that tokens can be stored: writes an item that belongs to no account, and deletes it.
    ///
    /// # Errors
    /// As [`Keyring::store_new`].
    pub(crate) fn check_writable(&self) -> Result<Placement> {
        let user = format!("nxp-check-{}", process::id());
        let mut account = Account::new(Space::directory(), user);
        let nothing = StoredTokens::access_only(BearerToken::new("none"));
        let placement = self.store_new(&account, &nothing)?;
        account.keyring = Some(placement.keyring);
        self.delete_from(placement.keyring, &account)?;
        Ok(placement)
    }

    /// Deletes the tokens of an account from every keyring of this system.
    ///
    /// # Errors
    /// If one that may have them can't be reached. One that never had them needn't be.
    pub(crate) fn delete(&self, account: &Account) -> Result<()> {
        let mut outcome = Ok(());
        for &kind in KeyringKind::of_this_system() {
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
        let first = KeyringKind::of_this_system().first();
        account
            .keyring
            .or(self.wanted)
            .or(first.copied())
            .unwrap_or(KeyringKind::SecretService)
    }

    fn write(
        &self,
        kind: KeyringKind,
        account: &Account,
        tokens: &StoredTokens,
    ) -> Result<(), Failure> {
        let text = tokens.to_item();
        self.with_item(kind, account, move |item| item.write(&text))
    }

    /// Writes an item. The kernel's keyring can accept an item without keeping it, so it is read again.
    fn write_and_verify(
        &self,
        kind: KeyringKind,
        account: &Account,
        tokens: &StoredTokens,
    ) -> Result<(), Failure> {
        self.write(kind, account, tokens)?;
        if kind != KeyringKind::Keyutils {
            return Ok(());
        }
        let found = self.with_item(kind, account, Item::read);
        if found.is_ok_and(|found| *found == *tokens.to_item().as_bytes()) {
            return Ok(());
        }
        Err(Failure::Missing("it does not keep items".into()))
    }

    /// Runs `act` on an account's item, in a thread that is abandoned after the timeout: the stores have
    /// none. Then, or if the keyring can't be opened, this process does not use it again.
    fn with_item<T: Send + 'static>(
        &self,
        kind: KeyringKind,
        account: &Account,
        act: impl FnOnce(&Item) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let known = self.opened().get(&kind).cloned().transpose()?;
        let (service, user) = (account.keyring_service(), account.email.clone());
        let (sender, receiver) = mpsc::sync_channel(1);
        let call = move || {
            #[cfg(target_os = "linux")]
            if kind == KeyringKind::Keyutils {
                join_session();
            }
            let store = known.map_or_else(|| open(kind), Ok);
            let outcome = store.clone().and_then(|store| {
                Ok(act(&Item {
                    store,
                    service,
                    user,
                    limit: kind.entry_limit(),
                })?)
            });
            // This fails after the timeout, when there is no receiver.
            let _ = sender.send((store, outcome));
        };
        thread::Builder::new().spawn(call).map_err(no_thread)?;
        let timeout = if self.may_prompt {
            UNLOCK_TIMEOUT
        } else {
            TIMEOUT
        };
        let answer = receiver.recv_timeout(NOTE_AFTER).or_else(|_| {
            let unlock = if self.may_prompt {
                "; unlock it if it asks you to"
            } else {
                ""
            };
            (self.notify)(&format!("Waiting for {} …{unlock}", kind.name()));
            receiver.recv_timeout(timeout.saturating_sub(NOTE_AFTER))
        });
        let (store, outcome) =
            answer.unwrap_or((Err(Failure::Unresponsive), Err(Failure::Unresponsive)));
        self.opened().insert(kind, store);
        outcome
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a keyring. The Secret Service store panics if it can't start a thread, so a thread is started
/// first to see whether that works.
fn open(kind: KeyringKind) -> Result<Arc<CredentialStore>, Failure> {
    let probe = thread::Builder::new().spawn(|| ()).map_err(no_thread)?;
    // The thread does nothing that can fail.
    let _ = probe.join();
    kind.open().map_err(Failure::from)
}

fn no_thread(cause: io::Error) -> Failure {
    Failure::Missing(format!("no thread can be started: {cause}"))
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

/// How long a keyring keeps tokens, as the end of a sentence; `None` if permanently.
fn lifetime(kind: KeyringKind) -> Option<String> {
    if kind != KeyringKind::Keyutils {
        return None;
    }
    // How long the kernel keeps a user's persistent keyring after its last use, in seconds
    // (persistent-keyring(7)).
    let expiry = std::fs::read_to_string("/proc/sys/kernel/keys/persistent_keyring_expiry");
    let seconds = expiry.ok().and_then(|text| text.trim().parse().ok());
    let until = match seconds.map(Duration::from_secs) {
        Some(duration) => format!("{} after nxp last used them", crate::error::span(duration)),
        None => "you log out".to_owned(),
    };
    Some(format!("until {until}, or a restart of this machine"))
}

#[cfg(test)]
mod tests;
