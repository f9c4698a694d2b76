//! What is read from standard input or asked for.

use std::io::{Read as _, stdin};

use zeroize::Zeroizing;

use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::prompt;
use crate::secret::Password;

/// The most that is read from standard input, in bytes: no password and no token is longer.
const INPUT_LIMIT: usize = 64 * 1024;

pub(super) fn password(context: &Context, from_stdin: bool) -> Result<Password> {
    if from_stdin {
        let given = read_stdin()?;
        let line = given.strip_suffix('\n').unwrap_or(&given);
        let password = line.strip_suffix('\r').unwrap_or(line);
        if password.is_empty() {
            return Err(Error::usage(
                "standard input holds no password",
                "pipe it in, such as `printf %s \"$PASSWORD\" | nxp login …`",
            ));
        }
        return Ok(Password::new(password));
    }
    if context.settings.may_ask {
        return prompt::ask_hidden(context.console, "Password").map(Password::new);
    }
    Err(Error::MissingInput {
        what: "a password",
        give: "`--password-stdin` and pipe the password in",
    })
}

/// Reads all of standard input.
///
/// # Errors
/// A usage error where there is more than any password or token: cut, it would be another one.
pub(super) fn read_stdin() -> Result<Zeroizing<String>> {
    // As much room as is needed: what is left behind by growing is not wiped.
    let mut given = Zeroizing::new(String::with_capacity(INPUT_LIMIT + 1));
    stdin()
        .lock()
        .take(INPUT_LIMIT as u64 + 1)
        .read_to_string(&mut given)
        .map_err(|error| anyhow::Error::new(error).context("can't read standard input"))?;
    if given.len() > INPUT_LIMIT {
        return Err(Error::usage(
            "standard input holds more than a password or a token; nothing was sent",
            "pipe in nothing else",
        ));
    }
    Ok(given)
}
