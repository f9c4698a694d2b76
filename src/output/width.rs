//! Text in terminal columns.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr as _};

use super::sanitize::is_printable_ascii;

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    if is_printable_ascii(text) {
        return text.len();
    }
    text.width()
}

/// How many columns more a text takes on a terminal that shows joined emoji one by one. A line
/// that leaves them free wraps on no terminal.
pub(crate) fn surplus(text: &str) -> usize {
    if is_printable_ascii(text) {
        return 0;
    }
    let one_by_one: usize = text.chars().filter_map(UnicodeWidthChar::width).sum();
    one_by_one.saturating_sub(text.width())
}

/// Shortens a text to `width` columns, with `…` at its end, between two characters as a person
/// counts them. A width of 0 leaves nothing.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.len() <= width || text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut short = String::new();
    let mut taken = 0;
    for grapheme in text.graphemes(true) {
        taken += grapheme.width();
        if taken + 1 > width {
            break;
        }
        short.push_str(grapheme);
    }
    if width > 0 {
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    Cow::Owned(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_whole_characters() {
        for (given, width, expected) in [
            ("Harbour", 7, "Harbour"),
            ("Harbour", 6, "Harbo…"),
            ("Harbour Works", 9, "Harbour…"),
            ("株式会社", 8, "株式会社"),
            ("株式会社", 7, "株式会…"),
            ("株式会社", 6, "株式…"),
            ("👩\u{200d}👩\u{200d}👧 Ana", 4, "👩\u{200d}👩\u{200d}👧…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("Harbour", 1, "…"),
            ("Harbour", 0, ""),
        ] {
            let short = cut(given, width);
            assert_eq!(short, expected, "{given:?} in {width}");
            assert!(columns(&short) <= width, "{given:?} in {width}");
        }
    }
}
