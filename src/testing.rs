//! What the tests in `tests` and the fuzz targets use of private modules. Not part of the API.

use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use crate::api::{self, Benefits, Confirmation, Drift, Grant, ProfileList, Space};
use crate::args::Cli;
use crate::error::{CommandLine, Error};
use crate::output;
use crate::session::DirectoryProfile;

/// Parses a command line.
///
/// # Errors
/// The message, if clap rejects it.
pub fn parse_command_line(words: &[OsString]) -> Result<(), String> {
    Cli::read(words)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// An `nxp` command line of these words, as hints show it.
#[must_use]
pub fn command_line<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> CommandLine {
    CommandLine::of(words)
}

/// The `nxp login` that hints show.
#[must_use]
pub fn login_command(space: Option<&str>, email: Option<&str>) -> CommandLine {
    CommandLine::login(space, email)
}

/// An error as `-o json` writes it.
#[must_use]
pub fn error_in_json(error: &Error) -> String {
    error.to_json()
}

/// Sanitizes a text for a terminal.
#[must_use]
pub fn sanitize(text: &str) -> String {
    output::clean(text).into_owned()
}

/// Parses a `.nxp.toml`. Returns what it says, and what is read from it once it is written again.
///
/// # Errors
/// The number of a line, and what is wrong there.
pub fn reread_directory_profile(
    content: &[u8],
    title: &str,
) -> Result<[impl PartialEq + std::fmt::Debug + use<>; 2], (usize, String)> {
    let parse = |content: &[u8]| {
        DirectoryProfile::parse(content).map_err(|problem| (problem.line, problem.what))
    };
    let profile = parse(content)?;
    let written = profile.to_toml(title);
    Ok([profile, parse(written.as_bytes())?])
}

/// Parses a profile list.
///
/// # Errors
/// What is wrong with it.
pub fn profile_list(body: &[u8]) -> Result<ProfileList, String> {
    ProfileList::from_json(body)
}

/// The number of profiles in a list, as `doctor` reads it.
///
/// # Errors
/// Why it is no profile list.
pub fn profile_count(body: &[u8]) -> Result<usize, String> {
    Drift::from_json(body).map(|drift| drift.profiles)
}

/// Parses what can be spent.
///
/// # Errors
/// What is wrong with it.
pub fn benefits(body: &[u8]) -> Result<Benefits, String> {
    Benefits::from_json(body)
}

/// Parses the response to a sign-in.
///
/// # Errors
/// What is wrong with it.
pub fn grant(body: &[u8]) -> Result<Grant, String> {
    Grant::from_json(body)
}

/// Whether the response to a write confirms it, if it says so, and its messages.
#[must_use]
pub fn confirmation(body: &[u8]) -> (Option<bool>, Option<String>) {
    let confirmation = Confirmation::from_body(body);
    (confirmation.was_successful, confirmation.message)
}

/// The space in an entry of the directory of spaces.
#[must_use]
pub fn directory_entry(body: &[u8]) -> Option<Space> {
    Space::from_entry(body).ok().flatten()
}

/// Whether a proxy address is valid.
#[must_use]
pub fn is_proxy(value: &str) -> bool {
    api::is_proxy(value)
}

/// Parses a value of `Retry-After`.
#[must_use]
pub fn read_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    api::read_retry_after(value, now)
}
