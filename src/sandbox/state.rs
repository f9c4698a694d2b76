//! The state that the servers of a machine share, and its file: current profiles, tokens, bookings.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
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

/// A booking, as it is sent. Its times are the space's wall clock.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Booking {
    pub(super) id: u64,
    pub(super) resource_id: u64,
    /// With a literal `Z`. As on the portal, a real UTC offset such as `+02:00` is no error: it shifts the
    /// time.
    pub(super) from_time: Timestamp,
    pub(super) to_time: Timestamp,
    /// The profile that it is for.
    pub(super) coworker_id: u64,
    pub(super) unique_id: String,
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
    // A link could lead to any file of the user, and a FIFO could block.
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
        folder.mode(0o700);
    }
    let parent = path.parent().unwrap_or(path);
    folder.recursive(true).create(parent)?;
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

    fn data(path: &Path) -> ServerData {
        let options = Options {
            state_file: Some(path.to_owned()),
            ..Options::default()
        };
        ServerData::new(options, String::new())
    }

    fn current(path: &Path) -> Option<u64> {
        let current = data(path).visit(|data| data.state.current.get(&1).copied());
        current.unwrap()
    }

    fn set_current(path: &Path, current: u64) {
        let set = data(path).visit(|data| data.state.current.insert(1, current));
        set.unwrap();
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
        set_current(&path, 2);
        assert_eq!(current(&path), Some(2));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let [path, other] = ["sandbox.json", "other"].map(|name| dir.path().join(name));
        std::fs::write(&other, "kept").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(lock(&path, TIMEOUT).is_err());
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "kept");
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sandbox.json");
        set_current(&path, 2);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[1..]).unwrap();
        assert_eq!(current(&path), None);
        set_current(&path, 3);
        assert_eq!(current(&path), Some(3));
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
