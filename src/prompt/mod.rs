//! Asking a person, on standard error: the answer on standard output stays clean.
//!
//! Whoever calls these has seen that standard input and standard error are terminals.

mod guard;
pub(crate) mod picker;

use std::io::ErrorKind;

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, Password as HiddenInput};

use crate::error::{Error, Result};
use crate::output::Console;
use guard::{InputMode, guarded};

/// Asks for a line of text. An empty line is asked again.
///
/// # Errors
/// [`Error::Cancelled`] where the input ends, [`Error::Unexpected`] where the terminal fails.
pub(crate) fn ask(console: Console, question: &str) -> Result<String> {
    let theme = theme(console);
    guarded(console, InputMode::Keys, || {
        let input: Input<'_, String> = Input::with_theme(&*theme).with_prompt(question);
        Ok(input.interact_text().map_err(failed)?.trim().to_owned())
    })
}

/// Asks for a line of text that isn't shown.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_hidden(console: Console, question: &str) -> Result<String> {
    let theme = theme(console);
    guarded(console, InputMode::Line, || {
        HiddenInput::with_theme(&*theme)
            .with_prompt(question)
            .interact()
            .map_err(failed)
    })
}

fn theme(console: Console) -> Box<dyn Theme> {
    if console.has_color_on_stderr() {
        dialoguer::console::set_colors_enabled_stderr(true);
        Box::new(ColorfulTheme::default())
    } else {
        dialoguer::console::set_colors_enabled_stderr(false);
        Box::new(SimpleTheme)
    }
}

fn failed(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        ErrorKind::Interrupted => {
            guard::wait_for_handler();
            Error::Cancelled
        }
        ErrorKind::UnexpectedEof => Error::Cancelled,
        _ => anyhow::Error::new(error)
            .context("can't ask on this terminal")
            .into(),
    }
}
