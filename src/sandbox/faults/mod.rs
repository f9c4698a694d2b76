//! Faults: the failures that the sandbox can produce, by name.

mod active;
mod reset_stream;
mod response;

use std::fmt;
use std::str::FromStr;

pub(super) use active::{ActiveFaults, CallFaults, StaleList};
pub(super) use reset_stream::{Reset, ResetStream};
pub(super) use response::{FaultResponse, WEB_PAGE};

/// A fault, the endpoint where it occurs, and for which calls. Its text form is
/// `[ENDPOINT[+CALLS]:]NAME[=VALUES]`, where `+CALLS` skips the first calls:
/// `throttle=2,1`, `switch:server-error=1,503`, `profiles+1:hang`.
/// [`Fault::CATALOGUE`] lists the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    text: String,
    /// `None` for every endpoint.
    endpoint: Option<Endpoint>,
    skipped: u32,
    /// How often it still occurs.
    times: u32,
    effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Effect {
    /// A response instead of the normal one; the request is not carried out.
    Respond(FaultResponse),
    Reset(Moment),
    /// The request is carried out and never answered.
    Hang,
    /// A switch is answered 200 with `WasSuccessful: false`.
    Refuse,
    /// A switch is confirmed and not applied.
    NotApplied,
    /// After a switch so many lists show the old state.
    AppliedLate(u32),
    /// Everyone with a profile has this many.
    ManyProfiles(u32),
    /// A one-time link's refresh token is bound to the email.
    EmailAsClient,
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// When the request has been read: it is not carried out.
    Before,
    /// When the request has been carried out: it is not answered.
    After,
}

/// The line about one fault in a help text.
#[derive(Clone, Copy, Debug)]
pub struct FaultHelp {
    /// The name.
    pub name: &'static str,
    /// The values it takes, as a usage line writes them; may be empty.
    pub values: &'static str,
    /// What happens.
    pub meaning: &'static str,
}

const fn help(name: &'static str, values: &'static str, meaning: &'static str) -> FaultHelp {
    FaultHelp {
        name,
        values,
        meaning,
    }
}

impl Fault {
    /// Every name. TIMES is 1 where it isn't given.
    pub const CATALOGUE: [FaultHelp; 14] = [
        help(
            "throttle",
            "[=TIMES[,SECONDS]]",
            "409 without a body; SECONDS become Retry-After",
        ),
        help("conflict", "", "409 with a message: a real conflict"),
        help(
            "server-error",
            "[=TIMES[,STATUS]]",
            "an HTML page with STATUS [503]",
        ),
        help("unauthorized", "[=TIMES]", "401 without a body"),
        help(
            "reset-before",
            "[=TIMES]",
            "reset; the request is not carried out",
        ),
        help(
            "reset-after",
            "[=TIMES]",
            "reset after the request is carried out",
        ),
        help(
            "hang",
            "[=TIMES]",
            "the request is carried out, but never answered",
        ),
        help("web-page", "", "200 with a web page instead of JSON"),
        help("firewall", "", "403 with a web page"),
        help("refuse", "", "switches are refused, with a reason"),
        help("not-applied", "", "switches are confirmed, but not applied"),
        help(
            "applied-late",
            "[=LISTS]",
            "LISTS [1] more lists show the old state",
        ),
        help(
            "many-profiles",
            "[=COUNT]",
            "everyone with a profile has COUNT [203]",
        ),
        help(
            "email-as-client",
            "",
            "links bind refresh tokens to the email",
        ),
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is not a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        let (place, bare) = text.split_once(':').unwrap_or(("", text));
        let Some(help) = find_help(bare.split_once('=').map_or(bare, |(name, _)| name)) else {
            let names = Fault::CATALOGUE.map(|help| help.name).join(", ");
            return write!(f, "unknown fault `{text}`: expected one of {names}");
        };
        if parse_effect(bare).is_some() {
            let endpoints = Endpoint::ALL.map(|(_, name, _)| name).join(", ");
            return write!(
                f,
                "unknown endpoint `{place}` in `{text}`: expected one of {endpoints}, or one with `+CALLS`"
            );
        }
        let FaultHelp { name, values, .. } = help;
        write!(f, "invalid value in `{text}`: expected `{name}{values}`")
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
    let (place, bare) = match text.split_once(':') {
        Some((place, bare)) => (Some(place), bare),
        None => (None, text),
    };
    let (effect, times) = parse_effect(bare)?;
    let (name, skipped) = match place.map(|place| place.split_once('+').unwrap_or((place, "0"))) {
        Some((name, skipped)) => (Some(name), skipped.parse().ok()?),
        None => (None, 0),
    };
    Some(Fault {
        text: text.to_owned(),
        endpoint: match name {
            Some(name) => Some(Endpoint::named(name)?),
            None => None,
        },
        skipped,
        times,
        effect,
    })
}

fn find_help(name: &str) -> Option<FaultHelp> {
    let mut all = Fault::CATALOGUE.into_iter();
    all.find(|help| help.name == name)
}

/// Reads a fault without an endpoint: what it does, and how often.
fn parse_effect(text: &str) -> Option<(Effect, u32)> {
    let (name, values) = match text.split_once('=') {
        Some((name, values)) => (name, values.split(',').collect()),
        None => (text, Vec::new()),
    };
    if values.len() > find_help(name)?.values.matches('[').count() {
        return None;
    }
    let value = |index: usize, default: u32| match values.get(index) {
        Some(text) => text.parse().ok(),
        None => Some(default),
    };
    let respond = |response| Some((Effect::Respond(response), value(0, 1)?));
    let always = |effect| Some((effect, u32::MAX));
    match name {
        "throttle" => {
            let retry_after = match values.get(1) {
                Some(seconds) => Some(seconds.parse().ok()?),
                None => None,
            };
            respond(FaultResponse::Throttled { retry_after })
        }
        "server-error" => {
            let status = u16::try_from(value(1, 503)?).ok()?;
            let status = Some(status).filter(|status| (500..600).contains(status))?;
            respond(FaultResponse::ServerError(status))
        }
        "unauthorized" => respond(FaultResponse::Unauthorized),
        "conflict" => always(Effect::Respond(FaultResponse::Conflict)),
        "web-page" => always(Effect::Respond(FaultResponse::WebPage)),
        "firewall" => always(Effect::Respond(FaultResponse::Firewall)),
        "reset-before" => Some((Effect::Reset(Moment::Before), value(0, 1)?)),
        "reset-after" => Some((Effect::Reset(Moment::After), value(0, 1)?)),
        "hang" => Some((Effect::Hang, value(0, 1)?)),
        "refuse" => always(Effect::Refuse),
        "not-applied" => always(Effect::NotApplied),
        "applied-late" => always(Effect::AppliedLate(value(0, 1)?)),
        "many-profiles" => always(Effect::ManyProfiles(value(0, 203)?)),
        "email-as-client" => always(Effect::EmailAsClient),
        _ => None,
    }
}

/// An endpoint where a [`Fault`] can occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /api/token`.
    Token,
    /// `POST /api/sys/users/exchange`.
    Exchange,
    /// `GET /api/public/coworkers/profiles`.
    Profiles,
    /// `PUT /api/public/coworkers/profiles/current`.
    Switch,
    /// `GET /api/public/coworkers/profiles/current/benefits`.
    Benefits,
    /// `GET /en/bookings/fullCalendarBookings`.
    Bookings,
    /// `POST /en/basket/CreateInvoice`.
    Book,
    /// `POST /en/bookings/deletejson/{id}`.
    Cancel,
}

