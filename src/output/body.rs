//! The body of a response, passed on as it arrives.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;

use super::terminal_body::TerminalBody;
use crate::error::Result;

/// Writes a body to standard output: byte for byte, or formatted for a terminal.
pub(crate) struct BodyWriter {
    terminal: Option<TerminalBody>,
    is_open: bool,
}

impl BodyWriter {
    pub(super) fn new(is_terminal: bool) -> Self {
        Self {
            terminal: is_terminal.then(TerminalBody::default),
            is_open: true,
        }
    }

    /// Writes the next part; `false` if the reader has closed standard output.
    ///
    /// # Errors
    /// If standard output can't be written for another reason.
    pub(crate) fn write(&mut self, part: &[u8]) -> Result<bool> {
        match &mut self.terminal {
            Some(terminal) => {
                let shown = terminal.push(part);
                self.put(shown.as_bytes())?;
            }
            None => self.put(part)?,
        }
        Ok(self.is_open)
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// As [`BodyWriter::write`].
    pub(crate) fn finish(mut self) -> Result<()> {
        let rest = self.terminal.take().map(TerminalBody::finish);
        self.put(rest.unwrap_or_default().as_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.is_open {
            return Ok(());
        }
        self.is_open = write_stdout(bytes)?;
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
