//! A request to the portal, its response, and what a JSON body says about the request.

use std::cell::Cell;
use std::time::Duration;

use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::json::{self, object};
use super::redact::{self, Redactor};
use super::space::Space;
use crate::error::{Error, ErrorCode, span};
use crate::secret::{BearerToken, ClientId};

/// The largest response, in bytes, unless a request says otherwise.
const LIMIT: usize = 256 * 1024;

/// What is wrong with a compressed response: the token in it could not be found.
pub(super) const COMPRESSED: &str = "compressed although not requested";

/// What is said where the portal gives no reason.
pub(super) const NO_REASON: &str = "no reason given";

const A_DAY: Duration = Duration::from_secs(86_400);

/// A request to the portal.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Path and query, from the slash on.
    pub(super) path: &'a str,
    /// What it requests, as messages name it.
    pub(super) subject: &'a str,
    pub(super) token: Option<&'a BearerToken>,
    pub(super) client_id: Option<&'a ClientId>,
    /// Additional headers; they replace the default ones.
    pub(super) headers: HeaderMap,
    pub(super) body: Option<&'a [u8]>,
    /// Other secrets that its trace or its response may hold.
    pub(super) secrets: Vec<&'a str>,
    /// The largest body of its response, in bytes.
    pub(super) limit: usize,
    /// Whether the body of its response is passed on as it arrives.
    pub(super) is_streamed: bool,
    /// Whether it is sent again after a rate limit.
    pub(super) waits_for_rate_limit: bool,
    /// The part of the time left that is kept for what follows it.
    pub(super) spare: Duration,
    /// The least time for it once it is sent, even if the deadline is near.
    pub(super) at_least: Duration,
    /// Where the attempts to send it are noted.
    pub(super) progress: Option<&'a SwitchProgress>,
}

impl<'a> Request<'a> {
    /// A request without a token and a body.
    pub(super) fn new(method: Method, path: &'a str, subject: &'a str) -> Self {
        Self {
            method,
            path,
            subject,
            token: None,
            client_id: None,
            headers: HeaderMap::new(),
            body: None,
            secrets: Vec::new(),
            limit: LIMIT,
            is_streamed: false,
            waits_for_rate_limit: true,
            spare: Duration::ZERO,
            at_least: Duration::ZERO,
            progress: None,
        }
    }

    /// Builds the HTTP request to this space.
    ///
    /// # Errors
    /// If its parts are not a valid request.
    pub(super) fn build(
        &self,
        client: &reqwest::Client,
        space: &Space,
    ) -> reqwest::Result<reqwest::Request> {
        let mut builder = client
            .request(self.method.clone(), format!("{space}{}", self.path))
            .headers(self.headers.clone());
        if let Some(token) = self.token {
            builder = builder.bearer_auth(token.expose());
        }
        if let Some(client_id) = self.client_id {
            builder = builder.header("client_id", client_id.expose());
        }
        match self.body {
            Some(body) if !body.is_empty() => builder = builder.body(body.to_vec()),
            _ if matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS) => {}
            // The server may respond 411 to a write without a length.
            _ => builder = builder.header(CONTENT_LENGTH, 0),
        }
        builder.build()
    }

    /// Whether it is sent again after a failure. The switch is idempotent; what a user writes with
    /// another method than GET may not be.
    pub(super) fn is_repeatable(&self) -> bool {
        self.method == Method::GET || (self.method == Method::PUT && !self.is_streamed)
    }

    /// The error that its response can't be used.
    pub(super) fn unusable(&self, problem: impl AsRef<str>) -> Error {
        Error::invalid_response(self.subject, self.redact(problem.as_ref()))
    }

    /// Redacts the secrets of this request in a text of the portal, which may repeat them.
    pub(super) fn redact(&self, text: &str) -> String {
        redact::text(self.all_secrets(), text)
    }

    /// A redactor of the secrets of this request.
    pub(super) fn redactor(&self) -> Redactor {
        Redactor::new(self.all_secrets())
    }

    pub(super) fn all_secrets(&self) -> Vec<&'a str> {
        let token = self.token.map(BearerToken::expose);
        let client_id = self.client_id.map(ClientId::expose);
        let secrets = self.secrets.iter().copied();
        secrets.chain(token).chain(client_id).collect()
    }
}

