//! Which texts a filter finds, and where.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;
use unicode_segmentation::UnicodeSegmentation as _;

/// A text as it is compared: without case and accents.
pub(super) fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|char| canonical_combining_class(*char) == 0)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .map(|char| match char {
            'ø' => 'o',
            'ł' => 'l',
            'đ' | 'ð' => 'd',
            'ħ' => 'h',
            char => char,
        })
        .collect()
}

/// Whether every word of a filter is in a text, in whatever order. Both are folded.
pub(super) fn contains_words(text: &str, filter: &str) -> bool {
    filter.split_whitespace().all(|word| text.contains(word))
}

/// For each character of a text, as a person counts them: whether it is part of a word of the folded
/// filter.
pub(super) fn matched(text: &str, filter: &str) -> Vec<bool> {
    let mut folded = String::new();
    let mut ends = Vec::new();
    for grapheme in text.graphemes(true) {
        folded.push_str(&fold(grapheme));
        ends.push(folded.len());
    }
    let mut matched = vec![false; ends.len()];
    for word in filter.split_whitespace() {
        for (start, _) in folded.match_indices(word) {
            let first = ends.partition_point(|end| *end <= start);
            let last = ends.partition_point(|end| *end < start + word.len());
            if let Some(part) = matched.get_mut(first..=last) {
                part.fill(true);
            }
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_case_accents_and_order() {
        for (text, filter) in [
            ("Café Olé", "cafe"),
            ("Cafe\u{301}", "CAFÉ"),
            ("Ana Duarte — Duarte Ceramics", "cera ana"),
            ("東京支店", "東京"),
            ("Straße", "STRASSE"),
            ("Łódź Ørsted Đoković", "lodz orsted dok"),
            ("ＡＣＭＥ", "acme"),
            ("İstanbul", "istanbul"),
            ("anything", "  "),
        ] {
            assert!(
                contains_words(&fold(text), &fold(filter)),
                "{filter:?} in {text:?}"
            );
        }
        assert!(!contains_words(&fold("Ana Duarte"), &fold("ana ceramics")));
    }

    #[test]
    fn matches_are_marked_in_whole_characters() {
        for (text, filter, expected) in [
            ("Cafe\u{301} Olé", "fe o", "  ^^ ^  "),
            ("Straße", "ss", "    ^ "),
            ("Duarte — Duarte", "dua", "^^^      ^^^   "),
            ("東京支店", "京支", " ^^ "),
            ("Ana", "x", "   "),
            ("Ana", "", "   "),
        ] {
            let marks: String = matched(text, &fold(filter))
                .into_iter()
                .map(|matched| if matched { '^' } else { ' ' })
                .collect();
            assert_eq!(marks, expected, "{filter:?} in {text:?}");
        }
    }
}
