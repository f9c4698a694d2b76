//! `ActionConfirmation`, the portal's response to a write, and the messages in any response.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::json;

/// The longest value that is searched for messages, in bytes: a parsed value takes many times the
/// memory of its text.
const LONGEST_VALUE: usize = 256 * 1024;

/// The limit of messages, and of characters in all of them together.
const MAX_MESSAGES: usize = 20;
const MAX_CHARACTERS: usize = 1_000;

/// What a JSON object says about a request. `WasSuccessful: false` is a refusal, although the HTTP
/// status is 200.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Confirmation {
    /// `WasSuccessful`, if it is `true` or `false`.
    pub(crate) was_successful: Option<bool>,
    /// `Status`, if it is a number.
    pub(super) status: Option<f64>,
    /// The messages in `Message` and `Errors`.
    pub(crate) message: Option<String>,
}

impl Confirmation {
    /// Reads a response body. No other field is read: the `error_description` of a sign-in can be a
    /// secret.
    pub(crate) fn from_body(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Document<'a> {
            #[serde(borrow)]
            was_successful: Option<&'a RawValue>,
            #[serde(borrow)]
            status: Option<&'a RawValue>,
            #[serde(borrow, alias = "message")]
            message: Option<&'a RawValue>,
            #[serde(borrow, alias = "errors")]
            errors: Option<&'a RawValue>,
        }
        let Ok(document) = json::object::<Document<'_>>(body) else {
            return Self::default();
        };
        Self {
            was_successful: document.was_successful.and_then(parsed),
            status: document.status.and_then(parsed),
            message: message([document.message, document.errors]),
        }
    }

    /// Whether it reports a failure: `WasSuccessful: false`, or a `Status` of 400 or more.
    pub(super) fn is_refusal(&self) -> bool {
        self.was_successful == Some(false) || self.status.is_some_and(|status| status >= 400.0)
    }
}

fn parsed<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// The texts in these values, each once, in one line. Their shape is not documented (`Errors: any`).
fn message(values: [Option<&RawValue>; 2]) -> Option<String> {
    let short = values.into_iter().flatten();
    let short = short.filter(|value| value.get().len() <= LONGEST_VALUE);
    let mut messages = Vec::new();
    for value in short.filter_map(parsed) {
        collect(value, &mut messages);
    }
    let all = messages.join("; ");
    let mut cut: String = all.chars().take(MAX_CHARACTERS).collect();
    if cut.len() < all.len() {
        cut.push('…');
    }
    (!cut.is_empty()).then_some(cut)
}

/// Adds the texts in a value; of an object with a `Message`, only that field.
fn collect(value: Value, messages: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let text = text.trim().to_owned();
            if messages.len() < MAX_MESSAGES && !text.is_empty() && !messages.contains(&text) {
                messages.push(text);
            }
        }
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, messages)),
        Value::Object(mut fields) => match fields.remove("Message") {
            Some(message) => collect(message, messages),
            None => fields
                .into_iter()
                .for_each(|(_, value)| collect(value, messages)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Confirmation {
        Confirmation::from_body(body.as_bytes())
    }

    fn words(errors: &str) -> Option<String> {
        read(&format!(r#"{{"Errors":{errors}}}"#)).message
    }

    #[test]
    fn only_a_yes_or_a_no_is_an_answer() {
        assert_eq!(read(r#"{"WasSuccessful":true}"#).was_successful, Some(true));
        for body in [
            "",
            "{}",
            "[]",
            "[true]",
            "[false,\"No.\"]",
            "<html>",
            "true",
            r#"{"WasSuccessful":"yes"}"#,
            "{\"WasSuccessful\":tr",
        ] {
            assert_eq!(read(body), Confirmation::default(), "{body}");
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
            let confirmation = read(body);
            assert_eq!(confirmation.was_successful, Some(false), "{body}");
            assert_eq!(confirmation.message.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_refusal_is_read_from_the_fields_of_the_object_itself() {
        let long = format!(
            r#"{{"Padding":"{}","WasSuccessful":false}}"#,
            "x".repeat(100_000)
        );
        for (body, expected) in [
            (r#"{"WasSuccessful":false}"#, true),
            (
                " \u{feff}{ \"WasSuccessful\" : false , \"Value\": null }",
                true,
            ),
            (r#"{"Was\u0053uccessful":false}"#, true),
            (r#"{"Status":500,"Message":"No."}"#, true),
            (r#"{"Errors":[{"Status":1}],"Status":400}"#, true),
            (r#"{"Value":{"a":[1,{"b":"}]"}]},"Status":4.5e2}"#, true),
            (r#"{"Message":"a \" \\","Status":500"#, false),
            (&long, true),
            (r#"{"WasSuccessful":true}"#, false),
            (r#"{"WasSuccessful":"false"}"#, false),
            (r#"{"WasSuccessful":null,"Status":null}"#, false),
            (r#"{"Status":200,"Message":""}"#, false),
            (r#"{"Status":"500"}"#, false),
            (r#"{"Value":{"WasSuccessful":false,"Status":500}}"#, false),
            (r#"{"Message":"\"WasSuccessful\":false"}"#, false),
            (r#"{"a":"WasSuccessful","b":false}"#, false),
            (r#"[{"WasSuccessful":false}]"#, false),
            ("false", false),
            ("<p>{\"Status\":500}</p>", false),
            ("", false),
            ("{}", false),
            ("}}]],,::", false),
        ] {
            assert_eq!(read(body).is_refusal(), expected, "{body:.80}");
        }
    }

    #[test]
    fn the_message_of_a_json_body_is_found_and_no_description_is() {
        for (body, expected) in [
            (r#"{"Message":"No."}"#, Some("No.")),
            (r#"{"message":"No.","Errors":["Why."]}"#, Some("No.; Why.")),
            (r#"{"error":"x","error_description":"secret"}"#, None),
            ("<p>Message</p>", None),
            (r#""Message""#, None),
            ("", None),
        ] {
            assert_eq!(read(body).message.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn messages_are_found_in_every_shape() {
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
        assert_eq!(long.chars().count(), MAX_CHARACTERS + 1);
        assert!(long.ends_with('…'));
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let many = words(&serde_json::to_string(&many).unwrap()).unwrap();
        assert_eq!(many.split("; ").count(), MAX_MESSAGES);
    }
}
