//! What is sent, and what a trace shows of it.

use reqwest::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION,
    RETRY_AFTER, SERVER, TRANSFER_ENCODING, USER_AGENT,
};
use reqwest::{Client, Method};

use super::response::place_of;
use super::space::Space;
use crate::error::Error;
use crate::secret::{BearerToken, ClientId};

/// The largest answer that is read of a list, in bytes: 20,000 profiles take five MiB.
const LIST_LIMIT: usize = 8 * 1024 * 1024;

/// The largest answer that is read of anything else, in bytes.
const LIMIT: usize = 256 * 1024;

/// What stands for a secret.
const REDACTED: &str = "[redacted]";

/// A shorter one is a part of other words, and no great secret.
const SHORTEST_SECRET: usize = 4;

/// The fields of the sign-in's form that are no secrets.
const IN_THE_OPEN: [&str; 2] = ["grant_type", "username"];

/// The headers whose values a trace shows. Any other may hold a secret: a token, a `client_id`, a
/// cookie, or one of them under a name that nobody has thought of.
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

/// What is sent.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Path and query, from the slash on.
    pub(super) path: &'a str,
    pub(super) body: RequestBody<'a>,
}

/// What a request carries, and how it says who is asking.
pub(super) enum RequestBody<'a> {
    /// Nothing at all.
    Anonymous,
    /// Nothing but the token.
    Authorized(&'a BearerToken),
    /// A form of the sign-in, with the header that names the installation.
    Grant {
        form: &'a [(&'a str, &'a str)],
        client_id: &'a ClientId,
    },
}

impl Request<'_> {
    /// The HTTP request, for this space and no other place.
    ///
    /// # Errors
    /// Where its parts make no request.
    pub(super) fn build(
        &self,
        client: &Client,
        space: &Space,
    ) -> reqwest::Result<reqwest::Request> {
        let builder = client.request(self.method.clone(), space.at(self.path));
        let builder = match self.body {
            RequestBody::Anonymous => builder,
            RequestBody::Authorized(token) => builder.bearer_auth(token.expose()),
            RequestBody::Grant { form, client_id } => {
                builder.header("client_id", client_id.expose()).form(form)
            }
        };
        match self.method {
            // Servers of this kind answer 411 to a PUT that doesn't tell its length.
            Method::PUT => builder.header(CONTENT_LENGTH, 0).build(),
            _ => builder.build(),
        }
    }

    /// Whether sending it twice does no more than sending it once.
    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.method, Method::GET | Method::PUT)
    }

    /// The largest body that an answer to it may have, in bytes.
    pub(super) fn answer_limit(&self) -> usize {
        match (&self.method, self.path_alone()) {
            (&Method::GET, super::profiles::PATH) => LIST_LIMIT,
            _ => LIMIT,
        }
    }

    /// What it asks for, as in "can't use the answer for …".
    pub(super) fn subject(&self) -> String {
        match (self.path_alone(), &self.method) {
            ("/api/token", _) => "the sign-in".to_owned(),
            (super::profiles::PATH, _) => "the profile list".to_owned(),
            (_, &Method::PUT) => "the switch".to_owned(),
            (path, _) if path.ends_with("/benefits") => "the benefits".to_owned(),
            (path, _) => path.to_owned(),
        }
    }

    fn path_alone(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The error that the answer to it can't be used.
    pub(super) fn unusable(&self, problem: impl Into<String>) -> Error {
        Error::InvalidResponse {
            what: self.subject(),
            problem: self.without_secrets(problem.into()),
        }
    }

    /// What the portal says, without the secrets that it was sent, should it repeat them.
    pub(super) fn without_secrets(&self, said: String) -> String {
        let mut secrets = Vec::new();
        match self.body {
            RequestBody::Anonymous => {}
            RequestBody::Authorized(token) => secrets.push(token.expose()),
            RequestBody::Grant { form, client_id } => {
                let is_secret = |(name, _): &&(&str, &str)| !IN_THE_OPEN.contains(name);
                secrets.extend(form.iter().filter(is_secret).map(|(_, value)| *value));
                secrets.push(client_id.expose());
            }
        }
        secrets
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .fold(said, |said, secret| said.replace(secret, REDACTED))
    }
}

/// The lines that a trace shows of headers: the values of a few, the names of the others. Of the
/// address that an answer of this space points to it shows the origin.
pub(super) fn harmless(headers: &HeaderMap, space: &Space) -> impl Iterator<Item = String> {
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
        let lines: Vec<String> = harmless(&headers, &space).collect();
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
