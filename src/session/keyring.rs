//! The OS keyring, with a deadline of our own: it has none, and can wait for ever.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring::{Entry, Error as StoreError};

use super::{Account, StoredTokens};
use crate::error::{Error, KeyringRemedy, Result};

/// The longest wait for a keyring that nobody needs to unlock.
const PROMPT_FREE: Duration = Duration::from_secs(3);

/// The longest wait where the keyring may be asking a person to unlock it.
const WITH_PROMPT: Duration = Duration::from_secs(60);

/// The OS keyring: one item for each account, with service `nxp/<host>` and the email as user.
#[derive(Clone, Copy, Debug)]
pub struct Keyring {
    deadline: Duration,
}

impl Keyring {
    /// The keyring of this user.
    ///
    /// `may_prompt` says whether somebody is there who can answer the keyring's own prompt.
    #[must_use]
    pub fn new(may_prompt: bool) -> Self {
        Self {
            deadline: if may_prompt { WITH_PROMPT } else { PROMPT_FREE },
        }
    }

    /// The tokens of an account; `None` where there is no item for it.
    ///
    /// # Errors
    /// [`Error::Keyring`] where the keyring is missing, locked or silent, or the item damaged.
    pub fn load(&self, account: &Account) -> Result<Option<StoredTokens>> {
        let secret = match self.with_entry(account, |entry| {
            entry.get_secret().map(zeroize::Zeroizing::new)
        }) {
            Ok(secret) => secret,
            Err(Failure::Store(StoreError::NoEntry)) => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        StoredTokens::from_item(&secret)
            .map(Some)
            .ok_or_else(|| Error::Keyring {
                cause: format!("its item for {account} is not one of nxp's"),
                remedy: KeyringRemedy::SignInAgain,
            })
    }

    /// Writes the tokens of an account, in place of those that are there.
    ///
    /// # Errors
    /// [`Error::Keyring`] where the keyring is missing, locked, silent or full.
    pub fn store(&self, account: &Account, tokens: &StoredTokens) -> Result<()> {
        let item = tokens.to_item();
        Ok(self.with_entry(account, move |entry| entry.set_secret(item.as_bytes()))?)
    }

    /// Deletes the item of an account; also fine where there is none.
    ///
    /// # Errors
    /// [`Error::Keyring`] where the keyring is missing, locked or silent.
    pub fn delete(&self, account: &Account) -> Result<()> {
        match self.with_entry(account, |entry| entry.delete_credential()) {
            Ok(()) | Err(Failure::Store(StoreError::NoEntry)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    fn with_entry<T: Send + 'static>(
        self,
        account: &Account,
        act: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (service, user) = (account.keyring_service(), account.email.clone());
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let outcome = Entry::new(&service, &user)
                .map_err(Failure::at_start)
                .and_then(|entry| Ok(act(&entry)?));
            // Nobody listens any more once the deadline is over.
            let _ = sender.send(outcome);
        });
        receiver
            .recv_timeout(self.deadline)
            .unwrap_or(Err(Failure::Silent(self.deadline)))
    }
}

enum Failure {
    Store(StoreError),
    NoStore(String),
    Silent(Duration),
}

impl Failure {
    fn at_start(error: StoreError) -> Self {
        match (error, Entry::store_status()) {
            (StoreError::NoDefaultStore, Err(cause)) => Self::NoStore(innermost(cause)),
            (error, _) => Self::Store(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (cause, remedy) = match failure {
            Failure::NoStore(cause) => (format!("there is none ({cause})"), KeyringRemedy::Provide),
            Failure::Silent(deadline) => (
                format!("it does not answer within {} s", deadline.as_secs()),
                KeyringRemedy::Unlock,
            ),
            Failure::Store(StoreError::NoStorageAccess(_)) => {
                ("it is locked".to_owned(), KeyringRemedy::Unlock)
            }
            Failure::Store(StoreError::TooLong(_, limit)) => (
                format!("the tokens are longer than the {limit} bytes it takes"),
                KeyringRemedy::Provide,
            ),
            Failure::Store(StoreError::Ambiguous(_)) => (
                "it holds several items for this account".to_owned(),
                KeyringRemedy::SignInAgain,
            ),
            Failure::Store(StoreError::PlatformFailure(cause)) => {
                (format!("it fails ({cause})"), KeyringRemedy::Provide)
            }
            // The others may carry the secret itself.
            Failure::Store(_) => (
                "it holds something else than was stored".to_owned(),
                KeyringRemedy::SignInAgain,
            ),
        };
        Self::Keyring { cause, remedy }
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |link| link.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}
