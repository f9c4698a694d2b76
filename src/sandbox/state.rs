//! The state that the servers of a machine share, and its file: current profiles, tokens, bookings.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The pause before another look at a lock.
const PAUSE: Duration = Duration::from_millis(5);

/// The start of a JWT (RFC 7519), in base64url: `{"alg":"HS256","typ":"JWT"}` and `{"iss":"sandbox"}`.
const JWT_START: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzYW5kYm94In0";

/// The state.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The current profiles by user id, of the users who have switched.
    pub(super) current: BTreeMap<u64, u64>,
    pub(super) tokens: Vec<Token>,
    pub(super) bookings: Vec<Booking>,
}

/// An issued token.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) digest: String,
    /// Seconds since 1970.
    pub(super) expires: u64,
    pub(super) user: u64,
    /// The profile that it acts as, whatever the current one is.
    pub(super) profile: Option<u64>,
    /// The `client_id` of a refresh token. There is one such token for a user and client.
    pub(super) client: String,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Kind {
    #[default]
    Access,
    Refresh,
    /// A JWT that can be exchanged once, of a sign-in link or an impersonation.
    OneTime,
}

impl Token {
    /// A token, before it is issued.
    pub(super) fn of(kind: Kind, user: u64, profile: Option<u64>) -> Self {
        Self {
            kind,
            user,
            profile,
            ..Self::default()
        }
    }
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
    /// Writes it over a file.
    pub(super) fn write(&self, mut file: &File) -> io::Result<()> {
        let content = serde_json::to_vec_pretty(self)?;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&content)
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// Opens the file, which is created if necessary, and locks it until the handle is dropped.
pub(super) fn lock(path: &Path, timeout: Duration) -> io::Result<File> {
    open_locked(path, timeout).map_err(|error| {
        let message = format!("can't use {}: {error}", path.display());
        io::Error::new(error.kind(), message)
    })
}

fn open_locked(path: &Path, timeout: Duration) -> io::Result<File> {
    let mut folder = DirBuilder::new();
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    folder
        .recursive(true)
        .create(path.parent().unwrap_or(path))?;
    // Opening a FIFO for both doesn't block.
    let options = options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let start = Instant::now();
    while let Err(error) = file.try_lock() {
        if let TryLockError::Error(error) = error {
            return Err(error);
        }
        if start.elapsed() >= timeout {
            return Err(io::Error::other("another process has it locked"));
        }
        thread::sleep(PAUSE);
    }
    Ok(file)
}

/// The text of a new token.
pub(super) fn random(kind: Kind) -> String {
    let [one, two] = [Uuid::new_v4(), Uuid::new_v4()].map(Uuid::simple);
    match kind {
        Kind::OneTime => format!("{JWT_START}.{one}"),
        Kind::Access | Kind::Refresh => format!("{one}{two}"),
    }
}

/// The digest of a token: a UUID made from its SHA-1.
pub(super) fn digest_of(token: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Options, ServerData};

    const TIMEOUT: Duration = Duration::from_secs(60);

    fn state(current: u64) -> State {
        let mut state = State::default();
        state.current.insert(1, current);
        state
    }

    fn read(path: &Path) -> State {
        let options = Options {
            state_file: Some(path.to_owned()),
            ..Options::default()
        };
        let mut data = ServerData::new(options, String::new());
        data.visit(|data| data.state.clone()).unwrap()
    }

    fn write(path: &Path, current: u64) {
        let file = lock(path, TIMEOUT).unwrap();
        state(current).write(&file).unwrap();
    }

    #[test]
    fn digests_hide_tokens() {
        let (one, two) = (random(Kind::Access), random(Kind::Access));
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
        write(&path, 2);
        assert!(read(&path) == state(2));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        let whole = serde_json::to_string(&state(2)).unwrap();
        std::fs::write(&path, &whole).unwrap();
        assert!(read(&path) == state(2));
        std::fs::write(&path, &whole[1..]).unwrap();
        assert!(read(&path) == State::default());
        write(&path, 3);
        assert!(read(&path) == state(3));
    }

    #[test]
    fn a_lock_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        let holder = lock(&path, TIMEOUT).unwrap();
        let error = lock(&path, Duration::ZERO).unwrap_err().to_string();
        assert!(error.ends_with("another process has it locked"), "{error}");
        thread::scope(|scope| {
            let waiting = scope.spawn(|| lock(&path, TIMEOUT));
            drop(holder);
            waiting.join().unwrap().unwrap();
        });
    }
}
