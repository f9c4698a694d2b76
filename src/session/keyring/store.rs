//! One keyring of the system: which there are, how one is opened, an account's item in it, and why
//! it can't be used.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error as StoreError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{CommandLine, Error, ErrorCode};
use crate::session::StoredTokens;
use crate::session::files::digest_of;

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
    pub(crate) const ALL: [Self; 4] = [
        Self::SecretService,
        Self::Keyutils,
        Self::Keychain,
        Self::CredentialManager,
    ];

    /// The keyrings of this operating system, the first choice first.
    pub(crate) const fn of_this_system() -> &'static [Self] {
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
/// longer item is in two entries. The first is full; the second begins with the digest of the whole,
/// so that two that don't belong together are noticed. It is written first: until both are written,
/// the digest is wrong.
pub(super) struct Item {
    pub(super) store: Arc<CredentialStore>,
    pub(super) service: String,
    pub(super) user: String,
    /// The most bytes that the keyring takes in one entry.
    pub(super) limit: Option<usize>,
}

/// The length of a digest, in bytes.
const DIGEST: usize = 32;

impl Item {
    /// Reads the item.
    pub(super) fn read(&self) -> keyring_core::Result<Zeroizing<Vec<u8>>> {
        let mut item = read(&self.first()?)?;
        if self.limit.is_none_or(|limit| item.len() < limit) {
            return Ok(item);
        }
        let second = match read(&self.second()?) {
            Err(StoreError::NoEntry) => Zeroizing::default(),
            second => second?,
        };
        let (digest, rest) = second.split_at_checked(DIGEST).unwrap_or_default();
        item = Zeroizing::new([&item, rest].concat());
        match std::str::from_utf8(&item) {
            Ok(text) if digest_of(&[text]).as_bytes() == digest => Ok(item),
            _ => Err(StoreError::BadStoreFormat("half is missing".to_owned())),
        }
    }

    /// Writes the item, in place of the one that is there.
    pub(super) fn write(&self, item: &str) -> keyring_core::Result<()> {
        let halves = self.limit.and_then(|limit| {
            let (first, second) = item.as_bytes().split_at_checked(limit)?;
            Some((limit, first, second))
        });
        let Some((limit, first, rest)) = halves else {
            write(&self.first()?, item.as_bytes())?;
            return match self.limit {
                Some(_) => delete(&self.second()?),
                None => Ok(()),
            };
        };
        let second = Zeroizing::new([digest_of(&[item]).as_bytes(), rest].concat());
        if second.len() > limit {
            let most = u32::try_from(2 * limit - DIGEST).unwrap_or(u32::MAX);
            return Err(StoreError::TooLong("item".to_owned(), most));
        }
        write(&self.second()?, &second)?;
        write(&self.first()?, first)
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

/// Reads an entry. If there are several, as after a restored backup, the one whose token expires last.
fn read(entry: &Entry) -> keyring_core::Result<Zeroizing<Vec<u8>>> {
    let secrets = each(entry, |entry| entry.get_secret().map(Zeroizing::new))?;
    let expiry = |secret: &Zeroizing<Vec<u8>>| Some(StoredTokens::from_item(secret)?.expires_at);
    let newest = secrets.into_iter().max_by_key(expiry);
    newest.ok_or(StoreError::NoEntry)
}

/// Writes an entry, in place of all others.
fn write(entry: &Entry, secret: &[u8]) -> keyring_core::Result<()> {
    match entry.set_secret(secret) {
        Err(StoreError::Ambiguous(_)) => {
            delete(entry)?;
            entry.set_secret(secret)
        }
        written => written,
    }
}

/// Deletes an entry, and all others of the same name.
fn delete(entry: &Entry) -> keyring_core::Result<()> {
    match each(entry, Entry::delete_credential) {
        Ok(_) | Err(StoreError::NoEntry) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Does something with an entry, or with all of the same name.
fn each<T>(
    entry: &Entry,
    act: impl Fn(&Entry) -> keyring_core::Result<T>,
) -> keyring_core::Result<Vec<T>> {
    match act(entry) {
        Err(StoreError::Ambiguous(entries)) => entries.iter().map(act).collect(),
        done => Ok(vec![done?]),
    }
}

/// How a call to a keyring failed. The stores' own errors may contain a secret; these do not.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// There is no item for the account.
    NoEntry,
    /// The keyring is not available.
    Missing(String),
    /// It does not respond in time.
    Unresponsive,
    /// It is locked.
    Locked,
    /// The secret is longer than this limit, in bytes.
    TooLong(u32),
    /// It returned other data than was stored.
    Corrupt,
}

impl Failure {
    /// Whether this process can't use the keyring at all. Another one may work.
    pub(super) const fn is_keyring_unusable(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Unresponsive | Self::Locked)
    }

    /// What happened, with the name of the keyring.
    pub(super) fn cause(&self, kind: KeyringKind) -> String {
        let name = kind.name();
        match self {
            Self::Missing(cause) => format!("{name} is not available ({cause})"),
            Self::Unresponsive => format!("{name} does not answer; it may be locked"),
            Self::Locked if kind == KeyringKind::Keyutils => {
                format!("{name} can't be reached from this process")
            }
            Self::Locked => format!("{name} is locked"),
            Self::TooLong(limit) => {
                format!("the tokens are longer than the {limit} bytes that {name} takes")
            }
            Self::Corrupt | Self::NoEntry => {
                format!("{name} returned other data than was stored")
            }
        }
    }

    /// What helps.
    fn hint(&self, kind: KeyringKind) -> String {
        match self {
            Self::Missing(_) | Self::Unresponsive if kind == KeyringKind::SecretService => format!(
                "start one: run `dbus-run-session -- sh`, in it `gnome-keyring-daemon --unlock --components=secrets` (type a password for the keyring, then Ctrl-D), then this again; or {WITHOUT_KEYRING}"
            ),
            Self::Locked if kind != KeyringKind::Keyutils => format!(
                "unlock it (without a desktop: `gnome-keyring-daemon --unlock`, its password, then Ctrl-D) and run this again; or {WITHOUT_KEYRING}"
            ),
            Self::Corrupt | Self::NoEntry => sign_in_again(),
            _ => WITHOUT_KEYRING.to_owned(),
        }
    }

    pub(super) fn into_error(self, kind: KeyringKind) -> Error {
        unusable(&self.cause(kind), self.hint(kind))
    }

    /// The error that an account's tokens can't be read. The first remedy is the easy one: where
    /// there is no desktop, as over ssh, a sign-in takes the kernel's keyring.
    pub(super) fn into_error_of(self, kind: KeyringKind, login: &CommandLine) -> Error {
        match self {
            Self::Missing(_) if kind == KeyringKind::SecretService && cfg!(target_os = "linux") => {
                let hint = self.hint(kind);
                unusable(
                    &self.cause(kind),
                    format!(
                        "sign in here with `{login}`, which uses the kernel's keyring; or {hint}"
                    ),
                )
            }
            failure => failure.into_error(kind),
        }
    }
}

/// The error that the keyring can't be used.
pub(super) fn unusable(cause: &str, hint: String) -> Error {
    let message = format!("can't use the OS keyring: {cause}");
    Error::new(ErrorCode::Keyring, message).with_hint(hint)
}

/// What helps where an item is damaged.
pub(super) fn sign_in_again() -> String {
    format!("sign in again with `{}`", CommandLine::login(None, None))
}

const WITHOUT_KEYRING: &str = "set NXP_TOKEN and NXP_SPACE to work without a keyring";

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
        String::from_utf8(item.read().unwrap().to_vec()).unwrap()
    }

