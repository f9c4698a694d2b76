//! What can be made to go wrong, by name.

mod catalogue;
mod text;

use std::fmt;

use super::garble::Garble;

pub use catalogue::Entry;
pub use text::UnknownFault;

/// One thing that goes wrong. Its text form is `NAME`, `NAME=VALUE` or
/// `NAME=VALUE,VALUE` ([`Fault::CATALOGUE`] has them all), with `ENDPOINT:`
/// before it where it is to strike one endpoint only, and `ENDPOINT+CALLS:`
/// where it is to spare that endpoint's first calls: `throttle=2,1`,
/// `switch:server-error=1,503`, `profiles+1:unauthorized`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 409 and no body, with a `Retry-After` if one is given (contract, "Limits
    /// and failures").
    Throttle {
        /// How many calls it strikes.
        times: u32,
        /// The wait to ask for, in seconds.
        retry_after: Option<u32>,
    },
    /// 429 with a `Retry-After` that is a date.
    ThrottleUntil {
        /// How many calls it strikes.
        times: u32,
        /// How long until that date, in seconds.
        seconds: u32,
    },
    /// 409 that is a real conflict: JSON with a message, no `Retry-After`.
    Conflict,
    /// An HTML page with this status.
    ServerError {
        /// How many calls it strikes.
        times: u32,
        /// The HTTP status, 500 to 599.
        status: u16,
    },
    /// 401 with no body.
    Unauthorized {
        /// How many calls it strikes.
        times: u32,
    },
    /// The connection is reset.
    Reset {
        /// When.
        moment: Moment,
        /// How many calls, or connections, it strikes.
        times: u32,
    },
    /// The call is worked on and never answered.
    Hang {
        /// How many calls it strikes.
        times: u32,
    },
    /// Every answer is the portal's web page, with 200.
    WebPage,
    /// Every answer is a firewall's web page, with 403.
    Firewall,
    /// Every answer points elsewhere (307).
    Redirect {
        /// To this port of this machine; else to another host.
        port: Option<u16>,
    },
    /// A switch is answered 200 with `WasSuccessful: false`.
    Refuse(RefusalShape),
    /// A switch is applied and answered 200, no body.
    EmptyConfirmation,
    /// A switch is confirmed and never applied.
    NotApplied,
    /// After a switch so many lists show the old state.
    AppliedLate {
        /// How many lists.
        lists: u32,
    },
    /// Lists come whole, whatever `_shape` says.
    IgnoreShape,
    /// The call is worked on, and answered with nonsense.
    Garbled(Garble),
    /// Any of the others, at one endpoint only.
    At(Endpoint, Box<Fault>),
    /// Any of the others, but not for the first so many calls.
    Later(u32, Box<Fault>),
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// As soon as it is there, before anything is read.
    Connecting,
    /// When the request has been read: it is not worked on.
    Before,
    /// When the request has been worked on: it is not answered.
    After,
    /// In the middle of the answer.
    Midway,
}

/// The form that the reasons for a refusal take: the contract's `Errors` is of
/// any type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalShape {
    /// `Message`, and `Errors` a list of objects.
    List,
    /// No message, and `Errors: null`.
    Null,
    /// `Errors` a string.
    Text,
    /// `Errors` an object of lists.
    Object,
    /// As `Text`, with what a terminal would obey in it.
    Escapes,
}

impl Fault {
    /// The same fault at one endpoint only.
    #[must_use]
    pub fn at(self, endpoint: Endpoint) -> Self {
        Self::At(endpoint, Box::new(self))
    }

    /// The same fault, sparing the first so many calls.
    #[must_use]
    pub fn later(self, calls: u32) -> Self {
        Self::Later(calls, Box::new(self))
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

    fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(endpoint, _)| *endpoint)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(endpoint, _)| endpoint == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}
