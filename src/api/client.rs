//! The HTTP client of one space: how requests are sent, retried and bounded in time.

use std::cell::OnceCell;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Proxy, StatusCode, redirect};
use rustls::ClientConfig;

use super::connection::{Network, Resolver};
use super::deadline::Deadline;
use super::http::{Failure, Request, Response};
use super::redact::{self, Trace};
use super::space::Space;
use super::transport_error;
use crate::error::{Error, ErrorCode, ErrorKind, Result};

/// How often a request is sent in all when the portal or the network fails, or when it is rate-limited
/// without a `Retry-After`.
const ATTEMPTS: u32 = 3;

/// How often it is sent in all when the portal names a pause each time.
const ATTEMPTS_WITH_PAUSES: u32 = 10;

/// The pause after the first server error; it doubles with each further one.
const SERVER_ERROR_PAUSE: Duration = Duration::from_millis(200);

/// The pause after the first rate limit without a `Retry-After`; it doubles likewise.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that the portal didn't ask for.
const MAX_PAUSE: Duration = Duration::from_secs(8);

/// The longest time for a connection. Each address of a name gets its part of it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that was idle for longer is not used again: it may have died unnoticed, as while a person
/// chooses or a command runs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Called when the portal rate-limits, with the pause before the next attempt.
pub(crate) type OnRateLimit = Box<dyn Fn(Duration) + Send + Sync>;

/// What a [`Client`] is made of.
pub(crate) struct ClientOptions {
    /// The space that it sends requests to.
    pub(crate) space: Space,
    /// The time for all network work of the command, waits included.
    pub(crate) deadline: Deadline,
    /// What the environment says about connections.
    pub(crate) network: Network,
    /// Receives a trace of requests, if one is wanted.
    pub(crate) trace: Option<Trace>,
    /// Called before waits that the portal asks for.
    pub(crate) on_rate_limit: OnRateLimit,
}

/// The HTTP client of one space. Its connection is opened with the first request and kept for the
/// following ones.
pub(crate) struct Client {
    /// Made with the first request.
    http: OnceCell<reqwest::Client>,
    tls: ClientConfig,
    resolver: Resolver,
    /// The proxy, and the variable that names it.
    proxy: Option<(&'static str, Proxy)>,
    space: Space,
    deadline: Deadline,
    trace: Option<Trace>,
    on_rate_limit: OnRateLimit,
}

impl Client {
    /// Builds the client; nothing is sent yet.
    ///
    /// Loopback is never proxied: the token for it would reach the proxy in clear text.
    ///
    /// # Errors
    /// If a proxy or a file of certificate authorities can't be used.
    pub(crate) fn new(options: ClientOptions) -> Result<Self> {
        let ClientOptions { space, network, .. } = options;
        Ok(Self {
            http: OnceCell::new(),
            tls: network.tls(space.origin())?,
            resolver: Resolver::default(),
            proxy: network.proxy_for(&space)?,
            space,
            deadline: options.deadline,
            trace: options.trace,
            on_rate_limit: options.on_rate_limit,
        })
    }

    fn http(&self) -> reqwest::Result<&reqwest::Client> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        // There must be time left for the answer.
        let half = (self.deadline.left() / 2).max(Duration::from_secs(1));
        let connect_timeout = CONNECT_TIMEOUT.min(half);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("x-use-timezone", HeaderValue::from_static("true"));
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("nxp/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .tls_backend_preconfigured(self.tls.clone())
            .dns_resolver(self.resolver.clone())
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(redirect::Policy::none())
            .referer(false);
        if self.space.is_loopback() {
            builder = builder.no_proxy();
        } else if let Some((_, proxy)) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        let http = builder.build()?;
        Ok(self.http.get_or_init(|| http))
    }

    /// The space that it sends requests to.
    pub(crate) fn space(&self) -> &Space {
        &self.space
    }

    /// How much time is left for network work.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.left()
    }

