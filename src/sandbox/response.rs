//! Responses.

use std::io;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

pub(super) type Response = hyper::Response<Full<Bytes>>;

/// The page that the portal shows for every path outside its API.
pub(super) const WEB_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head>\
    <meta charset=\"utf-8\"><title>Harbour Works</title></head>\
    <body><h1>Harbour Works</h1><p>The members' portal.</p></body></html>\n";

/// 200 with this document.
pub(super) fn ok(body: &Value) -> Response {
    json_with_status(StatusCode::OK, body)
}

pub(super) fn json_with_status(status: StatusCode, body: &Value) -> Response {
    with_body(status, "application/json", body.to_string())
}

pub(super) fn html(status: StatusCode, page: &'static str) -> Response {
    with_body(status, "text/html; charset=utf-8", page)
}

fn with_body(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// Why a request fails: the status, and a JSON body, or no body where it is null.
pub(super) struct Failure(StatusCode, Value);

impl Failure {
    /// 401 without a body, as the portal sends it.
    pub(super) const UNAUTHORIZED: Self = Self(StatusCode::UNAUTHORIZED, Value::Null);

    /// A failure with a message.
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self(status, json!({ "Message": message }))
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A refused sign-in or token refresh.
    pub(super) fn grant(error: &str, description: &str) -> Self {
        let body = json!({ "error": error, "error_description": description });
        Self(StatusCode::BAD_REQUEST, body)
    }

    /// The sandbox can't read or write its state.
    pub(super) fn of_state(error: &io::Error) -> Self {
        let message = format!("the sandbox can't store its state: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, &message)
    }
}

impl From<Failure> for Response {
    fn from(Failure(status, body): Failure) -> Self {
        match body {
            Value::Null => empty(status),
            body => json_with_status(status, &body),
        }
    }
}
