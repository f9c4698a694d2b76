//! Faults: the failures that the sandbox can produce, by name. Tests add their own.

use std::future::{pending, ready};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use hyper::http::header::RETRY_AFTER;
use hyper::http::{HeaderValue, StatusCode};

use super::endpoints::{is_api, name_at, names};
use super::message::{HTML, Request, Response, empty, response};

/// The help of `nxp sandbox serve`, which lists the faults at its end.
pub(crate) const FAULTS: &str = include_str!("faults.txt");

const ERROR_PAGE: &str = "<!doctype html>\n<html><head><title>Server error</title></head>\
    <body><h1>Something broke on our side</h1></body></html>\n";

/// A fault: what it does, where, and to which calls. Its text form is
/// `[ENDPOINT[+CALLS]:]NAME[=VALUES]`, where `+CALLS` skips the first calls.
/// `nxp sandbox serve --help` lists the names.
pub struct Fault {
    /// `None` for every endpoint.
    endpoint: Option<&'static str>,
    skipped: u32,
    /// How often it still occurs.
    times: u32,
    pub(super) effect: Effect,
}

/// What a fault does to a request.
#[derive(Clone)]
pub enum Effect {
    /// It answers instead of the sandbox. An error resets the connection.
    Answer(Answer),
    /// The sandbox carries the request out in another way: the name of the fault, and its value.
    Change(&'static str, u32),
}

/// What answers a request. It may have the sandbox carry it out.
pub type Answer = Arc<dyn Fn(Request, Next) -> Answered + Send + Sync>;

/// The response to come.
pub type Answered = Pin<Box<dyn Future<Output = io::Result<Response>> + Send>>;

/// Carries a request out, for a fault that answers it.
pub struct Next(pub(super) Box<dyn FnOnce(Request) -> Response + Send>);

impl Next {
    /// The sandbox's response.
    pub fn carry_out(self, request: Request) -> Response {
        (self.0)(request)
    }
}

impl Effect {
    /// Answers instead of the sandbox.
    pub fn answer<F>(answer: impl Fn(Request, Next) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Response>> + Send + 'static,
    {
        Self::Answer(Arc::new(move |request, next| {
            Box::pin(answer(request, next))
        }))
    }
}

impl Fault {
    /// Reads a fault. `more` gives what faults of other names do with their values, and how often.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(
        text: &str,
        more: impl Fn(&str, &[&str]) -> Option<(Effect, u32)>,
    ) -> Result<Self, String> {
        let (place, bare) = match text.split_once(':') {
            Some((place, bare)) => (Some(place), bare),
            None => (None, text),
        };
        let (name, values) = match bare.split_once('=') {
            Some((name, values)) => (name, values.split(',').collect()),
            None => (bare, Vec::new()),
        };
        let (effect, times) = match listed().find(|(known, ..)| *known == name) {
            Some((name, usage, _)) => Some(usage.matches('[').count())
                .filter(|most| values.len() <= *most)
                .and_then(|_| effect(name, &values))
                .ok_or_else(|| format!("invalid value in `{text}`: expected `{usage}`"))?,
            None => more(name, &values).ok_or_else(|| {
                let names: Vec<_> = listed().map(|(name, ..)| name).collect();
                let names = names.join(", ");
                format!("unknown fault `{text}`: expected one of {names}")
            })?,
        };
        let (endpoint, skipped) = match place {
            Some(place) => parse_place(place).ok_or_else(|| {
                let names = names().collect::<Vec<_>>().join(", ");
                format!("unknown endpoint `{place}` in `{text}`: expected one of {names}, or one with `+CALLS`")
            })?,
            None => (None, 0),
        };
        Ok(Self {
            endpoint,
            skipped,
            times,
            effect,
        })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, |_, _| None)
    }
}

/// Applies the faults to a request. Of those that answer it, only the first applies and counts.
pub(super) fn strike(faults: &mut [Fault], request: &mut Request) -> Option<Answer> {
    let mut answer = None;
    let endpoint = name_at(request.path());
    let is_api = is_api(request.path());
    let is_meant = |fault: &&mut Fault| match fault.endpoint {
        Some(meant) => endpoint == Some(meant),
        None => is_api,
    };
    for fault in faults.iter_mut().filter(is_meant) {
        if fault.skipped > 0 {
            fault.skipped -= 1;
            continue;
        }
        match &fault.effect {
            _ if fault.times == 0 => continue,
            Effect::Answer(_) if answer.is_some() => continue,
            Effect::Answer(first) => answer = Some(Arc::clone(first)),
            Effect::Change(name, value) => request.changes.push((*name, *value)),
        }
        fault.times -= 1;
    }
    answer
}

/// Each fault: its name, the same with the values that it takes, such as `expire[=TIMES]`, and its meaning.
pub(crate) fn listed() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = FAULTS
        .lines()
        .skip_while(|line| !line.starts_with("Faults"));
    lines.filter_map(|line| {
        let (usage, meaning) = line.strip_prefix("  ")?.split_once(' ')?;
        Some((usage.split('[').next()?, usage, meaning.trim()))
    })
}

/// What a fault of the list does, and how often.
fn effect(name: &'static str, values: &[&str]) -> Option<(Effect, u32)> {
    let value = |index: usize, default: u32| match values.get(index) {
        Some(text) => text.parse().ok(),
        None => Some(default),
    };
    let effect = match name {
        "throttle" => {
            let retry_after = values.get(1).map(|seconds| seconds.parse::<u32>());
            let retry_after = retry_after.transpose().ok()?.map(HeaderValue::from);
            Effect::answer(move |_, _| {
                let mut response = empty(StatusCode::CONFLICT);
                let wait = retry_after.clone().map(|seconds| (RETRY_AFTER, seconds));
                response.headers_mut().extend(wait);
                ready(Ok(response))
            })
        }
        "unavailable" => {
            let status = StatusCode::from_u16(value(1, 503)?.try_into().ok()?).ok()?;
            let status = Some(status).filter(StatusCode::is_server_error)?;
            Effect::answer(move |_, _| ready(Ok(response(status, HTML, ERROR_PAGE))))
        }
        "expire" => Effect::answer(|_, _| ready(Ok(empty(StatusCode::UNAUTHORIZED)))),
        "reset" => Effect::answer(|request, next| {
            next.carry_out(request);
            ready(Err(ErrorKind::ConnectionReset.into()))
        }),
        "hang" => Effect::answer(|request, next| {
            next.carry_out(request);
            pending()
        }),
        "many-profiles" => Effect::Change(name, value(0, 203)?),
        _ => Effect::Change(name, value(0, 1)?),
    };
    let times = match effect {
        Effect::Answer(_) => value(0, 1)?,
        Effect::Change(..) => u32::MAX,
    };
    Some((effect, times))
}

/// Reads where a fault occurs, and how many calls it skips there.
fn parse_place(place: &str) -> Option<(Option<&'static str>, u32)> {
    let (name, skipped) = place.split_once('+').unwrap_or((place, "0"));
    let endpoint = names().find(|known| *known == name)?;
    Some((Some(endpoint), skipped.parse().ok()?))
}
