//! Asking a person, on standard error: the answer on standard output stays clean.
//!
//! Whoever calls these has seen that standard input and standard error are terminals.

mod guard;
pub(crate) mod picker;

use dialoguer::{Input, Password as HiddenInput};

use crate::error::{Error, Result};
use guard::Guard;

/// Asks for a line of text. An empty line is asked again.
///
/// # Errors
/// [`Error::Cancelled`] where the input ends, [`Error::Unexpected`] where the terminal fails.
pub(crate) fn ask(question: &str) -> Result<String> {
    let _guard = Guard::new()?;
    let given: String = Input::new()
        .with_prompt(question)
        .interact_text()
        .map_err(failed)?;
    Ok(given.trim().to_owned())
}

/// Asks for a line of text that isn't shown.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_hidden(question: &str) -> Result<String> {
    let _guard = Guard::new()?;
    HiddenInput::new()
        .with_prompt(question)
        .interact()
        .map_err(failed)
}

fn failed(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        std::io::ErrorKind::Interrupted | std::io::ErrorKind::UnexpectedEof => Error::Cancelled,
        _ => anyhow::Error::new(error)
            .context("can't ask on this terminal")
            .into(),
    }
}
