//! A response of the portal.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use url::Url;
use zeroize::Zeroizing;

use super::confirmation::Confirmation;
use super::json;
use super::request::Request;
use super::retry;
use super::space::Space;
use crate::error::Error;

/// A response. Its body is empty if it is a rate limit or a server error.
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) is_rate_limit: bool,
    /// The pause that it asks for.
    pub(super) retry_after: Option<Duration>,
    media_type: Option<String>,
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
    /// The body of a successful response can't be read, for this reason.
    Unreadable(String),
    /// The deadline passed.
    TimedOut,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // An address can hold a secret.
        Self::Broken(error.without_url())
    }
}

impl Response {
    /// Reads as much of a response as its kind needs.
    ///
    /// # Errors
    /// [`Failure::Broken`] and [`Failure::Unreadable`].
    pub(super) async fn receive(
        http: reqwest::Response,
        request: &Request<'_>,
        space: &Space,
    ) -> Result<Self, Failure> {
        let status = http.status();
        let headers = http.headers();
        let is_conflict = status == StatusCode::CONFLICT;
        let mut response = Self {
            status,
            is_rate_limit: status == StatusCode::TOO_MANY_REQUESTS
                || (is_conflict && headers.contains_key(RETRY_AFTER)),
            retry_after: retry::retry_after(headers),
            media_type: media_type(headers),
            redirection: redirection(status, headers, space),
            is_compressed: is_compressed(headers),
            body: Zeroizing::default(),
            rest: Some(http),
        };
        if response.is_rate_limit || status.is_server_error() {
            return Ok(response);
        }
        if request.is_streamed {
            if is_conflict {
                response.read(request.limit).await?;
            }
        } else if let Some(problem) = response.read_whole(request.limit).await? {
            if status.is_success() {
                return Err(Failure::Unreadable(problem));
            }
            // The status says enough.
            response.body.clear();
        }
        // A conflict that gives no reason is a rate limit.
        response.is_rate_limit = is_conflict && response.body.trim_ascii().is_empty();
        Ok(response)
    }

    /// A response for a test.
    #[cfg(test)]
    pub(super) fn of(status: StatusCode, body: &str) -> Self {
        Self {
            status,
            is_rate_limit: false,
            retry_after: None,
            media_type: None,
            redirection: None,
            is_compressed: false,
            body: Zeroizing::new(body.into()),
            rest: None,
        }
    }

    /// Reads the body; returns why it can't be used, if so.
    async fn read_whole(&mut self, limit: usize) -> reqwest::Result<Option<String>> {
        if self.is_compressed {
            return Ok(Some("compressed although not requested".to_owned()));
        }
        let is_whole = self.read(limit).await?;
        json::replace_lone_surrogates(&mut self.body);
        Ok((!is_whole).then(|| format!("larger than {} KiB", limit / 1024)))
    }

    /// Reads the body to its end, unless it is larger than `limit`; returns whether it was not.
    async fn read(&mut self, limit: usize) -> reqwest::Result<bool> {
        let announced = self
            .rest
            .as_ref()
            .and_then(reqwest::Response::content_length);
        let announced = usize::try_from(announced.unwrap_or_default()).unwrap_or(limit);
        // A buffer that grows leaves copies behind that are not wiped.
        self.body.reserve(announced.min(limit));
        while let Some(http) = &mut self.rest {
            match http.chunk().await? {
                Some(chunk) => self.body.extend_from_slice(&chunk),
                None => self.rest = None,
            }
            if self.body.len() > limit {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The next part of a streamed body; `None` at its end.
    pub(super) async fn chunk(&mut self) -> reqwest::Result<Option<Zeroizing<Vec<u8>>>> {
        if !self.body.is_empty() {
            return Ok(Some(std::mem::take(&mut self.body)));
        }
        let Some(http) = &mut self.rest else {
            return Ok(None);
        };
        let chunk = http.chunk().await.map_err(reqwest::Error::without_url)?;
        Ok(chunk.map(|chunk| Zeroizing::new(chunk.to_vec())))
    }

    /// Whether it is a web page, by its media type or its first byte.
    pub(super) fn is_html(&self) -> bool {
        self.media_type.as_deref() == Some("text/html")
            || self.body.trim_ascii_start().first() == Some(&b'<')
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
            let retry_after = self.retry_after.and_then(retry::whole_seconds);
            let retry_after = retry_after.filter(|seconds| *seconds > 0);
            return Some(Error::Throttled { space, retry_after });
        }
        let status = self.status.as_u16();
        let is_server_error = self.status.is_server_error();
        is_server_error.then_some(Error::Unavailable { space, status })
    }

    /// Describes an unsuccessful response: its status, and its messages or its redirect.
    pub(super) fn in_words(&self) -> String {
        let status = status_in_words(self.status);
        match (&self.redirection, self.message()) {
            (Some(place), _) => {
                format!("{status}: redirect to {place}, not followed")
            }
            (None, Some(message)) => format!("{status}: {message}"),
            (None, None) => status,
        }
    }

    /// The messages in a JSON body, if there are any.
    pub(super) fn message(&self) -> Option<String> {
        Confirmation::from_body(&self.body).message
    }
}

/// The number of a status, and its name if it has one.
pub(super) fn status_in_words(status: StatusCode) -> String {
    let name = status.canonical_reason().unwrap_or_default();
    format!("HTTP {} {name}", status.as_str())
        .trim_end()
        .to_owned()
}

fn is_compressed(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
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

/// Where a response of this space redirects to: only the origin, as the rest may hold a secret.
pub(super) fn place_of(location: &str, space: &Space) -> String {
    let Some(url) = Url::parse(&space.at("/"))
        .ok()
        .and_then(|base| base.join(location).ok())
        .filter(Url::has_host)
    else {
        return "an invalid address".to_owned();
    };
    let origin = url.origin().ascii_serialization();
    if origin == space.to_string() {
        return "another path".to_owned();
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_of_an_address_is_shown() {
        let space: Space = "acme.example:8443".parse().unwrap();
        for (location, expected) in [
            (
                "https://user:pass@else.example:8443/a?token=b#c",
                "https://else.example:8443",
            ),
            ("http://else.example/", "http://else.example"),
            ("http://acme.example:8443/", "http://acme.example:8443"),
            ("https://acme.example/", "https://acme.example"),
            ("//else.example/login", "https://else.example"),
            ("/\\else.example", "https://else.example"),
            ("/login?token=b", "another path"),
            ("https://ACME.example:8443", "another path"),
            ("", "another path"),
            ("javascript:alert(1)", "an invalid address"),
            ("https://", "an invalid address"),
        ] {
            assert_eq!(place_of(location, &space), expected, "{location}");
        }
    }
}
