//! Keys, from the bytes that a Unix terminal sends for them.

use std::io;

use super::keys::Key;

/// The byte that starts an escape sequence, and that the Esc key sends alone.
const ESC: u8 = 0x1b;

/// Reads keys from a terminal that marks what is pasted (`ESC[200~` … `ESC[201~`). The first line
/// of a paste is typed in, the rest is dropped: a line break in it is no Enter.
#[derive(Default)]
pub(super) struct KeyReader {
    paste: Paste,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Paste {
    #[default]
    None,
    Start,
    FirstLine,
    Rest,
}

impl KeyReader {
    /// Reads a key. `next` reads a byte, or nothing where none comes in time. `None` stands for
    /// nothing, and for each key and escape sequence that no prompt knows.
    ///
    /// # Errors
    /// Those of `next`.
    pub(super) fn read(
        &mut self,
        mut next: impl FnMut() -> io::Result<Option<u8>>,
    ) -> io::Result<Option<Key>> {
        let key = match next()? {
            None => return Ok(None),
            Some(ESC) => self.escape(&mut next)?,
            Some(first) => character(first, &mut next)?.and_then(Key::from_char),
        };
        Ok(match (self.paste, key) {
            (Paste::None, key) => key,
            (Paste::Start | Paste::FirstLine, Some(Key::Char(_))) => {
                self.paste = Paste::FirstLine;
                key
            }
            (Paste::FirstLine, Some(Key::Enter)) => {
                self.paste = Paste::Rest;
                None
            }
            _ => None,
        })
    }

    /// Reads what follows an ESC.
    fn escape(
        &mut self,
        next: &mut impl FnMut() -> io::Result<Option<u8>>,
    ) -> io::Result<Option<Key>> {
        let mut introducer = next()?;
        // Esc twice, or an escape sequence with Alt.
        while introducer == Some(ESC) {
            introducer = next()?;
        }
        match introducer {
            None => Ok(Some(Key::Cancel)),
            Some(b'[' | b'O') => self.sequence(next),
            Some(first) => {
                // A character with Alt.
                character(first, next)?;
                Ok(None)
            }
        }
    }

    /// Reads the rest of an escape sequence: parameters and a final byte (ECMA-48, section 5.4).
    fn sequence(
        &mut self,
        next: &mut impl FnMut() -> io::Result<Option<u8>>,
    ) -> io::Result<Option<Key>> {
        let mut parameters = Vec::new();
        let last = loop {
            match next()? {
                Some(byte @ 0x20..=0x3f) => parameters.push(byte),
                // The Linux console sends `ESC[[A` for F1.
                Some(b'[') if parameters.is_empty() => {
                    next()?;
                    return Ok(None);
                }
                Some(byte @ 0x40..=0x7e) => break byte,
                _ => return Ok(None),
            }
        };
        Ok(Some(match (parameters.as_slice(), last) {
            (b"", b'A') => Key::Up,
            (b"", b'B') => Key::Down,
            (b"", b'C') => Key::Right,
            (b"", b'D') => Key::Left,
            (b"", b'H') | (b"1" | b"7", b'~') => Key::Home,
            (b"", b'F') | (b"4" | b"8", b'~') => Key::End,
            (b"", b'M') => Key::Enter,
            (b"3", b'~') => Key::Delete,
            (b"5", b'~') => Key::PageUp,
            (b"6", b'~') => Key::PageDown,
            (b"200", b'~') => {
                self.paste = Paste::Start;
                return Ok(None);
            }
            (b"201", b'~') => {
                self.paste = Paste::None;
                return Ok(None);
            }
            _ => return Ok(None),
        }))
    }
}

/// Reads the rest of a character in UTF-8.
fn character(
    first: u8,
    next: &mut impl FnMut() -> io::Result<Option<u8>>,
) -> io::Result<Option<char>> {
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let mut bytes = vec![first];
    while bytes.len() < length {
        match next()? {
            Some(byte) => bytes.push(byte),
            None => return Ok(None),
        }
    }
    Ok(std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut reader = KeyReader::default();
        let mut bytes = bytes.iter().copied();
        let mut keys = Vec::new();
        while bytes.len() > 0 {
            keys.extend(reader.read(|| Ok(bytes.next())).unwrap());
        }
        keys
    }

    #[test]
    fn keys_are_told_from_each_other() {
        for (bytes, expected) in [
            (&b"a"[..], Key::Char('a')),
            ("東".as_bytes(), Key::Char('東')),
            ("👩".as_bytes(), Key::Char('👩')),
            (b"\r", Key::Enter),
            (b"\n", Key::Enter),
            (b"\x1bOM", Key::Enter),
            (b"\x1b", Key::Cancel),
            (b"\x1b\x1b", Key::Cancel),
            (b"\x03", Key::Cancel),
            (b"\x04", Key::Cancel),
            (b"\x1a", Key::Suspend),
            (b"\x7f", Key::Backspace),
            (b"\x1b[A", Key::Up),
            (b"\x1bOA", Key::Up),
            (b"\x10", Key::Up),
            (b"\x1b[B", Key::Down),
            (b"\x0e", Key::Down),
            (b"\x1b[H", Key::Home),
            (b"\x1b[1~", Key::Home),
            (b"\x1b[F", Key::End),
            (b"\x1bOF", Key::End),
            (b"\x1b[3~", Key::Delete),
            (b"\x1b[5~", Key::PageUp),
            (b"\x1b[6~", Key::PageDown),
        ] {
            assert_eq!(keys(bytes), [expected], "{:?}", bytes.escape_ascii());
        }
    }

    #[test]
    fn unknown_keys_are_ignored() {
        for bytes in [
            &b"\x1bOP"[..],
            b"\x1b[[A",
            b"\x1b[15~",
            b"\x1b[1;5D",
            b"\x1bO5D",
            b"\x1b\x1b[A\x1b[Z",
            b"\x1bb",
            "\u{1b}é".as_bytes(),
            b"\x1b[<35;10;10M",
            b"\t\x00\x01\x1c",
            b"\xff\xc3\x28\x80",
        ] {
            let known: Vec<Key> = keys(bytes)
                .into_iter()
                .filter(|key| *key != Key::Up)
                .collect();
            assert_eq!(known, [], "{:?}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_first_line_of_a_paste_is_typed_in() {
        let typed = |text: &str| text.chars().map(Key::Char).collect::<Vec<Key>>();
        for (paste, expected) in [
            ("ana", "ana"),
            ("ana\r", "ana"),
            ("\n\nana\r\nsecret\r\n", "ana"),
            ("a\tn\u{3}a\u{1b}[A", "ana"),
        ] {
            let bytes = format!("\u{1b}[200~{paste}\u{1b}[201~!");
            let expected = [typed(expected), typed("!")].concat();
            assert_eq!(keys(bytes.as_bytes()), expected, "{paste:?}");
        }
    }
}
