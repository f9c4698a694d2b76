//! One call to a store, with a timeout: the stores have none.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry};

use super::failure::Failure;
use super::{Keyring, StoreKind};
use crate::session::Account;

/// The time after which a wait is explained.
const NOTE_AFTER: Duration = Duration::from_secs(1);

/// The longest wait for a store: it may be slow on a machine with too much to do.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest wait where the store can ask the user to unlock it.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// How a call ended, and the store that was opened for it.
struct Report<T> {
    store: Result<Arc<CredentialStore>, Failure>,
    outcome: Result<T, Failure>,
}

impl Keyring {
    /// Lets `act` work on an account's entry, in a thread that can be left behind.
    pub(super) fn with_entry<T: Send + 'static>(
        &self,
        kind: StoreKind,
        account: &Account,
        act: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let known = self.stores().get(&kind).cloned().transpose()?;
        let (service, user) = (account.keyring_service(), account.email.clone());
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::Builder::new()
            .spawn(move || {
                // After the timeout nothing is received any more.
                let _ = sender.send(call(kind, known, &service, &user, act));
            })
            .map_err(no_thread)?;
        let report = receiver.recv_timeout(NOTE_AFTER).or_else(|error| {
            if error == RecvTimeoutError::Disconnected {
                return Err(error);
            }
            self.explain_wait(kind);
            receiver.recv_timeout(self.timeout().saturating_sub(NOTE_AFTER))
        });
        let report = report.unwrap_or_else(|error| {
            let failure = match error {
                RecvTimeoutError::Timeout => Failure::Silent,
                RecvTimeoutError::Disconnected => Failure::Missing("the call failed".to_owned()),
            };
            Report {
                store: Err(failure.clone()),
                outcome: Err(failure),
            }
        });
        self.stores().insert(kind, report.store);
        report.outcome
    }

    fn timeout(&self) -> Duration {
        if self.options.may_prompt {
            UNLOCK_TIMEOUT
        } else {
            TIMEOUT
        }
    }

    fn explain_wait(&self, kind: StoreKind) {
        let unlock = if self.options.may_prompt {
            "; unlock it if it asks you to"
        } else {
            ""
        };
        (self.notify)(&format!("Waiting for {} …{unlock}", kind.name()));
    }
}

/// Opens a store. That of the Secret Service starts a thread, and panics if it can't: one that is
/// started before shows whether it can.
fn open(kind: StoreKind) -> Result<Arc<CredentialStore>, Failure> {
    let probe = thread::Builder::new().spawn(|| ()).map_err(no_thread)?;
    // It has nothing to fail at.
    let _ = probe.join();
    kind.open().map_err(Failure::from)
}

/// The failure that the system gives this process no thread.
fn no_thread(cause: io::Error) -> Failure {
    Failure::Missing(format!("no thread can be started: {cause}"))
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
    let opened = known.map_or_else(|| open(kind), Ok);
    let outcome = opened
        .clone()
        .and_then(|store| Ok(act(&store.build(service, user, None)?)?));
    Report {
        store: opened,
        outcome,
    }
}
