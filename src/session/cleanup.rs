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
pub(crate) fn remove_files(state_file: &StateFile, cache_folder: &Path) -> Result<Cleanup> {
    let mut cleanup = Cleanup::default();
    let state_folder = state_file.path().parent().unwrap_or(Path::new("."));
    // Taking the lock would make the folder.
    let lock = state_folder
        .exists()
        .then(|| state_file.lock())
        .transpose()?;
    if let Some(lock) = &lock
        && !state_file.read_or_set_aside(lock)?.accounts().is_empty()
    {
        return Ok(cleanup);
    }
    for (folder, ours) in [
        (
            state_folder,
            &["state.", "sandbox.", "tokens-", "switch-", ".tmp"][..],
        ),
        (cache_folder, &["profiles-", ".tmp"]),
    ] {
        for path in files_in(folder) {
            if has_prefix(&path, &["tokens-", "switch-"]) {
                cleanup.remove_lock(&path);
            } else if has_prefix(&path, ours) {
                cleanup.remove(&path);
            } else {
                cleanup.leave(&path, "not written by nxp");
            }
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

fn has_prefix(path: &Path, prefixes: &[&str]) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::Account;

    /// A sign-in may come between the last sign-out and the cleanup.
    #[test]
    fn nothing_is_removed_while_there_is_an_account() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::in_folder(&folder.path().join("state"), Duration::ZERO, |_| {});
        let account = Account::new("acme".parse().unwrap(), "ana@acme.example".to_owned());
        let cache = folder.path().join("cache");
        file.update(|state| state.add(&account)).unwrap();
        assert_eq!(remove_files(&file, &cache).unwrap().removed, 0);
        assert_eq!(file.load().unwrap().accounts().len(), 1);
        file.update(|state| state.remove(&account)).unwrap();
        assert_eq!(remove_files(&file, &cache).unwrap().removed, 2);
        assert!(!folder.path().join("state").exists());
    }
}
