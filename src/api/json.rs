//! JSON objects in response bodies.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

/// An object whose values are not parsed.
pub(super) type Object<'a> = BTreeMap<String, &'a RawValue>;

/// Parses a JSON object, with or without a byte order mark.
///
/// # Errors
/// The problem. It quotes nothing, as the body may hold a token.
pub(super) fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    let body = body.trim_ascii_start();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // serde would accept an array for a struct, with the fields in order.
    match body.first() {
        Some(b'{') => {
            // Checking the whole body for UTF-8 is faster than checking each string.
            let parsed = match str::from_utf8(body) {
                Ok(body) => serde_json::from_str(body),
                Err(_) => serde_json::from_slice(body),
            };
            parsed.map_err(|error| problem(&error))
        }
        Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
            Err("not a JSON object".to_owned())
        }
        Some(_) => Err("not JSON".to_owned()),
        None => Err("empty".to_owned()),
    }
}

/// Replaces each escape of a lone surrogate by that of U+FFFD: a portal sends one where it cuts a text
/// within an emoji, and serde rejects it.
pub(super) fn replace_lone_surrogates(body: &mut [u8]) {
    let mut at = 0;
    // Searching byte by byte would add 9 % to the instructions for a long list as JSON.
    while let Some(distance) = body.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += distance;
        at += match (escaped_unit(body, at), escaped_unit(body, at + ESCAPE)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
            (Some(0xd800..=0xdfff), _) => {
                if let Some(digits) = body.get_mut(at + 2..at + ESCAPE) {
                    digits.copy_from_slice(b"fffd");
                }
                ESCAPE
            }
            // The character after the backslash may be another one.
            _ => 2,
        };
    }
}

/// The length of an escape such as `\ud83d`, in bytes.
const ESCAPE: usize = 6;

/// The UTF-16 code unit that is escaped here.
fn escaped_unit(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// What is wrong with a document, without quoting it.
pub(super) fn problem(error: &serde_json::Error) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
            let mut body = given.as_bytes().to_vec();
            replace_lone_surrogates(&mut body);
            assert_eq!(String::from_utf8_lossy(&body), expected, "{given}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_quoting_it() {
        #[derive(Debug, serde::Deserialize)]
        struct Document {
            #[allow(dead_code, reason = "read, and not looked at")]
            token: String,
        }
        for (body, problem) in [
            ("", "empty"),
            (" \r\n", "empty"),
            (r#"["s3cret"]"#, "not a JSON object"),
            ("s3cret", "not JSON"),
            (r#"{"token":"s3cret"#, "incomplete JSON"),
            (r#"{"token":s3cret}"#, "not JSON"),
            (
                r#"{"token":["s3cret"]}"#,
                "a field is missing or has another type (line 1, column 9)",
            ),
        ] {
            assert_eq!(object::<Document>(body.as_bytes()).unwrap_err(), problem);
        }
        assert!(object::<Document>(br#" {"token":"s3cret"} "#).is_ok());
    }
}
