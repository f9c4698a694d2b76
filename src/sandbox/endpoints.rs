//! The endpoints: from a request to its handler, and to the faults that it meets.

use hyper::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::http::{Method, StatusCode};
use serde_json::Value;

use super::faults::{Effect, Fault, effect, listed};
use super::message::{Failure, Request, Response, failure, response};
use super::server_data::ServerData;
use super::{bookings, profiles, sign_in};

/// Gives the JSON document of a response with status 200, null for an empty body.
type Handler = fn(&mut ServerData, &Request) -> Result<Value, Failure>;

/// An endpoint: name in a fault, method, path and handler. In a path, `{id}` stands for a number.
type Endpoint = (&'static str, Method, &'static str, Handler);

#[rustfmt::skip]
pub(super) static ENDPOINTS: [Endpoint; 11] = [
    ("token", Method::POST, "/api/token", sign_in::token),
    ("exchange", Method::POST, "/api/sys/users/exchange", sign_in::exchange),
    ("send-otp", Method::GET, "/api/sys/users/sendOtp", sign_in::send_otp),
    ("business", Method::GET, "/api/sys/businesses/getByHost", sign_in::business),
    ("profiles", Method::GET, "/api/public/coworkers/profiles", profiles::list),
    ("switch", Method::PUT, "/api/public/coworkers/profiles/current", profiles::switch),
    ("benefits", Method::GET, "/api/public/coworkers/profiles/current/benefits", profiles::benefits),
    ("impersonate", Method::GET, "/api/public/coworkers/{id}/impersonate", profiles::impersonate),
    ("bookings", Method::GET, "/en/bookings/fullCalendarBookings", bookings::list),
    ("book", Method::POST, "/en/basket/CreateInvoice", bookings::book),
    ("cancel", Method::POST, "/en/bookings/deletejson/{id}", bookings::cancel),
];

/// The endpoint at this path.
pub(super) fn at(path: &str) -> Option<&'static Endpoint> {
    let segments = path.split('/').map(|segment| match segment.parse::<u64>() {
        Ok(_) => "{id}",
        Err(_) => segment,
    });
    let path = segments.collect::<Vec<_>>().join("/");
    ENDPOINTS.iter().find(|(_, _, known, _)| *known == path)
}

/// Carries a request out.
pub(super) fn respond(data: &mut ServerData, request: &Request) -> Response {
    let (status, document) = match handle(data, request) {
        Ok(document) => (StatusCode::OK, document),
        Err(failure) => failure,
    };
    match document {
        Value::Null => response(status, None, ""),
        document => response(status, Some("application/json"), document.to_string()),
    }
}

fn handle(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    if request.is_from_a_web_page() && !data.options.any_host {
        let reason = "the sandbox serves programs on this machine, no web pages";
        return Err(failure(StatusCode::FORBIDDEN, reason));
    }
    let Some((_, method, _, handler)) = at(request.path()) else {
        let reason = "there is nothing at this path";
        return Err(failure(StatusCode::NOT_FOUND, reason));
    };
    if request.parts.method != *method {
        return Err((StatusCode::METHOD_NOT_ALLOWED, Value::Null));
    }
    let headers = &request.parts.headers;
    let has_length = [CONTENT_LENGTH, TRANSFER_ENCODING].map(|name| headers.contains_key(name));
    if *method != Method::GET && !has_length.contains(&true) {
        return Err((StatusCode::LENGTH_REQUIRED, Value::Null));
    }
    let outcome = data.visit(|data| handler(data, request));
    outcome.unwrap_or_else(|error| {
        let message = format!("the sandbox can't store its state: {error}");
        Err(failure(StatusCode::INTERNAL_SERVER_ERROR, &message))
    })
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
        let (place, bare) = text.split_once(':').unwrap_or(("", text));
        let (place, skipped) = place.split_once('+').unwrap_or((place, "0"));
        let (name, values) = bare.split_once('=').unwrap_or((bare, ""));
        let values: Vec<&str> = values.split_terminator(',').collect();
        let (effect, times) = match listed().find(|(known, ..)| *known == name) {
            Some((name, usage, _)) => effect(name, usage, &values)
                .ok_or_else(|| format!("invalid value in `{text}`: expected `{usage}`"))?,
            None => more(name, &values).ok_or_else(|| {
                let names: Vec<_> = listed().map(|(name, ..)| name).collect();
                let names = names.join(", ");
                format!("unknown fault `{text}`: expected one of {names}")
            })?,
        };
        let mut names = ENDPOINTS.iter().map(|(name, ..)| *name);
        let endpoint = names.find(|name| *name == place);
        if endpoint.is_none() && !place.is_empty() {
            return Err(format!("unknown endpoint `{place}` in `{text}`"));
        }
        let skipped = skipped.parse();
        let skipped = skipped.map_err(|_| format!("invalid number of calls in `{text}`"))?;
        Ok(Self {
            endpoint,
            skipped,
            times,
            effect,
        })
    }
}

/// Applies the faults to a request. Of those that respond to it, only the first applies and counts.
pub(super) fn strike(faults: &mut [Fault], request: &mut Request) -> Option<Effect> {
    let mut effect = None;
    let endpoint = at(request.path()).map(|(name, ..)| *name);
    let is_meant = |fault: &&mut Fault| fault.endpoint.is_none() || fault.endpoint == endpoint;
    for fault in faults.iter_mut().filter(is_meant) {
        if fault.skipped > 0 {
            fault.skipped -= 1;
        } else if let Effect::Change(name, value) = fault.effect {
            request.changes.push((name, value));
        } else if fault.times > 0 && effect.is_none() {
            fault.times -= 1;
            effect = Some(fault.effect.clone());
        }
    }
    effect
}
