//! What the tests in `tests` and the fuzz targets use of private modules. Not part of the API.

use std::ffi::OsString;

use crate::args::Cli;
use crate::output;

/// Parses a command line.
///
/// # Errors
/// The message, if clap rejects it.
pub fn parse_command_line(words: &[OsString]) -> Result<(), String> {
    Cli::read(words)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Sanitizes a text for a terminal.
#[must_use]
pub fn sanitize(text: &str) -> String {
    output::clean(text).into_owned()
}
