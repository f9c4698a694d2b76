//! Text from outside, made harmless for a terminal, and text in terminal columns.

use std::borrow::Cow;
use std::mem;

use console::{measure_text_width, truncate_str};
use unicode_normalization::UnicodeNormalization as _;

/// The replacement of a harmful character.
pub(super) const REPLACEMENT: char = '\u{fffd}';

/// Replaces each control character (so also the start of each escape sequence), line and paragraph
/// separator, and bidirectional embedding, override or isolate by `�`.
///
/// Joiners and tags stay: emoji consist of them.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if is_harmless(text) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|char| if is_harmful(char) { REPLACEMENT } else { char })
        .collect()
}

/// A name in the form in which names are compared: compatible characters in one spelling (Unicode Standard
/// Annex 15, NFKC), without case and format characters, and with one space between words, which also
/// stands for each harmful character. Upper case comes first because of letters that become two in it,
/// such as ß.
pub(crate) fn folded(name: &str) -> String {
    let name = clean(name);
    let visible = name.nfkd().filter(|char| !is_format(*char));
    let cased = visible.collect::<String>().to_uppercase().to_lowercase();
    let words = cased.split(|char: char| char == REPLACEMENT || char.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").nfkc().collect()
}

/// Whether a character is invisible: a soft hyphen, a zero-width space or joiner, a mark of direction, a
/// tag (the general category Cf, as far as it is not harmful).
fn is_format(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}'..='\u{e007f}')
}

/// Whether a text has no byte that a harmful character begins with in UTF-8. In long lists this is
/// much faster than decoding.
pub(super) fn is_harmless(text: &str) -> bool {
    text.bytes()
        .all(|byte| !matches!(byte, ..b' ' | 0x7f | 0xc2 | 0xe2))
}

/// Whether a character can control a terminal.
pub(super) fn is_harmful(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes a character of a JSON document, escaped if it is harmful (RFC 8259, section 7). None of the
/// harmful ones needs two escapes.
pub(super) fn escape(char: char, text: &mut String) {
    if is_harmful(char) {
        text.push_str(&format!("\\u{:04x}", u32::from(char)));
    } else {
        text.push(char);
    }
}

/// A document whose control characters are written as `\u` escapes. The values stay the same (RFC
/// 8259, section 7). serde_json has escaped those of ASCII except DEL.
pub(super) fn escaped(document: String) -> String {
    // In UTF-8 all other control characters begin with C2 or E2. Three searches are faster than decoding
    // a long list.
    let mut first_bytes = [0x7f, 0xc2, 0xe2].iter();
    if !first_bytes.any(|byte| document.as_bytes().contains(byte)) {
        return document;
    }
    let mut text = String::with_capacity(document.len());
    for char in document.chars() {
        match char {
            '\n' => text.push(char),
            _ => escape(char, &mut text),
        }
    }
    text
}

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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Only harmful characters are replaced, and all of them.
        #[test]
        fn nothing_harmful_is_left_and_nothing_else_is_lost(given in "[\\PC\\p{Cc}\u{2028}-\u{202e}\u{2066}-\u{2069}\u{9b}]*") {
            let cleaned = clean(&given);
            prop_assert!(!cleaned.chars().any(is_harmful));
            prop_assert!(!cleaned.chars().any(char::is_control));
            prop_assert_eq!(cleaned.chars().count(), given.chars().count());
            for (before, after) in given.chars().zip(cleaned.chars()) {
                prop_assert!(before == after || after == REPLACEMENT);
            }
            prop_assert_eq!(clean(&cleaned), cleaned.clone());
        }
    }

    #[test]
    fn each_harmful_character_becomes_one_replacement() {
        for (given, expected) in [
            ("\u{1b}[31mred", "\u{fffd}[31mred"),
            ("\u{1b}]0;title\u{7}", "\u{fffd}]0;title\u{fffd}"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("a\tb\r\nc\u{7f}", "a\u{fffd}b\u{fffd}\u{fffd}c\u{fffd}"),
            ("a\u{202e}b\u{2066}c\u{2069}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
            ("a\u{2028}b", "a\u{fffd}b"),
        ] {
            assert_eq!(clean(given), expected, "{given:?}");
        }
    }

    #[test]
    fn text_of_every_script_and_whole_emoji_stay_as_they_are() {
        for given in [
            "Zoë Åström",
            "株式会社",
            "שלום",
            "👩\u{200d}👩\u{200d}👧",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
            "❤\u{fe0f}",
        ] {
            assert_eq!(clean(given), given);
        }
    }

    #[test]
    fn text_is_cut_between_characters() {
        for (given, width, expected) in [
            ("Harbour", 7, "Harbour"),
            ("Harbour", 6, "Harbo…"),
            ("Harbour Works", 9, "Harbour …"),
            ("株式会社", 8, "株式会社"),
            ("株式会社", 7, "株式会…"),
            ("株式会社", 6, "株式…"),
            ("👩\u{200d}👩\u{200d}👧 Ana", 4, "👩\u{200d}…"),
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
