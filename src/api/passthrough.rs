//! `nxp api`: a request that the user writes, and its response, passed on as it arrives.

use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use reqwest::{Method, StatusCode};
use zeroize::Zeroizing;

use super::attempt::{drain, is_no_coding, redirection};
use super::client::{ATTEMPTS, Client};
use super::json::{self, Object};
use super::request_path::RequestPath;
use super::response::message_in;
use super::retry::{self, RetryAfter};
use super::token_redactor::TokenRedactor;
use super::trace::header_lines;
use super::transport_error;
use crate::error::{Error, Result};
use crate::secret::BearerToken;

/// How much of a body is kept to find a refusal and its message in it, in bytes.
const KEPT: usize = 1024 * 1024;

/// How much of a 409 is read to see whether it has a body, in bytes.
const MAX_BLANK: usize = 64 * 1024;

/// What to send.
pub struct ApiRequest {
    /// The method.
    pub method: Method,
    /// Where on the space's host.
    pub path: RequestPath,
    /// Additional headers; they replace the default ones.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
}

impl ApiRequest {
    /// Its name in messages. They leave out the query, which may hold a secret.
    fn subject(&self) -> String {
        format!("{} {}", self.method, self.path.without_query())
    }
}

/// A response whose body is still to be read. The token is redacted in it.
pub struct ApiResponse<'a> {
    client: &'a Client,
    subject: String,
    status: StatusCode,
    redirection: Option<String>,
    /// The pause that the response asks for, if it is a rate limit.
    rate_limit: Option<RetryAfter>,
    is_compressed: bool,
    /// Why there is no other token, if this one is rejected.
    rejection: Option<Error>,
    /// The part of the body that was read in advance.
    ahead: Zeroizing<Vec<u8>>,
    /// The rest of the body; `None` at its end.
    body: Option<(reqwest::Response, TokenRedactor)>,
    /// The beginning of the body.
    kept: Zeroizing<Vec<u8>>,
    length: usize,
}

impl Client {
    /// Sends a request as the holder of `token`. Rate limits are waited out and failures of a `GET`
    /// retried, as long as the deadline allows; a redirect is not followed.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::TimedOut`].
    pub async fn pass_through(
        &self,
        request: &ApiRequest,
        token: &BearerToken,
    ) -> Result<ApiResponse<'_>> {
        let mut number = 1;
        loop {
            let may_repeat = |pause: Duration| {
                request.method == Method::GET && number < ATTEMPTS && pause < self.time_left()
            };
            let pause = match self.attempt(request, token).await? {
                Ok(response) => match (response.rate_limit, response.status) {
                    (Some(asked), _) => {
                        let pause = retry::after_rate_limit(asked, number);
                        if pause >= self.time_left() {
                            return Ok(response);
                        }
                        self.report_rate_limit(pause);
                        response.discard().await;
                        pause
                    }
                    (None, status) if status.is_server_error() => {
                        let pause = retry::after_server_error(response.retry_after(), number);
                        if !may_repeat(pause) {
                            return Ok(response);
                        }
                        response.discard().await;
                        pause
                    }
                    _ => return Ok(response),
                },
                Err(broken) => {
                    let pause = retry::after_server_error(RetryAfter::Silent, number);
                    let (cause, remedy) = transport_error::cause(&broken);
                    self.trace_line(|| cause.clone());
                    if !(may_repeat(pause) && transport_error::is_passing(&broken)) {
                        return Err(Error::Unreachable {
                            space: self.space().host(),
                            cause,
                            remedy,
                        });
                    }
                    pause
                }
            };
            self.pause(pause).await;
            number += 1;
        }
    }

    /// Sends a request once.
    async fn attempt(
        &self,
        request: &ApiRequest,
        token: &BearerToken,
    ) -> Result<Result<ApiResponse<'_>, reqwest::Error>> {
        let url = self.space().at(request.path.as_str());
        let mut builder = self
            .http
            .request(request.method.clone(), url)
            .headers(request.headers.clone())
            .bearer_auth(token.expose());
        builder = match &request.body {
            Some(body) => builder.body(body.clone()),
            // The server may respond 411 to a write without a length.
            None if matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS) => {
                builder
            }
            None => builder.header(CONTENT_LENGTH, 0),
        };
        let sent = match builder.build() {
            Ok(sent) => sent,
            Err(error) => return Ok(Err(error)),
        };
        let line = format!("> {} {}", sent.method(), sent.url());
        self.trace_redacted(token, line, '>', sent.headers());
        let start = Instant::now();
        let response = match self.within_deadline(self.http.execute(sent)).await? {
            Ok(response) => response,
            Err(error) => return Ok(Err(error)),
        };
        let elapsed = start.elapsed().as_millis();
        let line = format!("< {} in {elapsed} ms", response.status());
        self.trace_redacted(token, line, '<', response.headers());
        let mut response = ApiResponse::new(self, request, response, TokenRedactor::new(token));
        if response.status == StatusCode::CONFLICT && response.rate_limit.is_none() {
            // A conflict with a body of any form is not a rate limit.
            response.read_ahead().await?;
            if response.ahead.trim_ascii().is_empty() {
                response.rate_limit = Some(RetryAfter::Silent);
            }
        }
        Ok(Ok(response))
    }

    /// Traces a line, and headers if the trace has them, without the token.
    fn trace_redacted(&self, token: &BearerToken, line: String, mark: char, headers: &HeaderMap) {
        let Some(trace) = &self.trace else { return };
        let headers = header_lines(headers, self.space()).filter(|_| trace.headers);
        let headers = headers.map(|line| format!("{mark} {line}"));
        for line in std::iter::once(line).chain(headers) {
            let mut redactor = TokenRedactor::new(token);
            let mut shown = redactor.push(line.as_bytes());
            shown.extend_from_slice(&redactor.finish());
            (trace.write)(&String::from_utf8_lossy(&shown));
        }
    }
}

