//! Removes the files of nxp.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::atomic_file::lock_file;
use super::switch_lock::read_record;

/// Why a record is left.
const UNSETTLED: &str = "record of a switch whose outcome is not known";

/// The result of a cleanup.
#[derive(Debug, Default)]
pub struct Cleanup {
    /// How many files were removed.
    pub removed: usize,
    /// The files that were not removed, and why.
    pub left: Vec<(PathBuf, String)>,
}

/// Removes nxp's files in these two folders, and the folders if they are then empty.
///
/// The lock of a running command stays, and so does the record of a switch whose outcome is unknown.
#[must_use]
pub fn remove_files(state_folder: &Path, cache_folder: &Path) -> Cleanup {
    let mut cleanup = Cleanup::default();
    let locks = state_folder.join("locks");
    for path in files_in(&locks) {
        match path.extension().and_then(|extension| extension.to_str()) {
            _ if has_prefix(&path, &[".tmp"]) => cleanup.remove(&path, true),
            None | Some("lock") => cleanup.remove_lock(&path),
            _ => {}
        }
    }
    for path in files_in(state_folder) {
        let is_ours = has_prefix(&path, &["state.", "sandbox.", ".tmp"]);
        cleanup.remove(&path, is_ours);
    }
    for path in files_in(cache_folder) {
        let is_ours = has_prefix(&path, &["profiles-", "previous-", ".tmp"]);
        cleanup.remove(&path, is_ours);
    }
    for folder in [&locks, state_folder, cache_folder] {
        // A folder that isn't empty stays.
        let _ = fs::remove_dir(folder);
    }
    cleanup
}

impl Cleanup {
    /// Removes a lock that no process holds and that has no record. The lock is held meanwhile.
    fn remove_lock(&mut self, path: &Path) {
        let held = lock_file(path).map(|file| file.try_lock().map(|()| file));
        let record = path.with_extension("json");
        match held {
            Ok(Ok(_held)) if read_record(&record).is_some() => {
                self.left.push((record, UNSETTLED.to_owned()))
            }
            Ok(Ok(_held)) => {
                for path in [&path.with_extension("holder"), &record, path] {
                    self.remove(path, true);
                }
            }
            Ok(Err(_)) => {
                let reason = "in use by a running command".to_owned();
                self.left.push((path.to_owned(), reason));
            }
            Err(error) => self.left.push((path.to_owned(), error.to_string())),
        }
    }

    fn remove(&mut self, path: &Path, is_ours: bool) {
        let removed = if is_ours {
            fs::remove_file(path)
        } else {
            Err(io::Error::other("not a file of nxp's"))
        };
        match removed {
            Ok(()) => self.removed += 1,
            // Removed together with another one, or by another process.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.left.push((path.to_owned(), error.to_string())),
        }
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
