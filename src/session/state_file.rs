//! `state.json`: the file with the accounts.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::atomic_file::{self, Durability};
use super::state::State;
use crate::error::{Error, Result};

/// The pause between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(20);

/// Receives a message for the user.
pub type Notify = Box<dyn Fn(&str)>;

/// The file that holds the [`State`]: private to the user, replaced whole, changed under a lock.
pub struct StateFile {
    path: PathBuf,
    lock_timeout: Duration,
    notify: Notify,
}

impl StateFile {
    /// The folder that the file is in.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The state file in `folder`, which need not exist yet.
    ///
    /// A change waits at most `lock_timeout` for another process that changes the file. `notify` is
    /// called when the file turns out to be damaged and is set aside.
    #[must_use]
    pub fn in_folder(folder: &Path, lock_timeout: Duration, notify: Notify) -> Self {
        Self {
            path: folder.join("state.json"),
            lock_timeout,
            notify,
        }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state; empty if there is no file. A damaged file is set aside.
    ///
    /// # Errors
    /// If the file exists and can't be read or set aside.
    pub fn load(&self) -> Result<State> {
        if let Some(state) = self.read()? {
            return Ok(state);
        }
        let _lock = self.lock()?;
        self.read_or_set_aside()
    }

    /// Changes the state under the lock: reads it, applies `change`, and replaces the file if the state
    /// differs.
    ///
    /// # Errors
    /// If the folder or its files can't be created, read, locked or written.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let _lock = self.lock()?;
        let mut state = self.read_or_set_aside()?;
        let before = self.written(&state)?;
        let result = change(&mut state);
        let after = self.written(&state)?;
        if after != before {
            atomic_file::replace(&self.path, &after, Durability::Synced)
                .map_err(|error| self.failed("write", error))?;
        }
        Ok(result)
    }

    fn written(&self, state: &State) -> Result<Vec<u8>> {
        let mut content =
            serde_json::to_vec_pretty(state).map_err(|error| self.failed("write", error.into()))?;
        content.push(b'\n');
        Ok(content)
    }

    fn lock(&self) -> Result<File> {
        atomic_file::make_private_folder(self.folder())
            .map_err(|error| self.failed("write", error))?;
        let path = self.path.with_extension("lock");
        let lock = atomic_file::lock_file(&path).map_err(|error| failed("open", &path, error))?;
        let start = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::Error(error)) => return Err(failed("lock", &path, error)),
                Err(TryLockError::WouldBlock) if start.elapsed() >= self.lock_timeout => {
                    let seconds = self.lock_timeout.as_secs_f64();
                    let problem = format!("another nxp has held it for {seconds} s");
                    return Err(failed("lock", &path, io::Error::other(problem)));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }

    /// The state; `None` if the file is damaged.
    fn read(&self) -> Result<Option<State>> {
        match atomic_file::read(&self.path) {
            Ok(content) => Ok(serde_json::from_slice(&content).ok()),
            Err(error) if atomic_file::is_absent(&error) => Ok(Some(State::default())),
            Err(error) => Err(self.failed("read", error)),
        }
    }

    /// Reads the state, or sets a damaged file aside. The caller holds the lock.
    fn read_or_set_aside(&self) -> Result<State> {
        if let Some(state) = self.read()? {
            return Ok(state);
        }
        let mut names = (1_u32..).map(|number| match number {
            1 => "json.damaged".to_owned(),
            number => format!("json.damaged-{number}"),
        });
        let aside = names
            .find_map(|name| Some(self.path.with_extension(name)).filter(|path| !path.exists()))
            .unwrap_or_default();
        fs::rename(&self.path, &aside)
            .map_err(|error| self.failed("set aside the damaged", error))?;
        (self.notify)(&format!(
            "{} was damaged and is now {}; the accounts in it must sign in again",
            self.path.display(),
            aside.display()
        ));
        Ok(State::default())
    }

