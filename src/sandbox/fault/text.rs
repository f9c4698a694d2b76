//! Faults as text, and back.

use std::fmt;
use std::str::FromStr;

use super::{Endpoint, Entry, Fault, Moment, RefusalShape};
use crate::sandbox::garble::Garble;

const MOMENTS: [(Moment, &str); 4] = [
    (Moment::Connecting, "reset-connect"),
    (Moment::Before, "reset-before"),
    (Moment::After, "reset-after"),
    (Moment::Midway, "reset-midway"),
];

const SHAPES: [(RefusalShape, &str); 5] = [
    (RefusalShape::List, "list"),
    (RefusalShape::Null, "null"),
    (RefusalShape::Text, "text"),
    (RefusalShape::Object, "object"),
    (RefusalShape::Escapes, "escapes"),
];

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttle {
                times,
                retry_after: None,
            } => write!(f, "throttle={times}"),
            Self::Throttle {
                times,
                retry_after: Some(seconds),
            } => write!(f, "throttle={times},{seconds}"),
            Self::ThrottleUntil { times, seconds } => {
                write!(f, "throttle-until={times},{seconds}")
            }
            Self::Conflict => f.write_str("conflict"),
            Self::ServerError { times, status } => write!(f, "server-error={times},{status}"),
            Self::Unauthorized { times } => write!(f, "unauthorized={times}"),
            Self::Reset { moment, times } => write!(f, "{}={times}", word(&MOMENTS, *moment)),
            Self::Hang { times } => write!(f, "hang={times}"),
            Self::WebPage => f.write_str("web-page"),
            Self::Firewall => f.write_str("firewall"),
            Self::Redirect { port: None } => f.write_str("redirect"),
            Self::Redirect { port: Some(port) } => write!(f, "redirect={port}"),
            Self::Refuse(shape) => write!(f, "refuse={}", word(&SHAPES, *shape)),
            Self::EmptyConfirmation => f.write_str("empty-confirmation"),
            Self::NotApplied => f.write_str("not-applied"),
            Self::AppliedLate { lists } => write!(f, "applied-late={lists}"),
            Self::IgnoreShape => f.write_str("ignore-shape"),
            Self::Garbled(garble) => garble.fmt(f),
            Self::At(endpoint, fault) => match &**fault {
                Self::Later(calls, fault) => write!(f, "{endpoint}+{calls}:{fault}"),
                fault => write!(f, "{endpoint}:{fault}"),
            },
            Self::Later(calls, fault) => write!(f, "+{calls}:{fault}"),
        }
    }
}

fn word<T: PartialEq>(words: &[(T, &'static str)], wanted: T) -> &'static str {
    let found = words.iter().find(|(known, _)| *known == wanted);
    found.map_or("", |(_, word)| word)
}

/// A text that names no [`Fault`], or one in a way that it doesn't go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        let (place, bare) = match text.split_once(':') {
            Some((place, bare)) => (Some(place), bare),
            None => (None, text.as_str()),
        };
        let Some(entry) = entry(bare.split_once('=').map_or(bare, |(name, _)| name)) else {
            let names = Fault::CATALOGUE.map(|entry| entry.name).join(", ");
            return write!(f, "`{text}` is no fault; there are: {names}");
        };
        match place {
            Some(place) if parse_bare(bare).is_some() => {
                let endpoints = Endpoint::ALL.map(|(_, name)| name).join(", ");
                write!(
                    f,
                    "`{place}` in `{text}` is no endpoint, with the calls to spare or without; there are: {endpoints}"
                )
            }
            _ => write!(
                f,
                "the value in `{text}` is wrong; it goes `{}{}`",
                entry.name, entry.values
            ),
        }
    }
}

impl std::error::Error for UnknownFault {}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Fault> {
    let Some((place, rest)) = text.split_once(':') else {
        return parse_bare(text);
    };
    let fault = parse_bare(rest)?;
    let (endpoint, calls) = match place.split_once('+') {
        Some((endpoint, calls)) => (endpoint, Some(calls.parse().ok()?)),
        None => (place, None),
    };
    let fault = match calls {
        Some(calls) => fault.later(calls),
        None => fault,
    };
    if endpoint.is_empty() && calls.is_some() {
        return Some(fault);
    }
    Some(fault.at(Endpoint::named(endpoint)?))
}

fn entry(name: &str) -> Option<Entry> {
    Fault::CATALOGUE
        .into_iter()
        .find(|entry| entry.name == name)
}

