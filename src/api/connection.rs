//! One connection to one space: what it is made of, and how long requests over it are tried.

use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Client, redirect};

use super::deadline::{Deadline, Extension};
use super::exchange::Outcome;
use super::request::Request;
use super::response::Response;
use super::retry::{self, RetryAfter};
use super::space::Space;
use super::{tls, transport_error};
use crate::error::{Error, Result};

/// How often a request is sent in all when the portal or the way to it has a fault.
const ATTEMPTS: u32 = 3;

/// Receives a line for each request and each answer. No line holds a secret.
pub struct Trace {
    /// Takes the line.
    pub write: Box<dyn Fn(&str) + Send + Sync>,
    /// Whether headers are told as well.
    pub headers: bool,
}

/// Is told when the portal throttles, and how long the pause will be.
pub type Waiting = Box<dyn Fn(Duration) + Send + Sync>;

/// What a [`Connection`] is made of.
pub struct ConnectionOptions {
    /// Where it leads.
    pub space: Space,
    /// The time for all network work of the command, waits included.
    pub budget: Deadline,
    /// Who is told of each request, if anybody.
    pub trace: Option<Trace>,
    /// Who is told of waits that the portal asks for, if anybody.
    pub waiting: Option<Waiting>,
}

/// One connection to a space, opened with the first request and kept for the following ones.
pub struct Connection {
    pub(super) client: Client,
    pub(super) space: Space,
    budget: Deadline,
    trace: Option<Trace>,
    waiting: Option<Waiting>,
}

/// How sending a request ended.
pub(super) struct Delivery {
    /// The answer, or why there is none.
    pub(super) answer: Result<Response>,
    /// Whether the portal may have acted on the request though this answer doesn't say so: an
    /// answer was lost, now or in an earlier attempt.
    pub(super) doubtful: bool,
}

/// What comes of one attempt.
enum Step {
    Done(Result<Response>),
    Again(Duration),
}

impl Connection {
    /// Makes ready to connect; nothing is sent yet.
    ///
    /// Loopback is never proxied: the token for it would go to the proxy in clear.
    ///
    /// # Errors
    /// [`Error::Unexpected`] where the HTTP client can't be built.
    pub fn new(options: ConnectionOptions) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("x-use-timezone", HeaderValue::from_static("true"));
        let mut builder = Client::builder()
            .user_agent(concat!("nxp/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .tls_backend_preconfigured(tls::client_config().map_err(anyhow::Error::new)?)
            .redirect(redirect::Policy::none())
            .referer(false);
        if options.space.is_loopback() {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build().map_err(anyhow::Error::new)?,
            space: options.space,
            budget: options.budget,
            trace: options.trace,
            waiting: options.waiting,
        })
    }

    /// Where it leads.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Waits, on the command's time; `false` where there isn't so much of it.
    pub async fn pause(&self, pause: Duration) -> bool {
        if pause >= self.budget.left() {
            return false;
        }
        self.tell(|| format!("waiting {} ms", pause.as_millis()));
        let slept = self
            .budget
            .within(Duration::ZERO, tokio::time::sleep(pause));
        slept.await.is_some()
    }

