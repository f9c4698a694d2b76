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

/// The longest wait for a store; it can be slow on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest wait if the store can ask the user to unlock it.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// How a call ended, and the store that was opened for it.
struct CallResult<T> {
    store: Result<Arc<CredentialStore>, Failure>,
    outcome: Result<T, Failure>,
}

impl Keyring {
    /// Runs `act` on an account's entry, in a thread that is abandoned after the timeout.
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
                // This fails after the timeout, when there is no receiver.
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
                RecvTimeoutError::Timeout => Failure::Unresponsive,
                RecvTimeoutError::Disconnected => Failure::Missing("the call failed".to_owned()),
            };
            CallResult {
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

/// Opens a store. The Secret Service store panics if it can't start a thread, so a thread is started
/// first to see whether that works.
fn open(kind: StoreKind) -> Result<Arc<CredentialStore>, Failure> {
    let probe = thread::Builder::new().spawn(|| ()).map_err(no_thread)?;
    // The thread does nothing that can fail.
    let _ = probe.join();
    kind.open().map_err(Failure::from)
}

/// The failure that no thread can be started.
fn no_thread(cause: io::Error) -> Failure {
    Failure::Missing(format!("no thread can be started: {cause}"))
}

fn call<T>(
    kind: StoreKind,
    known: Option<Arc<CredentialStore>>,
    service: &str,
    user: &str,
    act: impl FnOnce(&Entry) -> keyring_core::Result<T>,
) -> CallResult<T> {
    #[cfg(target_os = "linux")]
    if kind == StoreKind::Keyutils {
        super::keyutils::join_session();
    }
    let opened = known.map_or_else(|| open(kind), Ok);
    let outcome = opened
        .clone()
        .and_then(|store| Ok(act(&store.build(service, user, None)?)?));
    CallResult {
        store: opened,
        outcome,
    }
}
