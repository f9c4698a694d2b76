//! The HTTP client of one space: how requests are sent, retried and bounded in time.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{StatusCode, redirect};

use super::attempt::{Attempt, send_once};
use super::deadline::{Deadline, Extension};
use super::error::ApiError;
use super::request::Request;
use super::resolver::Resolver;
use super::response::Response;
use super::retry::{self, RetryAfter};
use super::space::Space;
use super::trace::Trace;
use super::{tls, transport_error};
use crate::error::{Error, Result};

/// How often a request is sent in all when the portal or the network fails.
pub(super) const ATTEMPTS: u32 = 3;

/// The longest time kept back for reading the profile list after a switch.
const VERIFICATION_TIME: Duration = Duration::from_secs(5);

/// Called when the portal rate-limits, with the pause before the next attempt.
pub type OnRateLimit = Box<dyn Fn(Duration) + Send + Sync>;

/// What a [`Client`] is made of.
pub struct ClientOptions {
    /// The space that it sends requests to.
    pub space: Space,
    /// The time for all network work of the command, waits included.
    pub deadline: Deadline,
    /// Certificate authorities to trust instead of the system's: PEM files, and folders as `c_rehash`
    /// makes them. Empty: the system's.
    pub certificate_authorities: Vec<PathBuf>,
    /// Receives a trace of requests, if one is wanted.
    pub trace: Option<Trace>,
    /// Called before waits that the portal asks for.
    pub on_rate_limit: Option<OnRateLimit>,
}

/// The HTTP client of one space. Its connection is opened with the first request and kept for the
/// following ones.
pub struct Client {
    pub(super) http: reqwest::Client,
    space: Space,
    deadline: Deadline,
    pub(super) trace: Option<Trace>,
    on_rate_limit: Option<OnRateLimit>,
}

/// How sending a request ended, after all retries.
pub(super) struct Delivery {
    /// The response, or why there is none.
    pub(super) response: Result<Response>,
    /// Whether the portal may have acted on the request although the response doesn't say so: in
    /// one of the attempts the response was lost or could not be read.
    pub(super) is_unclear: bool,
}

/// What follows an attempt.
enum Next {
    Stop(Result<Response>),
    RetryAfter(Duration),
}

impl Client {
    /// Builds the client; nothing is sent yet.
    ///
    /// Loopback is never proxied: the token for it would reach the proxy in clear text.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if the HTTP client can't be built.
    pub fn new(options: ClientOptions) -> Result<Self> {
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
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Sleeps, within the deadline; `false` where the time left is shorter.
    pub async fn pause(&self, pause: Duration) -> bool {
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
    pub async fn within_deadline<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let done = self.deadline.within(Duration::ZERO, work).await;
        done.ok_or_else(|| self.timed_out())
    }

    /// Guarantees this much time for work that must not be interrupted, as [`Deadline::extend`].
    #[must_use]
    pub fn extend_deadline(&self, at_least: Duration) -> Extension<'_> {
        self.deadline.extend(at_least)
    }

    /// Sends a request and reads the whole response, as [`Client::deliver`].
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::TimedOut`], [`Error::ServerError`] (5xx),
    /// [`Error::Throttled`], [`Error::Blocked`]; [`Error::InvalidResponse`] for a body that can't be read.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response> {
        self.deliver(request, Duration::ZERO).await.response
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
                what: request.subject(),
            })),
            StatusCode::OK => Ok(response),
            _ => Err(request.unusable(response.in_words()).into()),
        }
    }

    /// Sends a request and reads the whole response. Waits out rate limits, and retries failures
    /// of idempotent requests, as long as the deadline allows; `spare` of the time is left over.
    pub(super) async fn deliver(&self, request: &Request<'_>, spare: Duration) -> Delivery {
        let mut is_unclear = false;
        let mut number = 1;
        loop {
            let next = if self.deadline.left() <= spare {
                Next::Stop(Err(self.out_of_time(spare)))
            } else {
                let sent = send_once(&self.http, request, &self.space, self.trace.as_ref());
                let attempt = self.deadline.within(spare, sent).await;
                is_unclear |= attempt.as_ref().is_none_or(Attempt::is_unclear);
                match attempt {
                    Some(attempt) => self.after(attempt, request, number, spare),
                    None => Next::Stop(Err(self.out_of_time(spare))),
                }
            };
            match next {
                Next::Stop(response) => {
                    return Delivery {
                        response,
                        is_unclear,
                    };
                }
                Next::RetryAfter(pause) => self.pause(pause).await,
            };
            number += 1;
        }
    }

    /// Decides whether an attempt was the last.
    fn after(&self, attempt: Attempt, request: &Request<'_>, number: u32, spare: Duration) -> Next {
        let left = self.deadline.left().saturating_sub(spare);
        let asked = match &attempt {
            Attempt::ServerError(_, asked) => *asked,
            _ => RetryAfter::Silent,
        };
        let pause = retry::after_server_error(asked, number);
        let may_retry = request.is_repeatable() && number < ATTEMPTS && pause < left;
        let space = || self.space.host();
        match attempt {
            Attempt::Answered(response) => Next::Stop(Ok(response)),
            Attempt::RateLimited(asked) => self.after_rate_limit(asked, number, left),
            Attempt::ServerError(..) if may_retry => Next::RetryAfter(pause),
            Attempt::ServerError(status, _) => Next::Stop(Err(Error::ServerError {
                space: space(),
                status: status.as_u16(),
            })),
            Attempt::Blocked => Next::Stop(Err(Error::Blocked { space: space() })),
            Attempt::Unreadable(problem) => Next::Stop(Err(request.unusable(problem))),
            Attempt::Broken(error) => {
                // The address of an exchange holds a secret.
                let error = error.without_url();
                let (cause, remedy) = transport_error::cause(&error);
                self.trace_line(|| cause.clone());
                if may_retry && transport_error::is_passing(&error) {
                    return Next::RetryAfter(pause);
                }
                Next::Stop(Err(Error::Unreachable {
                    space: space(),
                    cause,
                    remedy,
                }))
            }
        }
    }

    fn after_rate_limit(&self, asked: RetryAfter, number: u32, left: Duration) -> Next {
        let pause = retry::after_rate_limit(asked, number);
        if pause < left {
            self.report_rate_limit(pause);
            return Next::RetryAfter(pause);
        }
        Next::Stop(Err(Error::Throttled {
            space: self.space.host(),
            retry_after: asked.seconds(),
        }))
    }

    /// Calls `on_rate_limit` with a pause that the portal asks for.
    pub(super) fn report_rate_limit(&self, pause: Duration) {
        if let Some(on_rate_limit) = &self.on_rate_limit {
            on_rate_limit(pause);
        }
    }

    /// The part of the time left that a switch keeps back for reading the list afterwards.
    pub(super) fn verification_time(&self) -> Duration {
        (self.deadline.left() / 4).min(VERIFICATION_TIME)
    }

    /// How much time is left for network work.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline.left()
    }

    /// The error that the time for network work is over.
    #[must_use]
    pub fn timed_out(&self) -> Error {
        self.out_of_time(Duration::ZERO)
    }

    fn out_of_time(&self, spare: Duration) -> Error {
        Error::TimedOut {
            space: self.space.host(),
            limit: self.deadline.given().saturating_sub(spare),
        }
    }

    pub(super) fn trace_line(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            (trace.write)(&line());
        }
    }
}
