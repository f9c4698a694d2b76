//! Where the state is kept: in memory, or in a file that several servers share.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::state::{State, VERSION};

/// Keeps the state between requests.
pub(super) enum Store {
    /// For as long as the server runs.
    Memory(State),
    /// In this file, read for each request: servers with the same file share their state.
    File(PathBuf),
}

impl Store {
    /// Applies `change` to the state, without expired tokens, and stores the result if it differs.
    /// Servers with the same file do this one after the other.
    ///
    /// # Errors
    /// When the file, its folder or its lock can't be read or written.
    pub(super) fn update<R>(&mut self, change: impl FnOnce(&mut State) -> R) -> io::Result<R> {
        match self {
            Self::Memory(state) => {
                state.prune();
                Ok(change(state))
            }
            Self::File(path) => update_file(path, change).map_err(|error| with_path(path, &error)),
        }
    }
}

fn update_file<R>(path: &Path, change: impl FnOnce(&mut State) -> R) -> io::Result<R> {
    let _lock = lock(path)?;
    let mut before = read(path)?;
    before.prune();
    let mut state = before.clone();
    let result = change(&mut state);
    if state != before {
        write(path, &state)?;
    }
    Ok(result)
}

/// Adds the path to an error of the system.
fn with_path(path: &Path, error: &io::Error) -> io::Error {
    let message = format!("can't use {}: {error}", path.display());
    io::Error::new(error.kind(), message)
}

/// Restores the initial state: removes all switches and tokens, also for running servers with this
/// file.
///
/// # Errors
/// If the file or its lock can't be changed. A file that doesn't exist is no error.
pub fn reset(state_file: &Path) -> io::Result<()> {
    if !folder(state_file).is_dir() {
        return Ok(());
    }
    let _lock = lock(state_file)?;
    match fs::remove_file(state_file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes the lock until the handle is dropped. It is a file of its own, as each write replaces the state
/// file.
fn lock(path: &Path) -> io::Result<File> {
    create_folder(folder(path))?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(beside(path, ".lock"))?;
    file.lock()?;
    Ok(file)
}

fn read(path: &Path) -> io::Result<State> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(error),
    };
    match serde_json::from_slice::<State>(&bytes) {
        Ok(state) if state.version == VERSION => Ok(state),
        _ => {
            fs::rename(path, beside(path, ".damaged"))?;
            Ok(State::default())
        }
    }
}

/// Replaces the file at once. Only its owner can read it, as with any temporary file.
fn write(path: &Path, state: &State) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
    file.write_all(&serde_json::to_vec_pretty(state)?)?;
    file.persist(path)?;
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::state::Access;

    fn on_file(path: &Path) -> Store {
        Store::File(path.to_owned())
    }

    fn access(digest: &str, expires: u64) -> Access {
        Access {
            digest: digest.to_owned(),
            user: 1,
            expires,
        }
    }

    #[test]
    fn what_one_store_writes_another_on_the_same_file_reads() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/sandbox.json");
        let mut one = on_file(&path);
        let mut two = on_file(&path);
        one.update(|state| state.current.insert(1, 2)).unwrap();
        assert_eq!(two.update(|s| s.current.get(&1).copied()).unwrap(), Some(2));
        two.update(|state| state.current.insert(1, 3)).unwrap();
        assert_eq!(one.update(|s| s.current.get(&1).copied()).unwrap(), Some(3));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made/sandbox.json");
        on_file(&path).update(|s| s.current.insert(1, 2)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&beside(&path, ".lock")), 0o600);
        assert_eq!(mode(folder(&path)), 0o700);
    }

    #[test]
    fn a_damaged_file_is_moved_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        for damage in [
            "{\"version\":",
            r#"{"version":99,"current":{},"access":[],"refresh":[]}"#,
        ] {
            fs::write(&path, damage).unwrap();
            let empty = on_file(&path).update(|s| s.current.is_empty()).unwrap();
            assert!(empty);
            assert!(!path.exists());
            let aside = fs::read_to_string(dir.path().join("sandbox.json.damaged")).unwrap();
            assert_eq!(aside, damage);
        }
    }

    #[test]
    fn an_unreadable_file_is_an_error_and_not_a_first_state() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        fs::create_dir(&path).unwrap();
        assert!(on_file(&path).update(|_| ()).is_err());
    }

    #[test]
    fn looking_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        on_file(&path).update(|_| ()).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn tokens_that_have_run_out_are_not_seen_and_the_next_write_drops_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        let mut store = on_file(&path);
        let tokens = [
            access("dead", 1),
            access("live", State::default().now() + 60_000),
        ];
        store.update(|state| state.access.extend(tokens)).unwrap();
        let kept = store.update(|state| state.access.clone()).unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].digest, "live");
        assert!(fs::read_to_string(&path).unwrap().contains("dead"));
        store.update(|state| state.current.insert(1, 2)).unwrap();
        assert!(!fs::read_to_string(&path).unwrap().contains("dead"));
    }

    #[test]
    fn reset_forgets_and_needs_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/sandbox.json");
        reset(&path).unwrap();
        assert!(!folder(&path).exists());
        let mut store = on_file(&path);
        store.update(|state| state.current.insert(1, 2)).unwrap();
        reset(&path).unwrap();
        assert!(store.update(|state| state.current.is_empty()).unwrap());
        reset(&path).unwrap();
    }
}
