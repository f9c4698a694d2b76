//! The state that the servers of a machine share: current profiles, tokens, links, bookings.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The layout of the state file that this build reads and writes.
pub(super) const VERSION: u32 = 2;

/// How long an expired one-time link differs from an unknown one, in seconds.
const LINK_RETENTION: u64 = 30 * 24 * 60 * 60;

/// The state. It holds only digests of tokens and links.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) version: u32,
    /// The current profiles by user id, of the users who have switched.
    pub(super) current: BTreeMap<u64, u64>,
    pub(super) access: Vec<Token>,
    pub(super) refresh: Vec<RefreshToken>,
    /// The one-time links that have not been used.
    pub(super) links: Vec<Token>,
    pub(super) bookings: Vec<Booking>,
    /// How far the clock is ahead of the system clock, in seconds.
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
    /// Drops tokens that have expired.
    pub(super) fn prune(&mut self) {
        let now = self.now();
        self.access.retain(|token| token.expires > now);
        self.refresh.retain(|refresh| refresh.token.expires > now);
        self.links
            .retain(|link| link.expires.saturating_add(LINK_RETENTION) > now);
    }

    /// Seconds since 1970, by the sandbox's clock.
    pub(super) fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = since.unwrap_or_default().as_secs();
        seconds.saturating_add(self.clock_ahead)
    }

    /// What to keep of a new token.
    pub(super) fn record(&self, token: &str, user: u64, lifetime: Duration) -> Token {
        Token {
            digest: digest_of(token),
            user,
            expires: self.now().saturating_add(lifetime.as_secs()),
        }
    }
}

/// An issued access token or one-time link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) digest: String,
    pub(super) user: u64,
    /// Seconds since 1970.
    pub(super) expires: u64,
}

/// The one refresh token of a user and client.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RefreshToken {
    pub(super) token: Token,
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

    #[test]
    fn digests_hide_tokens() {
        let (one, two) = (new_token(), new_token());
        assert_ne!(one, two);
        assert_eq!(digest_of(&one), digest_of(&one));
        assert_ne!(digest_of(&one), digest_of(&two));
        assert_eq!((one.len(), digest_of(&one).len()), (64, 36));
    }
}