/// Reads a fault that has no endpoint before it.
fn parse_bare(text: &str) -> Option<Fault> {
    let (name, values) = match text.split_once('=') {
        Some((name, values)) => (name, values.split(',').collect()),
        None => (text, Vec::new()),
    };
    if values.len() > entry(name)?.most {
        return None;
    }
    let value = |index: usize, default: u32| match values.get(index) {
        Some(text) => text.parse().ok(),
        None => Some(default),
    };
    if let Some((moment, _)) = MOMENTS.iter().find(|(_, known)| *known == name) {
        return Some(Fault::Reset {
            moment: *moment,
            times: value(0, 1)?,
        });
    }
    Some(match name {
        "throttle" => Fault::Throttle {
            times: value(0, 1)?,
            retry_after: match values.len() {
                2 => Some(value(1, 0)?),
                _ => None,
            },
        },
        "throttle-until" => Fault::ThrottleUntil {
            times: value(0, 1)?,
            seconds: value(1, 2)?,
        },
        "conflict" => Fault::Conflict,
        "server-error" => Fault::ServerError {
            times: value(0, 1)?,
            status: server_status(value(1, 503)?)?,
        },
        "unauthorized" => Fault::Unauthorized {
            times: value(0, 1)?,
        },
        "hang" => Fault::Hang {
            times: value(0, 1)?,
        },
        "web-page" => Fault::WebPage,
        "firewall" => Fault::Firewall,
        "redirect" => Fault::Redirect {
            port: match values.first() {
                Some(port) => Some(port.parse().ok()?),
                None => None,
            },
        },
        "refuse" => Fault::Refuse(shape(values.first().unwrap_or(&"list"))?),
        "empty-confirmation" => Fault::EmptyConfirmation,
        "not-applied" => Fault::NotApplied,
        "applied-late" => Fault::AppliedLate {
            lists: value(0, 1)?,
        },
        "ignore-shape" => Fault::IgnoreShape,
        _ => Fault::Garbled(Garble::named(name, |default| value(0, default))?),
    })
}

fn server_status(status: u32) -> Option<u16> {
    let status = u16::try_from(status).ok()?;
    (500..600).contains(&status).then_some(status)
}

fn shape(name: &str) -> Option<RefusalShape> {
    let found = SHAPES.iter().find(|(_, known)| *known == name);
    found.map(|(shape, _)| *shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_alone_is_a_fault_and_its_text_form_reads_back() {
        for entry in Fault::CATALOGUE {
            let fault: Fault = entry.name.parse().unwrap();
            assert_eq!(fault.to_string().parse(), Ok(fault.clone()));
            assert!(fault.to_string().starts_with(entry.name), "{fault}");
            for placed in [
                fault.clone().at(Endpoint::Switch),
                fault.clone().later(2).at(Endpoint::Profiles),
                fault.later(1),
            ] {
                assert_eq!(placed.to_string().parse(), Ok(placed));
            }
        }
    }

    #[test]
    fn values_are_read() {
        let shape = Fault::Refuse(RefusalShape::Null);
        for (text, fault) in [
            (
                "throttle=2,7",
                Fault::Throttle {
                    times: 2,
                    retry_after: Some(7),
                },
            ),
            ("applied-late=3", Fault::AppliedLate { lists: 3 }),
            (
                "token:server-error=1,500",
                Fault::ServerError {
                    times: 1,
                    status: 500,
                }
                .at(Endpoint::Token),
            ),
            ("refuse=null", shape),
            ("redirect=8080", Fault::Redirect { port: Some(8080) }),
            (
                "profiles+1:drip=20",
                Fault::Garbled(Garble::Drip { millis: 20 })
                    .later(1)
                    .at(Endpoint::Profiles),
            ),
        ] {
            assert_eq!(text.parse(), Ok(fault), "{text}");
        }
    }

    fn refused(text: &str) -> String {
        text.parse::<Fault>().unwrap_err().to_string()
    }

    #[test]
    fn what_names_no_fault_is_refused_with_the_names() {
        for text in ["", "nope", "nope=1", "token:nope", "token:token:refuse"] {
            assert!(refused(text).contains("empty-confirmation"), "{text}");
        }
    }

    #[test]
    fn a_fault_with_a_value_that_it_does_not_take_is_refused_with_those_it_takes() {
        for (text, form) in [
            ("refuse=1", "`refuse[=SHAPE]`"),
            ("throttle=", "`throttle[=TIMES[,SECONDS]]`"),
            ("throttle=a", "`throttle[=TIMES[,SECONDS]]`"),
            ("switch:throttle=a", "`throttle[=TIMES[,SECONDS]]`"),
            ("throttle=1,2,3", "`throttle[=TIMES[,SECONDS]]`"),
            ("throttle=1,", "`throttle[=TIMES[,SECONDS]]`"),
            ("server-error=1,200", "`server-error[=TIMES[,STATUS]]`"),
            ("redirect=70000", "`redirect[=PORT]`"),
            ("bomb=1", "`bomb`"),
        ] {
            let expected = format!("the value in `{text}` is wrong; it goes {form}");
            assert_eq!(refused(text), expected);
        }
    }

    #[test]
    fn an_endpoint_that_there_is_none_of_is_refused_with_those_there_are() {
        for place in ["elsewhere", "", "token+", "token+x"] {
            let refused = refused(&format!("{place}:refuse"));
            assert!(refused.starts_with(&format!("`{place}` in ")), "{refused}");
            assert!(refused.ends_with("token, profiles, switch, benefits"));
        }
    }
}
