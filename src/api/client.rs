//! The HTTP client of one space: how requests are sent, retried and bounded in time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{StatusCode, redirect};

use super::deadline::{Deadline, Extension};
use super::request::Request;
use super::resolver::Resolver;
use super::response::{Failure, Response};
use super::retry;
use super::space::Space;
use super::trace::{Trace, shown_address};
use super::{tls, transport_error};
use crate::error::{Error, Result};

/// How often a request is sent in all when the portal or the network fails.
const ATTEMPTS: u32 = 3;

/// The longest time kept back for reading the profile list after a switch.
const VERIFICATION_TIME: Duration = Duration::from_secs(5);

/// Called when the portal rate-limits, with the pause before the next attempt.
pub(crate) type OnRateLimit = Box<dyn Fn(Duration) + Send + Sync>;

/// What a [`Client`] is made of.
pub(crate) struct ClientOptions {
    /// The space that it sends requests to.
    pub(crate) space: Space,
    /// The time for all network work of the command, waits included.
    pub(crate) deadline: Deadline,
    /// Certificate authorities to trust instead of the system's: PEM files, and folders as `c_rehash`
    /// makes them. Empty: the system's.
    pub(crate) certificate_authorities: Vec<PathBuf>,
    /// Receives a trace of requests, if one is wanted.
    pub(crate) trace: Option<Trace>,
    /// Called before waits that the portal asks for.
    pub(crate) on_rate_limit: Option<OnRateLimit>,
}

/// Why an authenticated request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// HTTP 401: the token is missing, expired or invalid, or its user has no customer profile.
    #[error("the portal rejects the token")]
    Unauthorized,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// The HTTP client of one space. Its connection is opened with the first request and kept for the
/// following ones.
pub(crate) struct Client {
    http: reqwest::Client,
    space: Space,
    deadline: Deadline,
    trace: Option<Trace>,
    on_rate_limit: Option<OnRateLimit>,
}