/// How far the requests of a switch have come. A caller that stops waiting for the switch learns
/// from it whether the portal may still apply one of them.
#[derive(Debug, Default)]
pub(crate) struct SwitchProgress {
    is_in_flight: Cell<bool>,
    /// The response to one of the attempts was lost, or does not say whether the portal acted.
    is_unclear: Cell<bool>,
}

impl SwitchProgress {
    /// Whether a request has been sent whose response has not arrived.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.is_in_flight.get()
    }

    /// Whether the portal may still apply a request to which it has not responded.
    pub(crate) fn may_take_effect(&self) -> bool {
        self.is_in_flight() || self.is_unclear.get()
    }

    pub(super) fn begin_attempt(&self) {
        self.is_in_flight.set(true);
    }

    pub(super) fn end_attempt(&self, is_unclear: bool) {
        self.is_in_flight.set(false);
        self.is_unclear.set(is_unclear || self.is_unclear.get());
    }
}

/// A response. Its body is empty if it is a rate limit or a server error.
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) is_rate_limit: bool,
    /// The pause that it asks for.
    pub(super) retry_after: Option<Duration>,
    has_html_type: bool,
    /// The origin that it redirects to, if it does.
    pub(super) redirection: Option<String>,
    /// Whether the body is compressed, although that was not requested.
    pub(super) is_compressed: bool,
    /// The body; of a streamed response, the part that was read in advance.
    pub(super) body: Zeroizing<Vec<u8>>,
    /// The rest of the body, if it was not read to its end.
    pub(super) rest: Option<reqwest::Response>,
}

/// Why an attempt at a request got no response that can be used.
pub(super) enum Failure {
    /// The connection failed.
    Broken(reqwest::Error),
    /// The deadline passed, or the body of a successful response can't be used.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // An address can hold a secret.
        Self::Broken(error.without_url())
    }
}

impl Response {
    /// Reads as much of a response as its kind needs.
    pub(super) async fn receive(
        http: reqwest::Response,
        request: &Request<'_>,
        space: &Space,
    ) -> Result<Self, Failure> {
        let status = http.status();
        let headers = http.headers();
        let is_conflict = status == StatusCode::CONFLICT;
        let location = headers.get(LOCATION).filter(|_| status.is_redirection());
        let location = location.map(|location| String::from_utf8_lossy(location.as_bytes()));
        let mut response = Self {
            status,
            is_rate_limit: status == StatusCode::TOO_MANY_REQUESTS
                || (is_conflict && headers.contains_key(RETRY_AFTER)),
            retry_after: retry_after(headers),
            has_html_type: has_html_type(headers),
            redirection: location.map(|location| redact::origin_of(space.origin(), &location)),
            is_compressed: is_compressed(headers),
            body: Zeroizing::default(),
            rest: Some(http),
        };
        let is_known = response.is_rate_limit || status.is_server_error();
        if is_known || (request.is_streamed && !is_conflict) {
            return Ok(response);
        }
        if response.is_compressed && status.is_success() {
            return Err(request.unusable(COMPRESSED).into());
        }
        while response.body.len() <= request.limit && response.read().await? {}
        let is_whole = response.rest.is_none();
        // A conflict that gives no reason is a rate limit.
        response.is_rate_limit = is_conflict && response.body.trim_ascii().is_empty();
        if request.is_streamed || (is_whole && !response.is_compressed) {
            return Ok(response);
        }
        if status.is_success() {
            let problem = format!("larger than {} KiB", request.limit / 1024);
            return Err(request.unusable(problem).into());
        }
        // The status says enough.
        response.body.clear();
        Ok(response)
    }

