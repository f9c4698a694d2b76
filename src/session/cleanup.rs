//! Removes the files of nxp.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{self, try_lock};
use super::{Journal, StateFile};
use crate::error::Result;

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
    for path in files_in(state_folder)
        .into_iter()
        .chain(files_in(cache_folder))
    {
        match remove(&path) {
            Ok(()) => cleanup.removed += 1,
            Err(reason) => cleanup.left.push((path, reason)),
        }
    }
    drop(lock);
    for folder in [state_folder, cache_folder] {
        // A folder that isn't empty stays.
        let _ = fs::remove_dir(folder);
    }
    Ok(cleanup)
}

/// Removes a file of nxp's, but no lock that a process holds, and no journal with a pending switch. The
/// lock is held meanwhile.
///
/// # Errors
/// Why it is left.
fn remove(path: &Path) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !is_ours(&name) {
        return Err("not written by nxp".to_owned());
    }
    let _lock;
    if name.starts_with("tokens-") || name.starts_with("switch-") {
        _lock = try_lock(path)
            .map_err(|error| error.to_string())?
            .ok_or("in use by a running command")?;
        let journal = Journal {
            path: path.to_owned(),
        };
        if journal.read().pending.is_some() {
            return Err("record of a switch whose outcome is not known".to_owned());
        }
    }
    // Another process may have removed it.
    files::remove(path).map_err(|error| error.to_string())
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

/// Whether this is one of the names that nxp gives to its files. The folder may be shared with
/// something else, and then a name that only begins alike is not nxp's.
fn is_ours(name: &str) -> bool {
    let is_digest = |text: &str| text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
    match name.split_once('-') {
        Some(("tokens", rest)) => rest.strip_suffix(".lock").is_some_and(is_digest),
        Some(("switch" | "profiles", rest)) => rest.strip_suffix(".json").is_some_and(is_digest),
        Some(("state.json.damaged", number)) => number.parse::<u32>().is_ok(),
        _ => match name.strip_prefix(".tmp") {
            Some(random) => {
                random.len() == 6 && random.bytes().all(|it| it.is_ascii_alphanumeric())
            }
            None => matches!(name, "state.json" | "state.lock" | "sandbox.json"),
        },
    }
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
