//! Why a store can't be used. The stores' own errors may contain a secret; these do not.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use keyring_core::Error as StoreError;

use super::StoreKind;
use crate::error::{Error, KeyringRemedy};

/// How a call to a store failed.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// There is no item for the account.
    NoEntry,
    /// The store is not available.
    Missing(String),
    /// It does not respond in time.
    Unresponsive,
    /// It is locked.
    Locked,
    /// The secret is longer than this limit of the store, in bytes.
    TooLong(u32),
    /// It returned other data than was stored.
    Corrupt,
}

impl Failure {
    /// Whether this process can't use the store at all. Another store may work.
    pub(super) const fn is_store_unusable(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Unresponsive | Self::Locked)
    }

    /// The error, which names the store.
    pub(super) fn into_error(self, kind: StoreKind) -> Error {
        let name = kind.name();
        let absent = match kind {
            StoreKind::SecretService => KeyringRemedy::Provide,
            _ => KeyringRemedy::DoWithout,
        };
        let (cause, remedy) = match self {
            Self::NoEntry => (
                format!("{name} has no such item"),
                KeyringRemedy::SignInAgain,
            ),
            Self::Missing(cause) => (format!("{name} is not available ({cause})"), absent),
            Self::Unresponsive => (format!("{name} does not answer; it may be locked"), absent),
            Self::Locked if kind == StoreKind::Keyutils => (
                format!("{name} can't be reached from this process"),
                KeyringRemedy::DoWithout,
            ),
            Self::Locked => (format!("{name} is locked"), KeyringRemedy::Unlock),
            Self::TooLong(limit) => (
                format!("the tokens are longer than the {limit} bytes that {name} takes"),
                KeyringRemedy::DoWithout,
            ),
            Self::Corrupt => (
                format!("{name} returned other data than was stored"),
                KeyringRemedy::SignInAgain,
            ),
        };
        Error::Keyring { cause, remedy }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoEntry => Self::NoEntry,
            StoreError::NoStorageAccess(_) => Self::Locked,
            StoreError::TooLong(_, limit) => Self::TooLong(limit),
            StoreError::PlatformFailure(cause) => Self::Missing(innermost(cause.as_ref())),
            StoreError::NotSupportedByStore(cause) => Self::Missing(cause),
            // The other errors may contain the secret.
            _ => Self::Corrupt,
        }
    }
}

/// The innermost cause of an error.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&link| link.source());
    let Some(last) = chain.last() else {
        return String::new();
    };
    // zbus shares its I/O errors.
    let shared = last.downcast_ref::<Arc<io::Error>>().map(Arc::as_ref);
    match shared.or(last.downcast_ref()).map(io::Error::kind) {
        Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => "no session bus".to_owned(),
        _ => match last.to_string() {
            message if message.contains("ServiceUnknown") => {
                "no service on the session bus provides it".to_owned()
            }
            message => message,
        },
    }
}
