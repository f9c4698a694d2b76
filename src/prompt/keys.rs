//! The keys of prompts.

/// A key that a prompt knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    /// Esc, Ctrl-C or Ctrl-D.
    Cancel,
    /// Ctrl-Z.
    Suspend,
    Backspace,
    Delete,
    /// Ctrl-W.
    DeleteWord,
    /// Ctrl-U.
    DeleteLine,
    Left,
    Right,
    Home,
    End,
    /// Also Ctrl-P.
    Up,
    /// Also Ctrl-N.
    Down,
    PageUp,
    PageDown,
}

impl Key {
    /// The key that sends this character.
    pub(super) fn from_char(char: char) -> Option<Self> {
        Some(match char {
            '\r' | '\n' => Self::Enter,
            '\u{1b}' | '\u{3}' | '\u{4}' => Self::Cancel,
            '\u{1a}' => Self::Suspend,
            '\u{7f}' | '\u{8}' => Self::Backspace,
            '\u{17}' => Self::DeleteWord,
            '\u{15}' => Self::DeleteLine,
            '\u{10}' => Self::Up,
            '\u{e}' => Self::Down,
            char if char.is_control() => return None,
            char => Self::Char(char),
        })
    }
}
