//! One connection to one space, and the time that a command may spend on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use zeroize::Zeroizing;

use super::space::Space;
use super::{failure, tls};
use crate::error::{Error, Result};
use crate::secret::{BearerToken, ClientId};

/// The largest body that is read, in bytes: more than ten times that of 20,000 profiles would
/// be somebody else's answer.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// How often a request is sent in all when the portal or the way to it has a fault.
const ATTEMPTS: u32 = 3;

/// The pause after the first fault; it doubles with each further one.
const FAULT_PAUSE: Duration = Duration::from_millis(200);

/// The pause when the portal throttles without saying for how long; it doubles likewise.
const THROTTLE_PAUSE: Duration = Duration::from_secs(1);

/// Receives a line for each request and each answer. No line holds a secret.
pub type Trace = Box<dyn Fn(&str) + Send + Sync>;

/// What a [`Connection`] is made of.
pub struct ConnectionOptions {
    /// Where it leads.
    pub space: Space,
    /// The time for all network work over it, waits included.
    pub timeout: Duration,
    /// Who is told of each request, if anybody.
    pub trace: Option<Trace>,
}

/// One connection to a space, opened with the first request and kept for the following ones.
pub struct Connection {
    client: Client,
    space: Space,
    timeout: Duration,
    spent_micros: AtomicU64,
    trace: Option<Trace>,
}

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

/// What came back: any status but 5xx and those that throttle.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) media_type: Option<String>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// Whether the answer is a web page, or a way to one.
    pub(super) fn is_web_page(&self) -> bool {
        self.media_type.as_deref() == Some("text/html")
            || self.body.trim_ascii_start().first() == Some(&b'<')
    }
}

impl Connection {
    /// Makes ready to connect; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Unexpected`] where the HTTP client can't be built.
    pub fn new(options: ConnectionOptions) -> Result<Self> {
        let ConnectionOptions {
            space,
            timeout,
            trace,
        } = options;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("x-use-timezone", HeaderValue::from_static("true"));
        let mut builder = Client::builder()
            .user_agent(concat!("nxp/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .tls_backend_preconfigured(tls::client_config().map_err(anyhow::Error::new)?)
            .redirect(redirect::Policy::none())
            .referer(false);
        if space.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(anyhow::Error::new)?;
        Ok(Self {
            client,
            space,
            timeout,
            spent_micros: AtomicU64::new(0),
            trace,
        })
    }

    /// Where it leads.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Waits, on the command's time.
    pub(super) async fn pause(&self, pause: Duration) {
        let pause = pause.min(self.left());
        self.trace(|| format!("waiting {} ms", pause.as_millis()));
        let start = Instant::now();
        tokio::time::sleep(pause).await;
        self.spend(start);
    }

    /// Sends a request and reads the whole answer. Faults and throttling are waited out as long as
    /// the time allows.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::TimedOut`], [`Error::PortalFault`] (5xx),
    /// [`Error::Throttled`]; [`Error::Unusable`] for a body beyond all bounds.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let mut attempt = 1;
        loop {
            let start = Instant::now();
            let outcome = tokio::time::timeout(self.left(), self.exchange(request)).await;
            self.spend(start);
            let pause = match outcome {
                Err(_) => return Err(self.timed_out()),
                Ok(Ok(Exchange::Done(answer))) => return Ok(answer),
                Ok(Ok(Exchange::Throttled { retry_after })) => {
                    self.throttle_pause(retry_after, attempt)?
                }
                Ok(Ok(Exchange::Fault(status))) => self
                    .fault_pause(request, attempt)
                    .ok_or_else(|| self.fault(status))?,
                Ok(Err(Broken::TooLarge)) => {
                    let problem = format!("it is larger than {} MiB", BODY_LIMIT >> 20);
                    return Err(Error::Unusable {
                        what: request.path_alone().to_owned(),
                        problem,
                    });
                }
                Ok(Err(Broken::Transport(error))) => {
                    self.trace(|| failure::cause(&error));
                    self.fault_pause(request, attempt)
                        .filter(|_| failure::is_passing(&error))
                        .ok_or_else(|| Error::Unreachable {
                            space: self.space.host(),
                            cause: failure::cause(&error),
                        })?
                }
            };
            self.pause(pause).await;
            attempt += 1;
        }
    }

    async fn exchange(&self, request: &Request<'_>) -> Result<Exchange, Broken> {
        let url = self.space.at(request.path);
        self.trace(|| format!("> {} {url}", request.method));
        let start = Instant::now();
        let builder = self.client.request(request.method.clone(), &url);
        let builder = match request.body {
            RequestBody::Anonymous => builder,
            RequestBody::Authorized(token) => builder.bearer_auth(token.expose()),
            RequestBody::Grant { form, client_id } => {
                builder.header("client_id", client_id.expose()).form(form)
            }
        };
        let builder = match request.method {
            Method::PUT => builder.header(CONTENT_LENGTH, 0),
            _ => builder,
        };
        let response = builder.send().await?;
        let status = response.status();
        let retry_after = header(&response, RETRY_AFTER).and_then(|value| value.parse().ok());
        let redirected = header(&response, LOCATION).is_some() && status.is_redirection();
        let media_type = header(&response, CONTENT_TYPE).map(|value| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        });
        let body = read(response).await?;
        self.trace(|| {
            format!(
                "< {status} in {} ms, {} bytes",
                start.elapsed().as_millis(),
                body.len()
            )
        });
        give_connection_back().await;
        if redirected {
            self.trace(|| "the redirection is not followed".to_owned());
        }
        Ok(match status {
            StatusCode::TOO_MANY_REQUESTS => Exchange::Throttled { retry_after },
            StatusCode::CONFLICT if retry_after.is_some() || body.trim_ascii().is_empty() => {
                Exchange::Throttled { retry_after }
            }
            status if status.is_server_error() => Exchange::Fault(status),
            _ => Exchange::Done(Answer {
                status,
                media_type,
                body,
            }),
        })
    }