    /// Reads the next part of the body; `false` at its end.
    pub(super) async fn read(&mut self) -> reqwest::Result<bool> {
        let Some(http) = &mut self.rest else {
            return Ok(false);
        };
        match http.chunk().await.map_err(reqwest::Error::without_url)? {
            Some(chunk) => self.body.extend_from_slice(&chunk),
            None => self.rest = None,
        }
        Ok(self.rest.is_some())
    }

    /// Whether it is a web page, by its media type or its first byte.
    pub(super) fn is_html(&self) -> bool {
        self.has_html_type || self.body.trim_ascii_start().first() == Some(&b'<')
    }

    /// Whether a firewall in front of the portal blocks the request.
    pub(super) fn is_blocked(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.is_html()
    }

    /// The error of a rate limit or a server error.
    pub(super) fn failure(&self, space: &Space) -> Option<Error> {
        let space = space.host();
        if self.is_rate_limit {
            // After a pause of 0 s nxp has retried already.
            let pause = self.retry_after.filter(|pause| !pause.is_zero());
            return Some(rate_limited(&space, pause));
        }
        self.status.is_server_error().then(|| {
            let status = self.status.as_u16();
            let message = format!("{space}: server error (HTTP {status})");
            Error::new(ErrorCode::Network, message).with_hint("try again later")
        })
    }

    /// Describes an unsuccessful response: its status, and its messages or its redirect.
    pub(super) fn in_words(&self) -> String {
        let status = status_in_words(self.status);
        match (&self.redirection, self.message()) {
            (Some(place), _) => format!("{status}: redirect to {place}, not followed"),
            (None, Some(message)) => format!("{status}: {message}"),
            (None, None) => status,
        }
    }

    /// The messages in a JSON body, if there are any.
    pub(super) fn message(&self) -> Option<String> {
        Confirmation::from_body(&self.body).message
    }
}

/// The error of a rate limit that is not waited out, or not any more.
fn rate_limited(space: &str, pause: Option<Duration>) -> Error {
    let (message, hint) = match pause {
        None => (
            format!("still rate-limited by {space} after waiting"),
            "try again in a minute".to_owned(),
        ),
        Some(pause) if pause > A_DAY => (
            format!("rate-limited by {space}; it asks for a pause of more than a day"),
            "try again later; if it persists, ask the space's team".to_owned(),
        ),
        Some(pause) => {
            let pause = span(pause);
            (
                format!("rate-limited by {space}; it asks to retry in {pause}"),
                format!("try again in {pause}, or allow more time with `--timeout SECONDS`"),
            )
        }
    };
    Error::new(ErrorCode::Throttled, message).with_hint(hint)
}

/// The number of a status, and its name if it has one.
pub(super) fn status_in_words(status: StatusCode) -> String {
    let name = status.canonical_reason().unwrap_or_default();
    let words = format!("HTTP {} {name}", status.as_str());
    words.trim_end().to_owned()
}

fn is_compressed(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

fn has_html_type(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    value.is_some_and(|value| value.to_ascii_lowercase().starts_with(b"text/html"))
}

/// The pause that a response asks for, in seconds. A date is not read: the portal sends none.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    // A number that doesn't fit is too long to wait for in any case.
    is_number.then(|| Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
}

/// The longest value that is searched for messages, in bytes: a parsed value takes many times the
/// memory of its text.
const LONGEST_VALUE: usize = 256 * 1024;

/// The limit of messages, and of characters in all of them together.
const MAX_MESSAGES: usize = 20;
const MAX_CHARACTERS: usize = 1_000;

/// What a JSON object says about a request. `WasSuccessful: false` is a refusal, although the HTTP
/// status is 200.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Confirmation {
    /// `WasSuccessful`, if it is `true` or `false`.
    pub(crate) was_successful: Option<bool>,
    /// `Status`, if it is a number.
    pub(super) status: Option<f64>,
    /// The messages in `Message` and `Errors`.
    pub(crate) message: Option<String>,
}

