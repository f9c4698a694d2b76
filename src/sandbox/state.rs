//! The part of the practice world that changes: which profile each user is in,
//! and which tokens are good.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// The layout of the state file this build reads and writes.
pub(super) const VERSION: u32 = 1;

/// How long a refresh token lives (contract, "Signing in").
pub(super) const REFRESH_LIFETIME: Duration = Duration::from_secs(15 * 24 * 60 * 60);

/// All that outlives a request. Tokens are in it as digests only.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) version: u32,
    /// The profile in use, by user id; a user who never switched isn't in it.
    pub(super) current: BTreeMap<u64, u64>,
    pub(super) access: Vec<Access>,
    pub(super) refresh: Vec<Refresh>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            current: BTreeMap::new(),
            access: Vec::new(),
            refresh: Vec::new(),
        }
    }
}

impl State {
    /// Drops the tokens that have run out.
    pub(super) fn prune(&mut self) {
        let now = now();
        self.access.retain(|token| token.expires > now);
        self.refresh.retain(|token| token.expires > now);
    }
}

/// An access token that was given out.
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

/// A fresh random token.
///
/// # Errors
/// When the system has no randomness to give.
pub(super) fn new_token() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system gave no random bytes"))?;
    Ok(hex(&bytes))
}

/// What is kept of a token: its SHA-256, in hexadecimal.
pub(super) fn digest_of(token: &str) -> String {
    hex(digest(&SHA256, token.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, millis)
}

/// The moment this far from now, in milliseconds since 1970.
pub(super) fn after(lifetime: Duration) -> u64 {
    now().saturating_add(millis(lifetime))
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
