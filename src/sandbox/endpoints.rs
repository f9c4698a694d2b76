//! The endpoints: from a request to its handler.

use hyper::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::http::{Method, StatusCode};

use super::message::{Failure, HTML, Request, Response, WEB_PAGE, empty, failure, response};
use super::server_data::ServerData;
use super::{bookings, profiles, sign_in};

type Handler = fn(&mut ServerData, &Request) -> Result<Response, Failure>;

/// The endpoints of the API: name in a fault, method, path and handler. In a path, `{id}` stands for a
/// segment.
#[rustfmt::skip]
static ENDPOINTS: [(&str, Method, &str, Handler); 11] = [
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

/// The names of the endpoints.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ENDPOINTS.iter().map(|(name, ..)| *name)
}

/// The name of the endpoint at this path.
pub(super) fn name_at(path: &str) -> Option<&'static str> {
    let mut all = ENDPOINTS.iter();
    let found = all.find(|(_, _, known, _)| path == *known || id_in(path, known).is_some());
    found.map(|(name, ..)| *name)
}

/// What stands for `{id}` in this path.
fn id_in<'a>(path: &'a str, pattern: &str) -> Option<&'a str> {
    let (before, after) = pattern.split_once("{id}")?;
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    (!id.contains('/')).then_some(id)
}

/// Whether a path is one of the API. Outside of it there are web pages.
pub(super) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || name_at(path).is_some()
}

/// Carries a request out.
pub(super) fn respond(data: &mut ServerData, mut request: Request) -> Response {
    let name = name_at(request.path());
    let mut all = ENDPOINTS.iter();
    let Some((_, method, path, handler)) = all.find(|(known, ..)| name == Some(known)) else {
        return match is_api(request.path()) {
            true => *failure(StatusCode::NOT_FOUND, "the API has nothing at this path"),
            false => response(StatusCode::OK, HTML, WEB_PAGE),
        };
    };
    if request.parts.method != *method {
        return empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    let headers = &request.parts.headers;
    let has_length = [CONTENT_LENGTH, TRANSFER_ENCODING].map(|name| headers.contains_key(name));
    if *method != Method::GET && !has_length.contains(&true) {
        return empty(StatusCode::LENGTH_REQUIRED);
    }
    request.id = id_in(request.path(), path).and_then(|id| id.parse().ok());
    let outcome = data.visit(|data| handler(data, &request));
    let outcome = outcome.unwrap_or_else(|error| {
        let message = format!("the sandbox can't store its state: {error}");
        Err(failure(StatusCode::INTERNAL_SERVER_ERROR, &message))
    });
    outcome.unwrap_or_else(|failure| *failure)
}
