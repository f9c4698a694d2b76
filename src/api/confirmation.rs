//! `ActionConfirmation`, the portal's response to a write.

use serde::Deserialize;
use serde_json::Value;

use super::error_messages::error_message;
use super::json;

/// What a 2xx response to a write says.
#[derive(Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It was done: `WasSuccessful: true`, or an empty body, as some writes send.
    Confirmed,
    /// It was not done, although the status is 200 (`WasSuccessful: false`).
    Refused {
        /// The messages in `Message` and `Errors`.
        reason: Option<String>,
    },
    /// No `ActionConfirmation`: only the profile list shows whether it was done.
    Unreadable,
}

impl Confirmation {
    /// Reads the body of a 2xx response.
    #[must_use]
    pub fn from_body(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Document {
            was_successful: bool,
            #[serde(default)]
            message: Value,
            #[serde(default)]
            errors: Value,
        }
        if body.trim_ascii().is_empty() {
            return Self::Confirmed;
        }
        match json::object::<Document>(body) {
            Ok(Document {
                was_successful: true,
                ..
            }) => Self::Confirmed,
            Ok(Document {
                message, errors, ..
            }) => Self::Refused {
                reason: error_message(&[&message, &errors]),
            },
            Err(_) => Self::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> Option<String> {
        match Confirmation::from_body(body.as_bytes()) {
            Confirmation::Refused { reason } => reason,
            other => panic!("{body} was read as {other:?}"),
        }
    }

    #[test]
    fn an_empty_body_is_a_confirmation_and_anything_unknown_is_not() {
        assert_eq!(Confirmation::from_body(b""), Confirmation::Confirmed);
        assert_eq!(Confirmation::from_body(b" \r\n"), Confirmation::Confirmed);
        assert_eq!(
            Confirmation::from_body(br#"{"WasSuccessful":true}"#),
            Confirmation::Confirmed
        );
        for body in [
            "{}",
            "[]",
            "[true]",
            "[false,\"No.\"]",
            "<html>",
            "true",
            r#"{"WasSuccessful":"yes"}"#,
            "{\"WasSuccessful\":tr",
        ] {
            assert_eq!(
                Confirmation::from_body(body.as_bytes()),
                Confirmation::Unreadable,
                "{body}"
            );
        }
    }

    #[test]
    fn a_refusal_gives_its_reasons_whatever_their_shape() {
        for (body, expected) in [
            (r#"{"WasSuccessful":false}"#, None),
            (
                r#"{"WasSuccessful":false,"Message":null,"Errors":null}"#,
                None,
            ),
            (r#"{"WasSuccessful":false,"Message":" No. "}"#, Some("No.")),
            (r#"{"WasSuccessful":false,"Errors":"No."}"#, Some("No.")),
            (
                r#"{"WasSuccessful":false,"Message":"No.","Errors":["No."]}"#,
                Some("No."),
            ),
            (
                r#"{"WasSuccessful":false,"Message":"No.","Errors":[{"AttemptedValue":7,"Message":"Unpaid.","PropertyName":"Id"}]}"#,
                Some("No.; Unpaid."),
            ),
            (
                r#"{"WasSuccessful":false,"Errors":{"Id":["Unpaid."]}}"#,
                Some("Unpaid."),
            ),
        ] {
            assert_eq!(refused(body).as_deref(), expected, "{body}");
        }
    }
}