    /// How many entries have a secret.
    fn count(item: &Item) -> usize {
        let entries = [item.first().unwrap(), item.second().unwrap()];
        entries.iter().filter(|it| it.get_secret().is_ok()).count()
    }

    #[test]
    fn an_item_of_any_length_is_read_as_it_was_written() {
        let item = item();
        for length in [68, 51, 50, 0, 49, 55, 5, 68] {
            let text: String = "0123456789".repeat(8).chars().take(length).collect();
            item.write(&text).unwrap();
            assert_eq!(found(&item), text, "{length}");
            let expected = if length < LIMIT { 1 } else { 2 };
            assert_eq!(count(&item), expected, "{length}");
        }
        item.delete().unwrap();
        assert_eq!(count(&item), 0);
        assert!(matches!(item.read(), Err(StoreError::NoEntry)));
        item.delete().unwrap();
    }

    #[test]
    fn an_item_that_is_too_long_is_refused_with_the_limit() {
        let item = item();
        item.write("old").unwrap();
        let refused = item.write(&"x".repeat(69));
        assert!(
            matches!(refused, Err(StoreError::TooLong(_, 68))),
            "{refused:?}"
        );
        assert_eq!(found(&item), "old");
    }

    #[test]
    fn two_entries_that_do_not_belong_together_are_noticed() {
        let item = item();
        let torn = |item: &Item| matches!(item.read(), Err(StoreError::BadStoreFormat(_)));
        item.write(&"a".repeat(60)).unwrap();
        let old = item.second().unwrap().get_secret().unwrap();
        item.write(&"b".repeat(60)).unwrap();
        item.second().unwrap().set_secret(&old).unwrap();
        assert!(torn(&item));
        item.second().unwrap().delete_credential().unwrap();
        assert!(torn(&item));
        item.write(&"c".repeat(60)).unwrap();
        assert_eq!(found(&item), "c".repeat(60));
        item.first().unwrap().set_secret(&[b'd'; LIMIT]).unwrap();
        assert!(torn(&item));
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