impl<'a> ApiResponse<'a> {
    fn new(
        client: &'a Client,
        request: &ApiRequest,
        response: reqwest::Response,
        redactor: TokenRedactor,
    ) -> Self {
        let status = response.status();
        let headers = response.headers();
        let asked = RetryAfter::of(headers);
        let is_rate_limit = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::CONFLICT && asked != RetryAfter::Silent);
        let codings = headers.get_all(CONTENT_ENCODING);
        Self {
            client,
            subject: request.subject(),
            status,
            redirection: redirection(status, headers, client.space()),
            rate_limit: is_rate_limit.then_some(asked),
            is_compressed: codings.iter().any(|coding| !is_no_coding(coding)),
            rejection: None,
            ahead: Zeroizing::default(),
            body: Some((response, redactor)),
            kept: Zeroizing::default(),
            length: 0,
        }
    }

    /// Whether the portal rejects the token.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// Notes why there is no other token to send the request with.
    #[must_use]
    pub fn rejected(mut self, rejection: Error) -> Self {
        self.rejection = Some(rejection);
        self
    }

    /// The next part of the body; `None` at its end. If the connection breaks, bytes that may begin
    /// the token are dropped.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::TimedOut`] if the body is incomplete,
    /// [`Error::InvalidResponse`] for one that is compressed: the token in it could not be found.
    pub async fn chunk(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        if self.is_compressed {
            return Err(Error::InvalidResponse {
                what: self.subject.clone(),
                problem: "compressed although not requested".to_owned(),
            });
        }
        loop {
            let ahead = std::mem::take(&mut self.ahead);
            let raw = if ahead.is_empty() {
                self.read().await?
            } else {
                Some(ahead)
            };
            let Some((_, redactor)) = &mut self.body else {
                return Ok(None);
            };
            let passed = match raw {
                Some(raw) => redactor.push(&raw),
                None => {
                    let rest = self.body.take().map(|(_, redactor)| redactor.finish());
                    self.client
                        .trace_line(|| format!("  {} bytes", self.length));
                    rest.unwrap_or_default()
                }
            };
            if !passed.is_empty() {
                self.note(&passed);
                return Ok(Some(passed));
            }
        }
    }

    /// Whether the request succeeded, after its body was read.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, [`Error::Throttled`],
    /// [`Error::ServerError`], and [`Error::RequestRefused`] for any other status that is no success
    /// and for a JSON object that reports a failure.
    pub fn outcome(self) -> Result<()> {
        let space = || self.client.space().host();
        if let Some(rejection) = self.rejection {
            return Err(rejection);
        }
        if let Some(asked) = self.rate_limit {
            return Err(Error::Throttled {
                space: space(),
                retry_after: asked.seconds(),
            });
        }
        if self.status.is_server_error() {
            return Err(Error::ServerError {
                space: space(),
                status: self.status.as_u16(),
            });
        }
        let kept = if self.length <= KEPT {
            self.kept.as_slice()
        } else {
            &[]
        };
        let message = message_in(kept);
        let reason = match (self.redirection, message) {
            (Some(place), _) => format!(
                "HTTP {}; it redirects to {place}, which is not followed",
                self.status
            ),
            (None, message) if self.status.is_client_error() => match message {
                Some(message) => format!("HTTP {}: {message}", self.status),
                None => format!("HTTP {}", self.status),
            },
            (None, message) if self.status.is_success() && is_refusal(kept) => {
                message.unwrap_or_else(|| "no reason given".to_owned())
            }
            _ => return Ok(()),
        };
        Err(Error::RequestRefused {
            request: self.subject,
            reason,
        })
    }

    /// The pause that the response asks for.
    fn retry_after(&self) -> RetryAfter {
        let headers = self.body.as_ref().map(|(response, _)| response.headers());
        headers.map_or(RetryAfter::Silent, RetryAfter::of)
    }

    /// Reads a small body to its end, so that the connection can be used again.
    async fn discard(self) {
        if let Some((response, _)) = self.body {
            drain(response).await;
        }
    }

    /// Reads until the first byte that is not white space.
    async fn read_ahead(&mut self) -> Result<()> {
        while self.ahead.trim_ascii().is_empty() && self.ahead.len() <= MAX_BLANK {
            let Some(chunk) = self.read().await? else {
                break;
            };
            self.ahead.extend_from_slice(&chunk);
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some((response, _)) = &mut self.body else {
            return Ok(None);
        };
        let chunk = self.client.within_deadline(response.chunk()).await?;
        match chunk {
            Ok(chunk) => Ok(chunk.map(|chunk| Zeroizing::new(chunk.to_vec()))),
            Err(error) => {
                let (cause, remedy) = transport_error::cause(&error);
                Err(Error::Unreachable {
                    space: self.client.space().host(),
                    cause,
                    remedy,
                })
            }
        }
    }

    fn note(&mut self, passed: &[u8]) {
        self.length = self.length.saturating_add(passed.len());
        let room = KEPT.saturating_sub(self.kept.len()).min(passed.len());
        self.kept
            .extend_from_slice(passed.get(..room).unwrap_or_default());
    }
}

