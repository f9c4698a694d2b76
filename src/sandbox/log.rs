//! What came in, for tests to look at.

use std::collections::VecDeque;
use std::fmt;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::request::Parts;

/// How many requests are remembered: the latest.
const REMEMBERED: usize = 1_000;

/// A request that came in.
#[derive(Clone)]
pub struct Request {
    /// Number of the TCP connection it came over, the first being 1.
    pub connection: u64,
    /// The method.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query, still percent-encoded.
    pub query: Option<String>,
    /// Names in lower case, and values, in the order they came in.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The status answered; `None` while it is being answered, or when the
    /// client went away first.
    pub status: Option<u16>,
}

impl Request {
    /// The first header of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn new(connection: u64, parts: &Parts, body: &Bytes) -> Self {
        let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        };
        Self {
            connection,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.iter().map(header).collect(),
            body: body.to_vec(),
            status: None,
        }
    }
}

/// Headers and body stay out: they hold tokens and passwords.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The latest requests, each with its number.
#[derive(Default)]
pub(super) struct Log {
    requests: VecDeque<(u64, Request)>,
    count: u64,
}

impl Log {
    /// Remembers a request and gives it its number.
    pub(super) fn open(&mut self, request: Request) -> u64 {
        if self.requests.len() == REMEMBERED {
            self.requests.pop_front();
        }
        self.count += 1;
        self.requests.push_back((self.count, request));
        self.count
    }

    /// Notes how the request of this number was answered.
    pub(super) fn close(&mut self, number: u64, status: StatusCode) {
        let mut latest = self.requests.iter_mut().rev();
        if let Some((_, request)) = latest.find(|(known, _)| *known == number) {
            request.status = Some(status.as_u16());
        }
    }

    /// All that are remembered, in the order they came in.
    pub(super) fn all(&self) -> Vec<Request> {
        self.requests
            .iter()
            .map(|(_, request)| request.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_are_remembered() {
        let (parts, ()) = axum::http::Request::new(()).into_parts();
        let mut log = Log::default();
        for connection in 1..=1_001 {
            log.open(Request::new(connection, &parts, &Bytes::new()));
        }
        log.close(1_001, StatusCode::OK);
        log.close(1, StatusCode::OK);
        let all = log.all();
        assert_eq!(all.len(), 1_000);
        assert_eq!((all[0].connection, all[0].status), (2, None));
        assert_eq!(all[999].status, Some(200));
    }
}
