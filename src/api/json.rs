//! The portal's JSON objects: how their fields are spelled, and what is wrong with one.
//!
//! Some paths of the portal write `AccessToken`, others `access_token`. The names in an object are
//! therefore compared without underscores and case; of several that mean the same field, the last one
//! counts.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::UnitDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer as _, Visitor};
use serde_json::error::Category;

/// A type that [`object!`] defines.
pub(super) trait Object {
    /// The names of its fields in Rust, such as `full_name`.
    const FIELDS: &'static [&'static str];
}

/// The name at the portal, such as `FullName`, of a field.
pub(super) fn portal_name(field: &str) -> String {
    let words = field.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect()
}

/// Whether `name` is a spelling of a field's name.
pub(super) fn is_spelled(field: &str, name: &str) -> bool {
    let mut letters = field.bytes().filter(|byte| *byte != b'_');
    for byte in name.bytes().filter(|byte| *byte != b'_') {
        // Most names differ in one of the first letters.
        if letters.next() != Some(byte.to_ascii_lowercase()) {
            return false;
        }
    }
    letters.next().is_none()
}

/// Defines structs that are read from objects of the portal. The fields after a `+` are not read.
macro_rules! object {
    ($(
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty,)*
        }
        $(+ { $($(#[$own_meta:meta])* $own_vis:vis $own:ident: $own_type:ty,)* })?
    )*) => {$(
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
            $($($(#[$own_meta])* $own_vis $own: $own_type,)*)?
        }

        impl $crate::api::json::Object for $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field),)*];
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        use $crate::api::json::{FieldName, Object, absent};
                        $(let mut $field: Option<$type> = None;)*
                        while let Some(name) = map.next_key_seed(FieldName($name::FIELDS))? {
                            match name {
                                $(Some(stringify!($field)) => $field = Some(map.next_value()?),)*
                                _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
                            }
                        }
                        Ok($name {
                            $($field: match $field {
                                Some(value) => value,
                                None => absent()?,
                            },)*
                            $($($own: Default::default(),)*)?
                        })
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }
    )*};
}
pub(super) use object;

/// Reads a name as that of one of these fields, if it is one.
pub(super) struct FieldName(pub(super) &'static [&'static str]);

impl<'de> de::DeserializeSeed<'de> for FieldName {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        let mut fields = self.0.iter().copied();
        Ok(fields.find(|field| is_spelled(field, name)))
    }
}

/// The value of a field that an object does not have: that of `null`.
pub(super) fn absent<'de, T: Deserialize<'de>, E: de::Error>() -> Result<T, E> {
    let null: UnitDeserializer<E> = ().into_deserializer();
    T::deserialize(null)
}

/// Parses a JSON object, with or without a byte order mark.
///
/// # Errors
/// The problem. It quotes nothing, as the body may hold a token.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = body.trim_ascii_start();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match body.first() {
        Some(b'{') => {
            let body = without_lone_surrogates(body);
            // One check of the whole text takes a twentieth less for a list of 10,000 than one of each string.
            let text = str::from_utf8(&body).map_err(|error| match error.error_len() {
                Some(_) => "not JSON".to_owned(),
                None => "incomplete JSON".to_owned(),
            })?;
            serde_json::from_str(text).map_err(problem)
        }
        Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
            Err("not a JSON object".to_owned())
        }
        Some(_) => Err("not JSON".to_owned()),
        None => Err("empty".to_owned()),
    }
}

/// What is wrong with a document, without quoting it.
fn problem(error: serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "incomplete JSON".to_owned(),
        Category::Io | Category::Syntax => "not JSON".to_owned(),
        Category::Data => format!(
            "a field is missing or has another type (line {}, column {})",
            error.line(),
            error.column()
        ),
    }
}

/// Replaces each escape of a lone surrogate by that of U+FFFD: a portal sends one where it cuts a text
/// within an emoji, and serde rejects it.
fn without_lone_surrogates(body: &[u8]) -> Cow<'_, [u8]> {
    let mut replaced = Cow::Borrowed(body);
    if !body.contains(&b'\\') {
        return replaced;
    }
    let mut at = 0;
    while let Some(distance) = body.iter().skip(at).position(|byte| *byte == b'\\') {
        at += distance;
        at += match (escaped_unit(body, at), escaped_unit(body, at + ESCAPE)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
            (Some(0xd800..=0xdfff), _) => {
                if let Some(digits) = replaced.to_mut().get_mut(at + 2..at + ESCAPE) {
                    digits.copy_from_slice(b"fffd");
                }
                ESCAPE
            }
            // The character after the backslash may be another one.
            _ => 2,
        };
    }
    replaced
}

/// The length of an escape such as `\ud83d`, in bytes.
const ESCAPE: usize = 6;

/// The UTF-16 code unit that is escaped here.
fn escaped_unit(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    object! {
        #[derive(Debug, PartialEq)]
        struct Document {
            access_token: String,
            pin: Option<u64>,
        }
    }

    fn read(body: &str) -> Result<(String, Option<u64>), String> {
        parse::<Document>(body.as_bytes()).map(|document| (document.access_token, document.pin))
    }

    #[test]
    fn lone_surrogates_are_replaced_and_nothing_else() {
        for (given, expected) in [
            (r#"{"a":"Ana \ud83d"}"#, r#"{"a":"Ana \ufffd"}"#),
            (r#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (r#""\uDE00\uD83D""#, r#""\ufffd\ufffd""#),
            (
                r#""\ud83d\ud83d\ude00\ude00""#,
                r#""\ufffd\ud83d\ude00\ufffd""#,
            ),
            (r#""\ud83d\u0041\n\u00e9""#, r#""\ufffd\u0041\n\u00e9""#),
            (r#""\\ud83d \\\ud83d""#, r#""\\ud83d \\\ufffd""#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\ud83d\"#, r#""\ufffd\"#),
            ("", ""),
        ] {
            let body = without_lone_surrogates(given.as_bytes());
            assert_eq!(String::from_utf8_lossy(&body), expected, "{given}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_quoting_it() {
        let wrong =
            |column| format!("a field is missing or has another type (line 1, column {column})");
        for (body, problem) in [
            ("", "empty"),
            (" \r\n", "empty"),
            (r#"["s3cret"]"#, "not a JSON object"),
            ("s3cret", "not JSON"),
            (r#"{"access_token":"s3cret"#, "incomplete JSON"),
            (r#"{"access_token":s3cret}"#, "not JSON"),
            (r#"{"access_token":["s3cret"]}"#, &wrong(16)),
            (r#"{"access_token":null}"#, &wrong(20)),
            ("{}", &wrong(2)),
        ] {
            assert_eq!(read(body).unwrap_err(), problem, "{body}");
        }
    }

    #[test]
    fn a_field_is_known_in_every_spelling_and_the_last_one_counts() {
        for body in [
            r#"{"access_token":"b","pin":7}"#,
            r#"{"AccessToken":"b","Pin":7}"#,
            r#" {"accessToken":"b","PIN":7}"#,
            r#"{"access_token":"a","access_token":"b","pin":1,"pin":7}"#,
            r#"{"AccessToken":"a","x":{"AccessToken":"c"},"access_token":"b","Pin":null,"pin":7}"#,
        ] {
            assert_eq!(read(body), Ok(("b".to_owned(), Some(7))), "{body}");
        }
        let body = r#"{"access_token":"b","Pin":7,"pin":null}"#;
        assert_eq!(read(body), Ok(("b".to_owned(), None)));
        assert!(read(r#"{"token":"b"}"#).is_err());
    }
}
