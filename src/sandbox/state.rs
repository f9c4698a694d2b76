//! The state of the sandbox: the current profile of each user, tokens, links, bookings.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// The layout of the state file this build reads and writes.
pub(super) const VERSION: u32 = 1;

/// How long a refresh token is valid.
pub(super) const REFRESH_LIFETIME: Duration = Duration::from_secs(15 * 24 * 60 * 60);

/// The state. It holds only digests of tokens and links.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) version: u32,
    /// The current profiles by user id, of the users who have switched.
    pub(super) current: BTreeMap<u64, u64>,
    pub(super) access: Vec<Access>,
    pub(super) refresh: Vec<Refresh>,
    #[serde(default)]
    pub(super) links: Vec<Link>,
    #[serde(default)]
    pub(super) bookings: Vec<Booking>,
    /// How far the clock is ahead of the system clock, in milliseconds.
    #[serde(default)]
    pub(super) clock_ahead: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            current: BTreeMap::new(),
            access: Vec::new(),
            refresh: Vec::new(),
            links: Vec::new(),
            bookings: Vec::new(),
            clock_ahead: 0,
        }
    }
}

impl State {
    /// Drops the tokens that have expired. Links are kept for a month more, so that an expired one
    /// differs from an unknown one.
    pub(super) fn prune(&mut self) {
        let now = self.now();
        let month = millis(Duration::from_secs(30 * 24 * 60 * 60));
        self.links.retain(|link| link.expires + month > now);
        self.access.retain(|token| token.expires > now);
        self.refresh.retain(|token| token.expires > now);
    }

    /// Milliseconds since 1970, by the sandbox's clock.
    pub(super) fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, millis).saturating_add(self.clock_ahead)
    }

    /// The moment this far from now, in milliseconds since 1970.
    pub(super) fn after(&self, lifetime: Duration) -> u64 {
        self.now().saturating_add(millis(lifetime))
    }

    /// Moves the clock forward.
    pub(super) fn advance_clock(&mut self, by: Duration) {
        self.clock_ahead = self.clock_ahead.saturating_add(millis(by));
    }
}

/// An issued one-time link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) digest: String,
    pub(super) user: u64,
    /// Milliseconds since 1970.
    pub(super) expires: u64,
    pub(super) used: bool,
}

/// A booking that was made here.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Booking {
    pub(super) id: u64,
    pub(super) room: u64,
    /// The profile that it is for.
    pub(super) profile: u64,
    /// Wall-clock time with a literal `Z`, as is the end.
    pub(super) from: String,
    pub(super) to: String,
}

impl Booking {
    pub(super) const FIRST_ID: u64 = 9_400_101;
}

/// An issued access token.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Access {
    pub(super) digest: String,
    pub(super) user: u64,
    /// Milliseconds since 1970.
    pub(super) expires: u64,
}

/// The one refresh token of a user and client.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Refresh {
    pub(super) digest: String,
    pub(super) user: u64,
    pub(super) client: String,
    /// Milliseconds since 1970.
    pub(super) expires: u64,
}

/// A new random token.
///
/// # Errors
/// If the system provides no random bytes.
pub(super) fn new_token() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system gave no random bytes"))?;
    Ok(hex(&bytes))
}

/// The digest of a token: its SHA-256, in hexadecimal.
pub(super) fn digest_of(token: &str) -> String {
    hex(digest(&SHA256, token.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_sha256_in_hexadecimal() {
        assert_eq!(
            digest_of("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(new_token().unwrap(), new_token().unwrap());
    }
}
