//! What can be made to go wrong, by name.

use std::fmt;
use std::str::FromStr;

/// One thing that goes wrong. Its text form is `NAME`, `NAME=VALUE` or
/// `NAME=VALUE,VALUE`, with `ENDPOINT:` before it where it is to strike one
/// endpoint only: `throttle=2,1`, `switch:server-error=1,503`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `throttle[=TIMES[,SECONDS]]`: 409 and no body, so many times, with a
    /// `Retry-After` if one is given (contract, "Limits and failures").
    Throttle {
        /// How many calls it strikes.
        times: u32,
        /// The wait to ask for, in seconds.
        retry_after: Option<u32>,
    },
    /// `server-error[=TIMES[,STATUS]]`: an HTML page with this status.
    ServerError {
        /// How many calls it strikes.
        times: u32,
        /// The HTTP status, 500 to 599.
        status: u16,
    },
    /// `web-page`: every answer is the portal's web page, with 200.
    WebPage,
    /// `refuse`: a switch is answered 200 with `WasSuccessful: false`.
    Refuse,
    /// `empty-confirmation`: a switch is applied and answered 200, no body.
    EmptyConfirmation,
    /// `not-applied`: a switch is confirmed and never applied.
    NotApplied,
    /// `applied-late[=LISTS]`: after a switch so many lists show the old state.
    AppliedLate {
        /// How many lists.
        lists: u32,
    },
    /// `ignore-shape`: lists come whole, whatever `_shape` says.
    IgnoreShape,
    /// Any of the others, at one endpoint only.
    At(Endpoint, Box<Fault>),
}

impl Fault {
    /// Every name, in the order of the documentation.
    pub const NAMES: [&'static str; 8] = [
        "throttle",
        "server-error",
        "web-page",
        "refuse",
        "empty-confirmation",
        "not-applied",
        "applied-late",
        "ignore-shape",
    ];

    /// The same fault at one endpoint only.
    #[must_use]
    pub fn at(self, endpoint: Endpoint) -> Self {
        Self::At(endpoint, Box::new(self))
    }
}

/// A place where a [`Fault`] can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /api/token`.
    Token,
    /// `GET /api/public/coworkers/profiles`.
    Profiles,
    /// `PUT /api/public/coworkers/profiles/current`.
    Switch,
    /// `GET /api/public/coworkers/profiles/current/benefits`.
    Benefits,
}

impl Endpoint {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Token, "token"),
        (Self::Profiles, "profiles"),
        (Self::Switch, "switch"),
        (Self::Benefits, "benefits"),
    ];

    /// The endpoint at this path, whatever the method.
    pub(super) fn at_path(path: &str) -> Option<Self> {
        match path {
            "/api/token" => Some(Self::Token),
            "/api/public/coworkers/profiles" => Some(Self::Profiles),
            "/api/public/coworkers/profiles/current" => Some(Self::Switch),
            "/api/public/coworkers/profiles/current/benefits" => Some(Self::Benefits),
            _ => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(endpoint, _)| endpoint == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

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
            Self::ServerError { times, status } => write!(f, "server-error={times},{status}"),
            Self::WebPage => f.write_str("web-page"),
            Self::Refuse => f.write_str("refuse"),
            Self::EmptyConfirmation => f.write_str("empty-confirmation"),
            Self::NotApplied => f.write_str("not-applied"),
            Self::AppliedLate { lists } => write!(f, "applied-late={lists}"),
            Self::IgnoreShape => f.write_str("ignore-shape"),
            Self::At(endpoint, fault) => write!(f, "{endpoint}:{fault}"),
        }
    }
}

/// A text that names no [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Fault::NAMES.join(", ");
        write!(f, "`{}` is no fault; there are: {names}", self.0)
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
    if let Some((place, rest)) = text.split_once(':') {
        let (endpoint, _) = Endpoint::ALL.iter().find(|(_, name)| *name == place)?;
        let fault = parse(rest)?;
        let nested = matches!(fault, Fault::At(..));
        return (!nested).then(|| fault.at(*endpoint));
    }
    let (name, values) = match text.split_once('=') {
        Some((name, values)) => (name, values.split(',').map(|n| n.parse().ok()).collect()),
        None => (text, Some(Vec::new())),
    };
    let values: Vec<u32> = values?;
    let fault = match (name, values.as_slice()) {
        ("throttle", []) => Fault::Throttle {
            times: 1,
            retry_after: None,
        },
        ("throttle", [times, rest @ ..]) if rest.len() < 2 => Fault::Throttle {
            times: *times,
            retry_after: rest.first().copied(),
        },
        ("server-error", values) if values.len() < 3 => Fault::ServerError {
            times: values.first().copied().unwrap_or(1),
            status: server_status(values.get(1).copied().unwrap_or(503))?,
        },
        ("web-page", []) => Fault::WebPage,
        ("refuse", []) => Fault::Refuse,
        ("empty-confirmation", []) => Fault::EmptyConfirmation,
        ("not-applied", []) => Fault::NotApplied,
        ("applied-late", values) if values.len() < 2 => Fault::AppliedLate {
            lists: values.first().copied().unwrap_or(1),
        },
        ("ignore-shape", []) => Fault::IgnoreShape,
        _ => return None,
    };
    Some(fault)
}

fn server_status(status: u32) -> Option<u16> {
    let status = u16::try_from(status).ok()?;
    (500..600).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_alone_is_a_fault_and_its_text_form_reads_back() {
        for name in Fault::NAMES {
            let fault: Fault = name.parse().unwrap();
            assert_eq!(fault.to_string().parse(), Ok(fault.clone()));
            assert!(fault.to_string().starts_with(name));
            let placed = fault.at(Endpoint::Switch);
            assert_eq!(placed.to_string().parse(), Ok(placed));
        }
    }

    #[test]
    fn values_are_read() {
        assert_eq!(
            "throttle=2,7".parse(),
            Ok(Fault::Throttle {
                times: 2,
                retry_after: Some(7)
            })
        );
        assert_eq!(
            "applied-late=3".parse(),
            Ok(Fault::AppliedLate { lists: 3 })
        );
        assert_eq!(
            "token:server-error=1,500".parse(),
            Ok(Fault::ServerError {
                times: 1,
                status: 500
            }
            .at(Endpoint::Token))
        );
    }

    #[test]
    fn what_names_no_fault_is_refused_with_the_names() {
        for text in [
            "",
            "nope",
            "refuse=1",
            "throttle=",
            "throttle=a",
            "throttle=1,2,3",
            "server-error=1,200",
            "elsewhere:refuse",
            "token:token:refuse",
        ] {
            let refused = text.parse::<Fault>().unwrap_err();
            assert!(refused.to_string().contains("empty-confirmation"), "{text}");
        }
    }
}
