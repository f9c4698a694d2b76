//! Faults: the failures that the sandbox can produce, by name. Tests add their own.

use std::future::pending;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;

use hyper::http::StatusCode;
use hyper::http::header::RETRY_AFTER;

use super::message::{Request, Response, response};

/// The help of `nxp sandbox serve`, which lists the faults at its end.
pub(crate) const FAULTS: &str = include_str!("faults.txt");

const ERROR_PAGE: &str = "<!doctype html>\n<title>Server error</title><h1>Server error</h1>\n";

/// A fault: what it does, where, and to which calls. Its text form is
/// `[ENDPOINT[+CALLS]:]NAME[=VALUES]`, where `+CALLS` skips the first calls.
/// `nxp sandbox serve --help` lists the names.
pub struct Fault {
    /// `None` for every endpoint.
    pub(super) endpoint: Option<&'static str>,
    pub(super) skipped: u32,
    /// How often it still occurs, except for a change, which always does.
    pub(super) times: u32,
    pub(super) effect: Effect,
}

/// What a fault does to a request.
#[derive(Clone)]
pub enum Effect {
    /// It is answered with this status, an HTML page if it is an error of the server, and a `Retry-After`.
    Status(StatusCode, Option<u32>),
    /// It is carried out, and then the connection is reset.
    Reset,
    /// It is carried out, and never answered.
    Hang,
    /// It is carried out in another way: the name of the fault, and its value.
    Change(&'static str, u32),
    /// What a test does. An error resets the connection.
    Custom(Respond),
}

/// Responds to a request. It may have the sandbox carry it out.
pub type Respond = Arc<dyn Fn(Request, CarryOut) -> Responding + Send + Sync>;

/// The response to come.
pub type Responding = Pin<Box<dyn Future<Output = io::Result<Response>> + Send>>;

/// Carries a request out.
pub type CarryOut = Box<dyn FnOnce(Request) -> Response + Send>;

/// What a fault of the list does, and how often.
pub(super) fn effect(name: &'static str, usage: &str, values: &[&str]) -> Option<(Effect, u32)> {
    let numbers = values.iter().map(|text| text.parse().ok());
    let numbers: Vec<u32> = numbers.collect::<Option<_>>()?;
    if numbers.len() > usage.matches('[').count() {
        return None;
    }
    let [first, second] = [0, 1].map(|index| numbers.get(index).copied());
    let effect = match name {
        "throttle" => Effect::Status(StatusCode::CONFLICT, second),
        "unavailable" => {
            let status = second.unwrap_or(503).try_into().ok()?;
            let status = StatusCode::from_u16(status).ok();
            Effect::Status(status.filter(StatusCode::is_server_error)?, None)
        }
        "expire" => Effect::Status(StatusCode::UNAUTHORIZED, None),
        "reset" => Effect::Reset,
        "hang" => Effect::Hang,
        "many-profiles" => Effect::Change(name, first.unwrap_or(203)),
        _ => Effect::Change(name, first.unwrap_or(1)),
    };
    Some((effect, first.unwrap_or(1)))
}

/// Responds to a request, as a fault does or not. An error resets the connection.
pub(super) async fn respond(
    effect: Option<Effect>,
    request: Request,
    carry_out: CarryOut,
) -> io::Result<Response> {
    match effect {
        None | Some(Effect::Change(..)) => Ok(carry_out(request)),
        Some(Effect::Status(status, retry_after)) => {
            let mut response = match status.is_server_error() {
                true => response(status, Some("text/html; charset=utf-8"), ERROR_PAGE),
                false => response(status, None, ""),
            };
            let retry_after = retry_after.map(|seconds| (RETRY_AFTER, seconds.into()));
            response.headers_mut().extend(retry_after);
            Ok(response)
        }
        Some(Effect::Reset) => {
            carry_out(request);
            Err(ErrorKind::ConnectionReset.into())
        }
        Some(Effect::Hang) => {
            carry_out(request);
            pending().await
        }
        Some(Effect::Custom(respond)) => respond(request, carry_out).await,
    }
}

/// Each fault: its name, the same with the values that it takes, such as `expire[=TIMES]`, and its meaning.
pub(crate) fn listed() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let (_, list) = FAULTS.split_once("\nFaults").unwrap_or_default();
    list.lines().filter_map(|line| {
        let (usage, meaning) = line.strip_prefix("  ")?.split_once(' ')?;
        Some((usage.split('[').next()?, usage, meaning.trim()))
    })
}
