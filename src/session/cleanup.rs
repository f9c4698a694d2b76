//! Removes the files of nxp.

use std::fs;
use std::path::{Path, PathBuf};

use super::StateFile;
use super::files::{is_absent, try_lock};
use super::journal;
use crate::error::Result;

/// Why a record is left.
const UNSETTLED: &str = "record of a switch whose outcome is not known";

/// The result of a cleanup.
#[derive(Debug, Default)]
pub(crate) struct Cleanup {
    /// How many files were removed.
    pub(crate) removed: usize,
    /// The files that were not removed, and why.
    pub(crate) left: Vec<(PathBuf, String)>,
}

/// Removes nxp's files in the folders for state and for what may be lost, and the folders if they are
/// then empty. Removes nothing if there is an account.
///
/// The lock of a running command stays, and so does the record of a switch whose outcome is unknown.
///
/// # Errors
/// If the state file can't be locked or read.
pub(crate) async fn remove_files(state_file: &StateFile, cache_folder: &Path) -> Result<Cleanup> {
    let mut cleanup = Cleanup::default();
    let state_folder = state_file.path().parent().unwrap_or(Path::new("."));
    // Taking the lock would make the folder.
    let lock = match state_folder.exists() {
        true => state_file.lock().await?,
        false => None,
    };
    if !state_file.load()?.accounts().is_empty() {
        return Ok(cleanup);
    }
    for path in files_in(state_folder).iter().chain(&files_in(cache_folder)) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !is_ours(path) {
            cleanup.leave(path, "not written by nxp");
        } else if name.starts_with("tokens-") || name.starts_with("switch-") {
            cleanup.remove_lock(path);
        } else {
            cleanup.remove(path);
        }
    }
    drop(lock);
    for folder in [state_folder, cache_folder] {
        // A folder that isn't empty stays.
        let _ = fs::remove_dir(folder);
    }
    Ok(cleanup)
}

impl Cleanup {
    /// Removes a file whose lock no process holds, unless it has a pending switch. The lock is held
    /// meanwhile.
    fn remove_lock(&mut self, path: &Path) {
        match try_lock(path) {
            Ok(Some(_held)) if journal::is_pending(path) => self.leave(path, UNSETTLED),
            Ok(Some(_held)) => self.remove(path),
            Ok(None) => self.leave(path, "in use by a running command"),
            Err(error) => self.leave(path, &error.to_string()),
        }
    }

    fn remove(&mut self, path: &Path) {
        match fs::remove_file(path) {
            Ok(()) => self.removed += 1,
            // There was none, or another process removed it.
            Err(error) if is_absent(&error) => {}
            Err(error) => self.leave(path, &error.to_string()),
        }
    }

    fn leave(&mut self, path: &Path, reason: &str) {
        self.left.push((path.to_owned(), reason.to_owned()));
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

/// Whether a file has one of the names that nxp gives to its files. The folder may be shared with
/// something else, and then a name that only begins alike is not nxp's.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let between = |start, end| name.strip_prefix(start)?.strip_suffix(end);
    let is_digest = |text: &str| text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let is_temporary =
        |text: &str| text.len() == 6 && text.bytes().all(|it| it.is_ascii_alphanumeric());
    let fixed = [
        "state.json",
        "state.lock",
        "sandbox.json",
        "sandbox.json.lock",
    ];
    let with_digest = [
        ("tokens-", ".lock"),
        ("switch-", ".json"),
        ("profiles-", ".json"),
    ];
    fixed.contains(&&*name)
        || between("state.json.damaged-", "").is_some_and(is_number)
        || between(".tmp", "").is_some_and(is_temporary)
        || with_digest
            .into_iter()
            .any(|(start, end)| between(start, end).is_some_and(is_digest))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::Account;

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build().unwrap().block_on(work)
    }

    /// A sign-in may come between the last sign-out and the cleanup.
    #[test]
    fn nothing_is_removed_while_there_is_an_account() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::in_folder(&folder.path().join("state"), Duration::ZERO, |_| {});
        let account = Account::new("acme".parse().unwrap(), "ana@acme.example".to_owned());
        let cache = folder.path().join("cache");
        block_on(file.update(|state| state.add(&account))).unwrap();
        assert_eq!(block_on(remove_files(&file, &cache)).unwrap().removed, 0);
        assert_eq!(file.load().unwrap().accounts().len(), 1);
        block_on(file.update(|state| state.remove(&account))).unwrap();
        assert_eq!(block_on(remove_files(&file, &cache)).unwrap().removed, 2);
        assert!(!folder.path().join("state").exists());
    }
}
