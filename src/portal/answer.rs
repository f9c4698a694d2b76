//! What came back: any status but 5xx and those that throttle or block.

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::json;
use super::reasons::Reasons;

/// An answer that was read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) media_type: Option<String>,
    /// Where it redirects to, if it does.
    pub(super) redirection: Option<String>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// Whether the answer is a web page.
    pub(super) fn is_web_page(&self) -> bool {
        looks_like_a_web_page(self.media_type.as_deref(), &self.body)
    }

    /// What stands in place of a success: the status, and what the portal says or where it points.
    pub(super) fn in_words(&self) -> String {
        let status = format!("HTTP {}", self.status);
        match (&self.redirection, self.message()) {
            (Some(place), _) => {
                format!("{status}; it points to {place}, and nothing was sent there")
            }
            (None, Some(message)) => format!("{status}: {message}"),
            (None, None) => status,
        }
    }

    /// What the portal says in a JSON body, if it says anything.
    pub(super) fn message(&self) -> Option<String> {
        message_in(&self.body)
    }
}

/// Whether a body is HTML, by its type or its looks.
pub(super) fn looks_like_a_web_page(media_type: Option<&str>, body: &[u8]) -> bool {
    media_type == Some("text/html") || body.trim_ascii_start().first() == Some(&b'<')
}

/// The sentences in `Message` and `Errors` of a JSON object. No other field is read: the
/// `error_description` of a sign-in can be a secret.
pub(super) fn message_in(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Document {
        #[serde(default, rename = "Message", alias = "message")]
        message: Reasons,
        #[serde(default, rename = "Errors", alias = "errors")]
        errors: Reasons,
    }
    let Document { message, errors } = json::object(body).ok()?;
    message.and(errors).in_words()
}

/// The origin of an address that an answer points to; `None` for one that is relative, or none.
pub(super) fn origin_of(location: &str) -> Option<String> {
    let url = Url::parse(location).ok()?;
    let host = url.host_str()?;
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_origin_is_told() {
        for (location, expected) in [
            (
                "https://user:pass@else.example:8443/a?token=b#c",
                Some("https://else.example:8443"),
            ),
            ("http://else.example/", Some("http://else.example")),
            ("/login", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(origin_of(location).as_deref(), expected, "{location}");
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
            assert_eq!(message_in(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
