//! Requests and responses.

use std::io;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::http::header::{CONTENT_TYPE, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

/// A request, with its whole body.
pub struct Request {
    /// Method, target and headers.
    pub parts: Parts,
    /// The body.
    pub body: Bytes,
    /// What the active faults change in how it is carried out: their names and values.
    pub(super) changes: Vec<(&'static str, u32)>,
}

impl Request {
    /// The value of the active fault with this name.
    pub(super) fn change(&self, name: &str) -> Option<u32> {
        let mut changes = self.changes.iter();
        changes.find_map(|(active, value)| (*active == name).then_some(*value))
    }

    pub(super) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The number in a path such as `/api/public/coworkers/7/impersonate`.
    pub(super) fn id(&self) -> Option<u64> {
        self.path().split('/').find_map(|part| part.parse().ok())
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
        let header = self.header("authorization");
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        token.unwrap_or_default()
    }

    /// Whether a web page may have sent it: browsers send `Origin` with every request to another site that
    /// may change something, and a page whose host name was pointed at this machine sends that name as
    /// `Host`.
    pub(super) fn is_from_a_web_page(&self) -> bool {
        let host = self.header("host").unwrap_or_default();
        let host = host.parse::<Authority>();
        let is_local = host.is_ok_and(|host| {
            let names = ["localhost", "127.0.0.1", "[::1]"];
            names.contains(&host.host().to_lowercase().as_str())
        });
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

/// A status other than 200, and a JSON document; null stands for none.
pub(super) type Failure = (StatusCode, Value);

/// A failure with a message.
pub(super) fn failure(status: StatusCode, message: &str) -> Failure {
    (status, json!({ "Message": message }))
}

pub(super) fn bad_request(message: &str) -> Failure {
    failure(StatusCode::BAD_REQUEST, message)
}

/// The portal's ActionConfirmation: a success, or a refusal with its reason and errors.
pub(super) fn confirmation(refusal: Option<(&str, Value)>) -> Value {
    let (reason, errors) = refusal.unzip();
    json!({
        "WasSuccessful": reason.is_none(),
        "Value": null,
        "Status": 200,
        "Message": reason,
        "Errors": errors,
    })
}

/// Why the value of a property is refused, as a list.
pub(super) fn errors(reason: &str, property: &str, value: Value) -> Value {
    json!([{ "AttemptedValue": value, "Message": reason, "PropertyName": property }])
}
