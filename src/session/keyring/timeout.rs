//! One call to a store, with a timeout: the stores have none.

use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring_core::CredentialStore;

use super::failure::Failure;
use super::item::Item;
use super::{Keyring, StoreKind};
use crate::session::Account;

/// The time after which a wait is explained.
const NOTE_AFTER: Duration = Duration::from_secs(1);

/// The longest wait for a store; it can be slow on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest wait if the store can ask the user to unlock it.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(60);

impl Keyring {
    /// Runs `act` on an account's item, in a thread that is abandoned after the timeout. Then, or if
    /// the store can't be opened, this process does not use it again.
    pub(super) fn with_item<T: Send + 'static>(
        &self,
        kind: StoreKind,
        account: &Account,
        act: impl FnOnce(&Item) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let known = self.stores().get(&kind).cloned().transpose()?;
        let (service, user) = (account.keyring_service(), account.email.clone());
        let (sender, receiver) = mpsc::sync_channel(1);
        let call = move || {
            #[cfg(target_os = "linux")]
            if kind == StoreKind::Keyutils {
                super::keyutils::join_session();
            }
            let store = known.map_or_else(|| open(kind), Ok);
            let outcome = store.clone().and_then(|store| {
                Ok(act(&Item {
                    store,
                    service,
                    user,
                    limit: kind.item_limit(),
                })?)
            });
            // This fails after the timeout, when there is no receiver.
            let _ = sender.send((store, outcome));
        };
        thread::Builder::new().spawn(call).map_err(no_thread)?;
        let timeout = if self.options.may_prompt {
            UNLOCK_TIMEOUT
        } else {
            TIMEOUT
        };
        let answer = receiver.recv_timeout(NOTE_AFTER).or_else(|_| {
            self.explain_wait(kind);
            receiver.recv_timeout(timeout.saturating_sub(NOTE_AFTER))
        });
        let (store, outcome) =
            answer.unwrap_or((Err(Failure::Unresponsive), Err(Failure::Unresponsive)));
        self.stores().insert(kind, store);
        outcome
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
