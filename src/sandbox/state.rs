//! The state that the servers of a machine share, and its file: current profiles, tokens, links, bookings.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The pause before another look at a lock.
const PAUSE: Duration = Duration::from_millis(5);

/// The state. It holds only digests of tokens and links.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The current profiles by user id, of the users who have switched.
    pub(super) current: BTreeMap<u64, u64>,
    pub(super) access: Vec<Token>,
    pub(super) refresh: Vec<Token>,
    /// The one-time links that have not been used.
    pub(super) links: Vec<Token>,
    pub(super) bookings: Vec<Booking>,
    /// How far the clock is ahead of the system clock, in seconds.
    pub(super) clock_ahead: u64,
}

/// An issued token, access or refresh, or a one-time link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) digest: String,
    pub(super) holder: Holder,
    /// Seconds since 1970.
    pub(super) expires: u64,
}

/// What a token is for.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) user: u64,
    /// The profile that it acts as, whatever the current one is.
    pub(super) profile: Option<u64>,
    /// The `client_id` of a refresh token. There is one such token for a user and client.
    pub(super) client: String,
}

/// A booking.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Booking {
    pub(super) id: u64,
    pub(super) room: u64,
    /// The profile that it is for.
    pub(super) profile: u64,
    /// By the space's wall clock, as is the end.
    pub(super) from: DateTime,
    pub(super) to: DateTime,
}

impl State {
    /// Drops tokens that have expired.
    pub(super) fn prune(&mut self) {
        let now = self.now();
        for tokens in [&mut self.access, &mut self.refresh, &mut self.links] {
            tokens.retain(|token| token.expires > now);
        }
    }

    /// Seconds since 1970, by the sandbox's clock.
    pub(super) fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = since.unwrap_or_default().as_secs();
        seconds.saturating_add(self.clock_ahead)
    }

    /// What to keep of a new token.
    pub(super) fn record(&self, token: &str, holder: Holder, lifetime: Duration) -> Token {
        Token {
            digest: digest_of(token),
            holder,
            expires: self.now().saturating_add(lifetime.as_secs()),
        }
    }

    /// Reads the file. A damaged one counts as none: all that it had was for practice.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        Ok(match exists(path)? {
            true => serde_json::from_slice(&fs::read(path)?).unwrap_or_default(),
            false => Self::default(),
        })
    }

    /// Replaces the file at once. Only its owner can read it, as with any temporary file.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.persist(path)?;
        Ok(())
    }
}

/// Restores the initial state: removes all switches and tokens, also for running servers with this
/// file.
///
/// # Errors
/// If the file or its lock can't be changed. A file that doesn't exist is no error.
pub(crate) fn reset(state_file: &Path, timeout: Duration) -> io::Result<()> {
    if !folder(state_file).is_dir() {
        return Ok(());
    }
    let _lock = lock(state_file, timeout)?;
    match fs::remove_file(state_file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes the lock until the handle is dropped. It is a file of its own, as each write replaces the state
/// file.
pub(super) fn lock(path: &Path, timeout: Duration) -> io::Result<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder(path))?;
    let path = lock_file(path);
    exists(&path)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if start.elapsed() >= timeout => {
                let message = "another process has it locked";
                return Err(io::Error::new(ErrorKind::TimedOut, message));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
    }
}

/// Whether there is a file. To open a FIFO would block.
fn exists(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "not a file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

fn lock_file(path: &Path) -> PathBuf {
    path.with_extension("json.lock")
}

/// A new random token.
pub(super) fn new_token() -> String {
    [Uuid::new_v4(), Uuid::new_v4()]
        .map(|random| random.simple().to_string())
        .concat()
}

/// The digest of a token: a UUID made from its SHA-1.
pub(super) fn digest_of(token: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    fn state(current: u64) -> State {
        let mut state = State::default();
        state.current.insert(1, current);
        state
    }

    fn locked(path: &Path) -> io::Result<File> {
        lock(path, TIMEOUT)
    }

    #[test]
    fn digests_hide_tokens() {
        let (one, two) = (new_token(), new_token());
        assert_ne!(one, two);
        assert_eq!(digest_of(&one), digest_of(&one));
        assert_ne!(digest_of(&one), digest_of(&two));
        assert_eq!((one.len(), digest_of(&one).len()), (64, 36));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made/here/sandbox.json");
        let _lock = locked(&path).unwrap();
        state(2).write(&path).unwrap();
        assert!(State::read(&path).unwrap() == state(2));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&lock_file(&path)), 0o600);
        assert_eq!(mode(folder(&path)), 0o700);
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        let whole = serde_json::to_string(&state(2)).unwrap();
        fs::write(&path, &whole).unwrap();
        assert!(State::read(&path).unwrap() == state(2));
        fs::write(&path, &whole[1..]).unwrap();
        assert!(State::read(&path).unwrap() == State::default());
    }

    #[test]
    fn an_unreadable_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(State::read(dir.path()).is_err());
    }

    #[test]
    fn reset_needs_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/sandbox.json");
        reset(&path, TIMEOUT).unwrap();
        assert!(!folder(&path).exists());
        let _ = locked(&path).unwrap();
        state(2).write(&path).unwrap();
        reset(&path, TIMEOUT).unwrap();
        assert!(State::read(&path).unwrap() == State::default());
        reset(&path, TIMEOUT).unwrap();
    }

    #[test]
    fn a_lock_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        let holder = locked(&path).unwrap();
        let error = lock(&path, Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| locked(&path));
            drop(holder);
            waiting.join().unwrap().unwrap();
        });
    }
}
