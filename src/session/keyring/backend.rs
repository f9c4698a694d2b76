//! Which stores there are, and how one of them is opened.

use std::str::FromStr;
use std::sync::Arc;

use keyring_core::{CredentialStore, Error as StoreError};

/// A place where the operating system keeps secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StoreKind {
    /// The Secret Service of a Linux or BSD desktop, such as gnome-keyring or `KWallet`.
    SecretService,
    /// The Linux kernel's keyring.
    Keyutils,
    /// The keychain of macOS.
    Keychain,
    /// The Credential Manager of Windows.
    CredentialManager,
}

impl StoreKind {
    pub(super) const ALL: [Self; 4] = [
        Self::SecretService,
        Self::Keyutils,
        Self::Keychain,
        Self::CredentialManager,
    ];

    /// The stores of this operating system, the first choice first.
    pub(super) const fn of_this_system() -> &'static [Self] {
        if cfg!(target_os = "macos") {
            &[Self::Keychain]
        } else if cfg!(windows) {
            &[Self::CredentialManager]
        } else if cfg!(target_os = "linux") {
            &[Self::SecretService, Self::Keyutils]
        } else {
            &[Self::SecretService]
        }
    }

    /// The word for it in `NXP_KEYRING`, in the state file and in answers.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SecretService => "secret-service",
            Self::Keyutils => "keyutils",
            Self::Keychain => "keychain",
            Self::CredentialManager => "credential-manager",
        }
    }

    /// What a sentence calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SecretService => "the Secret Service",
            Self::Keyutils => "the kernel's keyring (keyutils)",
            Self::Keychain => "the keychain",
            Self::CredentialManager => "the Credential Manager",
        }
    }

    /// The most bytes that it takes in one entry. That of Windows is `CRED_MAX_CREDENTIAL_BLOB_SIZE` in
    /// wincred.h: 5 * 512. The store for it writes secrets as they are; as passwords they would be
    /// UTF-16, and take twice as much.
    pub(super) const fn item_limit(self) -> Option<usize> {
        match self {
            Self::CredentialManager => Some(2560),
            _ => None,
        }
    }

    /// Opens it, without unlocking it. This may wait for a daemon to start.
    pub(super) fn open(self) -> keyring_core::Result<Arc<CredentialStore>> {
        match self {
            #[cfg(all(unix, not(target_os = "macos")))]
            Self::SecretService => Ok(zbus_secret_service_keyring_store::Store::new()?),
            #[cfg(target_os = "linux")]
            Self::Keyutils => Ok(linux_keyutils_keyring_store::Store::new()?),
            #[cfg(target_os = "macos")]
            Self::Keychain => Ok(apple_native_keyring_store::keychain::Store::new()?),
            #[cfg(windows)]
            Self::CredentialManager => Ok(windows_native_keyring_store::Store::new()?),
            #[allow(unreachable_patterns, reason = "no system has all of them")]
            other => Err(StoreError::NotSupportedByStore(format!(
                "this system has no {}",
                other.as_str()
            ))),
        }
    }
}

/// Reads the word of [`StoreKind::as_str`]; any other is no store of nxp's.
impl FromStr for StoreKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.ok_or(())
    }
}
