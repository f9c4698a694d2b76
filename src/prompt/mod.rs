//! Asking a person, on standard error: the answer on standard output stays clean.
//!
//! Whoever calls these has seen that standard input and standard error are terminals.

pub(crate) mod picker;
mod terminal_guard;

use std::io::{self, ErrorKind};

use dialoguer::Input;
use dialoguer::console::Term;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};

use crate::error::{Error, Result};
use crate::output::Console;
use terminal_guard::{InputMode, guarded};

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

/// Asks for a line of text that isn't shown. An empty line is asked again.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_hidden(console: Console, question: &str) -> Result<String> {
    let theme = theme(console);
    guarded(console, InputMode::HiddenLine, || {
        loop {
            let line = hidden_line(&*theme, question)
                .map_err(|error| failed(dialoguer::Error::IO(error)))?;
            if !line.is_empty() {
                return Ok(line);
            }
        }
    })
}

/// dialoguer's own prompt hides what is typed only after it has asked, and throws away what was
/// typed by then: a pasted password would be shown, and lost.
fn hidden_line(theme: &dyn Theme, question: &str) -> io::Result<String> {
    let term = Term::stderr();
    let written = |_| io::Error::other("the question can't be written");
    let (mut asked, mut answered) = (String::new(), String::new());
    theme
        .format_password_prompt(&mut asked, question)
        .map_err(written)?;
    theme
        .format_password_prompt_selection(&mut answered, question)
        .map_err(written)?;
    term.write_str(&asked)?;
    let line = read_hidden_line(&term)?;
    term.clear_line()?;
    term.write_line(&answered)?;
    Ok(line)
}

/// The terminal has been told already not to show it.
#[cfg(unix)]
fn read_hidden_line(_: &Term) -> io::Result<String> {
    let mut line = String::new();
    if io::stdin().read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

#[cfg(not(unix))]
fn read_hidden_line(term: &Term) -> io::Result<String> {
    term.read_secure_line()
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
            terminal_guard::wait_for_handler();
            Error::Cancelled
        }
        ErrorKind::UnexpectedEof => Error::Cancelled,
        _ => anyhow::Error::new(error)
            .context("can't ask on this terminal")
            .into(),
    }
}