impl Endpoint {
    /// The endpoints, their names in a fault, and their paths; a path that ends with a slash goes on.
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Token, "token", "/api/token"),
        (Self::Exchange, "exchange", "/api/sys/users/exchange"),
        (Self::Profiles, "profiles", "/api/public/coworkers/profiles"),
        (
            Self::Switch,
            "switch",
            "/api/public/coworkers/profiles/current",
        ),
        (
            Self::Benefits,
            "benefits",
            "/api/public/coworkers/profiles/current/benefits",
        ),
        (
            Self::Bookings,
            "bookings",
            "/en/bookings/fullCalendarBookings",
        ),
        (Self::Book, "book", "/en/basket/CreateInvoice"),
        (Self::Cancel, "cancel", "/en/bookings/deletejson/"),
    ];

    /// The endpoint at this path, for any method.
    pub(super) fn at_path(path: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, _, known)| {
            path == *known || (known.ends_with('/') && path.starts_with(known))
        })
        .map(|(endpoint, ..)| endpoint)
    }

    fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, known, _)| *known == name)
            .map(|(endpoint, ..)| endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_alone_is_a_fault_and_its_text_form_reads_back() {
        for FaultHelp { name, .. } in Fault::CATALOGUE {
            for text in [name.to_owned(), format!("switch+2:{name}")] {
                let fault: Fault = text.parse().unwrap();
                assert_eq!(fault.to_string(), text);
                assert_eq!(fault.to_string().parse(), Ok(fault));
            }
        }
    }

    #[test]
    fn values_are_read() {
        let parsed = |text: &str| text.parse::<Fault>().unwrap();
        let fault = parsed("token+3:throttle=2,7");
        let retry_after = Some(7);
        let throttled = Effect::Respond(FaultResponse::Throttled { retry_after });
        assert_eq!((fault.times, fault.skipped), (2, 3));
        assert_eq!(
            (fault.endpoint, fault.effect),
            (Some(Endpoint::Token), throttled)
        );
        let broken = Effect::Respond(FaultResponse::ServerError(500));
        assert_eq!(parsed("server-error=1,500").effect, broken);
        assert_eq!(parsed("applied-late=3").effect, Effect::AppliedLate(3));
    }

    fn refused(text: &str) -> String {
        text.parse::<Fault>().unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names() {
        for text in ["", "nope", "nope=1", "token:nope", "token:token:refuse"] {
            assert!(refused(text).contains("applied-late"), "{text}");
        }
    }

    #[test]
    fn an_invalid_value_is_refused_with_the_usage() {
        for (text, usage) in [
            ("refuse=1", "`refuse`"),
            ("throttle=", "`throttle[=TIMES[,SECONDS]]`"),
            ("throttle=a", "`throttle[=TIMES[,SECONDS]]`"),
            ("switch:throttle=a", "`throttle[=TIMES[,SECONDS]]`"),
            ("throttle=1,2,3", "`throttle[=TIMES[,SECONDS]]`"),
            ("throttle=1,", "`throttle[=TIMES[,SECONDS]]`"),
            ("server-error=1,200", "`server-error[=TIMES[,STATUS]]`"),
            ("many-profiles=x", "`many-profiles[=COUNT]`"),
        ] {
            let expected = format!("invalid value in `{text}`: expected {usage}");
            assert_eq!(refused(text), expected);
        }
    }

    #[test]
    fn an_unknown_endpoint_is_refused_with_the_endpoints() {
        for place in ["elsewhere", "", "token+", "token+x"] {
            let refused = refused(&format!("{place}:refuse"));
            let start = format!("unknown endpoint `{place}` in ");
            assert!(refused.starts_with(&start), "{refused}");
            assert!(refused.contains("token, exchange, profiles"), "{refused}");
        }
    }
}
