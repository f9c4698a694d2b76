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

/// Receives a line for each request and each response. No line holds a secret.
pub struct Trace {
    write: Box<dyn Fn(&str) + Send + Sync>,
    with_headers: bool,
}

impl Trace {
    /// Passes each line to `write`; with `with_headers`, also one line for each header.
    pub fn new(with_headers: bool, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
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
