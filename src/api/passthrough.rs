//! `nxp api`: a request that the user writes, and its response, passed on as it arrives.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use zeroize::Zeroizing;

use super::client::Client;
use super::confirmation::Confirmation;
use super::json;
use super::redact::Redactor;
use super::request::Request;
use super::request_path::RequestPath;
use super::response::{Response, status_in_words};
use crate::error::{Error, Result};
use crate::secret::BearerToken;

/// The largest body in which a refusal and its message are found, in bytes.
const LARGEST_KEPT: usize = 8 * 1024 * 1024;

/// What to send.
pub(crate) struct ApiRequest {
    pub(crate) method: Method,
    /// Where on the space's host.
    pub(crate) path: RequestPath,
    /// Additional headers; they replace the default ones.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
}

/// A response whose body is still to be read. The tokens are redacted in it.
pub(crate) struct ApiResponse<'a> {
    client: &'a Client,
    /// The name of the request in messages.
    subject: String,
    response: Response,
    /// Redacts the tokens; `None` at the end of the body.
    redactor: Option<Redactor>,
    /// Why there is no other token, if this one is rejected.
    rejection: Option<Error>,
    /// The body so far; `None` if it is too long, or not a JSON object.
    kept: Option<Zeroizing<Vec<u8>>>,
    length: usize,
}

impl Client {
    /// Sends a request as the holder of `token`. Rate limits are waited out and failures of a `GET`
    /// retried, as long as the deadline allows; a redirect is not followed. `earlier` tokens may still
    /// be valid, so they are redacted, too.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::TimedOut`].
    pub(crate) async fn pass_through(
        &self,
        request: &ApiRequest,
        token: &BearerToken,
        earlier: &[BearerToken],
    ) -> Result<ApiResponse<'_>> {
        // The query may hold a secret.
        let subject = format!("{} {}", request.method, request.path.without_query());
        let path = request.path.as_str();
        let sent = Request {
            token: Some(token),
            headers: request.headers.clone(),
            body: request.body.as_deref(),
            secrets: earlier.iter().map(BearerToken::expose).collect(),
            is_streamed: true,
            ..Request::new(request.method.clone(), path, &subject)
        };
        let response = self.deliver(&sent, Duration::ZERO).await?;
        let redactor = Some(sent.redactor());
        Ok(ApiResponse {
            client: self,
            response,
            subject,
            redactor,
            rejection: None,
            kept: Some(Zeroizing::default()),
            length: 0,
        })
    }
}

impl ApiResponse<'_> {
    /// Whether the portal rejects the token.
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.response.status == StatusCode::UNAUTHORIZED
    }

    /// Notes why there is no other token to send the request with.
    pub(crate) fn rejected(mut self, rejection: Error) -> Self {
        self.rejection = Some(rejection);
        self
    }

    /// The next part of the body; `None` at its end. If the connection breaks, bytes that may begin
    /// a token are dropped.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::TimedOut`] if the body is incomplete,
    /// [`Error::InvalidResponse`] for one that is compressed: the token in it could not be found.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        if self.response.is_compressed {
            return Err(Error::InvalidResponse {
                what: self.subject.clone(),
                problem: "compressed although not requested".to_owned(),
            });
        }
        while let Some(redactor) = &mut self.redactor {
            let chunk = self.client.within_deadline(self.response.chunk()).await?;
            let passed = match chunk.map_err(|error| self.client.unreachable(&error))? {
                Some(chunk) => redactor.push(&chunk),
                None => {
                    self.client
                        .trace_line(|| format!("  {} bytes", self.length));
                    let rest = self.redactor.take().map(Redactor::finish);
                    rest.unwrap_or_default()
                }
            };
            if !passed.is_empty() {
                self.keep(&passed);
                return Ok(Some(passed));
            }
        }
        Ok(None)
    }

    fn keep(&mut self, passed: &[u8]) {
        self.length += passed.len();
        let Some(kept) = &mut self.kept else { return };
        let text = if kept.is_empty() {
            passed.trim_ascii_start()
        } else {
            passed
        };
        // A byte order mark begins with 0xef.
        let may_be_object = matches!(kept.first().or(text.first()), None | Some(b'{' | 0xef));
        let length = kept.len() + text.len();
        if !may_be_object || length > LARGEST_KEPT {
            self.kept = None;
            return;
        }
        if length > kept.capacity() {
            // A larger buffer would fill the memory when it is zeroized.
            let additional = (2 * length).min(LARGEST_KEPT) - kept.len();
            kept.reserve_exact(additional);
        }
        kept.extend_from_slice(text);
    }

    /// Whether the request succeeded, after its body was read.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, [`Error::Throttled`],
    /// [`Error::Unavailable`], and [`Error::RequestRefused`] for any other status that is no success
    /// and for a JSON object that reports a failure.
    pub(crate) fn outcome(self) -> Result<()> {
        let failure = self.response.failure(self.client.space());
        if let Some(error) = self.rejection.or(failure) {
            return Err(error);
        }
        let mut kept = self.kept.unwrap_or_default();
        json::replace_lone_surrogates(&mut kept);
        let confirmation = Confirmation::from_body(&kept);
        let status = self.response.status;
        let words = status_in_words(status);
        let is_failure = status.as_u16() >= 400;
        let reason = match (&self.response.redirection, confirmation.message.clone()) {
            (Some(place), _) => {
                format!("{words}; it redirects to {place}, which is not followed")
            }
            (None, Some(message)) if is_failure => format!("{words}: {message}"),
            (None, None) if is_failure => words,
            (None, message) if status.is_success() && confirmation.is_refusal() => {
                message.unwrap_or_else(|| "no reason given".to_owned())
            }
            _ => return Ok(()),
        };
        Err(Error::RequestRefused {
            request: self.subject,
            reason,
        })
    }
}
