//! Answers in place of the true one: the call is not worked on.

use std::time::{Duration, SystemTime};

use axum::Json;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

/// The page that the portal's web front shows for every path that isn't its
/// API's.
pub(super) const WEB_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head>\
    <meta charset=\"utf-8\"><title>Harbour Works</title></head>\
    <body><h1>Harbour Works</h1><p>The members' portal.</p></body></html>\n";

const BROKEN_PAGE: &str = "<!doctype html>\n<html><head><title>Server error</title></head>\
    <body><h1>Something broke on our side</h1></body></html>\n";

const FIREWALL_PAGE: &str = "<!doctype html>\n<html><head><title>Not here</title></head>\
    <body><h1>Your request was turned away</h1></body></html>\n";

/// What stands in for an answer.
#[derive(Clone, Copy)]
pub(super) enum Instead {
    /// Throttled, with a wait in seconds or without.
    Throttled(Option<u32>),
    /// Throttled until a date, so many seconds from now.
    ThrottledUntil(u32),
    /// A conflict with a message.
    Conflict,
    /// A page with this status.
    Broken(u16),
    /// 401 with no body.
    Unauthorized,
    /// The web front's page.
    WebPage,
    /// A firewall's page.
    Firewall,
    /// A redirection, to this port here or to another host.
    Redirect(Option<u16>),
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        match self {
            Self::WebPage => Html(WEB_PAGE).into_response(),
            Self::Firewall => (StatusCode::FORBIDDEN, Html(FIREWALL_PAGE)).into_response(),
            Self::Broken(status) => {
                let status = StatusCode::from_u16(status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, Html(BROKEN_PAGE)).into_response()
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
            Self::Conflict => {
                let message = json!({ "Message": "Somebody is changing this user just now." });
                (StatusCode::CONFLICT, Json(message)).into_response()
            }
            Self::Throttled(None) => StatusCode::CONFLICT.into_response(),
            Self::Throttled(Some(seconds)) => {
                let wait = [(RETRY_AFTER, HeaderValue::from(seconds))];
                (StatusCode::CONFLICT, wait).into_response()
            }
            Self::ThrottledUntil(seconds) => {
                let date = SystemTime::now() + Duration::from_secs(seconds.into());
                let wait = [(RETRY_AFTER, httpdate::fmt_http_date(date))];
                (StatusCode::TOO_MANY_REQUESTS, wait).into_response()
            }
            Self::Redirect(port) => {
                let host = match port {
                    Some(port) => format!("http://127.0.0.1:{port}"),
                    None => "https://elsewhere.example".to_owned(),
                };
                let place = [(
                    LOCATION,
                    format!("{host}/api/public/coworkers/profiles?from=here"),
                )];
                (StatusCode::TEMPORARY_REDIRECT, place).into_response()
            }
        }
    }
}
