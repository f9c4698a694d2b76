//! Responses of faults, instead of the normal one; the request is not carried out.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

/// The page that the portal shows for every path outside its API.
pub(in crate::sandbox) const WEB_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head>\
    <meta charset=\"utf-8\"><title>Harbour Works</title></head>\
    <body><h1>Harbour Works</h1><p>The members' portal.</p></body></html>\n";

const ERROR_PAGE: &str = "<!doctype html>\n<html><head><title>Server error</title></head>\
    <body><h1>Something broke on our side</h1></body></html>\n";

const FIREWALL_PAGE: &str = "<!doctype html>\n<html><head><title>Blocked</title></head>\
    <body><h1>Your request was blocked</h1></body></html>\n";

/// A response that a fault sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum FaultResponse {
    /// 409 without a body, the portal's way to throttle.
    Throttled {
        /// In seconds.
        retry_after: Option<u32>,
    },
    /// 409 with a message.
    Conflict,
    /// A page with this status.
    ServerError(u16),
    /// 401 without a body.
    Unauthorized,
    /// 200 with a web page.
    WebPage,
    /// 403 with a web page.
    Firewall,
}

impl IntoResponse for FaultResponse {
    fn into_response(self) -> Response {
        match self {
            Self::WebPage => Html(WEB_PAGE).into_response(),
            Self::Firewall => (StatusCode::FORBIDDEN, Html(FIREWALL_PAGE)).into_response(),
            Self::ServerError(status) => {
                let status = StatusCode::from_u16(status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, Html(ERROR_PAGE)).into_response()
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
            Self::Conflict => {
                let message = json!({ "Message": "This user is being changed right now." });
                (StatusCode::CONFLICT, Json(message)).into_response()
            }
            Self::Throttled { retry_after: None } => StatusCode::CONFLICT.into_response(),
            Self::Throttled {
                retry_after: Some(seconds),
            } => {
                let wait = [(RETRY_AFTER, HeaderValue::from(seconds))];
                (StatusCode::CONFLICT, wait).into_response()
            }
        }
    }
}
