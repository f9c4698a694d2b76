//! One keyring of the system: which there are, how one is opened, an account's item in it, and why
//! it can't be used.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error as StoreError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{CommandLine, Error, ErrorCode};

/// A place where the operating system keeps secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyringKind {
    /// The Secret Service of a Linux or BSD desktop, such as gnome-keyring or `KWallet`.
    SecretService,
    /// The Linux kernel's keyring.
    Keyutils,
    /// The keychain of macOS.
    Keychain,
    /// The Credential Manager of Windows.
    CredentialManager,
}

impl KeyringKind {
    /// The keyring of this operating system that is tried first.
    pub(crate) const FIRST: Self = if cfg!(target_os = "macos") {
        Self::Keychain
    } else if cfg!(windows) {
        Self::CredentialManager
    } else {
        Self::SecretService
    };

    /// The other keyring of this operating system, for machines without the first one.
    pub(crate) const SECOND: Option<Self> = if cfg!(target_os = "linux") {
        Some(Self::Keyutils)
    } else {
        None
    };

    /// The word for it in `NXP_KEYRING`, in the state file and in output.
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
    /// wincred.h: 5 * 512.
    pub(super) const fn entry_limit(self) -> Option<usize> {
        match self {
            Self::CredentialManager => Some(2560),
            _ => None,
        }
    }

    /// How long it keeps tokens, as the end of a sentence; `None` if permanently. The kernel keeps a user's
    /// keyring for some days after its last use (persistent-keyring(7)).
    pub(crate) fn lifetime(self) -> Option<&'static str> {
        (self == Self::Keyutils)
            .then_some("until nxp has not used them for a few days, or a restart of this machine")
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

/// An account's item: an entry with this service and user. Where the keyring limits an entry, a
/// longer item is in two entries, of which the first is full. The second one is missing until both are
/// written.
pub(super) struct Item {
    pub(super) store: Arc<CredentialStore>,
    pub(super) service: String,
    pub(super) user: String,
    /// The most bytes that the keyring takes in one entry.
    pub(super) limit: Option<usize>,
}

impl Item {
    /// Reads the item; `None` if there is none.
    pub(super) fn read(&self) -> keyring_core::Result<Option<Zeroizing<Vec<u8>>>> {
        let read = |entry: Entry| match entry.get_secret() {
            Err(StoreError::NoEntry) => Ok(None),
            secret => secret.map(Zeroizing::new).map(Some),
        };
        let Some(first) = read(self.first()?)? else {
            return Ok(None);
        };
        if self.limit.is_none_or(|limit| first.len() < limit) {
            return Ok(Some(first));
        }
        let second = read(self.second()?)?;
        let second = second.ok_or(StoreError::BadStoreFormat("half is missing".to_owned()))?;
        Ok(Some(Zeroizing::new([&first[..], &second[..]].concat())))
    }

    /// Writes the item, in place of the one that is there.
    pub(super) fn write(&self, item: &str) -> keyring_core::Result<()> {
        let Some(limit) = self.limit else {
            return write(&self.first()?, item.as_bytes());
        };
        let halves = item.as_bytes().split_at_checked(limit);
        if halves.is_some_and(|(_, second)| second.len() > limit) {
            let most = u32::try_from(2 * limit).unwrap_or(u32::MAX);
            return Err(StoreError::TooLong("item".to_owned(), most));
        }
        delete(&self.second()?)?;
        let (first, second) = halves.unzip();
        write(&self.first()?, first.unwrap_or(item.as_bytes()))?;
        second.map_or(Ok(()), |second| write(&self.second()?, second))
    }

    /// Deletes the item, if there is one.
    pub(super) fn delete(&self) -> keyring_core::Result<()> {
        if self.limit.is_some() {
            delete(&self.second()?)?;
        }
        delete(&self.first()?)
    }

    pub(super) fn first(&self) -> keyring_core::Result<Entry> {
        self.store.build(&self.service, &self.user, None)
    }

    pub(super) fn second(&self) -> keyring_core::Result<Entry> {
        let user = format!("{} (2)", self.user);
        self.store.build(&self.service, &user, None)
    }
}

/// Writes an entry, in place of all of the same name.
fn write(entry: &Entry, secret: &[u8]) -> keyring_core::Result<()> {
    match entry.set_secret(secret) {
        Err(StoreError::Ambiguous(_)) => {
            delete(entry)?;
            entry.set_secret(secret)
        }
        written => written,
    }
}

/// Deletes an entry, and all others of the same name, as a restored backup leaves them.
fn delete(entry: &Entry) -> keyring_core::Result<()> {
    match entry.delete_credential() {
        Err(StoreError::NoEntry) => Ok(()),
        Err(StoreError::Ambiguous(entries)) => entries.iter().try_for_each(delete),
        deleted => deleted,
    }
}

/// Why an item can't be read or written. The stores' own errors may contain a secret; these do not.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The keyring is not available.
    Missing(String),
    /// It does not respond in time.
    Unresponsive,
    /// It is locked, or closed to this process.
    Locked,
    /// The item is not as it should be.
    Item(String),
}