    /// Waits for something else than the portal, on the command's time.
    ///
    /// # Errors
    /// [`Error::TimedOut`] where there isn't so much of it.
    pub async fn on_its_time<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let done = self.budget.within(Duration::ZERO, work).await;
        done.ok_or_else(|| self.timed_out())
    }

    /// Leaves at least so much time to what must not be cut off, as [`Deadline::extend`].
    #[must_use]
    pub fn extend_deadline(&self, at_least: Duration) -> Extension<'_> {
        self.budget.extend(at_least)
    }

    /// Sends a request and reads the whole answer, as [`Connection::deliver`].
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::TimedOut`], [`Error::ServerError`] (5xx),
    /// [`Error::Throttled`], [`Error::Blocked`]; [`Error::InvalidResponse`] for a body that can't be read.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response> {
        self.deliver(request, Duration::ZERO).await.answer
    }

    /// Sends a request and reads the whole answer. Throttling is waited out, and faults are tried
    /// again where that can do no harm, as long as the time allows; `spare` of it is left over for
    /// what must come after.
    pub(super) async fn deliver(&self, request: &Request<'_>, spare: Duration) -> Delivery {
        let mut doubtful = false;
        let mut attempt = 1;
        loop {
            let step = if self.budget.left() <= spare {
                Step::Done(Err(self.out_of_time(spare)))
            } else {
                let outcome = self.budget.within(spare, self.exchange(request)).await;
                doubtful |= outcome.as_ref().is_none_or(Outcome::leaves_doubt);
                match outcome {
                    Some(outcome) => self.weigh(outcome, request, attempt, spare),
                    None => Step::Done(Err(self.out_of_time(spare))),
                }
            };
            match step {
                Step::Done(answer) => return Delivery { answer, doubtful },
                Step::Again(pause) => self.pause(pause).await,
            };
            attempt += 1;
        }
    }

    /// Decides whether an attempt was the last.
    fn weigh(
        &self,
        outcome: Outcome,
        request: &Request<'_>,
        attempt: u32,
        spare: Duration,
    ) -> Step {
        let left = self.budget.left().saturating_sub(spare);
        let asked = match &outcome {
            Outcome::Fault(_, asked) => *asked,
            _ => RetryAfter::Silent,
        };
        let pause = retry::after_fault(asked, attempt);
        let once_more = request.is_repeatable() && attempt < ATTEMPTS && pause < left;
        let space = || self.space.host();
        match outcome {
            Outcome::Answered(answer) => Step::Done(Ok(answer)),
            Outcome::Throttled(asked) => self.wait_out(asked, attempt, left),
            Outcome::Fault(..) if once_more => Step::Again(pause),
            Outcome::Fault(status, _) => Step::Done(Err(Error::ServerError {
                space: space(),
                status: status.as_u16(),
            })),
            Outcome::Blocked => Step::Done(Err(Error::Blocked { space: space() })),
            Outcome::Unreadable(problem) => Step::Done(Err(request.unusable(problem))),
            Outcome::Broken(error) => {
                let (cause, remedy) = transport_error::cause(&error);
                self.tell(|| cause.clone());
                if once_more && transport_error::is_passing(&error) {
                    return Step::Again(pause);
                }
                Step::Done(Err(Error::Unreachable {
                    space: space(),
                    cause,
                    remedy,
                }))
            }
        }
    }

    fn wait_out(&self, asked: RetryAfter, attempt: u32, left: Duration) -> Step {
        let pause = retry::after_throttle(asked, attempt);
        if pause < left {
            if let Some(waiting) = &self.waiting {
                waiting(pause);
            }
            return Step::Again(pause);
        }
        Step::Done(Err(Error::Throttled {
            space: self.space.host(),
            retry_after: asked.seconds(),
        }))
    }

    /// The part of the time left that is kept back for the look at what a write did: a quarter, and
    /// not more than is of use.
    pub(super) fn time_for_a_look(&self) -> Duration {
        (self.budget.left() / 4).min(Duration::from_secs(5))
    }

    /// How much is left of the time for network work.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.budget.left()
    }

    /// The error that the time for network work is over.
    #[must_use]
    pub fn timed_out(&self) -> Error {
        self.out_of_time(Duration::ZERO)
    }

    fn out_of_time(&self, spare: Duration) -> Error {
        Error::TimedOut {
            space: self.space.host(),
            limit: self.budget.given().saturating_sub(spare),
        }
    }

    /// Tells whoever traces a line.
    pub(super) fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            (trace.write)(&line());
        }
    }

    /// Tells whoever traces headers.
    pub(super) fn tell_headers(&self, mark: char, headers: &HeaderMap, request: &Request<'_>) {
        if let Some(trace) = self.trace.as_ref().filter(|trace| trace.headers) {
            for line in super::request::harmless(headers, &self.space) {
                (trace.write)(&request.without_secrets(format!("{mark} {line}")));
            }
        }
    }
}
