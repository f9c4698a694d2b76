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
//! | `delay=MIN-MAX[,SEED]` | each request reaches the server, and each response the client, after a random time in ms |

mod proxy;
#[cfg(test)]
mod tests;

use std::str::FromStr;
use std::time::Duration;

pub(crate) use proxy::{FaultProxy, Request};

/// A fault, where it strikes, and how often it still will.
pub(crate) struct Fault {
    /// Method and path; `None` for every request.
    endpoint: Option<(&'static str, &'static str)>,
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

const ENDPOINTS: [(&str, &str, &str); 4] = [
    ("token", "POST", "/api/token"),
    ("profiles", "GET", "/api/public/coworkers/profiles"),
    ("switch", "PUT", "/api/public/coworkers/profiles/current"),
    (
        "benefits",
        "GET",
        "/api/public/coworkers/profiles/current/benefits",
    ),
];

impl Fault {
    /// Whether it strikes this request. A fault that is used up doesn't.
    fn strikes(&mut self, method: &str, path: &str) -> bool {
        if self.endpoint.is_some_and(|it| it != (method, path)) {
            return false;
        }
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

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| format!("no fault of the sandbox or of its tests: {text}"))
    }
}

fn parse(text: &str) -> Option<Fault> {
    let (place, fault) = text.split_once(':').unwrap_or(("", text));
    let (endpoint, skipped) = place.split_once('+').unwrap_or((place, "0"));
    let endpoint = match endpoint {
        "" => None,
        name => {
            let (_, method, path) = ENDPOINTS.iter().find(|(known, ..)| *known == name)?;
            Some((*method, *path))
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
        _ => return None,
    };
    Some(Fault {
        endpoint,
        skipped: skipped.parse().ok()?,
        times,
        effect,
    })
}
