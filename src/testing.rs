//! What the fuzz targets and the tests in `tests` use of private modules; no one else does.
//!
//! Each function with a fuzz target's name takes any bytes and panics if the parser breaks a rule.

#![allow(clippy::unwrap_used, reason = "a failed check panics")]

use std::ffi::OsString;

use crate::api::{self, Benefits, Confirmation, Drift, Grant, ProfileList, Space, SpaceEntry};
use crate::args::Cli;
use crate::output;
use crate::session::{DirectoryProfile, State};

/// Parses a command line. Returns the kind of error if clap rejects it.
pub fn parse_command_line(words: &[OsString]) -> Result<(), String> {
    let parsed = Cli::read(words).map(drop);
    parsed.map_err(|error| format!("{:?}", error.kind()))
}

pub fn benefits(body: &[u8]) {
    match Benefits::from_json(body) {
        Ok(benefits) => {
            let written = serde_json::to_vec(&benefits).unwrap();
            let again = Benefits::from_json(&written).unwrap();
            assert_eq!(again.is_empty(), benefits.is_empty());
        }
        Err(problem) => assert!(problem.is_ascii()),
    }
}

pub fn confirmation(body: &[u8]) {
    if let Some(message) = Confirmation::from_body(body).message {
        assert!(!message.is_empty() && message.chars().count() <= 1_001);
    }
}

/// Whatever an entry of the directory of spaces names is an address that a token may be sent to.
pub fn directory(body: &[u8]) {
    let entry = SpaceEntry::from_json(body).ok().flatten();
    let Some(space) = entry.and_then(|entry| entry.space()) else {
        return;
    };
    let address = space.to_string();
    assert!(address.starts_with("https://"));
    assert!(!address.contains(['@', '#', '?', '\\', '%']));
    assert!(space.host().ends_with(".spaces.nexudus.com"));
}

/// A `.nxp.toml` that was read can be written and read again.
pub fn directory_profile(content: &[u8]) {
    let title = String::from_utf8_lossy(content);
    if let Ok(profile) = DirectoryProfile::parse(content) {
        let again = DirectoryProfile::parse(profile.to_toml(&title).as_bytes());
        assert_eq!(again.ok(), Some(profile));
    }
}

pub fn grant(body: &[u8]) {
    match Grant::from_json(body) {
        Ok(grant) => assert!(crate::secret::is_sendable(grant.access_token.expose())),
        Err(problem) => assert!(problem.is_ascii()),
    }
}

pub fn profile_list(body: &[u8]) {
    let drift = Drift::from_json(body);
    let Ok(list) = ProfileList::from_json(body) else {
        return;
    };
    // What is ignored in a list need not be valid JSON, so `drift` may be an error.
    if let Ok(drift) = drift {
        assert_eq!(drift.profiles, list.profiles.len());
    }
    let current = list.current().map(|profile| profile.id);
    assert!(current.is_none_or(|id| list.find(id).is_some()));
    for profile in &list.profiles {
        assert!(profile.label().contains('#'));
    }
}

/// A state file that was read can be changed and written.
pub fn state(content: &[u8]) {
    let Ok(mut state) = serde_json::from_slice::<State>(content) else {
        return;
    };
    let accounts = state.accounts();
    let written = serde_json::to_vec(&state).unwrap();
    let again: State = serde_json::from_slice(&written).unwrap();
    assert_eq!(again.accounts(), accounts);
    for account in &accounts {
        state.add(account);
        state.remove(account);
        assert!(!state.accounts().contains(account));
    }
}

/// Addresses, proxies, and the sanitizer.
pub fn text(body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    assert!(!output::clean(text).chars().any(char::is_control));
    if let Ok(space) = text.parse::<Space>() {
        assert_eq!(space.to_string().parse().ok(), Some(space));
    }
    let _ = api::proxy_address(text);
}
