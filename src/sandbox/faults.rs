//! Faults: the failures that the sandbox can produce, by name.

use std::fmt;
use std::str::FromStr;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::endpoint::Endpoint;
use super::response::{Response, WEB_PAGE, empty, html, json_with_status};

/// The help of `nxp sandbox serve`, which lists the faults. A line that begins with two spaces describes
/// one: its name and values, two spaces or more, and its meaning.
pub(crate) const FAULTS: &str = include_str!("faults.txt");

const ERROR_PAGE: &str = "<!doctype html>\n<html><head><title>Server error</title></head>\
    <body><h1>Something broke on our side</h1></body></html>\n";

const FIREWALL_PAGE: &str = "<!doctype html>\n<html><head><title>Blocked</title></head>\
    <body><h1>Your request was blocked</h1></body></html>\n";

/// A fault, the endpoint where it occurs, and for which calls. Its text form is
/// `[ENDPOINT[+CALLS]:]NAME[=VALUES]`, where `+CALLS` skips the first calls:
/// `throttle=2,1`, `switch:server-error=1,503`, `profiles+1:hang`.
/// `nxp sandbox serve --help` lists the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    text: String,
    /// `None` for every endpoint.
    endpoint: Option<Endpoint>,
    skipped: u32,
    /// How often it still occurs.
    times: u32,
    pub(super) effect: Effect,
}

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// 409 without a body, the portal's way to throttle.
    Throttle {
        /// In seconds.
        retry_after: Option<u32>,
    },
    Conflict,
    ServerError(StatusCode),
    Unauthorized,
    /// The request is not carried out.
    ResetBefore,
    /// The request is carried out.
    ResetAfter,
    /// The request is carried out and never answered.
    Hang,
    WebPage,
    Firewall,
    /// A switch is answered 200 with `WasSuccessful: false`.
    Refuse,
    /// A switch is confirmed and not applied.
    NotApplied,
    /// After a switch this many lists show the old state.
    AppliedLate(u32),
    /// Each user with a profile has this many.
    ManyProfiles(u32),
    /// A one-time link's refresh token is bound to the email.
    EmailAsClient,
}

impl Effect {
    /// The response instead of the normal one, if the request is answered without being carried out.
    pub(super) fn response(&self) -> Option<Response> {
        Some(match self {
            Self::Throttle { retry_after } => {
                let mut response = empty(StatusCode::CONFLICT);
                let wait = retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds)));
                response.headers_mut().extend(wait);
                response
            }
            Self::Conflict => {
                let body = json!({ "Message": "This user is being changed right now." });
                json_with_status(StatusCode::CONFLICT, &body)
            }
            Self::ServerError(status) => html(*status, ERROR_PAGE),
            Self::Unauthorized => empty(StatusCode::UNAUTHORIZED),
            Self::WebPage => html(StatusCode::OK, WEB_PAGE),
            Self::Firewall => html(StatusCode::FORBIDDEN, FIREWALL_PAGE),
            _ => return None,
        })
    }

    /// Whether the normal response is not sent.
    fn replaces_response(&self) -> bool {
        matches!(self, Self::ResetBefore | Self::ResetAfter | Self::Hang)
            || self.response().is_some()
    }
}

/// The active faults.
#[derive(Default)]
pub(super) struct ActiveFaults(pub(super) Vec<Fault>);

impl ActiveFaults {
    /// The effects on the next request to this path of the API. Of the faults that replace the response,
    /// only the first applies and counts.
    pub(super) fn effects_at(&mut self, path: &str) -> Vec<Effect> {
        let endpoint = Endpoint::at_path(path);
        let mut effects: Vec<Effect> = Vec::new();
        for fault in &mut self.0 {
            if fault.endpoint.is_some() && fault.endpoint != endpoint {
                continue;
            }
            if fault.skipped > 0 {
                fault.skipped -= 1;
                continue;
            }
            let is_replaced = effects.iter().any(Effect::replaces_response);
            if fault.times == 0 || is_replaced && fault.effect.replaces_response() {
                continue;
            }
            fault.times -= 1;
            effects.push(fault.effect.clone());
        }
        effects
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is not a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFault(String);

impl fmt::Display for InvalidFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidFault {}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let (place, bare) = match text.split_once(':') {
            Some((place, bare)) => (Some(place), bare),
            None => (None, text),
        };
        let (name, values) = match bare.split_once('=') {
            Some((name, values)) => (name, values.split(',').collect()),
            None => (bare, Vec::new()),
        };
        let Some(usage) = usages().find(|usage| name_in(usage) == name) else {
            let names: Vec<_> = usages().map(name_in).collect();
            let names = names.join(", ");
            let message = format!("unknown fault `{text}`: expected one of {names}");
            return Err(InvalidFault(message));
        };
        let effect = match values.len() <= usage.matches('[').count() {
            true => parse_effect(name, &values),
            false => None,
        };
        let (effect, times) = effect.ok_or_else(|| {
            InvalidFault(format!("invalid value in `{text}`: expected `{usage}`"))
        })?;
        let (endpoint, skipped) = parse_place(place).ok_or_else(|| {
            let place = place.unwrap_or_default();
            let endpoints = Endpoint::ALL.map(Endpoint::name).join(", ");
            InvalidFault(format!(
                "unknown endpoint `{place}` in `{text}`: expected one of {endpoints}, or one with `+CALLS`"
            ))
        })?;
        Ok(Self {
            text: text.to_owned(),
            endpoint,
            skipped,
            times,
            effect,
        })
    }
}