    /// Waits for other work, such as a lock, within the deadline.
    ///
    /// # Errors
    /// Where the time is over.
    pub(crate) async fn within_deadline<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let done = self.deadline.within(Duration::ZERO, Duration::ZERO, work);
        done.await
            .ok_or_else(|| self.timed_out(Duration::ZERO, Duration::ZERO))
    }

    /// Sleeps, within the deadline; `false` where the time left is shorter.
    pub(crate) async fn pause(&self, pause: Duration) -> bool {
        if pause >= self.deadline.left() {
            return false;
        }
        self.trace_line(|| format!("waiting {} ms", pause.as_millis()));
        let slept = self.within_deadline(tokio::time::sleep(pause));
        slept.await.is_ok()
    }

    /// Sends a request with an access token. Its success is a 200.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`] at 401, [`ErrorKind::WebPage`] and [`ErrorKind::InvalidResponse`] for any other
    /// response, else as [`Client::send`].
    pub(super) async fn send_authorized(&self, request: &Request<'_>) -> Result<Response> {
        let response = self.send(request).await?;
        match response.status {
            StatusCode::OK if response.is_html() => {
                let (space, what) = (self.space.host(), request.subject);
                let message = format!("{space} returned a web page instead of {what}");
                Err(Error::new(ErrorCode::Failed, message).of_kind(ErrorKind::WebPage).with_hint(
                    "check `--space`: the API is at NAME.spaces.nexudus.com; a custom domain serves only the web page",
                ))
            }
            StatusCode::OK => Ok(response),
            _ => Err(request.unusable(response.in_words())),
        }
    }

    /// The error of a 401. A session refreshes the token, or says which token is rejected.
    pub(crate) fn unauthorized(&self) -> Error {
        let message = format!("{} rejects the token", self.space.host());
        Error::new(ErrorCode::Auth, message).of_kind(ErrorKind::Unauthorized)
    }

    /// Sends a request and reads the whole response, unless it is streamed. Waits out rate limits, and
    /// retries failures of idempotent requests, as long as the deadline allows.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`], [`ErrorCode::Throttled`], a timeout;
    /// [`ErrorKind::InvalidResponse`] for a body that can't be read.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response> {
        let timed_out = || self.timed_out(request.spare, request.at_least);
        let mut number = 1;
        loop {
            let left = self.deadline.left().saturating_sub(request.spare);
            if left.max(request.at_least).is_zero() {
                return Err(timed_out());
            }
            if let Some(progress) = request.progress {
                // A caller can stop here, before the next attempt begins.
                tokio::task::yield_now().await;
                progress.begin_attempt();
            }
            let attempt =
                self.deadline
                    .within(request.spare, request.at_least, self.attempt(request));
            let attempt = attempt.await.unwrap_or_else(|| Err(timed_out().into()));
            if let Err(Failure::Broken(error)) = &attempt {
                self.trace_line(|| self.cause(error).0);
            }
            if let Some(progress) = request.progress {
                progress.end_attempt(is_attempt_unclear(&attempt));
            }
            let left = self.deadline.left().saturating_sub(request.spare);
            match pause_before_retry(&attempt, request, number) {
                Some(pause) if pause < left => {
                    if attempt.is_ok_and(|response| response.is_rate_limit) {
                        (self.on_rate_limit)(pause);
                    }
                    self.pause(pause).await;
                }
                _ => {
                    return match attempt {
                        Ok(response) => self.outcome(response, request),
                        Err(Failure::Broken(error)) => Err(self.unreachable(&error)),
                        Err(Failure::Other(error)) => Err(error),
                    };
                }
            }
            number += 1;
        }
    }

    /// Sends a request once.
    async fn attempt(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let client = self.http()?;
        let sent = request.build(client, &self.space)?;
        let (secrets, origin) = (request.all_secrets(), self.space.origin());
        if let Some(trace) = &self.trace {
            let address = redact::query(sent.url().as_str());
            let line = format!("> {} {address}", sent.method());
            trace.head(&line, sent.headers(), &secrets, origin);
        }
        let start = Instant::now();
        let http = client.execute(sent).await?;
        if let Some(trace) = &self.trace {
            let line = format!("< {} in {} ms", http.status(), start.elapsed().as_millis());
            trace.head(&line, http.headers(), &secrets, origin);
        }
        let response = Response::receive(http, request, &self.space).await?;
        if response.rest.is_none() && !request.is_streamed {
            self.trace_line(|| format!("  {} bytes", response.body.len()));
        }
        Ok(response)
    }

    /// The last response. A streamed one is passed on, whatever its status.
    fn outcome(&self, response: Response, request: &Request<'_>) -> Result<Response> {
        if request.is_streamed {
            return Ok(response);
        }
        if response.is_blocked() {
            let space = self.space.host();
            let message = format!("blocked by a firewall in front of {space} (HTTP 403)");
            return Err(Error::new(ErrorCode::Network, message).with_hint(
                "try another network, or without a VPN or proxy; if it persists, ask the space's team",
            ));
        }
        if response.status == StatusCode::UNAUTHORIZED && request.token.is_some() {
            return Err(self.unauthorized());
        }
        response.failure(&self.space).map_or(Ok(response), Err)
    }

    pub(super) fn unreachable(&self, error: &reqwest::Error) -> Error {
        let (cause, hint) = self.cause(error);
        let message = format!("can't reach {}: {cause}", self.space.host());
        Error::new(ErrorCode::Network, message)
            .of_kind(ErrorKind::Unreachable)
            .with_hint(hint)
    }

    fn cause(&self, error: &reqwest::Error) -> (String, &'static str) {
        let found = match self.proxy {
            Some(_) => Vec::new(),
            None => self.resolver.found(),
        };
        let variable = self.proxy.as_ref().map(|(variable, _)| *variable);
        transport_error::cause(error, variable, &found)
    }

    fn timed_out(&self, spare: Duration, at_least: Duration) -> Error {
        let limit = self.deadline.given().saturating_sub(spare).max(at_least);
        let (space, limit) = (self.space.host(), precise(limit));
        Error::new(
            ErrorCode::Network,
            format!("{space} did not answer within {limit}"),
        )
        .with_hint("allow more time with `--timeout SECONDS`")
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
        Err(Failure::Other(_)) => true,
    }
}

