//! From a request to its handler.

use http::header::{ALLOW, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Method, StatusCode};

use super::endpoint::Endpoint;
use super::request::Request;
use super::response::{Failure, Response, WEB_PAGE, empty, html};
use super::server_data::ServerData;
use super::{bookings, exchange, profiles, token};

/// Carries a request out.
pub(super) fn respond(data: &mut ServerData, request: &Request) -> Response {
    let path = request.path();
    let Some(endpoint) = Endpoint::at_path(path) else {
        return match is_api(path) {
            true => Failure::new(StatusCode::NOT_FOUND, "the API has nothing at this path").into(),
            false => html(StatusCode::OK, WEB_PAGE),
        };
    };
    let method = endpoint.method();
    if request.parts.method != method {
        let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
        let allowed = HeaderValue::from_str(method.as_str());
        response.headers_mut().extend(allowed.map(|it| (ALLOW, it)));
        return response;
    }
    let headers = &request.parts.headers;
    let has_length = [CONTENT_LENGTH, TRANSFER_ENCODING].map(|name| headers.contains_key(name));
    if method != Method::GET && !has_length.contains(&true) {
        return empty(StatusCode::LENGTH_REQUIRED);
    }
    let handler = match endpoint {
        Endpoint::Token => token::token,
        Endpoint::Exchange => exchange::exchange,
        Endpoint::Profiles => profiles::list,
        Endpoint::Switch => profiles::switch,
        Endpoint::Benefits => profiles::benefits,
        Endpoint::Bookings => bookings::list,
        Endpoint::Book => bookings::book,
        Endpoint::Cancel => bookings::cancel,
    };
    let outcome = data.visit(|data| handler(data, request));
    let outcome = outcome.unwrap_or_else(|error| Err(Failure::of_state(&error)));
    outcome.unwrap_or_else(Response::from)
}

/// Outside of the API there are web pages.
pub(super) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || Endpoint::at_path(path).is_some()
}
