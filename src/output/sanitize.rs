//! Makes text from outside harmless for a terminal.

use std::borrow::Cow;

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

/// Writes a character of a JSON document, escaped if it is harmful (RFC 8259, section 7).
pub(super) fn escape(char: char, text: &mut String) {
    if !is_harmful(char) {
        text.push(char);
        return;
    }
    let mut units = [0; 2];
    for unit in char.encode_utf16(&mut units) {
        text.push_str(&format!("\\u{unit:04x}"));
    }
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
}
