//! The state file. Servers with the same file share their state.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::state::{State, VERSION};

/// Restores the initial state: removes all switches and tokens, also for running servers with this
/// file.
///
/// # Errors
/// If the file or its lock can't be changed. A file that doesn't exist is no error.
pub(crate) fn reset(state_file: &Path) -> io::Result<()> {
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
pub(super) fn lock(path: &Path) -> io::Result<File> {
    create_folder(folder(path))?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(beside(path, ".lock"))?;
    file.lock()?;
    Ok(file)
}

pub(super) fn read(path: &Path) -> io::Result<State> {
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
pub(super) fn write(path: &Path, state: &State) -> io::Result<()> {
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

    fn state(current: u64) -> State {
        let mut state = State::default();
        state.current.insert(1, current);
        state
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made/here/sandbox.json");
        let _lock = lock(&path).unwrap();
        write(&path, &state(2)).unwrap();
        assert!(read(&path).unwrap() == state(2));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&beside(&path, ".lock")), 0o600);
        assert_eq!(mode(folder(&path)), 0o700);
    }

    #[test]
    fn a_damaged_file_is_moved_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        let mut newer = state(2);
        newer.version = 99;
        for damage in [
            "{\"version\":".to_owned(),
            serde_json::to_string(&newer).unwrap(),
        ] {
            fs::write(&path, &damage).unwrap();
            assert!(read(&path).unwrap() == State::default());
            assert!(!path.exists());
            let aside = fs::read_to_string(dir.path().join("sandbox.json.damaged")).unwrap();
            assert_eq!(aside, damage);
        }
    }

    #[test]
    fn an_unreadable_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).is_err());
    }

    #[test]
    fn reset_needs_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/sandbox.json");
        reset(&path).unwrap();
        assert!(!folder(&path).exists());
        let _ = lock(&path).unwrap();
        write(&path, &state(2)).unwrap();
        reset(&path).unwrap();
        assert!(read(&path).unwrap() == State::default());
        reset(&path).unwrap();
    }
}
