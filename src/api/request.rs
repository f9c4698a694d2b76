//! A request to the portal.

use reqwest::Method;
use reqwest::header::CONTENT_LENGTH;

use super::space::Space;
use super::trace::REDACTED;
use crate::error::Error;
use crate::secret::{BearerToken, ClientId, LinkToken};

/// The largest response with a profile list, in bytes: 20,000 profiles take 5 MiB.
const LIST_LIMIT: usize = 8 * 1024 * 1024;

/// The largest other response, in bytes.
const LIMIT: usize = 256 * 1024;

/// The shortest secret that is redacted, in bytes: shorter ones are part of other words.
const SHORTEST_SECRET: usize = 4;

/// The fields of the sign-in form that are not secret.
const NOT_SECRET: [&str; 2] = ["grant_type", "username"];

/// A request to the portal.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Path and query, from the slash on.
    pub(super) path: &'a str,
    pub(super) body: RequestBody<'a>,
}

/// The body of a request and its credentials.
pub(super) enum RequestBody<'a> {
    /// No body, no credentials.
    Anonymous,
    /// No body, an access token.
    Authorized(&'a BearerToken),
    /// The form of a sign-in or a refresh, and its `client_id`.
    Grant {
        form: &'a [(&'a str, &'a str)],
        client_id: &'a ClientId,
    },
    /// No body, a one-time token in the path, and its `client_id`.
    Exchange {
        token: &'a LinkToken,
        client_id: &'a ClientId,
    },
}

impl<'a> Request<'a> {
    /// A request with this access token.
    pub(super) fn authorized(method: Method, path: &'a str, token: &'a BearerToken) -> Self {
        Self {
            method,
            path,
            body: RequestBody::Authorized(token),
        }
    }

    /// Builds the HTTP request to this space.
    ///
    /// # Errors
    /// If its parts are not a valid request.
    pub(super) fn build(
        &self,
        client: &reqwest::Client,
        space: &Space,
    ) -> reqwest::Result<reqwest::Request> {
        let builder = client.request(self.method.clone(), space.at(self.path));
        let builder = match self.body {
            RequestBody::Anonymous => builder,
            RequestBody::Authorized(token) => builder.bearer_auth(token.expose()),
            RequestBody::Grant { form, client_id } => {
                builder.header("client_id", client_id.expose()).form(form)
            }
            // The server may respond 411 to a write without a length.
            RequestBody::Exchange { client_id, .. } => builder
                .header("client_id", client_id.expose())
                .header(CONTENT_LENGTH, 0),
        };
        match self.method {
            // The server may respond 411 to a write without a length.
            Method::PUT => builder.header(CONTENT_LENGTH, 0).build(),
            _ => builder.build(),
        }
    }

    /// Whether it is idempotent.
    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.method, Method::GET | Method::PUT)
    }

    /// The largest body of its response, in bytes.
    pub(super) fn response_limit(&self) -> usize {
        match (&self.method, self.path_alone()) {
            (&Method::GET, super::profiles::PATH) => LIST_LIMIT,
            _ => LIMIT,
        }
    }

    /// What it requests, as messages name it.
    pub(super) fn subject(&self) -> String {
        match (self.path_alone(), &self.method) {
            ("/api/token" | super::sign_in::EXCHANGE_PATH, _) => "the sign-in".to_owned(),
            (super::profiles::PATH, _) => "the profile list".to_owned(),
            (_, &Method::PUT) => "the switch".to_owned(),
            (path, _) if path.ends_with("/benefits") => "the benefits".to_owned(),
            (path, _) => path.to_owned(),
        }
    }

    fn path_alone(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The error that its response can't be used.
    pub(super) fn unusable(&self, problem: impl Into<String>) -> Error {
        Error::InvalidResponse {
            what: self.subject(),
            problem: self.without_secrets(problem.into()),
        }
    }

    /// Redacts the secrets of this request in a text of the portal, which may repeat them.
    pub(super) fn without_secrets(&self, text: String) -> String {
        let mut secrets = Vec::new();
        match self.body {
            RequestBody::Anonymous => {}
            RequestBody::Authorized(token) => secrets.push(token.expose()),
            RequestBody::Grant { form, client_id } => {
                let is_secret = |(name, _): &&(&str, &str)| !NOT_SECRET.contains(name);
                secrets.extend(form.iter().filter(is_secret).map(|(_, value)| *value));
                secrets.push(client_id.expose());
            }
            RequestBody::Exchange { token, client_id } => {
                secrets.extend([token.expose(), client_id.expose()]);
            }
        }
        secrets
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .fold(text, |text, secret| text.replace(secret, REDACTED))
    }
}
