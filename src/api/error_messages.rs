//! The messages in error responses, whose shape is not documented (`Errors: any`).

use serde_json::Value;

/// The limit of messages, and of characters in all of them together.
const MAX_MESSAGES: usize = 20;
const MAX_CHARACTERS: usize = 1_000;

/// The texts in these values, each once, in one line. Of an object with a `Message`, only that field.
/// `None` if there is no text.
pub(super) fn error_message(values: &[&Value]) -> Option<String> {
    let mut messages = Vec::new();
    for value in values {
        collect(value, &mut messages);
    }
    let all = messages.join("; ");
    let mut cut: String = all.chars().take(MAX_CHARACTERS).collect();
    if cut.len() < all.len() {
        cut.push('…');
    }
    (!cut.is_empty()).then_some(cut)
}

fn collect<'a>(value: &'a Value, messages: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => {
            let text = text.trim();
            if messages.len() < MAX_MESSAGES && !text.is_empty() && !messages.contains(&text) {
                messages.push(text);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, messages)),
        Value::Object(fields) => match fields.get("Message") {
            Some(message) => collect(message, messages),
            None => fields.values().for_each(|value| collect(value, messages)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> Option<String> {
        error_message(&[&serde_json::from_str(json).unwrap()])
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