/// Each fault with the values that it takes, such as `unauthorized[=TIMES]`.
fn usages() -> impl Iterator<Item = &'static str> {
    let lines = FAULTS.lines();
    lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
}

fn name_in(usage: &'static str) -> &'static str {
    usage.split('[').next().unwrap_or_default()
}

/// Reads what a fault does, and how often.
fn parse_effect(name: &str, values: &[&str]) -> Option<(Effect, u32)> {
    let value = |index: usize, default: u32| match values.get(index) {
        Some(text) => text.parse().ok(),
        None => Some(default),
    };
    let limited = |effect| Some((effect, value(0, 1)?));
    let always = |effect| Some((effect, u32::MAX));
    match name {
        "throttle" => {
            let retry_after = values.get(1).map(|seconds| seconds.parse());
            let retry_after = retry_after.transpose().ok()?;
            limited(Effect::Throttle { retry_after })
        }
        "server-error" => {
            let status = StatusCode::from_u16(value(1, 503)?.try_into().ok()?).ok()?;
            limited(Effect::ServerError(
                Some(status).filter(StatusCode::is_server_error)?,
            ))
        }
        "unauthorized" => limited(Effect::Unauthorized),
        "reset-before" => limited(Effect::ResetBefore),
        "reset-after" => limited(Effect::ResetAfter),
        "hang" => limited(Effect::Hang),
        "conflict" => always(Effect::Conflict),
        "web-page" => always(Effect::WebPage),
        "firewall" => always(Effect::Firewall),
        "refuse" => always(Effect::Refuse),
        "not-applied" => always(Effect::NotApplied),
        "applied-late" => always(Effect::AppliedLate(value(0, 1)?)),
        "many-profiles" => always(Effect::ManyProfiles(value(0, 203)?)),
        "email-as-client" => always(Effect::EmailAsClient),
        _ => None,
    }
}

/// Reads where a fault occurs, and how many calls it skips there.
fn parse_place(place: Option<&str>) -> Option<(Option<Endpoint>, u32)> {
    let Some(place) = place else {
        return Some((None, 0));
    };
    let (name, skipped) = place.split_once('+').unwrap_or((place, "0"));
    let mut endpoints = Endpoint::ALL.into_iter();
    let endpoint = endpoints.find(|endpoint| endpoint.name() == name)?;
    Some((Some(endpoint), skipped.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_faults_parse() {
        let names: Vec<_> = usages().map(name_in).collect();
        assert_eq!(names.len(), 14);
        for name in names {
            for text in [name.to_owned(), format!("switch+2:{name}")] {
                let fault: Fault = text.parse().unwrap();
                assert_eq!(fault.to_string(), text);
                assert_eq!(fault.to_string().parse(), Ok(fault));
            }
        }
    }

    #[test]
    fn the_help_lists_the_endpoints() {
        let names = Endpoint::ALL.map(Endpoint::name).join(", ");
        let names = names.replace(", cancel", " or cancel");
        let help = FAULTS.replace('\n', " ");
        assert!(help.contains(&format!(" ENDPOINT is {names}. ")), "{help}");
    }

    #[test]
    fn values_are_read() {
        let parsed = |text: &str| text.parse::<Fault>().unwrap();
        let fault = parsed("token+3:throttle=2,7");
        let retry_after = Some(7);
        assert_eq!((fault.times, fault.skipped), (2, 3));
        assert_eq!(fault.endpoint, Some(Endpoint::Token));
        assert_eq!(fault.effect, Effect::Throttle { retry_after });
        let broken = Effect::ServerError(StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(parsed("server-error=1,500").effect, broken);
        assert_eq!(parsed("applied-late=3").effect, Effect::AppliedLate(3));
    }

    fn refused(text: &str) -> String {
        text.parse::<Fault>().unwrap_err().to_string()
    }

    #[test]
    fn unknown_fault_is_refused() {
        for text in ["", "nope", "nope=1", "token:nope", "token:token:refuse"] {
            assert!(refused(text).contains("applied-late"), "{text}");
        }
    }

    #[test]
    fn invalid_value_is_refused() {
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
    fn unknown_endpoint_is_refused() {
        for place in ["elsewhere", "", "token+", "token+x"] {
            let refused = refused(&format!("{place}:refuse"));
            let start = format!("unknown endpoint `{place}` in ");
            assert!(refused.starts_with(&start), "{refused}");
            assert!(refused.contains("token, exchange, profiles"), "{refused}");
        }
    }
}
