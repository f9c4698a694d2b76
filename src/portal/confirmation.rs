//! The `ActionConfirmation` with which the portal answers a write.

use serde::Deserialize;
use serde_json::Value;

/// What the portal says of a write that it answered with 2xx.
#[derive(Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It was done (`WasSuccessful: true`), or nothing was said: some writes answer with an empty
    /// body.
    Confirmed,
    /// HTTP says 200, but it was not done (`WasSuccessful: false`).
    Refused {
        /// The reasons that `Message` and `Errors` give.
        reason: Option<String>,
    },
    /// Not an `ActionConfirmation`: only the profile list can tell what happened.
    Unreadable,
}

impl Confirmation {
    /// Reads the body of a 2xx answer.
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
        match serde_json::from_slice::<Document>(body) {
            Ok(Document {
                was_successful: true,
                ..
            }) => Self::Confirmed,
            Ok(Document {
                message, errors, ..
            }) => Self::Refused {
                reason: reason(&message, &errors),
            },
            Err(_) => Self::Unreadable,
        }
    }
}

/// Joins what `Message` and `Errors` say, each sentence once. `Errors` can be of any shape.
fn reason(message: &Value, errors: &Value) -> Option<String> {
    let mut sentences = Vec::new();
    collect(message, &mut sentences);
    collect(errors, &mut sentences);
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

fn collect(value: &Value, sentences: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let text = text.trim();
            if !text.is_empty() && !sentences.iter().any(|known| known == text) {
                sentences.push(text.to_owned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, sentences)),
        Value::Object(fields) => match fields.get("Message") {
            Some(message) => collect(message, sentences),
            None => fields.values().for_each(|field| collect(field, sentences)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
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