impl Confirmation {
    /// Reads a response body. No other field is read: the `error_description` of a sign-in can be a
    /// secret.
    pub(crate) fn from_body(body: &[u8]) -> Self {
        object! {
            struct Document {
                was_successful: Option<Box<RawValue>>,
                status: Option<Box<RawValue>>,
                message: Option<Box<RawValue>>,
                errors: Option<Box<RawValue>>,
            }
        }
        let Ok(document) = json::parse::<Document>(body) else {
            return Self::default();
        };
        Self {
            was_successful: document.was_successful.as_deref().and_then(parsed),
            status: document.status.as_deref().and_then(parsed),
            message: message([document.message, document.errors]),
        }
    }

    /// Whether it reports a failure: `WasSuccessful: false`, or a `Status` of 400 or more.
    pub(super) fn is_refusal(&self) -> bool {
        self.was_successful == Some(false) || self.status.is_some_and(|status| status >= 400.0)
    }
}

fn parsed<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// The texts in these values, each once, in one line. Their shape is not documented (`Errors: any`).
fn message(values: [Option<Box<RawValue>>; 2]) -> Option<String> {
    let mut messages = Vec::new();
    for value in values.iter().flatten() {
        if value.get().len() <= LONGEST_VALUE
            && let Some(value) = parsed(value)
        {
            collect(value, &mut messages);
        }
    }
    let all = messages.join("; ");
    let mut cut: String = all.chars().take(MAX_CHARACTERS).collect();
    if cut.len() < all.len() {
        cut.push('…');
    }
    (!cut.is_empty()).then_some(cut)
}