    fn fault_pause(&self, request: &Request<'_>, attempt: u32) -> Option<Duration> {
        let pause = FAULT_PAUSE * 2_u32.pow(attempt - 1);
        let repeatable = matches!(request.method, Method::GET | Method::PUT);
        (repeatable && attempt < ATTEMPTS && pause < self.left()).then_some(pause)
    }

    fn throttle_pause(&self, retry_after: Option<u64>, attempt: u32) -> Result<Duration> {
        let pause = match retry_after {
            Some(seconds) => Duration::from_secs(seconds),
            None => THROTTLE_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1)),
        };
        if pause < self.left() {
            return Ok(pause);
        }
        Err(Error::Throttled {
            space: self.space.host(),
            retry_after,
        })
    }

    /// How much is left of the time for network work.
    #[must_use]
    pub fn left(&self) -> Duration {
        let spent = Duration::from_micros(self.spent_micros.load(Ordering::Relaxed));
        self.timeout.saturating_sub(spent)
    }

    fn spend(&self, since: Instant) {
        let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.spent_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The error that the time for network work is over.
    #[must_use]
    pub fn timed_out(&self) -> Error {
        Error::TimedOut {
            space: self.space.host(),
            limit: self.timeout,
        }
    }

    fn fault(&self, status: StatusCode) -> Error {
        Error::PortalFault {
            space: self.space.host(),
            status: status.as_u16(),
        }
    }

    fn trace(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace(&line());
        }
    }
}

impl Request<'_> {
    fn path_alone(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

enum Exchange {
    Done(Answer),
    Throttled { retry_after: Option<u64> },
    Fault(StatusCode),
}

enum Broken {
    Transport(reqwest::Error),
    TooLarge,
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error)
    }
}

fn header(response: &Response, name: reqwest::header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

async fn read(mut response: Response) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > BODY_LIMIT) {
        return Err(Broken::TooLarge);
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced.unwrap_or_default()));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Broken::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Lets the connection's own task see that the answer is over. Without this, the next request may
/// find the connection not yet idle and open a second one.
async fn give_connection_back() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}