impl Failure {
    /// What happened, with the name of the keyring.
    pub(super) fn cause(&self, kind: KeyringKind) -> String {
        let name = kind.name();
        match self {
            Self::Missing(cause) => format!("{name} is not available ({cause})"),
            Self::Unresponsive => format!("{name} does not answer; it may be locked"),
            Self::Locked => format!("{name} is locked"),
            Self::Item(problem) => problem.clone(),
        }
    }

    pub(super) fn into_error(self, kind: KeyringKind) -> Error {
        let without = "set NXP_TOKEN and NXP_SPACE to work without a keyring";
        let hint = match self {
            Self::Item(_) => format!("sign in again with `{}`", CommandLine::login(None, None)),
            _ if kind != KeyringKind::SecretService => without.to_owned(),
            Self::Locked => format!(
                "unlock it (without a desktop: `gnome-keyring-daemon --unlock`, its password, then Ctrl-D) and run this again; or {without}"
            ),
            Self::Missing(_) | Self::Unresponsive => format!(
                "start one: run `dbus-run-session -- sh`, in it `gnome-keyring-daemon --unlock --components=secrets` (type a password for the keyring, then Ctrl-D), then this again; or {without}"
            ),
        };
        let message = format!("can't use the OS keyring: {}", self.cause(kind));
        Error::new(ErrorCode::Keyring, message).with_hint(hint)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoStorageAccess(_) => Self::Locked,
            StoreError::PlatformFailure(cause) => {
                Self::Missing(innermost(&anyhow::Error::from_boxed(cause)))
            }
            StoreError::NotSupportedByStore(cause) => Self::Missing(cause),
            StoreError::TooLong(_, limit) => {
                let problem = format!("the tokens are longer than the {limit} bytes that it takes");
                Self::Item(problem)
            }
            // The other errors may contain the secret.
            _ => Self::Item("it returned other data than was stored".to_owned()),
        }
    }
}

/// What a person can make of the innermost cause of an error.
fn innermost(error: &anyhow::Error) -> String {
    let cause = error.root_cause();
    // zbus shares its I/O errors.
    let shared = cause.downcast_ref::<Arc<io::Error>>().map(Arc::as_ref);
    match shared.or(cause.downcast_ref()).map(io::Error::kind) {
        Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => "no session bus".to_owned(),
        _ if cause.to_string().contains("ServiceUnknown") => {
            "no service on the session bus provides it".to_owned()
        }
        _ => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use keyring_core::mock;

    use super::*;

    const LIMIT: usize = 50;

    fn item() -> Item {
        Item {
            store: mock::Store::new().unwrap(),
            service: "nxp/acme.spaces.nexudus.com".to_owned(),
            user: "ana@acme.example".to_owned(),
            limit: Some(LIMIT),
        }
    }

    fn found(item: &Item) -> String {
        String::from_utf8(item.read().unwrap().unwrap().to_vec()).unwrap()
    }

    /// How many entries have a secret.
    fn count(item: &Item) -> usize {
        let entries = [item.first().unwrap(), item.second().unwrap()];
        entries.iter().filter(|it| it.get_secret().is_ok()).count()
    }

    #[test]
    fn an_item_of_any_length_is_read_as_it_was_written() {
        let item = item();
        for length in [100, 51, 50, 0, 49, 55, 5, 100] {
            let text: String = "0123456789".repeat(10).chars().take(length).collect();
            item.write(&text).unwrap();
            assert_eq!(found(&item), text, "{length}");
            let expected = if length < LIMIT { 1 } else { 2 };
            assert_eq!(count(&item), expected, "{length}");
        }
        item.delete().unwrap();
        assert_eq!(count(&item), 0);
        assert!(item.read().unwrap().is_none());
        item.delete().unwrap();
    }

    #[test]
    fn an_item_that_is_too_long_is_refused_with_the_limit() {
        let item = item();
        item.write("old").unwrap();
        let refused = item.write(&"x".repeat(101));
        assert!(
            matches!(refused, Err(StoreError::TooLong(_, 100))),
            "{refused:?}"
        );
        assert_eq!(found(&item), "old");
    }

    #[test]
    fn an_item_of_which_only_half_was_written_is_noticed() {
        let item = item();
        item.write(&"a".repeat(60)).unwrap();
        item.second().unwrap().delete_credential().unwrap();
        let read = item.read();
        assert!(matches!(read, Err(StoreError::BadStoreFormat(_))));
        item.write(&"c".repeat(60)).unwrap();
        assert_eq!(found(&item), "c".repeat(60));
    }

    #[test]
    fn a_keyring_without_a_limit_has_one_entry_for_an_item() {
        let item = Item {
            limit: None,
            ..item()
        };
        item.write(&"x".repeat(100)).unwrap();
        assert_eq!(count(&item), 1);
        assert_eq!(found(&item).len(), 100);
    }
}
