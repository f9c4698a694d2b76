//! JSON from outside.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads a JSON object.
///
/// # Errors
/// What is wrong with it, without quoting any of it: it may hold a token.
pub(super) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    // An array would be taken for the fields of an object, in their order.
    match body.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(body).map_err(|error| problem(&error)),
        Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
            Err("it is no JSON object".to_owned())
        }
        Some(_) => Err("it is not JSON".to_owned()),
        None => Err("it is empty".to_owned()),
    }
}

/// What is wrong with a document, without quoting any of it.
pub(super) fn problem(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "it ends too early".to_owned(),
        Category::Io | Category::Syntax => "it is not JSON".to_owned(),
        Category::Data => format!(
            "a field in it is missing or of another type (line {}, column {})",
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
            ("", "it is empty"),
            (" \r\n", "it is empty"),
            (r#"["s3cret"]"#, "it is no JSON object"),
            ("s3cret", "it is not JSON"),
            (r#"{"token":"s3cret"#, "it ends too early"),
            (r#"{"token":s3cret}"#, "it is not JSON"),
            (
                r#"{"token":["s3cret"]}"#,
                "a field in it is missing or of another type (line 1, column 9)",
            ),
        ] {
            assert_eq!(object::<Document>(body.as_bytes()).unwrap_err(), problem);
        }
        assert!(object::<Document>(br#" {"token":"s3cret"} "#).is_ok());
    }
}
