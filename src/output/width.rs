//! Text in terminal columns.

use std::borrow::Cow;
use std::mem;

use console::{measure_text_width, truncate_str};

/// The additional columns of a text on a terminal that shows joined emoji separately.
pub(crate) fn surplus(text: &str) -> usize {
    if text.is_ascii() {
        return 0;
    }
    let width = |char: char| measure_text_width(char.encode_utf8(&mut [0; 4]));
    let one_by_one: usize = text.chars().map(width).sum();
    one_by_one.saturating_sub(measure_text_width(text))
}

/// Cuts a text to `width` columns, with `…` at its end. A width of 0 gives an empty text.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    truncate_str(text, width, if width == 0 { "" } else { "…" })
}

/// Wraps a text between words into lines of at most `width` columns. The first line leaves room for
/// `before` columns. A command in backquotes is not wrapped, so that it can be pasted. The
/// terminal wraps words longer than a line.
pub(crate) fn wrap(text: &str, width: usize, before: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = before;
    for word in words(text) {
        let columns = measure_text_width(word);
        if !line.is_empty() && taken + 1 + columns > width {
            lines.push(mem::take(&mut line));
            taken = 0;
        } else if !line.is_empty() {
            line.push(' ');
            taken += 1;
        }
        line.push_str(word);
        taken += columns;
    }
    lines.push(line);
    lines
}

/// Wraps a text that begins after `indent` columns, with its other lines below its beginning.
pub(crate) fn wrap_indented(text: &str, width: usize, indent: usize) -> String {
    let lines = wrap(text, width.saturating_sub(indent), 0);
    lines.join(&format!("\n{:indent$}", ""))
}

/// The words of a text, each command in backquotes with the spaces in it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |char| {
        is_quoted ^= char == '`';
        char == ' ' && !is_quoted
    })
    .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        for (given, width, expected) in [
            ("Harbour", 7, "Harbour"),
            ("Harbour", 6, "Harbo…"),
            ("Harbour Works", 9, "Harbour …"),
            ("株式会社", 8, "株式会社"),
            ("株式会社", 7, "株式会…"),
            ("株式会社", 6, "株式…"),
            ("👩\u{200d}👩\u{200d}👧 Ana", 4, "👩…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e…"),
            ("Harbour", 1, "…"),
            ("Harbour", 0, ""),
        ] {
            let short = cut(given, width);
            assert_eq!(short, expected, "{given:?} in {width}");
            assert!(measure_text_width(&short) <= width, "{given:?} in {width}");
        }
    }

    #[test]
    fn text_is_wrapped_between_words_and_commands_are_not() {
        for (given, width, before, expected) in [
            ("one two three", 7, 0, &["one two", "three"][..]),
            ("one two three", 7, 1, &["one", "two", "three"]),
            (
                "run `nxp login --all` now",
                12,
                0,
                &["run", "`nxp login --all`", "now"],
            ),
            ("株式 会社", 8, 0, &["株式", "会社"]),
            ("unbreakable", 4, 3, &["unbreakable"]),
            ("", 4, 0, &[""]),
        ] {
            assert_eq!(wrap(given, width, before), expected, "{given:?} in {width}");
        }
    }
}
