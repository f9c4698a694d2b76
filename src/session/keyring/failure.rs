//! Why a store can't be used. The stores' own errors may hold a secret; these do not.

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
    /// It does not answer.
    Silent,
    /// It is locked.
    Locked,
    /// The secret is longer than the store takes, in bytes.
    TooLong(u32),
    /// It returned something else than was stored.
    Garbled,
}

impl Failure {
    /// Whether the store as a whole can't be used by this process, and another one may do.
    pub(super) const fn is_of_the_store(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Silent | Self::Locked)
    }

    /// The error, which names the store.
    pub(super) fn explained(self, kind: StoreKind) -> Error {
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
            Self::Silent => (format!("{name} does not answer; it may be locked"), absent),
            Self::Locked if kind == StoreKind::Keyutils => (
                format!("{name} can't be reached from this process"),
                KeyringRemedy::DoWithout,
            ),
            Self::Locked => (format!("{name} is locked"), KeyringRemedy::Unlock),
            Self::TooLong(limit) => (
                format!("the tokens are longer than the {limit} bytes that {name} takes"),
                KeyringRemedy::DoWithout,
            ),
            Self::Garbled => (
                format!("{name} returned something else than was stored"),
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
            // The others may carry the secret itself.
            _ => Self::Garbled,
        }
    }
}

/// The innermost cause.
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
            told if told.contains("ServiceUnknown") => {
                "no service on the session bus provides it".to_owned()
            }
            told => told,
        },
    }
}