    fn failed(&self, verb: &str, error: io::Error) -> Error {
        failed(verb, &self.path, error)
    }
}

fn failed(verb: &str, path: &Path, error: io::Error) -> Error {
    anyhow::Error::new(error)
        .context(format!("can't {verb} {}", path.display()))
        .into()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::session::Account;

    fn account(space: &str, email: &str) -> Account {
        Account::new(space.parse().unwrap(), email.to_owned())
    }

    fn file(folder: &Path) -> (StateFile, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let notify = Box::new(move |text: &str| heard.lock().unwrap().push(text.to_owned()));
        (StateFile::in_folder(folder, Duration::ZERO, notify), said)
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_none_that_was_before() {
        let folder = tempfile::tempdir().unwrap();
        let (file, said) = file(folder.path());
        for (content, aside) in [
            ("{", "state.json.damaged"),
            ("", "state.json.damaged-2"),
            ("[1]", "state.json.damaged-3"),
        ] {
            fs::write(file.path(), content).unwrap();
            assert!(file.load().unwrap().accounts().is_empty());
            let kept = fs::read_to_string(folder.path().join(aside)).unwrap();
            assert_eq!(kept, content);
            assert!(said.lock().unwrap().last().unwrap().contains(aside));
        }
        file.update(|state| state.add(&account("acme", "ana@acme.example")))
            .unwrap();
        assert_eq!(file.load().unwrap().accounts().len(), 1);
        assert_eq!(said.lock().unwrap().len(), 3);
    }

    #[test]
    #[cfg(unix)]
    fn a_change_that_changes_nothing_is_not_written() {
        use std::os::unix::fs::MetadataExt as _;

        let folder = tempfile::tempdir().unwrap();
        let (file, _) = file(folder.path());
        let add = |email| {
            file.update(|state| state.add(&account("acme", email)))
                .unwrap()
        };
        let written = || fs::metadata(file.path()).unwrap().ino();
        add("ana@acme.example");
        // Held open, so that its number is given to no other file.
        let held = fs::File::open(file.path()).unwrap();
        let first = written();
        add("ana@acme.example");
        assert_eq!(written(), first);
        add("ben@acme.example");
        assert_ne!(written(), first);
        drop(held);
    }

    #[test]
    fn records_of_another_version_are_skipped_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, said) = file(folder.path());
        let [acme, ftp, list] = [
            serde_json::json!({"space": "https://acme.spaces.nexudus.com", "email": "a@b.example",
                "keyring": "vault", "x": {"y": 1}}),
            serde_json::json!({"space": "ftp://nowhere", "email": "c@d.example"}),
            serde_json::json!({"space": ["https://beta.example"], "email": 7}),
        ];
        let content = serde_json::json!({"accounts": [acme, ftp, list], "news": [{"z": 1}]});
        fs::write(file.path(), content.to_string()).unwrap();
        let accounts = file.load().unwrap().accounts();
        assert_eq!(accounts, [account("acme", "a@b.example")]);
        assert!(accounts[0].store.is_none());
        let again = Account {
            user: Some(7),
            ..account("acme", "a@b.example")
        };
        file.update(|state| state.add(&again)).unwrap();
        assert_eq!(file.load().unwrap().accounts()[0].user, Some(7));
        let kept: serde_json::Value =
            serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
        assert_eq!(kept["accounts"][0]["x"], acme["x"]);
        assert_eq!(kept["accounts"].as_array().unwrap()[1..], [ftp, list]);
        assert_eq!(kept["news"], content["news"]);
        assert!(said.lock().unwrap().is_empty());
    }

    #[test]
    fn a_lock_that_is_held_is_waited_for_no_longer_than_the_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let (file, _) = file(folder.path());
        let held = file.lock().unwrap();
        let add = || file.update(|state| state.add(&account("acme", "a@b.example")));
        let problem = add().unwrap_err().to_string();
        assert!(problem.contains("state.lock"), "{problem}");
        drop(held);
        add().unwrap();
    }
}
