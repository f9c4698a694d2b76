//! `state.json`: the file with the accounts.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::files::{self, failed};
use super::state::State;
use crate::error::Result;

/// The pause between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(20);

/// The file that holds the [`State`]: private to the user, replaced whole, changed under a lock.
pub(crate) struct StateFile {
    path: PathBuf,
    lock_timeout: Duration,
    notify: Box<dyn Fn(&str)>,
}

impl StateFile {
    /// The state file in `folder`, which need not exist yet.
    ///
    /// A change waits at most `lock_timeout` for another process that changes the file. `notify` is
    /// called when the file turns out to be damaged and is set aside.
    pub(crate) fn in_folder(
        folder: &Path,
        lock_timeout: Duration,
        notify: impl Fn(&str) + 'static,
    ) -> Self {
        Self {
            path: folder.join("state.json"),
            lock_timeout,
            notify: Box::new(notify),
        }
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state; empty if there is no file. A damaged file is set aside.
    ///
    /// # Errors
    /// If the file exists and can't be read or set aside.
    pub(crate) fn load(&self) -> Result<State> {
        match self.read()? {
            Some(state) => Ok(state),
            None => self.read_or_set_aside(&self.lock()?),
        }
    }

    /// Changes the state under the lock: reads it, applies `change`, and replaces the file if the state
    /// differs.
    ///
    /// # Errors
    /// If the folder or its files can't be created, read, locked or written.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let lock = self.lock()?;
        let mut state = self.read_or_set_aside(&lock)?;
        let before = state.clone();
        let result = change(&mut state);
        if state != before {
            let written = serde_json::to_vec_pretty(&state).map_err(io::Error::from);
            written
                .map(|content| [&content[..], b"\n"].concat())
                .and_then(|content| files::replace(&self.path, &content))
                .map_err(|error| failed("write", &self.path, &error))?;
        }
        Ok(result)
    }

    /// Checks that the file can be changed.
    ///
    /// # Errors
    /// As [`StateFile::update`].
    pub(crate) fn check_writable(&self) -> Result<()> {
        let _lock = self.lock()?;
        files::check_writable(self.path.parent().unwrap_or(Path::new(".")))
    }

    /// Takes the lock, and waits for another process that holds it.
    pub(super) fn lock(&self) -> Result<File> {
        let path = self.path.with_extension("lock");
        let start = Instant::now();
        loop {
            match files::try_lock(&path) {
                Ok(Some(lock)) => return Ok(lock),
                Ok(None) if start.elapsed() < self.lock_timeout => thread::sleep(PAUSE),
                Ok(None) => {
                    let seconds = self.lock_timeout.as_secs_f64();
                    let problem = format!("another nxp has held it for {seconds} s");
                    return Err(failed("lock", &path, &io::Error::other(problem)));
                }
                // Then two processes that write at the same moment may lose one of the changes.
                Err(error) if files::has_no_locks(&error) => {
                    return files::open_to_write(&path)
                        .map_err(|error| failed("write", &path, &error));
                }
                Err(error) => return Err(failed("lock", &path, &error)),
            }
        }
    }

    /// The state; `None` if the file is damaged.
    fn read(&self) -> Result<Option<State>> {
        match files::read(&self.path) {
            Ok(content) => Ok(serde_json::from_slice(&content).ok()),
            Err(error) if files::is_absent(&error) => Ok(Some(State::default())),
            Err(error) => Err(failed("read", &self.path, &error)),
        }
    }

    /// Reads the state, or sets a damaged file aside, under the lock.
    pub(super) fn read_or_set_aside(&self, _lock: &File) -> Result<State> {
        if let Some(state) = self.read()? {
            return Ok(state);
        }
        let aside = (1_u32..)
            .map(|number| self.path.with_extension(format!("json.damaged-{number}")))
            .find(|path| !path.exists())
            .unwrap_or_default();
        fs::rename(&self.path, &aside)
            .map_err(|error| failed("set aside the damaged", &self.path, &error))?;
        (self.notify)(&format!(
            "{} was damaged and is now {}; the accounts in it must sign in again",
            self.path.display(),
            aside.display()
        ));
        Ok(State::default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::session::Account;

    fn account(space: &str, email: &str) -> Account {
        Account::new(space.parse().unwrap(), email.to_owned())
    }

    fn file(folder: &Path) -> (StateFile, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let notify = move |text: &str| heard.lock().unwrap().push(text.to_owned());
        (StateFile::in_folder(folder, Duration::ZERO, notify), said)
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_none_that_was_before() {
        let folder = tempfile::tempdir().unwrap();
        let (file, said) = file(folder.path());
        for (content, aside) in [
            ("{", "state.json.damaged-1"),
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
        assert!(accounts[0].keyring.is_none());
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

    fn any_account() -> impl Strategy<Value = Account> {
        ("[a-z][a-z0-9]{0,8}", "[a-zA-Z.+]{1,8}@[a-z]{1,8}\\.example")
            .prop_map(|(space, email)| Account::new(space.parse().unwrap(), email))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// A file with anything in it is read or set aside; either way the next change succeeds.
        #[test]
        fn a_file_with_anything_in_it_is_survived(content in vec(any::<u8>(), 0..300), account in any_account()) {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("state.json"), &content).unwrap();
            let (file, _) = file(folder.path());
            file.load().unwrap();
            file.update(|state| state.add(&account)).unwrap();
            prop_assert!(file.load().unwrap().accounts().contains(&account));
        }

        /// What is added is there, once, until it is removed.
        #[test]
        fn accounts_are_kept_as_they_are(accounts in vec(any_account(), 1..6)) {
            let folder = tempfile::tempdir().unwrap();
            let (file, _) = file(folder.path());
            for account in &accounts {
                file.update(|state| state.add(account)).unwrap();
                file.update(|state| state.add(account)).unwrap();
            }
            let kept = file.load().unwrap().accounts();
            for account in &accounts {
                prop_assert_eq!(kept.iter().filter(|known| *known == account).count(), 1);
            }
            for account in &accounts {
                file.update(|state| { state.remove(account); }).unwrap();
            }
            prop_assert!(file.load().unwrap().accounts().is_empty());
        }
    }
}
