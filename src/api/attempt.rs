//! One attempt at a request: sends it, reads the response, and classifies it.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use zeroize::Zeroizing;

use super::request::Request;
use super::response::{Response, looks_like_html, message_in, place_of};
use super::retry::RetryAfter;
use super::space::Space;
use super::trace::Trace;

/// How much of a response that isn't needed is read, in bytes, and for how long, so that its
/// connection can be used again.
const DRAINED: usize = 64 * 1024;
const DRAIN_TIME: Duration = Duration::from_millis(100);

/// How one attempt ended.
pub(super) enum Attempt {
    /// A response, read to its end.
    Answered(Response),
    /// Rate-limited.
    RateLimited(RetryAfter),
    /// A server error (5xx), and the pause that it asks for.
    ServerError(StatusCode, RetryAfter),
    /// A firewall in front of the portal blocks the request.
    Blocked,
    /// A response whose body can't be read, and why.
    Unreadable(String),
    /// The connection failed.
    Broken(reqwest::Error),
}

impl Attempt {
    /// Whether the portal may have acted on the request although this attempt doesn't say so.
    pub(super) fn is_unclear(&self) -> bool {
        match self {
            Self::Answered(_) | Self::RateLimited(_) => false,
            Self::ServerError(..) | Self::Blocked | Self::Unreadable(_) => true,
            Self::Broken(error) => !error.is_connect() && !error.is_builder(),
        }
    }
}

/// Sends a request once.
pub(super) async fn send_once(
    http: &reqwest::Client,
    request: &Request<'_>,
    space: &Space,
    trace: Option<&Trace>,
) -> Attempt {
    let sent = match request.build(http, space) {
        Ok(sent) => sent,
        Err(error) => return Attempt::Broken(error),
    };
    if let Some(trace) = trace {
        let line = format!("> {} {}", sent.method(), sent.url());
        (trace.write)(&request.without_secrets(line));
        trace.headers('>', sent.headers(), request, space);
    }
    let start = Instant::now();
    let response = match http.execute(sent).await {
        Ok(response) => response,
        Err(error) => return Attempt::Broken(error),
    };
    if let Some(trace) = trace {
        let elapsed = start.elapsed().as_millis();
        (trace.write)(&format!("< {} in {elapsed} ms", response.status()));
        trace.headers('<', response.headers(), request, space);
    }
    let attempt = classify(response, request, space)
        .await
        .unwrap_or_else(Attempt::Broken);
    if let Attempt::Answered(response) = &attempt {
        if let Some(trace) = trace {
            (trace.write)(&format!("  {} bytes", response.body.len()));
        }
        release_connection().await;
    }
    attempt
}

/// Reads as much of a response as its kind needs. A 409 with a message is a refusal; without one it
/// is a rate limit.
async fn classify(
    mut response: reqwest::Response,
    request: &Request<'_>,
    space: &Space,
) -> Result<Attempt, reqwest::Error> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let asked = RetryAfter::of(&headers);
    let is_rate_limit = status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::CONFLICT && asked != RetryAfter::Silent);
    if is_rate_limit || status.is_server_error() {
        drain(response).await;
        return Ok(if is_rate_limit {
            Attempt::RateLimited(asked)
        } else {
            Attempt::ServerError(status, asked)
        });
    }
    let body = match read(response, &headers, request.response_limit()).await? {
        Ok(body) => body,
        Err(problem) if status.is_success() => return Ok(Attempt::Unreadable(problem)),
        // The status says enough.
        Err(_) => Zeroizing::default(),
    };
    let media_type = media_type(&headers);
    Ok(match status {
        StatusCode::CONFLICT if message_in(&body).is_none() => Attempt::RateLimited(asked),
        StatusCode::FORBIDDEN if looks_like_html(media_type.as_deref(), &body) => Attempt::Blocked,
        _ => Attempt::Answered(Response {
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
        return Ok(Err("compressed although not requested".to_owned()));
    }
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let too_large = || format!("larger than {} KiB", limit / 1024);
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

/// Reads a small body to its end. The connection of a larger one is closed.
pub(super) async fn drain(mut response: reqwest::Response) {
    let small = async {
        let mut read = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > DRAINED {
                return;
            }
        }
        release_connection().await;
    };
    // A failure only costs a new connection.
    let _ = tokio::time::timeout(DRAIN_TIME, small).await;
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

pub(super) fn is_no_coding(coding: &HeaderValue) -> bool {
    let coding = coding.as_bytes().trim_ascii();
    coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = text(headers, CONTENT_TYPE)?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

pub(super) fn redirection(
    status: StatusCode,
    headers: &HeaderMap,
    space: &Space,
) -> Option<String> {
    let location = headers.get(LOCATION).filter(|_| status.is_redirection())?;
    Some(place_of(
        &String::from_utf8_lossy(location.as_bytes()),
        space,
    ))
}

/// Lets the connection's task see that the response is complete. Otherwise the next request may find
/// the connection busy and open a second one.
async fn release_connection() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}
