//! What only the kernel's keyring needs.

use std::fs;
use std::time::Duration;

use linux_keyutils::{KeyRing, KeyRingIdentifier};

use crate::error::span;

/// How long the kernel keeps a user's persistent keyring after its last use, in seconds
/// (persistent-keyring(7)).
const EXPIRY: &str = "/proc/sys/kernel/keys/persistent_keyring_expiry";

/// Gives this thread a session keyring of its own, should it have none.
///
/// Where no login has made one (cron, containers, some ssh servers), the kernel lends the user's
/// common one, in which a process may add keys and not read them. With one of its own, a thread
/// reaches the user's persistent keyring, which outlives it.
pub(super) fn join_session() {
    // Where the kernel refuses, the store's own attempt says why.
    let _ = KeyRing::from_special_id(KeyRingIdentifier::Session, true);
}

/// How long the kernel keeps tokens, as the end of a sentence that speaks of them.
pub(super) fn lifetime() -> String {
    let expiry = fs::read_to_string(EXPIRY);
    let seconds = expiry.ok().and_then(|text| text.trim().parse().ok());
    let until = match seconds.map(Duration::from_secs) {
        Some(duration) => format!("{} after nxp last used them", span(duration)),
        None => "you log out".to_owned(),
    };
    format!("until {until}, or a restart of this machine")
}
