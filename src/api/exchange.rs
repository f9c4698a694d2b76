//! One request and its answer: sending, reading, and telling what kind of answer it is.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use zeroize::Zeroizing;

use super::connection::Connection;
use super::request::Request;
use super::response::{Response, looks_like_html, message_in, place_of};
use super::retry::RetryAfter;
use super::space::Space;

/// How much of an answer that doesn't matter is read, in bytes, and for how long, to keep its
/// connection usable.
const DRAINED: usize = 64 * 1024;
const DRAIN_TIME: Duration = Duration::from_millis(100);

/// What came of one request.
pub(super) enum Outcome {
    /// An answer, read whole.
    Answered(Response),
    /// Too many requests.
    Throttled(RetryAfter),
    /// 5xx, and the pause that it may ask for.
    Fault(StatusCode, RetryAfter),
    /// A firewall in front of the portal turns the request away.
    Blocked,
    /// An answer whose body can't be read, and why.
    Unreadable(String),
    /// The connection failed.
    Broken(reqwest::Error),
}

impl Outcome {
    /// Whether the portal may have acted on the request all the same.
    pub(super) fn leaves_doubt(&self) -> bool {
        match self {
            Self::Answered(_) | Self::Throttled(_) => false,
            Self::Fault(..) | Self::Blocked | Self::Unreadable(_) => true,
            Self::Broken(error) => !error.is_connect() && !error.is_builder(),
        }
    }
}

impl Connection {
    pub(super) async fn exchange(&self, request: &Request<'_>) -> Outcome {
        let sent = match request.build(&self.client, &self.space) {
            Ok(sent) => sent,
            Err(error) => return Outcome::Broken(error),
        };
        self.tell(|| format!("> {} {}", sent.method(), sent.url()));
        self.tell_headers('>', sent.headers(), request);
        let start = Instant::now();
        let response = match self.client.execute(sent).await {
            Ok(response) => response,
            Err(error) => return Outcome::Broken(error),
        };
        let status = response.status();
        self.tell(|| format!("< {status} in {} ms", start.elapsed().as_millis()));
        self.tell_headers('<', response.headers(), request);
        let outcome = sorted(response, request, &self.space)
            .await
            .unwrap_or_else(Outcome::Broken);
        if let Outcome::Answered(answer) = &outcome {
            self.tell(|| format!("  {} bytes", answer.body.len()));
            give_connection_back().await;
        }
        outcome
    }
}

/// Reads as much of an answer as its kind needs. A conflict that says what it is about is an
/// answer like another; without a message it is the portal's way of throttling.
async fn sorted(
    mut response: reqwest::Response,
    request: &Request<'_>,
    space: &Space,
) -> Result<Outcome, reqwest::Error> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let asked = RetryAfter::of(&headers);
    let throttles = status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::CONFLICT && asked != RetryAfter::Silent);
    if throttles || status.is_server_error() {
        drain(response).await;
        return Ok(if throttles {
            Outcome::Throttled(asked)
        } else {
            Outcome::Fault(status, asked)
        });
    }
    let body = match read(response, &headers, request.answer_limit()).await? {
        Ok(body) => body,
        Err(problem) if status.is_success() => return Ok(Outcome::Unreadable(problem)),
        // The status says enough.
        Err(_) => Zeroizing::default(),
    };
    let media_type = media_type(&headers);
    Ok(match status {
        StatusCode::CONFLICT if message_in(&body).is_none() => Outcome::Throttled(asked),
        StatusCode::FORBIDDEN if looks_like_html(media_type.as_deref(), &body) => Outcome::Blocked,
        _ => Outcome::Answered(Response {
            redirection: redirection(status, &headers, space),
            status,
            media_type,
            body,
        }),
    })
}

/// The whole body, or why it can't be used.
async fn read(
    mut response: reqwest::Response,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Result<Zeroizing<Vec<u8>>, String>, reqwest::Error> {
    let codings = headers.get_all(CONTENT_ENCODING);
    if codings.iter().any(|coding| !is_no_coding(coding)) {
        return Ok(Err("it is compressed, which nobody asked for".to_owned()));
    }
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let too_large = || format!("it is larger than {} KiB", limit / 1024);
    if announced.is_some_and(|length| length > limit) {
        return Ok(Err(too_large()));
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced.unwrap_or_default()));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(Err(too_large()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Ok(body))
}

/// Reads a small body to its end. The connection of any other is given up.
async fn drain(mut response: reqwest::Response) {
    let small = async {
        let mut read = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > DRAINED {
                return;
            }
        }
        give_connection_back().await;
    };
    // Nothing depends on it.
    let _ = tokio::time::timeout(DRAIN_TIME, small).await;
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn is_no_coding(coding: &HeaderValue) -> bool {
    let coding = coding.as_bytes().trim_ascii();
    coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = text(headers, CONTENT_TYPE)?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

fn redirection(status: StatusCode, headers: &HeaderMap, space: &Space) -> Option<String> {
    let location = headers.get(LOCATION).filter(|_| status.is_redirection())?;
    Some(place_of(
        &String::from_utf8_lossy(location.as_bytes()),
        space,
    ))
}

/// Lets the connection's own task see that the answer is over. Without this, the next request may
/// find the connection not yet idle and open a second one.
async fn give_connection_back() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}
