//! The terminal of one prompt: reads keys and draws.

use std::fmt::{self, Display};
use std::io;
use std::time::Duration;

use anyhow::Context as _;
use console::{Key, Style, Term, set_colors_enabled_stderr};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};

use super::modes::Modes;
use crate::error::{Error, Result};
use crate::interrupt::Watch;
use crate::output::Console;

/// Ctrl-C is a key of `console`'s; Ctrl-D and Ctrl-Z are characters.
const CTRL_D: char = '\u{4}';
const CTRL_Z: char = '\u{1a}';
const ESC: char = '\u{1b}';

/// How long to wait for a key, and after an Esc for the rest of an escape sequence. A signal is
/// noticed at the latest after that.
const TICK: Duration = Duration::from_millis(100);

/// The terminal of one prompt. Dropping it restores the terminal.
///
/// Keys are read with `console`, which is in the program for its styles. `crossterm` knows whole
/// escape sequences, but keeps what is typed ahead in a buffer of its own, and needs ten more crates.
pub(super) struct Terminal {
    term: Term,
    modes: Modes,
    watch: Watch,
    /// Whether the cursor is moved: not with `TERM=dumb`, and not for screen readers.
    pub(super) can_redraw: bool,
    theme: Box<dyn Theme>,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn open(console: Console) -> Result<Self> {
        let watch = Watch::begin()?;
        let modes = Modes::open().context("can't prompt on this terminal")?;
        set_colors_enabled_stderr(console.color_stderr);
        Ok(Self {
            // On Windows a buffer would come after what moves the cursor.
            term: if cfg!(windows) {
                Term::stderr()
            } else {
                Term::buffered_stderr()
            },
            modes,
            watch,
            can_redraw: console.can_redraw && !console.plain_prompts,
            theme: match console.color_stderr {
                true => Box::new(ColorfulTheme::default()),
                false => Box::new(SimpleTheme),
            },
        })
    }

    /// Waits for a key. `None`: the process was stopped and goes on, and what was drawn is gone.
    ///
    /// # Errors
    /// [`Error::cancelled`] for Esc, Ctrl-C, Ctrl-D and where the terminal is gone,
    /// [`Error::stopped`] for a signal.
    pub(super) fn next(&mut self) -> Result<Option<Key>> {
        loop {
            if let Some(signal) = self.watch.came() {
                return Err(Error::stopped(signal, false));
            }
            if self.modes.take_resumed() {
                return Ok(None);
            }
            if !self.modes.has_input_within(TICK) {
                continue;
            }
            // A terminal that can't be read is gone.
            let key = self.read_key().map_err(|_| Error::cancelled())?;
            return match key {
                Key::CtrlC | Key::Escape | Key::Char(CTRL_D) => Err(Error::cancelled()),
                Key::Char(CTRL_Z) => {
                    self.erase();
                    self.modes.suspend();
                    Ok(None)
                }
                key => Ok(Some(key)),
            };
        }
    }

    /// Reads a key. `console` reads at most three characters of an escape sequence that it doesn't
    /// know: what follows of it here is no text.
    fn read_key(&mut self) -> io::Result<Key> {
        let mut sequence = match self.term.read_key_raw()? {
            // The rest of a sequence may come later.
            Key::Escape if cfg!(unix) => String::new(),
            Key::UnknownEscSeq(chars) => chars.into_iter().collect(),
            key => return Ok(key),
        };
        let sequence = loop {
            // Behind the last Esc: of two, of a sequence with Alt, or of the next sequence.
            let known = sequence.rsplit(ESC).next().unwrap_or_default();
            let is_complete = match known.strip_prefix(['[', 'O']) {
                Some(rest) => rest.contains(|char| matches!(char, '@'..='~')),
                None => !known.is_empty(),
            };
            if is_complete {
                break known.to_owned();
            }
            if !self.modes.has_input_within(TICK) {
                return Ok(if known.is_empty() {
                    Key::Escape
                } else {
                    Key::Unknown
                });
            }
            match self.term.read_key_raw()? {
                Key::Char(char) => sequence.push(char),
                Key::Escape => sequence.push(ESC),
                Key::CtrlC => return Ok(Key::CtrlC),
                // Such as Enter: with Alt, it chooses nothing.
                _ => return Ok(Key::Unknown),
            }
        };
        Ok(match sequence.as_str() {
            "[A" | "OA" => Key::ArrowUp,
            "[B" | "OB" => Key::ArrowDown,
            "[H" | "OH" => Key::Home,
            "[F" | "OF" => Key::End,
            "OM" => Key::Enter,
            _ => Key::Unknown,
        })
    }

    /// Whether more was typed.
    pub(super) fn has_input(&self) -> bool {
        self.modes.has_input_within(Duration::ZERO)
    }

    /// Its rows and columns.
    pub(super) fn size(&self) -> (usize, usize) {
        let (rows, columns) = self.term.size();
        (rows.into(), columns.into())
    }

    /// Writes text, at once. A terminal that can no longer be written to is gone.
    pub(super) fn write(&self, text: &str) {
        let _ = self.term.write_str(text).and_then(|()| self.term.flush());
    }

    /// Draws over what was drawn before, from the line that the cursor is in. The cursor is left in
    /// that line, behind `head`, so that the next draw starts at the cursor.
    pub(super) fn draw(&self, head: &str, behind_cursor: &str, below: &[String]) {
        let lines: String = below.iter().map(|line| format!("\r\n{line}")).collect();
        let drawn = || {
            self.term.clear_to_end_of_screen()?;
            self.term
                .write_str(&format!("{head}{behind_cursor}{lines}"))?;
            self.term.move_cursor_up(below.len())?;
            self.term.write_str(&format!("\r{head}"))?;
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
}
