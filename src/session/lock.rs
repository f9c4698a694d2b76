//! The lock that lets one process at a time change an account's tokens.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Account, atomic_file};

/// The pause between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(20);

/// The lock of an account. The system releases it when the process that holds it ends in any way. The
/// file stays.
pub struct AccountLock {
    folder: PathBuf,
    name: String,
}

/// A lock that is held: no other process changes the account's tokens. Dropping it releases the lock.
pub struct AccountLockGuard {
    /// `None` if no file can be locked.
    _file: Option<File>,
}

impl AccountLock {
    /// The lock of an account. Its file is in a folder below `state_folder`.
    #[must_use]
    pub fn of(account: &Account, state_folder: &Path) -> Self {
        let name =
            atomic_file::digest_of(&[&account.space.to_string(), &account.email.to_lowercase()]);
        Self {
            folder: state_folder.join("locks"),
            name,
        }
    }

    /// Takes the lock, and waits for another process that holds it for at most `timeout`.
    ///
    /// Returns `None` after the timeout. If no lock file can be written, the state folder is locked
    /// instead; without any lock, the guard locks nothing.
    pub async fn take(&self, timeout: Duration) -> Option<AccountLockGuard> {
        let Ok(file) = self.open() else {
            return Some(AccountLockGuard { _file: None });
        };
        let start = tokio::time::Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Some(AccountLockGuard { _file: Some(file) }),
                // Some network file systems have no locks.
                Err(TryLockError::Error(_)) => return Some(AccountLockGuard { _file: None }),
                Err(TryLockError::WouldBlock) if start.elapsed() >= timeout => return None,
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    fn open(&self) -> io::Result<File> {
        let path = self.folder.join(&self.name);
        let own = atomic_file::make_private_folder(&self.folder)
            .and_then(|()| atomic_file::lock_file(&path));
        let state_folder = self.folder.parent().unwrap_or(&self.folder);
        own.or_else(|_| atomic_file::open(&path))
            .or_else(|_| File::open(state_folder))
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
        runtime.block_on(lock.take(Duration::from_millis(50)))
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
        assert!(lock.name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[cfg(unix)]
    #[test]
    fn where_no_file_can_be_made_the_folder_itself_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder for locks would be stands in for a folder without write access,
        // which would not keep root out.
        std::fs::write(folder.path().join("locks"), "").unwrap();
        let guard = take(&lock("ana@acme.example", folder.path())).unwrap();
        assert!(guard._file.is_some());
        assert!(take(&lock("ana@acme.example", folder.path())).is_none());
    }
}
