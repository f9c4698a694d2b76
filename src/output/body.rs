//! The body of a response, passed on as it comes.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;

use super::terminal_body::TerminalBody;
use crate::error::Result;

/// Writes a body to standard output: byte for byte, or as a person at a terminal reads it.
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

    /// Writes the next part; `false` once the reader is gone.
    ///
    /// # Errors
    /// Where standard output can't be written for another reason.
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

    /// Writes what is left.
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
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_open = false;
                Ok(())
            }
            written => Ok(written.context("can't write to standard output")?),
        }
    }
}
