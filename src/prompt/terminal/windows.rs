//! Keys on Windows, which has no signals that stop a process.

use std::io;

use console::{Key as ConsoleKey, Term};

use crate::error::Result;
use crate::prompt::keys::Key;

/// Does work that asks several questions. The console shows no key that is typed between two of them.
///
/// # Errors
/// Those of the work.
pub(crate) async fn with_hidden_keys<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    work.await
}

/// The console's keyboard.
pub(super) struct Input {
    term: Term,
}

#[expect(clippy::unused_self, reason = "as on Unix")]
impl Input {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self {
            term: Term::stderr(),
        })
    }

    /// Waits for a key. `None` is one that no prompt knows.
    pub(super) fn read_key(&mut self) -> io::Result<Option<Key>> {
        Ok(match self.term.read_key_raw()? {
            ConsoleKey::Enter => Some(Key::Enter),
            ConsoleKey::Escape | ConsoleKey::CtrlC => Some(Key::Cancel),
            ConsoleKey::Backspace => Some(Key::Backspace),
            ConsoleKey::Del => Some(Key::Delete),
            ConsoleKey::ArrowLeft => Some(Key::Left),
            ConsoleKey::ArrowRight => Some(Key::Right),
            ConsoleKey::ArrowUp => Some(Key::Up),
            ConsoleKey::ArrowDown => Some(Key::Down),
            ConsoleKey::Home => Some(Key::Home),
            ConsoleKey::End => Some(Key::End),
            ConsoleKey::PageUp => Some(Key::PageUp),
            ConsoleKey::PageDown => Some(Key::PageDown),
            ConsoleKey::Char(char) => Key::from_char(char),
            _ => None,
        })
    }

    pub(super) fn has_input(&self) -> bool {
        false
    }

    pub(super) fn has_echo(&self) -> bool {
        true
    }

    pub(super) fn suspend(&self) {}

    pub(super) fn take_resumed(&self) -> bool {
        false
    }
}
