//! What came back: any status but 5xx and those that throttle or block.

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::error_messages::Reasons;
use super::json;
use super::space::Space;

/// An answer that was read whole.
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) media_type: Option<String>,
    /// Where it redirects to, if it does.
    pub(super) redirection: Option<String>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// Whether the answer is a web page.
    pub(super) fn is_html(&self) -> bool {
        looks_like_html(self.media_type.as_deref(), &self.body)
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
pub(super) fn looks_like_html(media_type: Option<&str>, body: &[u8]) -> bool {
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

/// Where an answer of this space points to: the origin alone, for the rest may hold a secret.
pub(super) fn place_of(location: &str, space: &Space) -> String {
    let Some(url) = Url::parse(&space.at("/"))
        .ok()
        .and_then(|base| base.join(location).ok())
        .filter(Url::has_host)
    else {
        return "no address that can be read".to_owned();
    };
    let origin = url.origin().ascii_serialization();
    if origin == space.to_string() {
        return "another address of its own".to_owned();
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_origin_is_told() {
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
            ("/login?token=b", "another address of its own"),
            ("https://ACME.example:8443", "another address of its own"),
            ("", "another address of its own"),
            ("javascript:alert(1)", "no address that can be read"),
            ("https://", "no address that can be read"),
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
