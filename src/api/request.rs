//! What is sent.

use reqwest::Method;
use reqwest::header::CONTENT_LENGTH;

use super::space::Space;
use super::trace::REDACTED;
use crate::error::Error;
use crate::secret::{BearerToken, ClientId, LinkToken};

/// The largest answer that is read of a list, in bytes: 20,000 profiles take five MiB.
const LIST_LIMIT: usize = 8 * 1024 * 1024;

/// The largest answer that is read of anything else, in bytes.
const LIMIT: usize = 256 * 1024;

/// A shorter one is a part of other words, and no great secret.
const SHORTEST_SECRET: usize = 4;

/// The fields of the sign-in's form that are no secrets.
const IN_THE_OPEN: [&str; 2] = ["grant_type", "username"];

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
    /// Nothing but the one-time token in the path, with the header that names the installation.
    Exchange {
        token: &'a LinkToken,
        client_id: &'a ClientId,
    },
}

impl<'a> Request<'a> {
    /// A request of the user who has this token.
    pub(super) fn authorized(method: Method, path: &'a str, token: &'a BearerToken) -> Self {
        Self {
            method,
            path,
            body: RequestBody::Authorized(token),
        }
    }

    /// The HTTP request, for this space and no other place.
    ///
    /// # Errors
    /// Where its parts make no request.
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
            // Servers of this kind answer 411 to a request that doesn't tell its length.
            RequestBody::Exchange { client_id, .. } => builder
                .header("client_id", client_id.expose())
                .header(CONTENT_LENGTH, 0),
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
            RequestBody::Exchange { token, client_id } => {
                secrets.extend([token.expose(), client_id.expose()]);
            }
        }
        secrets
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .fold(said, |said, secret| said.replace(secret, REDACTED))
    }
}
