//! Passwords, tokens and links from standard input.

use std::io::{Read as _, stdin};

use zeroize::Zeroizing;

use super::link::SignInLink;
use crate::error::{Error, Result};
use crate::output::Blocking;
use crate::secret::{BearerToken, Password};

/// The longest input, in bytes: no secret is longer.
const INPUT_LIMIT: usize = 64 * 1024;

pub(super) fn password() -> Result<Password> {
    let given = read_stdin()?;
    let line = given.strip_suffix('\n').unwrap_or(&given);
    let password = line.strip_suffix('\r').unwrap_or(line);
    if password.is_empty() {
        return Err(Error::usage(
            "standard input holds no password",
            "pipe it in, such as `printf %s \"$PASSWORD\" | nxp login …`",
        ));
    }
    Ok(Password::new(password))
}

pub(super) fn token() -> Result<BearerToken> {
    BearerToken::parse(read_stdin()?.trim_ascii()).ok_or(Error::MalformedToken {
        source_name: "standard input",
    })
}

pub(super) fn link() -> Result<SignInLink> {
    SignInLink::find(&read_stdin()?)
}

/// Reads all of standard input.
///
/// # Errors
/// A usage error if the input is too long.
fn read_stdin() -> Result<Zeroizing<String>> {
    // Reserved at once: a string that grows leaves copies that are not wiped.
    let mut given = Zeroizing::new(String::with_capacity(INPUT_LIMIT + 1));
    Blocking(stdin())
        .take(INPUT_LIMIT as u64 + 1)
        .read_to_string(&mut given)
        .map_err(|error| anyhow::Error::new(error).context("can't read standard input"))?;
    if given.len() > INPUT_LIMIT {
        return Err(Error::usage(
            "standard input holds more than one password, token or link; nothing was sent",
            "pipe in nothing else",
        ));
    }
    Ok(given)
}
