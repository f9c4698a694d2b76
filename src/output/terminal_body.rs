//! The body of a response on a terminal: JSON is indented, and control characters are replaced.

use super::sanitize::{REPLACEMENT, escape, is_harmful};

/// The deepest indentation, in levels: hostile JSON may nest without limit.
const MAX_DEPTH: usize = 32;

/// Formats a body that arrives in chunks.
#[derive(Default)]
pub(super) struct TerminalBody {
    /// `None` as long as there was only white space.
    kind: Option<Kind>,
    /// The beginning of a character whose rest is in the next chunk.
    cut_off: Vec<u8>,
    text: String,
    /// Whether the output so far ends with a line break.
    ends_line: bool,
}

enum Kind {
    Json(Indenter),
    Text,
}

/// Indents JSON, which need not be valid.
#[derive(Default)]
struct Indenter {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// The last character that is not white space.
    last: Option<char>,
    /// Whether white space follows it.
    is_after_space: bool,
}

impl TerminalBody {
    /// Takes the next chunk and returns the text to show.
    pub(super) fn push(&mut self, chunk: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.cut_off);
        bytes.extend_from_slice(chunk);
        let last = bytes
            .utf8_chunks()
            .last()
            .map_or(&[][..], |last| last.invalid());
        if is_incomplete(last) {
            self.cut_off = bytes.split_off(bytes.len() - last.len());
        }
        for char in String::from_utf8_lossy(&bytes).chars() {
            self.char(char);
        }
        if !self.text.is_empty() {
            self.ends_line = self.text.ends_with('\n');
        }
        std::mem::take(&mut self.text)
    }

    /// Ends the body and returns the rest.
    pub(super) fn finish(mut self) -> String {
        if !self.cut_off.is_empty() {
            self.char(REPLACEMENT);
            self.ends_line = false;
        }
        if !self.ends_line && self.kind.is_some() {
            self.text.push('\n');
        }
        self.text
    }

    fn char(&mut self, char: char) {
        let is_blank = matches!(char, ' ' | '\t' | '\r' | '\n' | '\u{feff}');
        if self.kind.is_none() && is_blank {
            return;
        }
        let kind = self.kind.get_or_insert_with(|| match char {
            '{' | '[' => Kind::Json(Indenter::default()),
            _ => Kind::Text,
        });
        match (kind, char) {
            (Kind::Json(indenter), _) => indenter.char(char, &mut self.text),
            (Kind::Text, '\r') => {}
            (Kind::Text, '\n' | '\t') => self.text.push(char),
            (Kind::Text, _) if is_harmful(char) => self.text.push(REPLACEMENT),
            (Kind::Text, _) => self.text.push(char),
        }
    }
}

/// Whether these bytes are the beginning of a UTF-8 character.
fn is_incomplete(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

impl Indenter {
    fn char(&mut self, char: char, text: &mut String) {
        if self.in_string {
            self.in_string = char != '"' || self.is_escaped;
            self.is_escaped = char == '\\' && !self.is_escaped;
            escape(char, text);
            return;
        }
        if char.is_ascii_whitespace() {
            self.is_after_space = true;
            return;
        }
        let closes = matches!(char, '}' | ']');
        if closes {
            self.depth = self.depth.saturating_sub(1);
        }
        match self.last {
            // An empty list or object stays in one line.
            Some('{' | '[') if closes => {}
            Some('{' | '[' | ',') => self.new_line(text),
            _ if closes => self.new_line(text),
            Some(':') => text.push(' '),
            // Only text that is not JSON has two words in a row.
            Some(last) if self.is_after_space && last.is_alphanumeric() => text.push(' '),
            _ => {}
        }
        escape(char, text);
        self.depth += usize::from(matches!(char, '{' | '['));
        self.in_string = char == '"';
        self.last = Some(char);
        self.is_after_space = false;
    }

    fn new_line(&self, text: &mut String) {
        text.push('\n');
        text.push_str(&"  ".repeat(self.depth.min(MAX_DEPTH)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(body: &[u8], size: usize) -> String {
        let mut terminal = TerminalBody::default();
        let mut all = String::new();
        for chunk in body.chunks(size) {
            all += &terminal.push(chunk);
        }
        all + &terminal.finish()
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