impl Client {
    /// Builds the client; nothing is sent yet.
    ///
    /// Loopback is never proxied: the token for it would reach the proxy in clear text.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if the HTTP client can't be built.
    pub(crate) fn new(options: ClientOptions) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("x-use-timezone", HeaderValue::from_static("true"));
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("nxp/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .tls_backend_preconfigured(
                tls::client_config(options.certificate_authorities).map_err(anyhow::Error::new)?,
            )
            .dns_resolver(Resolver)
            .redirect(redirect::Policy::none())
            .referer(false);
        if options.space.is_loopback() {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().map_err(anyhow::Error::new)?,
            space: options.space,
            deadline: options.deadline,
            trace: options.trace,
            on_rate_limit: options.on_rate_limit,
        })
    }

    /// The space that it sends requests to.
    pub(crate) fn space(&self) -> &Space {
        &self.space
    }

    /// Sleeps, within the deadline; `false` where the time left is shorter.
    pub(crate) async fn pause(&self, pause: Duration) -> bool {
        if pause >= self.deadline.left() {
            return false;
        }
        self.trace_line(|| format!("waiting {} ms", pause.as_millis()));
        let slept = self
            .deadline
            .within(Duration::ZERO, tokio::time::sleep(pause));
        slept.await.is_some()
    }

    /// Waits for other work, such as a lock, within the deadline.
    ///
    /// # Errors
    /// [`Error::TimedOut`].
    pub(crate) async fn within_deadline<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let done = self.deadline.within(Duration::ZERO, work).await;
        done.ok_or_else(|| self.out_of_time(Duration::ZERO))
    }

    /// Guarantees this much time for work that must not be interrupted, as [`Deadline::extend`].
    pub(crate) fn extend_deadline(&self, at_least: Duration) -> Extension<'_> {
        self.deadline.extend(at_least)
    }

    /// Sends a request and reads the whole response, as [`Client::deliver`].
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::TimedOut`], [`Error::Unavailable`] (5xx),
    /// [`Error::Throttled`], [`Error::Blocked`]; [`Error::InvalidResponse`] for a body that can't be read.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response> {
        self.deliver(request, Duration::ZERO).await
    }

    /// Sends a request with an access token. Its success is a 200.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`] at 401, [`Error::WebPage`] and [`Error::InvalidResponse`] for any other
    /// response, else as [`Client::send`].
    pub(super) async fn send_authorized(
        &self,
        request: &Request<'_>,
    ) -> Result<Response, ApiError> {
        let response = self.send(request).await?;
        match response.status {
            StatusCode::UNAUTHORIZED => Err(ApiError::Unauthorized),
            StatusCode::OK if response.is_html() => Err(ApiError::Other(Error::WebPage {
                space: self.space.host(),
                what: request.subject.to_owned(),
            })),
            StatusCode::OK => Ok(response),
            _ => Err(request.unusable(response.in_words()).into()),
        }
    }

    /// Sends a request. Waits out rate limits, and retries failures of idempotent requests, as long as
    /// the deadline allows; `spare` of the time is left over.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub(super) async fn deliver(&self, request: &Request<'_>, spare: Duration) -> Result<Response> {
        let mut number = 1;
        loop {
            if self.deadline.left() <= spare {
                return Err(self.out_of_time(spare));
            }
            if let Some(progress) = request.progress {
                // A caller can stop here, before the next attempt begins.
                tokio::task::yield_now().await;
                progress.begin_attempt();
            }
            let attempt = self.deadline.within(spare, self.attempt(request)).await;
            let attempt = attempt.unwrap_or(Err(Failure::TimedOut));
            if let Err(Failure::Broken(error)) = &attempt {
                self.trace_line(|| transport_error::cause(error).0);
            }
            if let Some(progress) = request.progress {
                progress.end_attempt(is_attempt_unclear(&attempt));
            }
            let left = self.deadline.left().saturating_sub(spare);
            match pause_before_retry(&attempt, request, number) {
                Some(pause) if pause < left => {
                    let is_rate_limit = attempt.is_ok_and(|response| response.is_rate_limit);
                    if let Some(on_rate_limit) =
                        self.on_rate_limit.as_ref().filter(|_| is_rate_limit)
                    {
                        on_rate_limit(pause);
                    }
                    self.pause(pause).await;
                }
                _ => return self.outcome(attempt, request, spare),
            }
            number += 1;
        }
    }

    /// Sends a request once.
    async fn attempt(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let sent = request.build(&self.http, &self.space)?;
        if let Some(trace) = &self.trace {
            let address = shown_address(sent.url().as_str());
            let line = format!("> {} {address}", sent.method());
            trace.head(line, sent.headers(), request, &self.space);
        }
        let start = Instant::now();
        let http = self.http.execute(sent).await?;
        if let Some(trace) = &self.trace {
            let line = format!("< {} in {} ms", http.status(), start.elapsed().as_millis());
            trace.head(line, http.headers(), request, &self.space);
        }
        let response = Response::receive(http, request, &self.space).await?;
        if response.rest.is_none() && !request.is_streamed {
            self.trace_line(|| format!("  {} bytes", response.body.len()));
        }
        Ok(response)
    }

    /// The result of the last attempt. A streamed response is passed on, whatever its status.
    fn outcome(
        &self,
        attempt: Result<Response, Failure>,
        request: &Request<'_>,
        spare: Duration,
    ) -> Result<Response> {
        match attempt {
            Ok(response) if request.is_streamed => Ok(response),
            Ok(response) if response.is_blocked() => Err(Error::Blocked {
                space: self.space.host(),
            }),
            Ok(response) => match response.failure(&self.space) {
                Some(failure) => Err(failure),
                None => Ok(response),
            },
            Err(Failure::Broken(error)) => Err(self.unreachable(&error)),
            Err(Failure::Unreadable(problem)) => Err(request.unusable(problem)),
            Err(Failure::TimedOut) => Err(self.out_of_time(spare)),
        }
    }

    pub(super) fn unreachable(&self, error: &reqwest::Error) -> Error {
        let (cause, remedy) = transport_error::cause(error);
        Error::Unreachable {
            space: self.space.host(),
            cause,
            remedy,
        }
    }

    /// The part of the time left that a switch keeps back for reading the list afterwards.
    pub(super) fn verification_time(&self) -> Duration {
        (self.deadline.left() / 4).min(VERIFICATION_TIME)
    }

    /// How much time is left for network work.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.left()
    }

    fn out_of_time(&self, spare: Duration) -> Error {
        Error::TimedOut {
            space: self.space.host(),
            limit: self.deadline.given().saturating_sub(spare),
        }
    }

    pub(super) fn trace_line(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.line(&line());
        }
    }
}

/// Whether the portal may have acted on the request although this attempt doesn't say so.
fn is_attempt_unclear(attempt: &Result<Response, Failure>) -> bool {
    match attempt {
        Ok(response) => response.status.is_server_error() || response.is_blocked(),
        Err(Failure::Broken(error)) => !error.is_connect() && !error.is_builder(),
        Err(Failure::Unreadable(_) | Failure::TimedOut) => true,
    }
}

/// The pause after an attempt that is worth a retry.
fn pause_before_retry(
    attempt: &Result<Response, Failure>,
    request: &Request<'_>,
    number: u32,
) -> Option<Duration> {
    let may_repeat = request.is_repeatable() && number < ATTEMPTS;
    match attempt {
        Ok(response) if response.is_rate_limit => request
            .waits_for_rate_limit
            .then(|| retry::after_rate_limit(response.retry_after, number)),
        Ok(response) if response.status.is_server_error() && may_repeat => {
            Some(retry::after_server_error(response.retry_after, number))
        }
        Err(Failure::Broken(error)) if transport_error::is_passing(error) && may_repeat => {
            Some(retry::after_server_error(None, number))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_shared_between_threads() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<Client>();
    }
}
