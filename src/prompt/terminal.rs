//! The terminal while a prompt is open: keys come one by one and are not shown.

#[cfg(not(unix))]
#[path = "terminal/windows.rs"]
mod input;
#[cfg(unix)]
#[path = "terminal/unix.rs"]
mod input;

use std::fmt::{self, Display};
use std::io;

use anyhow::Context as _;
use console::{Style, Term, set_colors_enabled_stderr};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};

use super::keys::Key;
use crate::error::{Error, Result};
use crate::interrupt::Watch;
use crate::output::Console;
use input::Input;
pub(crate) use input::with_hidden_keys;

/// What a prompt has to react to.
pub(super) enum TerminalEvent {
    Key(Key),
    /// What was drawn is out of date, and no more was typed meanwhile.
    Draw,
    /// The process was stopped and goes on: what was drawn is gone.
    Resumed,
}

/// The terminal of one prompt. Dropping it restores the terminal.
pub(super) struct Terminal {
    term: Term,
    input: Input,
    interrupt: Watch,
    size: (usize, usize),
    /// Whether the cursor can be moved; not with `TERM=dumb`.
    pub(super) can_redraw: bool,
    theme: Box<dyn Theme>,
    /// Whether what was drawn is out of date.
    is_outdated: bool,
}

impl Terminal {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// [`Error::Unexpected`] where that fails.
    pub(super) fn open(console: Console) -> Result<Self> {
        let interrupt = Watch::begin()?;
        let input = Input::open().context("can't prompt on this terminal")?;
        let has_color = console.appearance.color_stderr;
        set_colors_enabled_stderr(has_color);
        let mut terminal = Self {
            // On Windows a buffer would come after what moves the cursor.
            term: if cfg!(windows) {
                Term::stderr()
            } else {
                Term::buffered_stderr()
            },
            input,
            interrupt,
            size: (0, 0),
            can_redraw: console.appearance.stderr_is_terminal,
            theme: match has_color {
                true => Box::new(ColorfulTheme::default()),
                false => Box::new(SimpleTheme),
            },
            is_outdated: true,
        };
        terminal.size = terminal.measure();
        terminal.mark_pastes(true);
        Ok(terminal)
    }

    /// Waits for what happens next. Ctrl-Z stops the process in here.
    ///
    /// # Errors
    /// [`Error::Cancelled`] for Esc, Ctrl-C, Ctrl-D and where the terminal is gone,
    /// [`Error::Stopped`] for a signal, [`Error::Unexpected`] where it can't be read.
    pub(super) fn next(&mut self) -> Result<TerminalEvent> {
        loop {
            if let Some(signal) = self.interrupt.came() {
                return Err(Error::Stopped {
                    signal,
                    changed: false,
                });
            }
            if self.input.take_resumed() {
                return Ok(self.resumed());
            }
            let size = self.measure();
            if self.is_outdated && !self.input.has_input() || size != self.size {
                self.size = size;
                self.is_outdated = false;
                return Ok(TerminalEvent::Draw);
            }
            match self.input.read_key() {
                Ok(None) => {}
                Ok(Some(Key::Suspend)) => {
                    self.erase();
                    self.mark_pastes(false);
                    self.input.suspend();
                    return Ok(self.resumed());
                }
                Ok(Some(Key::Cancel)) => return Err(Error::Cancelled),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(Error::Cancelled);
                }
                Ok(Some(key)) => {
                    self.is_outdated = true;
                    return Ok(TerminalEvent::Key(key));
                }
                Err(error) => {
                    return Err(anyhow::Error::new(error)
                        .context("can't read from this terminal")
                        .into());
                }
            }
        }
    }

    fn resumed(&mut self) -> TerminalEvent {
        self.mark_pastes(true);
        self.is_outdated = true;
        TerminalEvent::Resumed
    }

    /// Whether the terminal, as it was found, shows what is typed. Emacs shows it itself.
    pub(super) fn has_echo(&self) -> bool {
        self.input.has_echo()
    }

    pub(super) fn rows(&self) -> usize {
        self.size.0
    }

    pub(super) fn columns(&self) -> usize {
        self.size.1
    }

    /// Writes text, at once. A terminal that can no longer be written to is gone.
    pub(super) fn write(&self, text: &str) {
        let _ = self.term.write_str(text).and_then(|()| self.term.flush());
    }

    /// Draws over what was drawn before, from the line that the cursor is in. The cursor comes to
    /// rest in that line, behind `head`, so that a next time needs no more than its place.
    pub(super) fn draw(&self, head: &str, behind_cursor: &str, below: &[String]) {
        let drawn = || {
            self.term.clear_to_end_of_screen()?;
            self.term.write_str(head)?;
            self.term.write_str(behind_cursor)?;
            for line in below {
                self.term.write_str("\r\n")?;
                self.term.write_str(line)?;
            }
            self.term.move_cursor_up(below.len())?;
            self.term.write_str("\r")?;
            self.term.write_str(head)?;
            self.term.flush()
        };
        // As in `write`.
        let _: io::Result<()> = drawn();
    }

    /// Clears what was drawn.
    pub(super) fn erase(&self) {
        if self.can_redraw {
            self.draw("", "", &[]);
        } else {
            self.write("\r\n");
        }
    }

    /// Text in this style, if the terminal gets colors.
    pub(super) fn styled(&self, style: Style, text: impl Display) -> String {
        style.for_stderr().apply_to(text).to_string()
    }

    /// What the theme writes.
    pub(super) fn themed(
        &self,
        write: impl FnOnce(&dyn Theme, &mut String) -> fmt::Result,
    ) -> String {
        let mut text = String::new();
        // Writing to a string never fails.
        let _ = write(&*self.theme, &mut text);
        text
    }

    fn measure(&self) -> (usize, usize) {
        let (rows, columns) = self.term.size();
        (rows.into(), columns.into())
    }

    /// Has the terminal mark what is pasted, or not any more.
    fn mark_pastes(&self, on: bool) {
        if cfg!(unix) && self.can_redraw {
            self.write(if on { "\u{1b}[?2004h" } else { "\u{1b}[?2004l" });
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.mark_pastes(false);
    }
}
