//! Faults that only tests need: what comes between `nxp` and the sandbox's server.
//!
//! They are written as the sandbox's own are: `[ENDPOINT[+CALLS]:]NAME[=VALUE,…]`, where `+CALLS`
//! skips that many calls of the endpoint.
//!
//! | fault | what happens |
//! |---|---|
//! | `applied-then=STATUS[,TIMES]` | the request is carried out and answered with STATUS |
//! | `not-applied-then=STATUS[,TIMES]` | the request is answered with STATUS and not carried out |
//! | `applied-refused[=TIMES]` | a switch is carried out and answered `WasSuccessful: false` |
//! | `apply-after=MS[,hang]` | a switch is confirmed at once, or never, and carried out after MS |
//! | `answer-after=MS` | the request is carried out at once and answered after MS |
//! | `lag=MS` | for MS after a switch lists show the old state |
//! | `empty-confirmation` | a switch is carried out and answered with no body |
//! | `refuse=SHAPE` | a switch is refused; `Errors` is null, text, object or escapes (text with escape sequences) |
//! | `ignore-shape` | a list comes whole, with the token in it |
//! | `throttle-until=TIMES,SECONDS` | 429 with a date as `Retry-After` |
//! | `redirect[=PORT]` | the response points to a port of this machine, or to another host |
//! | `reset-connect[=TIMES]` | a new connection is reset before anything is read from it |
//! | `reset-midway[=TIMES]` | the connection is reset in the middle of the response |
//! | any of [`corrupt_body`] | the request is carried out, and the response can't be used |
//! | `delay=MIN-MAX[,SEED]` | each request reaches the server, and each response the client, after a random time in ms |

mod corrupt_body;
mod proxy;
#[cfg(test)]
mod tests;

use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};

use super::portal::{LIST, SWITCH};
use corrupt_body::Corruption;

pub(crate) use proxy::{FaultProxy, Request};

/// A fault, where it strikes, and how often it still will.
pub(crate) struct Fault {
    /// `None` for every request.
    endpoint: Option<&'static str>,
    skipped: u32,
    /// `None` without a limit.
    times: Option<u32>,
    effect: Effect,
}

#[derive(Clone)]
enum Effect {
    Answer {
        status: u16,
        applied: bool,
    },
    AppliedRefused,
    Refuse(Value),
    ThrottleUntil(u64),
    Redirect(String),
    IgnoreShape,
    ResetConnect,
    ResetMidway,
    Corrupt(Corruption),
    ApplyAfter {
        delay: Duration,
        hangs: bool,
    },
    AnswerAfter(Duration),
    Lag(Duration),
    Delay {
        min: u64,
        max: u64,
        random: fastrand::Rng,
    },
}

/// Names of endpoints, with their method and path.
const ENDPOINTS: [(&str, &str); 4] = [
    ("token", "POST /api/token"),
    ("profiles", LIST),
    ("switch", SWITCH),
    (
        "benefits",
        "GET /api/public/coworkers/profiles/current/benefits",
    ),
];

impl Fault {
    /// Whether it strikes this request. A fault that is used up doesn't.
    fn strikes(&mut self, call: &str) -> bool {
        if matches!(self.effect, Effect::ResetConnect) {
            return false;
        }
        if self.endpoint.is_some_and(|endpoint| endpoint != call) {
            return false;
        }
        self.spend()
    }

    /// Whether it strikes a new connection.
    fn strikes_connection(&mut self) -> bool {
        matches!(self.effect, Effect::ResetConnect) && self.spend()
    }

    fn spend(&mut self) -> bool {
        if self.skipped > 0 {
            self.skipped -= 1;
            return false;
        }
        match &mut self.times {
            Some(0) => false,
            Some(times) => {
                *times -= 1;
                true
            }
            None => true,
        }
    }

    fn lag(&self) -> Option<Duration> {
        match self.effect {
            Effect::Lag(time) => Some(time),
            _ => None,
        }
    }
}

/// The text names none of these faults.
#[derive(Debug)]
pub(crate) struct UnknownFault;

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        parse(text).ok_or(UnknownFault)
    }
}

fn parse(text: &str) -> Option<Fault> {
    let (place, fault) = text.split_once(':').unwrap_or(("", text));
    let (endpoint, skipped) = place.split_once('+').unwrap_or((place, "0"));
    let endpoint = match endpoint {
        "" => None,
        name => {
            let (_, endpoint) = ENDPOINTS.iter().find(|(known, _)| *known == name)?;
            Some(*endpoint)
        }
    };
    let (name, values) = fault.split_once('=').unwrap_or((fault, ""));
    let values: Vec<&str> = values
        .split(',')
        .filter(|value| !value.is_empty())
        .collect();
    let value = |index: usize| values.get(index).copied();
    let millis = || value(0)?.parse().ok().map(Duration::from_millis);
    let times = |index: usize| match value(index) {
        Some(times) => times.parse().ok().map(Some),
        None => Some(None),
    };
    let answer = |applied| {
        let status = value(0)?.parse().ok()?;
        Some((Effect::Answer { status, applied }, times(1)?))
    };
    let (effect, times) = match name {
        "applied-then" => answer(true)?,
        "not-applied-then" => answer(false)?,
        "applied-refused" => (Effect::AppliedRefused, times(0)?),
        "apply-after" => {
            let hangs = value(1) == Some("hang");
            let delay = millis()?;
            (Effect::ApplyAfter { delay, hangs }, None)
        }
        "answer-after" => (Effect::AnswerAfter(millis()?), None),
        "empty-confirmation" => (Effect::Corrupt(Corruption::NoBody), None),
        "refuse" => (Effect::Refuse(errors(value(0)?)?), None),
        "ignore-shape" => (Effect::IgnoreShape, None),
        "throttle-until" => {
            let seconds = value(1)?.parse().ok()?;
            (Effect::ThrottleUntil(seconds), times(0)?)
        }
        "redirect" => {
            let host = match value(0) {
                Some(port) => format!("http://127.0.0.1:{port}"),
                None => "https://elsewhere.example".to_owned(),
            };
            (Effect::Redirect(host), None)
        }
        "reset-connect" => (Effect::ResetConnect, times(0)?.or(Some(1))),
        "reset-midway" => (Effect::ResetMidway, times(0)?.or(Some(1))),
        "lag" => (Effect::Lag(millis()?), None),
        "delay" => {
            let (min, max) = value(0)?.split_once('-')?;
            let seed = value(1).map_or(Some(0), |seed| seed.parse().ok())?;
            let effect = Effect::Delay {
                min: min.parse().ok()?,
                max: max.parse().ok()?,
                random: fastrand::Rng::with_seed(seed),
            };
            (effect, None)
        }
        _ => {
            let number = |default: usize| match value(0) {
                Some(number) => number.parse().ok(),
                None => Some(default),
            };
            (Effect::Corrupt(Corruption::named(name, number)?), None)
        }
    };
    let endpoint = match name {
        "empty-confirmation" | "refuse" => Some(SWITCH),
        _ => endpoint,
    };
    Some(Fault {
        endpoint,
        skipped: skipped.parse().ok()?,
        times,
        effect,
    })
}

/// The `Errors` of a refusal in this shape.
fn errors(shape: &str) -> Option<Value> {
    const WHY: &str = "This profile can't be switched to.";
    Some(match shape {
        "null" => Value::Null,
        "text" => json!(WHY),
        "object" => json!({ "coworkerId": [WHY] }),
        "escapes" => json!(format!("\u{1b}]0;owned\u{7}\u{1b}[31m{WHY}\u{202e}")),
        _ => return None,
    })
}
