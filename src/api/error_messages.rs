//! The sentences in a part of the portal's answer whose shape is not known (`Errors: any`).

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// The most sentences that are kept, and the most characters of all of them together: a person is
/// to read them.
const SENTENCES: usize = 20;
const CHARACTERS: usize = 1_000;

/// Every sentence in a JSON value, whatever its shape, each once and in order. In an object with a
/// `Message`, that alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reasons(Vec<String>);

impl Reasons {
    /// These, then those.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.take(others);
        self
    }

    /// All of them in one line, cut with `…` where they are too long to read; `None` where there is
    /// nothing to say.
    pub(super) fn in_words(&self) -> Option<String> {
        let all = self.0.join("; ");
        let mut cut: String = all.chars().take(CHARACTERS).collect();
        if cut.len() < all.len() {
            cut.push('…');
        }
        (!cut.is_empty()).then_some(cut)
    }

    fn add(&mut self, sentence: &str) {
        let sentence = sentence.trim();
        if !sentence.is_empty()
            && self.0.len() < SENTENCES
            && !self.0.iter().any(|known| known == sentence)
        {
            self.0.push(sentence.to_owned());
        }
    }

    fn take(&mut self, others: Self) {
        others.0.iter().for_each(|sentence| self.add(sentence));
    }
}

impl<'de> Deserialize<'de> for Reasons {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Collector)
    }
}

struct Collector;

/// Reads any value without building a tree of it, which could be a hundred times its size.
impl<'de> Visitor<'de> for Collector {
    type Value = Reasons;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Reasons, E> {
        let mut reasons = Reasons::default();
        reasons.add(text);
        Ok(reasons)
    }

    fn visit_unit<E>(self) -> Result<Reasons, E> {
        Ok(Reasons::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Reasons, E> {
        Ok(Reasons::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Reasons, E> {
        Ok(Reasons::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Reasons, E> {
        Ok(Reasons::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Reasons, E> {
        Ok(Reasons::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Reasons, A::Error> {
        let mut reasons = Reasons::default();
        while let Some(item) = items.next_element()? {
            reasons.take(item);
        }
        Ok(reasons)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Reasons, A::Error> {
        let (mut message, mut all) = (None, Reasons::default());
        while let Some((name, value)) = fields.next_entry::<String, Reasons>()? {
            if name == "Message" {
                message = Some(value);
            } else {
                all.take(value);
            }
        }
        Ok(message.unwrap_or(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> Option<String> {
        serde_json::from_str::<Reasons>(json).unwrap().in_words()
    }

    #[test]
    fn sentences_are_found_in_every_shape() {
        for (json, expected) in [
            ("null", None),
            ("true", None),
            ("-7", None),
            ("1e3", None),
            ("[]", None),
            (r#"" No. ""#, Some("No.")),
            (r#"["No.",["No.","Why."],7]"#, Some("No.; Why.")),
            (
                r#"[{"AttemptedValue":"7","Message":"Unpaid.","PropertyName":"Id"}]"#,
                Some("Unpaid."),
            ),
            (
                r#"{"Id":["Unpaid."],"Name":"Empty."}"#,
                Some("Unpaid.; Empty."),
            ),
        ] {
            assert_eq!(words(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn more_than_a_person_reads_is_cut() {
        let long = words(&format!("{:?}", "ä".repeat(5_000))).unwrap();
        assert_eq!(long.chars().count(), CHARACTERS + 1);
        assert!(long.ends_with('…'));
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let many = words(&serde_json::to_string(&many).unwrap()).unwrap();
        assert_eq!(many.split("; ").count(), SENTENCES);
    }
}
