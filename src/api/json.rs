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
        Some(b'{') => serde_json::from_slice(body).map_err(|error| problem(&error)),
        Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
            Err("not a JSON object".to_owned())
        }
        Some(_) => Err("not JSON".to_owned()),
        None => Err("empty".to_owned()),
    }
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
