//! One call to a store, in a thread that can be left behind.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use keyring_core::{CredentialStore, Entry};

use super::failure::Failure;
#[cfg(all(unix, not(target_os = "macos")))]
use super::unlock_prompt::{Waiting, look};
use super::{Keyring, StoreKind};
use crate::session::Account;

/// The wait before anybody wonders.
const PROMPT: Duration = Duration::from_millis(300);

/// The longest wait for a sign of life; with the wait before it, two seconds are not over.
#[cfg(all(unix, not(target_os = "macos")))]
const SIGN_OF_LIFE: Duration = Duration::from_millis(1400);

/// The wait before a store that lives is looked at for a prompt of its own.
const BEFORE_PROMPT: Duration = Duration::from_millis(1200);

/// The longest wait for a store that lives and is slow, as on a machine with too much to do.
const SLOW: Duration = Duration::from_secs(10);

/// The longest wait while a store asks a person to unlock it.
const WITH_PROMPT: Duration = Duration::from_secs(60);

/// How a call went, and the store that was opened for it.
struct Report<T> {
    store: Result<Arc<CredentialStore>, Failure>,
    outcome: Result<T, Failure>,
}

impl Keyring {
    /// Lets `act` work on an account's entry.
    pub(super) fn with_entry<T: Send + 'static>(
        &self,
        kind: StoreKind,
        account: &Account,
        act: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let known = self.stores().get(&kind).cloned().transpose()?;
        let (service, user) = (account.keyring_service(), account.email.clone());
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::spawn(move || {
            // Nobody listens any more once the deadline is over.
            let _ = sender.send(call(kind, known, &service, &user, act));
        });
        let report = match self.wait(kind, &receiver) {
            Ok(report) => report,
            Err(failure) => Report {
                store: Err(failure.clone()),
                outcome: Err(failure),
            },
        };
        self.stores().insert(kind, report.store);
        report.outcome
    }

    fn wait<T>(
        &self,
        kind: StoreKind,
        receiver: &Receiver<Report<T>>,
    ) -> Result<Report<T>, Failure> {
        if let Some(report) = within(PROMPT, receiver)? {
            return Ok(report);
        }
        let start = Instant::now();
        let lives = lives(kind);
        if let Some(report) = within(BEFORE_PROMPT.saturating_sub(start.elapsed()), receiver)? {
            return Ok(report);
        }
        if !lives {
            return Err(Failure::Silent);
        }
        let (patience, failure) = match (asks(kind), self.options.may_prompt) {
            (true, false) => return Err(Failure::Locked),
            (true, true) => (WITH_PROMPT, Failure::Locked),
            (false, _) => (SLOW, Failure::Silent),
        };
        within(patience, receiver)?.ok_or(failure)
    }
}

/// What is received within a time; `None` where that is nothing.
fn within<T>(time: Duration, receiver: &Receiver<T>) -> Result<Option<T>, Failure> {
    match receiver.recv_timeout(time) {
        Ok(report) => Ok(Some(report)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::Missing("the call to it broke off".to_owned()))
        }
    }
}

/// Whether a store that keeps us waiting gives a sign of life.
#[cfg(all(unix, not(target_os = "macos")))]
fn lives(kind: StoreKind) -> bool {
    kind == StoreKind::SecretService && look(SIGN_OF_LIFE) != Waiting::Hanging
}

/// Whether a store that keeps us waiting gives a sign of life. Others than the Secret Service
/// can't be asked; what they wait for is a person.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn lives(_: StoreKind) -> bool {
    true
}

/// Whether a store that keeps us waiting asks a person for a password.
#[cfg(all(unix, not(target_os = "macos")))]
fn asks(kind: StoreKind) -> bool {
    kind == StoreKind::SecretService && look(PROMPT) == Waiting::ForAPerson
}

/// Whether a store that keeps us waiting asks a person for a password.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn asks(_: StoreKind) -> bool {
    true
}

fn call<T>(
    kind: StoreKind,
    known: Option<Arc<CredentialStore>>,
    service: &str,
    user: &str,
    act: impl FnOnce(&Entry) -> keyring_core::Result<T>,
) -> Report<T> {
    #[cfg(target_os = "linux")]
    if kind == StoreKind::Keyutils {
        super::keyutils::join_session();
    }
    let opened = known.map_or_else(|| kind.open().map_err(Failure::from), Ok);
    let outcome = opened
        .clone()
        .and_then(|store| Ok(act(&store.build(service, user, None)?)?));
    Report {
        store: opened,
        outcome,
    }
}
