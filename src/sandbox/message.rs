//! Requests and responses.

use std::io;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use url::{Host, Url, form_urlencoded};

/// A request, with its whole body.
pub struct Request {
    /// Method, target and headers.
    pub parts: Parts,
    /// The body.
    pub body: Bytes,
    /// The number in a path such as `/api/public/coworkers/7/impersonate`.
    pub(super) id: Option<u64>,
    /// What the active faults change in how it is carried out: their names and values.
    pub(super) changes: Vec<(&'static str, u32)>,
}

impl Request {
    /// The value of the active fault with this name.
    pub(super) fn change(&self, name: &str) -> Option<u32> {
        let mut changes = self.changes.iter();
        changes
            .find(|(active, _)| *active == name)
            .map(|(_, value)| *value)
    }

    pub(super) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// A field of the query.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        field(self.parts.uri.query()?.as_bytes(), name)
    }

    /// A field of the query that is a number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.query(name)?.parse().ok()
    }

    /// A field of the form in the body; empty if it is missing.
    pub(super) fn form(&self, name: &str) -> String {
        field(&self.body, name).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The access token, valid or not; empty if there is none.
    pub(super) fn bearer(&self) -> &str {
        let header = self.header(AUTHORIZATION.as_str()).unwrap_or_default();
        match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => "",
        }
    }

    /// Whether a web page may have sent it: browsers send `Origin` with every request to another site that
    /// may change something, and a page whose host name was pointed at this machine sends that name as
    /// `Host`.
    pub(super) fn is_from_a_web_page(&self) -> bool {
        let url = format!("http://{}", self.header(HOST.as_str()).unwrap_or_default());
        let is_local = match Url::parse(&url).as_ref().map(Url::host) {
            Ok(Some(Host::Domain(name))) => name == "localhost",
            Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
            Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
            Ok(None) | Err(_) => false,
        };
        !is_local || self.parts.headers.contains_key(ORIGIN)
    }

    /// Method and target, for a trace. A query with a one-time link's token in it is left out.
    pub(crate) fn line(&self) -> String {
        let query = self.parts.uri.query();
        let query = query.filter(|query| !query.contains("token"));
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        format!("{} {}{query}", self.parts.method, self.path())
    }
}

fn field(encoded: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(encoded);
    let (_, value) = fields.find(|(known, _)| known == name)?;
    Some(value.into_owned())
}

/// A response. A body that ends with an error resets the connection.
pub type Response = hyper::Response<BoxBody<Bytes, io::Error>>;

pub(super) const HTML: Option<&str> = Some("text/html; charset=utf-8");

/// The page that the portal shows for every path outside its API.
pub(super) const WEB_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head>\
    <meta charset=\"utf-8\"><title>Harbour Works</title></head>\
    <body><h1>Harbour Works</h1><p>The members' portal.</p></body></html>\n";

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    response(status, None, Bytes::new())
}

pub(super) fn json_with_status(status: StatusCode, body: &Value) -> Response {
    response(status, Some("application/json"), body.to_string())
}

/// 200 with this document.
pub(super) fn ok(body: &Value) -> Response {
    json_with_status(StatusCode::OK, body)
}

/// A response with a body of this media type.
pub fn response(
    status: StatusCode,
    kind: Option<&'static str>,
    body: impl Into<Bytes>,
) -> Response {
    let body = Full::new(body.into()).map_err(|never| match never {});
    let mut response = Response::new(body.boxed());
    *response.status_mut() = status;
    let kind = kind.map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind)));
    response.headers_mut().extend(kind);
    response
}

/// The portal's ActionConfirmation: a success, or the refusal of a value with a reason.
pub(super) fn confirmation(refusal: Option<(&str, &str, String)>) -> Response {
    let errors = refusal.as_ref().map(|(reason, property, value)| {
        json!([{ "AttemptedValue": value, "Message": reason, "PropertyName": property }])
    });
    ok(&json!({
        "WasSuccessful": refusal.is_none(),
        "Value": null,
        "Status": 200,
        "Message": refusal.map(|(reason, ..)| reason),
        "Errors": errors,
    }))
}

/// The response to a request that fails.
pub(super) type Failure = Box<Response>;

/// A failure with a message.
pub(super) fn failure(status: StatusCode, message: &str) -> Failure {
    Box::new(json_with_status(status, &json!({ "Message": message })))
}

pub(super) fn bad_request(message: &str) -> Failure {
    failure(StatusCode::BAD_REQUEST, message)
}

/// 401 without a body, as the portal sends it.
pub(super) fn unauthorized() -> Failure {
    Box::new(empty(StatusCode::UNAUTHORIZED))
}

/// A refused sign-in or token refresh.
pub(super) fn refused_grant(error: &str, description: &str) -> Failure {
    let body = json!({ "error": error, "error_description": description });
    Box::new(json_with_status(StatusCode::BAD_REQUEST, &body))
}
