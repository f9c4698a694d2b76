//! The trace of requests and responses that `--verbose` shows. No line holds a secret.

use reqwest::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION,
    RETRY_AFTER, SERVER, TRANSFER_ENCODING, USER_AGENT,
};

use super::redact::REDACTED;
use super::request::Request;
use super::response::place_of;
use super::space::Space;

/// The headers whose values are shown. Any other may hold a secret: a token, a `client_id`, a
/// cookie, or one of them under an unexpected name.
const SHOWN: [HeaderName; 9] = [
    ACCEPT,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    DATE,
    RETRY_AFTER,
    SERVER,
    TRANSFER_ENCODING,
    USER_AGENT,
];

/// The parts of names of parameters whose values are not shown.
const SECRET_NAMES: [&str; 5] = ["token", "password", "secret", "code", "key"];

/// Receives a line for each request and each response. No line holds a secret.
pub(crate) struct Trace {
    write: Box<dyn Fn(&str) + Send + Sync>,
    with_headers: bool,
}

impl Trace {
    /// Passes each line to `write`; with `with_headers`, also one line for each header.
    pub(crate) fn new(with_headers: bool, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            write: Box::new(write),
            with_headers,
        }
    }

    pub(super) fn line(&self, line: &str) {
        (self.write)(line);
    }

    /// Shows the first line and the headers of a request or a response.
    pub(super) fn head(
        &self,
        first: String,
        headers: &HeaderMap,
        request: &Request<'_>,
        space: &Space,
    ) {
        let mark = first.get(..1).unwrap_or_default().to_owned();
        self.line(&request.redact(first));
        if self.with_headers {
            for line in header_lines(headers, space) {
                self.line(&request.redact(format!("{mark} {line}")));
            }
        }
    }
}

/// The address, with what may be a secret in its query redacted.
pub(super) fn shown_address(address: &str) -> String {
    match address.split_once('?') {
        Some((path, query)) => {
            let shown: Vec<String> = query.split('&').map(shown_parameter).collect();
            format!("{path}?{}", shown.join("&"))
        }
        None => address.to_owned(),
    }
}

fn shown_parameter(parameter: &str) -> String {
    let mut parsed = url::form_urlencoded::parse(parameter.as_bytes());
    let (name, value) = parsed.next().unwrap_or_default();
    let lowercase = name.to_lowercase();
    if has_jwt(&name) {
        REDACTED.to_owned()
    } else if SECRET_NAMES.iter().any(|word| lowercase.contains(word)) || has_jwt(&value) {
        let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
        format!("{name}={REDACTED}")
    } else {
        parameter.to_owned()
    }
}

/// Whether there is a JSON Web Token in it: parts in base64url, of which the first begins with `{"`.
fn has_jwt(text: &str) -> bool {
    let is_other = |char: char| !char.is_ascii_alphanumeric() && !"-_.".contains(char);
    text.split(is_other)
        .any(|word| word.starts_with("eyJ") && word.matches('.').count() >= 2)
}

/// The values of a few headers, the names of the others. Of the address that a response redirects
/// to only the origin is shown.
fn header_lines(headers: &HeaderMap, space: &Space) -> impl Iterator<Item = String> {
    headers.iter().map(move |(name, value)| {
        let shown = match value.to_str() {
            Ok(value) if SHOWN.contains(name) => value.to_owned(),
            Ok(value) if *name == LOCATION => place_of(value, space),
            _ => REDACTED.to_owned(),
        };
        format!("{name}: {shown}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_in_a_query_is_not_shown() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2lnX3gt";
        let shown = |query: &str| shown_address(&format!("http://acme.example/x?{query}"));
        for (query, expected) in [
            ("", ""),
            ("start=2026-09-01&y", "start=2026-09-01&y"),
            ("token=a&b=1", "token=[redacted]&b=1"),
            ("refresh_token=a=b", "refresh_token=[redacted]"),
            (
                "Password=a&PIN%43ode=b",
                "Password=[redacted]&PIN%43ode=[redacted]",
            ),
            (
                "client_secret=a&apiKey",
                "client_secret=[redacted]&apiKey=[redacted]",
            ),
            (&format!("a={jwt}&b"), "a=[redacted]&b"),
            (&format!("a=Bearer+{jwt}"), "a=[redacted]"),
            (&format!("a=/x%3Ft={jwt}"), "a=[redacted]"),
            (jwt, "[redacted]"),
            ("a=eyJ.b&c=x.y.z", "a=eyJ.b&c=x.y.z"),
        ] {
            assert_eq!(shown(query), format!("http://acme.example/x?{expected}"));
        }
        assert_eq!(
            shown_address("http://acme.example/x"),
            "http://acme.example/x"
        );
    }

    #[test]
    fn a_trace_shows_no_header_that_may_hold_a_secret() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer s3cret"),
            ("client_id", "s3cret"),
            ("cookie", "a=s3cret"),
            ("set-cookie", "a=s3cret"),
            ("proxy-authorization", "Basic s3cret"),
            ("x-new-thing", "s3cret"),
            ("location", "https://else.example/?token=s3cret"),
            ("content-type", "application/json"),
            ("retry-after", "3"),
        ] {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        let space = "acme".parse().unwrap();
        let lines: Vec<String> = header_lines(&headers, &space).collect();
        let all = lines.join("\n");
        assert!(!all.contains("s3cret"), "{all}");
        for line in [
            "authorization: [redacted]",
            "set-cookie: [redacted]",
            "location: https://else.example",
            "content-type: application/json",
            "retry-after: 3",
        ] {
            assert!(lines.iter().any(|known| known == line), "{line} in {all}");
        }
    }
}
