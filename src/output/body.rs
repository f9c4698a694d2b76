//! The body of a response, passed on as it arrives: byte for byte, or on a terminal with JSON
//! indented and control characters replaced. It is not parsed: it may be as long as it likes, and
//! numbers and the order of keys stay as they are.

use super::stream::write_stdout;
use super::text::{REPLACEMENT, escape, is_harmful};
use crate::error::Result;

/// The deepest indentation, in levels: hostile JSON may nest without limit.
const MAX_DEPTH: usize = 32;

/// Writes a body to standard output.
#[derive(Default)]
pub(crate) struct BodyWriter {
    is_terminal: bool,
    /// Whether it is JSON; `None` as long as there was only white space. JSON need not be valid.
    is_json: Option<bool>,
    /// The beginning of a character whose rest is in the next part.
    cut_off: Vec<u8>,
    text: String,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// The last character that is shown, except for the white space that is added to JSON.
    last: Option<char>,
}

impl BodyWriter {
    pub(super) fn new(is_terminal: bool) -> Self {
        Self {
            is_terminal,
            ..Self::default()
        }
    }

    /// Writes the next part; `false` if the reader has closed standard output.
    pub(crate) fn write(&mut self, part: &[u8]) -> Result<bool> {
        if !self.is_terminal {
            return write_stdout(part);
        }
        write_stdout(self.shown(part).as_bytes())
    }

    /// Writes the rest.
    pub(crate) fn finish(self) -> Result<()> {
        write_stdout(self.rest().as_bytes()).map(drop)
    }

    /// The next part as a terminal shows it.
    fn shown(&mut self, part: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.cut_off);
        bytes.extend_from_slice(part);
        let invalid = bytes
            .utf8_chunks()
            .last()
            .map_or(&[][..], |last| last.invalid());
        let is_cut_off = str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        let cut_off = if is_cut_off { invalid.len() } else { 0 };
        self.cut_off = bytes.split_off(bytes.len() - cut_off);
        for char in String::from_utf8_lossy(&bytes).chars() {
            self.char(char);
        }
        std::mem::take(&mut self.text)
    }

    /// What a terminal shows after the last part.
    fn rest(mut self) -> String {
        if !self.cut_off.is_empty() {
            self.char(REPLACEMENT);
        }
        if self.last.is_some_and(|last| last != '\n') {
            self.text.push('\n');
        }
        self.text
    }

    fn char(&mut self, char: char) {
        let is_blank = matches!(char, ' ' | '\t' | '\r' | '\n' | '\u{feff}');
        if self.is_json.is_none() && is_blank {
            return;
        }
        if *self.is_json.get_or_insert(matches!(char, '{' | '[')) {
            return self.json(char);
        }
        match char {
            '\r' => return,
            '\n' | '\t' => self.text.push(char),
            _ if is_harmful(char) => self.text.push(REPLACEMENT),
            _ => self.text.push(char),
        }
        self.last = Some(char);
    }

    fn json(&mut self, char: char) {
        if self.in_string {
            self.in_string = char != '"' || self.is_escaped;
            self.is_escaped = char == '\\' && !self.is_escaped;
            escape(char, &mut self.text);
            return;
        }
        if char.is_ascii_whitespace() {
            // Only text that is not JSON has two words in a row.
            if self.last.is_some_and(char::is_alphanumeric) {
                self.text.push(' ');
                self.last = Some(' ');
            }
            return;
        }
        let closes = matches!(char, '}' | ']');
        self.depth -= usize::from(closes && self.depth > 0);
        match self.last {
            // An empty list or object stays in one line.
            Some('{' | '[') if closes => {}
            Some('{' | '[' | ',') => self.new_line(),
            _ if closes => self.new_line(),
            Some(':') => self.text.push(' '),
            _ => {}
        }
        escape(char, &mut self.text);
        self.depth += usize::from(matches!(char, '{' | '['));
        self.in_string = char == '"';
        self.last = Some(char);
    }

    fn new_line(&mut self) {
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(self.depth.min(MAX_DEPTH)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(body: &[u8], size: usize) -> String {
        let mut terminal = BodyWriter::new(true);
        let mut all = String::new();
        for chunk in body.chunks(size) {
            all += &terminal.shown(chunk);
        }
        all + &terminal.rest()
    }

    #[test]
    fn json_is_indented_and_text_is_not() {
        for (body, expected) in [
            ("", ""),
            ("{}", "{}\n"),
            ("[ ]", "[]\n"),
            (
                "\u{feff} {\"a\":[1,{\"b\" : null}],\"c\":\"x, {y}: \\\" z\"}",
                "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": \"x, {y}: \\\" z\"\n}\n",
            ),
            (
                "[\"\u{1b}[31m\u{9b}\u{202e}\"]",
                "[\n  \"\\u001b[31m\\u009b\\u202e\"\n]\n",
            ),
            ("No such\r\npage.\u{1b}[2J", "No such\npage.\u{fffd}[2J\n"),
            ("{no json here", "{\n  no json here\n"),
            ("one line\n", "one line\n"),
        ] {
            for size in [1, 2, 3, 1000] {
                assert_eq!(shown(body.as_bytes(), size), expected, "{body:?}");
            }
        }
        assert_eq!(shown(b"a\xffb\xe2\x82", 1), "a\u{fffd}b\u{fffd}\n");
    }

    #[test]
    fn deep_json_takes_no_more_room_than_it_needs() {
        let shown = shown("[".repeat(10_000).as_bytes(), 1000);
        assert!(shown.len() < 10_000 * (2 * MAX_DEPTH + 3));
    }

    proptest! {
        /// No control character reaches the terminal, whatever the chunks are.
        #[test]
        fn nothing_harmful_is_shown(body in "[\\[{]?[\\PC\\p{Cc}\u{2028}-\u{202e}\u{9b}\"\\\\:,\\[\\]{}]*", size in 1_usize..9) {
            let shown = shown(body.as_bytes(), size);
            prop_assert!(!shown.chars().any(|char| is_harmful(char) && !"\n\t".contains(char)));
            prop_assert_eq!(&shown, &self::shown(body.as_bytes(), usize::MAX >> 1));
        }

        #[test]
        fn json_keeps_its_meaning(keys in prop::collection::vec(".{0,5}", 0..5), value in ".{0,9}", number in any::<i32>()) {
            let fields: serde_json::Map<_, _> = keys.into_iter().map(|key| (key, serde_json::json!([value, number, {}, null]))).collect();
            let document = serde_json::Value::Object(fields);
            let shown = shown(document.to_string().as_bytes(), 3);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), document);
        }
    }
}
