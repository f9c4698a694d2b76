//! A line of text that is being typed.

use console::measure_text_width;
use unicode_segmentation::UnicodeSegmentation as _;
use zeroize::Zeroizing;

use super::keys::Key;
use crate::output::{clean, cut};

/// The most that a field holds, in bytes: no answer is longer. All of it is reserved at once,
/// because a text that has to move leaves a copy behind that nothing wipes.
const LIMIT: usize = 64 * 1024;

/// The text and the place in it where the next character goes.
pub(super) struct TextField {
    text: Zeroizing<String>,
    caret: usize,
}

impl TextField {
    /// A field with this text in it, the caret behind it.
    pub(super) fn new(text: &str) -> Self {
        let mut field = Self {
            text: Zeroizing::new(String::with_capacity(LIMIT)),
            caret: 0,
        };
        for char in text.chars() {
            field.press(Key::Char(char));
        }
        field
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn into_text(self) -> Zeroizing<String> {
        self.text
    }

    /// Edits the text, or moves the caret; other keys are ignored.
    pub(super) fn press(&mut self, key: Key) {
        let (before, after) = self.around_caret();
        let (before_len, end) = (before.len(), self.text.len());
        let previous = before_len - before.graphemes(true).next_back().map_or(0, str::len);
        let next = before_len + after.graphemes(true).next().map_or(0, str::len);
        match key {
            Key::Char(char) if !char.is_control() && end + char.len_utf8() <= LIMIT => {
                self.text.insert(before_len, char);
                self.caret += char.len_utf8();
            }
            Key::Backspace => self.delete(previous, before_len),
            Key::Delete => self.delete(before_len, next),
            Key::DeleteWord => {
                let rest = before.trim_end();
                let word = rest.rsplit(char::is_whitespace).next();
                self.delete(rest.len() - word.map_or(0, str::len), before_len);
            }
            Key::DeleteLine => self.delete(0, end),
            Key::Left => self.caret = previous,
            Key::Right => self.caret = next,
            Key::Home => self.caret = 0,
            Key::End => self.caret = end,
            _ => {}
        }
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.drain(from..to);
        self.caret = from;
    }

    fn around_caret(&self) -> (&str, &str) {
        self.text
            .split_at_checked(self.caret)
            .unwrap_or((&self.text, ""))
    }

    /// The part around the caret that fits `width` columns: what is before the caret, and what is
    /// after it.
    pub(super) fn visible(&self, width: usize) -> (String, String) {
        let (before, after) = self.around_caret();
        let before = clean(before);
        let mut start = before.len();
        let mut taken = 0;
        for (index, grapheme) in before.grapheme_indices(true).rev() {
            taken += measure_text_width(grapheme);
            if taken > width {
                break;
            }
            start = index;
        }
        let shown = match before.get(start..) {
            Some(shown) if start > 0 => {
                let mut graphemes = shown.graphemes(true);
                graphemes.next();
                format!("…{}", graphemes.as_str())
            }
            _ => before.into_owned(),
        };
        let after = cut(
            &clean(after),
            width.saturating_sub(measure_text_width(&shown)),
        )
        .into_owned();
        (shown, after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_the_text() {
        use Key::*;

        for (keys, expected) in [
            (&[Char('c')][..], "ana duartec"),
            (&[Backspace, Backspace], "ana duar"),
            (&[Left, Left, Char('x'), Delete], "ana duarxe"),
            (&[Home, Delete, Char('A')], "Ana duarte"),
            (
                &[Home, Left, Backspace, Right, End, Delete, Char('s')],
                "ana duartes",
            ),
            (&[DeleteWord], "ana "),
            (&[DeleteWord, DeleteWord, DeleteWord], ""),
            (&[Left, DeleteLine, Char('b')], "b"),
            (&[Char('\u{7}'), Up, PageDown, Enter], "ana duarte"),
            (&[Char('e'), Char('\u{301}'), Backspace], "ana duarte"),
        ] {
            let mut field = TextField::new("ana duarte");
            for key in keys {
                field.press(*key);
            }
            assert_eq!(field.text(), expected, "{keys:?}");
        }
    }

    #[test]
    fn a_field_never_grows_beyond_its_limit() {
        let field = TextField::new(&"é".repeat(LIMIT));
        assert_eq!(field.text().len(), LIMIT);
    }

    #[test]
    fn the_caret_stays_in_view() {
        for (text, left, width, expected) in [
            ("harbour", 0, 8, ("harbour", "")),
            ("harbour", 0, 7, ("harbour", "")),
            ("harbour", 0, 5, ("…bour", "")),
            ("harbour", 3, 7, ("harb", "our")),
            ("harbour", 3, 6, ("harb", "o…")),
            ("harbour", 7, 5, ("", "harb…")),
            ("東京東京", 0, 5, ("…京", "")),
        ] {
            let mut field = TextField::new(text);
            for _ in 0..left {
                field.press(Key::Left);
            }
            let (before, after) = field.visible(width);
            assert_eq!(
                (before.as_str(), after.as_str()),
                expected,
                "{text} in {width}"
            );
        }
    }
}