/// Adds the texts in a value; of an object with a `Message`, only that field.
fn collect(value: Value, messages: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let text = text.trim().to_owned();
            if messages.len() < MAX_MESSAGES && !text.is_empty() && !messages.contains(&text) {
                messages.push(text);
            }
        }
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, messages)),
        Value::Object(fields) => {
            let is_message = |name: &String| name.eq_ignore_ascii_case("message");
            let has_message = fields.keys().any(is_message);
            for (name, value) in fields {
                if is_message(&name) || !has_message {
                    collect(value, messages);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_however_many_digits_they_have() {
        let read = |value| {
            let value = HeaderValue::from_static(value);
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
        };
        let wait = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(read("0"), wait(0));
        assert_eq!(read(" 17 "), wait(17));
        assert_eq!(read("99999999999999999999999"), wait(u64::MAX));
        for unreadable in ["", "soon", "-1", "1.5", "+3", "1e3"] {
            assert_eq!(read(unreadable), None, "{unreadable}");
        }
    }

    fn read(body: &str) -> Confirmation {
        Confirmation::from_body(body.as_bytes())
    }

    fn words(errors: &str) -> Option<String> {
        read(&format!(r#"{{"Errors":{errors}}}"#)).message
    }

    #[test]
    fn only_a_yes_or_a_no_is_an_answer() {
        assert_eq!(read(r#"{"WasSuccessful":true}"#).was_successful, Some(true));
        for body in [
            "",
            "{}",
            "[]",
            "[true]",
            "[false,\"No.\"]",
            "<html>",
            "true",
            r#"{"WasSuccessful":"yes"}"#,
            "{\"WasSuccessful\":tr",
        ] {
            assert_eq!(read(body), Confirmation::default(), "{body}");
        }
    }

    #[test]
    fn a_refusal_gives_its_reasons_whatever_their_shape() {
        for (body, expected) in [
            (r#"{"WasSuccessful":false}"#, None),
            (
                r#"{"WasSuccessful":false,"Message":null,"Errors":null}"#,
                None,
            ),
            (r#"{"WasSuccessful":false,"Message":" No. "}"#, Some("No.")),
            (r#"{"WasSuccessful":false,"Errors":"No."}"#, Some("No.")),
            (
                r#"{"WasSuccessful":false,"Message":"No.","Errors":["No."]}"#,
                Some("No."),
            ),
            (
                r#"{"WasSuccessful":false,"Message":"No.","Errors":[{"AttemptedValue":7,"Message":"Unpaid.","PropertyName":"Id"}]}"#,
                Some("No.; Unpaid."),
            ),
            (
                r#"{"WasSuccessful":false,"Errors":{"Id":["Unpaid."]}}"#,
                Some("Unpaid."),
            ),
        ] {
            let confirmation = read(body);
            assert_eq!(confirmation.was_successful, Some(false), "{body}");
            assert_eq!(confirmation.message.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_refusal_is_read_from_the_fields_of_the_object_itself() {
        let long = format!(
            r#"{{"Padding":"{}","WasSuccessful":false}}"#,
            "x".repeat(100_000)
        );
        for (body, expected) in [
            (r#"{"WasSuccessful":false}"#, true),
            (
                " \u{feff}{ \"WasSuccessful\" : false , \"Value\": null }",
                true,
            ),
            (r#"{"Was\u0053uccessful":false}"#, true),
            (r#"{"Status":500,"Message":"No."}"#, true),
            (r#"{"Errors":[{"Status":1}],"Status":400}"#, true),
            (r#"{"Value":{"a":[1,{"b":"}]"}]},"Status":4.5e2}"#, true),
            (r#"{"Message":"a \" \\","Status":500"#, false),
            (&long, true),
            (r#"{"WasSuccessful":true}"#, false),
            (r#"{"WasSuccessful":"false"}"#, false),
            (r#"{"WasSuccessful":null,"Status":null}"#, false),
            (r#"{"Status":200,"Message":""}"#, false),
            (r#"{"Status":"500"}"#, false),
            (r#"{"Value":{"WasSuccessful":false,"Status":500}}"#, false),
            (r#"{"Message":"\"WasSuccessful\":false"}"#, false),
            (
                r#"{"WasSuccessful":false,"Message":"A","message":"B","Errors":1,"errors":2}"#,
                true,
            ),
            (r#"{"WasSuccessful":true,"wasSuccessful":false}"#, true),
            (r#"{"was_successful":false,"WasSuccessful":true}"#, false),
            (r#"{"Status":500,"status":200}"#, false),
            (r#"{"a":"WasSuccessful","b":false}"#, false),
            (r#"[{"WasSuccessful":false}]"#, false),
            ("false", false),
            ("<p>{\"Status\":500}</p>", false),
            ("", false),
            ("{}", false),
            ("}}]],,::", false),
        ] {
            assert_eq!(read(body).is_refusal(), expected, "{body:.80}");
        }
    }

    #[test]
    fn the_message_of_a_json_body_is_found_and_no_description_is() {
        for (body, expected) in [
            (r#"{"Message":"No."}"#, Some("No.")),
            (r#"{"message":"No.","Errors":["Why."]}"#, Some("No.; Why.")),
            (r#"{"error":"x","error_description":"secret"}"#, None),
            ("<p>Message</p>", None),
            (r#""Message""#, None),
            (
                r#"{"Errors":[{"message":"Why.","PropertyName":"Id"}]}"#,
                Some("Why."),
            ),
            ("", None),
        ] {
            assert_eq!(read(body).message.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn messages_are_found_in_every_shape() {
        for (json, expected) in [
            ("null", None),
            ("true", None),
            ("-7", None),
            ("1e3", None),
            ("[]", None),
            (r#"" No. ""#, Some("No.")),
            (r#"["No.",["No.","Why."],7]"#, Some("No.; Why.")),
            (
                r#"[{"AttemptedValue":"7","Message":"Unpaid.","PropertyName":"Id"}]"#,
                Some("Unpaid."),
            ),
            (
                r#"{"Id":["Unpaid."],"Name":"Empty."}"#,
                Some("Unpaid.; Empty."),
            ),
        ] {
            assert_eq!(words(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn more_than_a_person_reads_is_cut() {
        let long = words(&format!("{:?}", "ä".repeat(5_000))).unwrap();
        assert_eq!(long.chars().count(), MAX_CHARACTERS + 1);
        assert!(long.ends_with('…'));
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let many = words(&serde_json::to_string(&many).unwrap()).unwrap();
        assert_eq!(many.split("; ").count(), MAX_MESSAGES);
    }
}
