//! The body of a response, passed on as it arrives.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;

use super::terminal_body::TerminalBody;
use crate::error::Result;

/// Writes a body to standard output: byte for byte, or formatted for a terminal.
pub(crate) struct BodyWriter {
    terminal: Option<TerminalBody>,
}

impl BodyWriter {
    pub(super) fn new(is_terminal: bool) -> Self {
        Self {
            terminal: is_terminal.then(TerminalBody::default),
        }
    }

    /// Writes the next part; `false` if the reader has closed standard output.
    ///
    /// # Errors
    /// If standard output can't be written for another reason.
    pub(crate) fn write(&mut self, part: &[u8]) -> Result<bool> {
        match &mut self.terminal {
            Some(terminal) => write_stdout(terminal.push(part).as_bytes()),
            None => write_stdout(part),
        }
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// As [`BodyWriter::write`].
    pub(crate) fn finish(self) -> Result<()> {
        let rest = self.terminal.map(TerminalBody::finish);
        write_stdout(rest.unwrap_or_default().as_bytes())?;
        Ok(())
    }
}

/// Writes to standard output; `false` if its reader has closed it.
///
/// # Errors
/// If standard output can't be written for another reason.
pub(super) fn write_stdout(bytes: &[u8]) -> Result<bool> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        error => Ok(error
            .context("can't write to standard output")
            .map(|()| true)?),
    }
}