/// Whether a JSON object reports a failure although its status is 200: `WasSuccessful: false`, or a
/// `Status` of 400 or more.
fn is_refusal(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let Ok(fields) = json::object::<Object<'_>>(body) else {
        return false;
    };
    let field = |name| fields.get(name).map(|value| value.get());
    field("WasSuccessful") == Some("false")
        || field("Status")
            .and_then(|status| status.parse::<f64>().ok())
            .is_some_and(|status| status >= 400.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_from_the_fields_of_the_object_itself() {
        let long = format!(
            r#"{{"Padding":"{}","WasSuccessful":false}}"#,
            "x".repeat(100_000)
        );
        for (body, expected) in [
            (r#"{"WasSuccessful":false}"#, true),
            (
                " \u{feff}{ \"WasSuccessful\" : false , \"Value\": null }",
                true,
            ),
            (r#"{"Was\u0053uccessful":false}"#, true),
            (r#"{"Status":500,"Message":"No."}"#, true),
            (r#"{"Errors":[{"Status":1}],"Status":400}"#, true),
            (r#"{"Value":{"a":[1,{"b":"}]"}]},"Status":4.5e2}"#, true),
            (r#"{"Message":"a \" \\","Status":500"#, false),
            (&long, true),
            (r#"{"WasSuccessful":true}"#, false),
            (r#"{"WasSuccessful":"false"}"#, false),
            (r#"{"WasSuccessful":null,"Status":null}"#, false),
            (r#"{"Status":200,"Message":""}"#, false),
            (r#"{"Status":"500"}"#, false),
            (r#"{"Value":{"WasSuccessful":false,"Status":500}}"#, false),
            (r#"{"Message":"\"WasSuccessful\":false"}"#, false),
            (r#"{"a":"WasSuccessful","b":false}"#, false),
            (r#"[{"WasSuccessful":false}]"#, false),
            ("false", false),
            ("<p>{\"Status\":500}</p>", false),
            ("", false),
            ("{}", false),
            ("}}]],,::", false),
        ] {
            assert_eq!(is_refusal(body.as_bytes()), expected, "{body:.80}");
        }
    }
}
