//! What is read from standard input or asked for.

use std::io::{Read as _, stdin};

use zeroize::Zeroizing;

use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::prompt;
use crate::secret::Password;

/// The most that is read from standard input, in bytes: no password and no token is longer.
const INPUT_LIMIT: u64 = 64 * 1024;

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
        what: "the password",
        give: "`--password-stdin` and pipe it in",
    })
}

/// Reads all of standard input.
pub(super) fn read_stdin() -> Result<Zeroizing<String>> {
    let mut given = Zeroizing::new(String::new());
    stdin()
        .lock()
        .take(INPUT_LIMIT)
        .read_to_string(&mut given)
        .map_err(|error| anyhow::Error::new(error).context("can't read standard input"))?;
    Ok(given)
}
