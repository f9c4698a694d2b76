//! One call to a store, in a thread that can be left behind.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry};

use super::failure::Failure;
use super::{Keyring, StoreKind};
use crate::session::Account;

/// The longest wait for a store that nobody needs to unlock.
const PROMPT_FREE: Duration = Duration::from_millis(1200);

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
        match receiver.recv_timeout(PROMPT_FREE) {
            Ok(report) => Ok(report),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Failure::Missing("the call to it broke off".to_owned()))
            }
            Err(RecvTimeoutError::Timeout) if self.is_asking(kind)? => receiver
                .recv_timeout(WITH_PROMPT)
                .map_err(|_| Failure::Locked),
            Err(RecvTimeoutError::Timeout) => Err(Failure::Locked),
        }
    }

    /// Whether a store that keeps us waiting is asking somebody who is there.
    #[cfg(all(unix, not(target_os = "macos")))]
    fn is_asking(&self, kind: StoreKind) -> Result<bool, Failure> {
        use super::prompter::{Waiting, look};
        if kind != StoreKind::SecretService {
            return Err(Failure::Silent);
        }
        match look() {
            Waiting::ForAPerson => Ok(self.options.may_prompt),
            Waiting::ForNobody => Ok(false),
            Waiting::Hanging => Err(Failure::Silent),
        }
    }

    /// Whether a store that keeps us waiting is asking somebody who is there.
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    fn is_asking(&self, _: StoreKind) -> Result<bool, Failure> {
        let is_asking = self.options.may_prompt.then_some(true);
        is_asking.ok_or(Failure::Silent)
    }
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
        super::kernel::join_session();
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