/// The pause after an attempt that is worth a retry.
fn pause_before_retry(
    attempt: &Result<Response, Failure>,
    request: &Request<'_>,
    number: u32,
) -> Option<Duration> {
    let may_repeat = request.is_repeatable() && number < ATTEMPTS;
    let waits = request.waits_for_rate_limit;
    match attempt {
        Ok(response) if response.is_rate_limit || response.status.is_server_error() => {
            let (first, may_repeat) = match (response.is_rate_limit, response.retry_after) {
                (false, _) => (SERVER_ERROR_PAUSE, may_repeat),
                (true, None) => (RATE_LIMIT_PAUSE, waits && number < ATTEMPTS),
                (true, Some(_)) => (SERVER_ERROR_PAUSE, waits && number < ATTEMPTS_WITH_PAUSES),
            };
            // Never shorter than asked for, and growing even if almost nothing was asked for.
            let pause = jittered(first, number).max(response.retry_after.unwrap_or_default());
            may_repeat.then_some(pause)
        }
        Err(Failure::Broken(error)) if transport_error::is_passing(error) && may_repeat => {
            Some(jittered(SERVER_ERROR_PAUSE, number))
        }
        _ => None,
    }
}

/// A pause that doubles with each attempt: a random one between half of it and all of it, so that clients
/// don't retry at the same moment.
fn jittered(first: Duration, attempt: u32) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let pause = first.saturating_mul(factor).min(MAX_PAUSE);
    // The standard library has no other source of random numbers.
    let random = RandomState::new().hash_one(attempt) >> 32;
    pause / 2 + (pause / 2).mul_f64(random as f64 / f64::from(u32::MAX))
}

/// A timeout in seconds, rounded to what a person may have given.
fn precise(limit: Duration) -> String {
    let seconds = limit.as_secs_f64();
    let parts = if seconds < 1.0 { 1_000.0 } else { 10.0 };
    format!("{} s", (seconds * parts).round() / parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_bounds() {
        for (attempt, whole) in [(1, 1), (2, 2), (3, 4), (40, 8), (u32::MAX, 8)] {
            let whole = Duration::from_secs(whole);
            let pause = jittered(RATE_LIMIT_PAUSE, attempt);
            assert!(pause >= whole / 2 && pause <= whole, "{attempt}: {pause:?}");
        }
    }
}
