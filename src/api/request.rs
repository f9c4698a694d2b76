//! A request to the portal.

use std::cell::Cell;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HeaderMap};

use super::redact::{self, Redactor};
use super::space::Space;
use crate::error::Error;
use crate::secret::{BearerToken, ClientId};

/// The largest response, in bytes, unless a request says otherwise.
const LIMIT: usize = 256 * 1024;

/// A request to the portal.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Path and query, from the slash on.
    pub(super) path: &'a str,
    /// What it requests, as messages name it.
    pub(super) subject: &'a str,
    pub(super) token: Option<&'a BearerToken>,
    pub(super) client_id: Option<&'a ClientId>,
    /// Additional headers; they replace the default ones.
    pub(super) headers: HeaderMap,
    pub(super) body: Option<&'a [u8]>,
    /// Other secrets that its trace or its response may hold.
    pub(super) secrets: Vec<&'a str>,
    /// The largest body of its response, in bytes.
    pub(super) limit: usize,
    /// Whether the body of its response is passed on as it arrives.
    pub(super) is_streamed: bool,
    /// Whether it is sent again after a rate limit.
    pub(super) waits_for_rate_limit: bool,
    /// The part of the time left that is kept for what follows it.
    pub(super) spare: Duration,
    /// The least time for it once it is sent, even if the deadline is near.
    pub(super) at_least: Duration,
    /// Where the attempts to send it are noted.
    pub(super) progress: Option<&'a SwitchProgress>,
}

impl<'a> Request<'a> {
    /// A request without a token and a body.
    pub(super) fn new(method: Method, path: &'a str, subject: &'a str) -> Self {
        Self {
            method,
            path,
            subject,
            token: None,
            client_id: None,
            headers: HeaderMap::new(),
            body: None,
            secrets: Vec::new(),
            limit: LIMIT,
            is_streamed: false,
            waits_for_rate_limit: true,
            spare: Duration::ZERO,
            at_least: Duration::ZERO,
            progress: None,
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
        let mut builder = client
            .request(self.method.clone(), format!("{space}{}", self.path))
            .headers(self.headers.clone());
        if let Some(token) = self.token {
            builder = builder.bearer_auth(token.expose());
        }
        if let Some(client_id) = self.client_id {
            builder = builder.header("client_id", client_id.expose());
        }
        match self.body {
            Some(body) if !body.is_empty() => builder = builder.body(body.to_vec()),
            _ if matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS) => {}
            // The server may respond 411 to a write without a length.
            _ => builder = builder.header(CONTENT_LENGTH, 0),
        }
        builder.build()
    }

    /// Whether it is sent again after a failure. The switch is idempotent; what a user writes with
    /// another method than GET may not be.
    pub(super) fn is_repeatable(&self) -> bool {
        self.method == Method::GET || (self.method == Method::PUT && !self.is_streamed)
    }

    /// The error that its response can't be used.
    pub(super) fn unusable(&self, problem: impl AsRef<str>) -> Error {
        Error::invalid_response(self.subject, self.redact(problem.as_ref()))
    }

    /// Redacts the secrets of this request in a text of the portal, which may repeat them.
    pub(super) fn redact(&self, text: &str) -> String {
        redact::text(self.all_secrets(), text)
    }

    /// A redactor of the secrets of this request.
    pub(super) fn redactor(&self) -> Redactor {
        Redactor::new(self.all_secrets())
    }

    pub(super) fn all_secrets(&self) -> Vec<&'a str> {
        let token = self.token.map(BearerToken::expose);
        let client_id = self.client_id.map(ClientId::expose);
        let secrets = self.secrets.iter().copied();
        secrets.chain(token).chain(client_id).collect()
    }
}

/// How far the requests of a switch have come. A caller that stops waiting for the switch learns
/// from it whether the portal may still apply one of them.
#[derive(Debug, Default)]
pub(crate) struct SwitchProgress {
    is_in_flight: Cell<bool>,
    /// The response to one of the attempts was lost, or does not say whether the portal acted.
    is_unclear: Cell<bool>,
}

impl SwitchProgress {
    /// Whether a request has been sent whose response has not arrived.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.is_in_flight.get()
    }

    /// Whether the portal may still apply a request to which it has not responded.
    pub(crate) fn may_take_effect(&self) -> bool {
        self.is_in_flight() || self.is_unclear.get()
    }

    pub(super) fn begin_attempt(&self) {
        self.is_in_flight.set(true);
    }

    pub(super) fn end_attempt(&self, is_unclear: bool) {
        self.is_in_flight.set(false);
        self.is_unclear.set(is_unclear || self.is_unclear.get());
    }
}
