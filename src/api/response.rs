//! A response of any status but 5xx and those of rate limits and firewalls.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::error_messages::error_message;
use super::json;
use super::space::Space;

/// A response, read to its end.
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) media_type: Option<String>,
    /// The origin that it redirects to, if it does.
    pub(super) redirection: Option<String>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// Whether it is a web page.
    pub(super) fn is_html(&self) -> bool {
        looks_like_html(self.media_type.as_deref(), &self.body)
    }

    /// Describes an unsuccessful response: its status, and its messages or its redirect.
    pub(super) fn in_words(&self) -> String {
        let status = format!("HTTP {}", self.status);
        match (&self.redirection, self.message()) {
            (Some(place), _) => {
                format!("{status}: redirect to {place}, not followed")
            }
            (None, Some(message)) => format!("{status}: {message}"),
            (None, None) => status,
        }
    }

    /// The messages in a JSON body, if there are any.
    pub(super) fn message(&self) -> Option<String> {
        message_in(&self.body)
    }
}

/// Whether a body is HTML, by its media type or its first byte.
pub(super) fn looks_like_html(media_type: Option<&str>, body: &[u8]) -> bool {
    media_type == Some("text/html") || body.trim_ascii_start().first() == Some(&b'<')
}

/// The longest body that is parsed for messages, in bytes.
const LONGEST_ERROR: usize = 256 * 1024;

/// The messages in `Message` and `Errors` of a JSON object. No other field is read: the
/// `error_description` of a sign-in can be a secret.
pub(super) fn message_in(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Document {
        #[serde(default, rename = "Message", alias = "message")]
        message: Value,
        #[serde(default, rename = "Errors", alias = "errors")]
        errors: Value,
    }
    // The parsed tree takes many times the memory of its text.
    if body.len() > LONGEST_ERROR {
        return None;
    }
    let Document { message, errors } = json::object(body).ok()?;
    error_message(&[&message, &errors])
}

/// Where a response of this space redirects to: only the origin, as the rest may hold a secret.
pub(super) fn place_of(location: &str, space: &Space) -> String {
    let Some(url) = Url::parse(&space.at("/"))
        .ok()
        .and_then(|base| base.join(location).ok())
        .filter(Url::has_host)
    else {
        return "an invalid address".to_owned();
    };
    let origin = url.origin().ascii_serialization();
    if origin == space.to_string() {
        return "another path".to_owned();
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_of_an_address_is_shown() {
        let space: Space = "acme.example:8443".parse().unwrap();
        for (location, expected) in [
            (
                "https://user:pass@else.example:8443/a?token=b#c",
                "https://else.example:8443",
            ),
            ("http://else.example/", "http://else.example"),
            ("http://acme.example:8443/", "http://acme.example:8443"),
            ("https://acme.example/", "https://acme.example"),
            ("//else.example/login", "https://else.example"),
            ("/\\else.example", "https://else.example"),
            ("/login?token=b", "another path"),
            ("https://ACME.example:8443", "another path"),
            ("", "another path"),
            ("javascript:alert(1)", "an invalid address"),
            ("https://", "an invalid address"),
        ] {
            assert_eq!(place_of(location, &space), expected, "{location}");
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
