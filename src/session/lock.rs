//! The lock that lets one process at a time change an account's tokens.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Account, files};

/// The pause between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(20);

/// The lock of an account.
pub(crate) struct AccountLock {
    path: PathBuf,
}

/// A lock that is held until this is dropped: no other process changes the account's tokens.
pub(crate) struct AccountLockGuard {
    /// `None` if there is no lock to take.
    _file: Option<File>,
}

impl AccountLock {
    /// The lock of an account. Its file is in a folder below `state_folder`.
    pub(crate) fn of(account: &Account, state_folder: &Path) -> Self {
        let space = account.space.to_string();
        let name = files::digest_of(&[&space, &account.email.to_lowercase()]);
        Self {
            path: state_folder.join("locks").join(format!("{name}.lock")),
        }
    }

    /// Takes the lock, and waits for another process that holds it.
    ///
    /// If no file can be locked, as in a folder that can't be written to, it goes on without: a
    /// refresh then looks for the tokens of another process after it is refused.
    pub(crate) async fn take(&self) -> AccountLockGuard {
        loop {
            match files::try_lock(&self.path) {
                Ok(None) => tokio::time::sleep(PAUSE).await,
                locked => {
                    let _file = locked.ok().flatten();
                    return AccountLockGuard { _file };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(email: &str, folder: &Path) -> AccountLock {
        let space = "acme".parse().unwrap();
        AccountLock::of(&Account::new(space, email.to_owned()), folder)
    }

    fn take(lock: &AccountLock) -> Option<AccountLockGuard> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let take = async { tokio::time::timeout(Duration::from_millis(50), lock.take()).await };
        runtime.block_on(take).ok()
    }

    #[test]
    fn one_holds_the_lock_of_an_account_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let guard = take(&lock("ana@acme.example", folder.path())).unwrap();
        assert!(take(&lock("ANA@acme.example", folder.path())).is_none());
        assert!(take(&lock("bo@acme.example", folder.path())).is_some());
        drop(guard);
        assert!(take(&lock("ana@acme.example", folder.path())).is_some());
    }

    #[test]
    fn the_name_of_a_lock_shows_nothing_of_the_account() {
        let folder = tempfile::tempdir().unwrap();
        let lock = lock("../ana@acme.example", folder.path());
        let name = lock.path.file_stem().unwrap().to_str().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(lock.path.parent(), Some(&*folder.path().join("locks")));
    }

    #[test]
    fn without_a_place_for_the_lock_nothing_waits() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("locks"), "").unwrap();
        let _guard = take(&lock("ana@acme.example", folder.path())).unwrap();
        assert!(take(&lock("ana@acme.example", folder.path())).is_some());
    }
}
