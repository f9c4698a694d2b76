//! `nxp api`: a request that the user writes, and its response, passed on as it arrives.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use zeroize::Zeroizing;

use super::client::Client;
use super::http::{COMPRESSED, Confirmation, NO_REASON, Request, Response};
use super::redact::{self, Redactor};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::BearerToken;

/// The largest body in which a refusal and its message are found, in bytes.
const LARGEST_KEPT: usize = 8 * 1024 * 1024;

/// What to send.
pub(crate) struct ApiRequest {
    pub(crate) method: Method,
    /// Where on the space's host.
    pub(crate) path: RequestPath,
    /// Additional headers; they replace the default ones.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
}

/// A response whose body is still to be read. The tokens are redacted in it.
pub(crate) struct ApiResponse<'a> {
    client: &'a Client,
    /// The name of the request in messages.
    subject: String,
    response: Response,
    /// Redacts the tokens; `None` at the end of the body.
    redactor: Option<Redactor>,
    /// Why there is no other token, if this one is rejected.
    rejection: Option<Error>,
    /// The body so far; `None` if it is too long.
    kept: Option<Vec<u8>>,
}

impl Client {
    /// Sends a request as the holder of `token`. Rate limits are waited out and failures of a `GET`
    /// retried, as long as the deadline allows; a redirect is not followed. `earlier` tokens may still
    /// be valid, so they are redacted, too.
    pub(crate) async fn pass_through(
        &self,
        request: &ApiRequest,
        token: &BearerToken,
        earlier: &[BearerToken],
    ) -> Result<ApiResponse<'_>> {
        let earlier = earlier.iter().map(BearerToken::expose);
        let secrets: Vec<&str> = earlier.chain([token.expose()]).collect();
        let path = request.path.as_str();
        // The query may hold a secret, and the path the token.
        let subject = format!("{} {}", request.method, request.path.without_query());
        let subject = redact::text(secrets.iter().copied(), &subject);
        let sent = Request {
            token: Some(token),
            headers: request.headers.clone(),
            body: request.body.as_deref(),
            secrets,
            is_streamed: true,
            ..Request::new(request.method.clone(), path, &subject)
        };
        let response = self.send(&sent).await?;
        let redactor = Some(sent.redactor());
        Ok(ApiResponse {
            client: self,
            response,
            subject,
            redactor,
            rejection: None,
            kept: Some(Vec::new()),
        })
    }
}

impl ApiResponse<'_> {
    /// Whether the portal rejects the token.
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.response.status == StatusCode::UNAUTHORIZED
    }

    /// Whether it is a web page, by its media type.
    pub(crate) fn is_web_page(&self) -> bool {
        self.response.is_html()
    }

    /// Notes why there is no other token to send the request with.
    pub(crate) fn rejected(mut self, rejection: Error) -> Self {
        self.rejection = Some(rejection);
        self
    }

    /// The next part of the body; `None` at its end. If the connection breaks, bytes that may begin
    /// a token are dropped. A compressed body is an error: the token in it could not be found.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        if self.response.is_compressed {
            return Err(Error::invalid_response(&self.subject, COMPRESSED));
        }
        let client = self.client;
        // What is done with the data counts as well, or the deadline would never come while it flows.
        let passed = client.within_deadline(self.passed()).await?;
        let passed = passed.map_err(|error| client.unreachable(&error))?;
        if let (Some(passed), Some(kept)) = (&passed, &mut self.kept) {
            kept.extend_from_slice(passed);
            self.kept.take_if(|kept| kept.len() > LARGEST_KEPT);
        }
        Ok(passed)
    }

    async fn passed(&mut self) -> reqwest::Result<Option<Zeroizing<Vec<u8>>>> {
        while let Some(redactor) = &mut self.redactor {
            let response = &mut self.response;
            while response.body.is_empty() && response.read().await? {}
            let chunk = std::mem::take(&mut response.body);
            let is_end = chunk.is_empty();
            let passed = redactor.push((!is_end).then_some(&chunk));
            if is_end {
                self.redactor = None;
            }
            if !passed.is_empty() {
                return Ok(Some(passed));
            }
        }
        Ok(None)
    }

    /// Whether the request succeeded, after its body was read.
    ///
    /// # Errors
    /// Why there is no other token at 401, [`ErrorCode::Throttled`], and [`ErrorCode::Failed`] for any
    /// other status that is no success and for a JSON object that reports a failure.
    pub(crate) fn outcome(self) -> Result<()> {
        let mut response = self.response;
        if let Some(error) = self.rejection.or(response.failure(self.client.space())) {
            return Err(error);
        }
        response.body = self.kept.unwrap_or_default().into();
        let confirmation = Confirmation::from_body(&response.body);
        let status = response.status;
        let reason = if status.as_u16() >= 400 || response.redirection.is_some() {
            response.in_words()
        } else if status.is_success() && confirmation.is_refusal() {
            confirmation.message.unwrap_or_else(|| NO_REASON.to_owned())
        } else {
            return Ok(());
        };
        let message = format!("{} refused by the portal: {reason}", self.subject);
        Err(Error::new(ErrorCode::Failed, message))
    }
}

/// A path with its query, on the space's own host.
#[derive(Debug)]
pub(crate) struct RequestPath(String);

impl RequestPath {
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(given: &str) -> Result<Self, &'static str> {
        let path = decoded(given.split('?').next().unwrap_or_default());
        let has_dots = path.split('/').any(|name| matches!(name, "." | ".."));
        let rules = [
            (
                given.chars().any(char::is_control) || path.contains('\0'),
                "it has control characters",
            ),
            (
                !given.starts_with('/') || given.starts_with("//"),
                "expected a path on the space's host, with one / at its start",
            ),
            (given.ends_with(' '), "it ends with a space"),
            (given.contains('#'), "a fragment is never sent"),
            (path.contains('\\'), "a backslash is no part of a path"),
            (has_dots, "it has . or .. segments"),
        ];
        match rules.into_iter().find(|(is_broken, _)| *is_broken) {
            Some((_, problem)) => Err(problem),
            None => Ok(Self(given.to_owned())),
        }
    }

    /// The path and the query, from the slash on.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without the query.
    pub(crate) fn without_query(&self) -> &str {
        self.0.split('?').next().unwrap_or_default()
    }

    /// Adds a parameter to the query.
    pub(crate) fn add_parameter(&mut self, name: &str, value: &str) {
        let mark = match self.0.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        let parameter = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        self.0 = format!("{}{mark}{parameter}", self.0);
    }

    /// The names in the path, from the last one on, in lower case: a server may accept any spelling.
    pub(crate) fn names(&self) -> Vec<String> {
        let path = decoded(self.without_query()).to_lowercase();
        // Some servers drop what follows a semicolon, and white space and dots at the end.
        let is_ignored = |char: char| char.is_whitespace() || char == '.';
        let names = path.rsplit('/').map(|segment| {
            let name = segment.split(';').next().unwrap_or_default();
            name.trim_matches(is_ignored).to_owned()
        });
        names.filter(|name| !name.is_empty()).collect()
    }
}

/// The path, decoded. What is encoded twice is decoded twice: some servers do.
fn decoded(path: &str) -> String {
    let once = percent_decode_str(path).decode_utf8_lossy();
    let twice: Cow<'_, str> = percent_decode_str(&once).decode_utf8_lossy();
    twice.into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn problem(given: &str) -> Option<&'static str> {
        RequestPath::parse(given).err()
    }

    #[test]
    fn what_may_lead_elsewhere_is_no_path() {
        for given in [
            "/api/public/coworkers/profiles",
            "/",
            "/en/bookings?start=2026-09-01&next=https://else.example/../x",
            "/a..b/...",
            "/name with spaces/é",
            "/a//b",
        ] {
            assert_eq!(problem(given), None, "{given}");
        }
        for given in [
            "",
            "api",
            "https://else.example/",
            "//else.example/api",
            "/\\else.example",
            "\\\\else.example",
            "/a/../b",
            "/..",
            "/a/%2e%2E/b",
            "/a/.%2e",
            "/a/%252e%252e/b",
            "/./a",
            "/a\\..\\b",
            "/a%5c..%5cb",
            "/a\nb",
            "/a\r\nHost: else.example",
            "/a\tb",
            "/a\u{7f}",
            "/\u{85}",
            "/a#b",
            "/a ",
            "/a?b ",
            " /a",
            "?a",
            "javascript:alert(1)",
        ] {
            assert!(problem(given).is_some(), "{given:?}");
        }
        assert_eq!(problem("/x%00"), Some("it has control characters"));
    }

    #[test]
    fn a_switch_is_known_in_any_spelling() {
        let is_switch = |given: &str| {
            let names = RequestPath::parse(given).unwrap().names();
            names.starts_with(&["current".to_owned(), "profiles".to_owned()])
        };
        for given in [
            "/api/public/coworkers/profiles/current?coworkerId=1",
            "/api/public/coworkers/Profiles/CURRENT/",
            "/api/public/coworkers/profiles//current",
            "/api/public/coworkers/profiles/%63urrent",
            "/api/public/coworkers/profiles%2Fcurrent",
            "/api/public/coworkers/profiles/%2563urrent",
            "/api/public/coworkers/profiles/current;x=1",
            "/api/public/coworkers/profiles/current ?x=1",
            "/api/public/coworkers/profiles/current%20",
            "/api/public/coworkers/profiles/Current%09",
            "/api/public/coworkers/profiles/current.",
            "/api/public/coworkers/profiles%20/current%2520.",
        ] {
            assert!(is_switch(given), "{given}");
        }
        for given in [
            "/api/public/coworkers/profiles",
            "/api/public/coworkers/profiles/current/benefits",
            "/a?b=/profiles/current",
        ] {
            assert!(!is_switch(given), "{given}");
        }
    }

    #[test]
    fn parameters_go_to_the_query() {
        let with = |given: &str| {
            let mut path = RequestPath::parse(given).unwrap();
            path.add_parameter("a b", "c&d=é");
            path.0
        };
        assert_eq!(with("/x"), "/x?a+b=c%26d%3D%C3%A9");
        assert_eq!(with("/x?"), "/x?a+b=c%26d%3D%C3%A9");
        assert_eq!(with("/x?y=1"), "/x?y=1&a+b=c%26d%3D%C3%A9");
    }

    proptest! {
        /// A path that is taken stays on the host, and stays the path that it is.
        #[test]
        fn no_path_leads_to_another_host(given in "/[\\PC/\\\\.%@:?2eE5cC]{0,20}") {
            let Ok(path) = RequestPath::parse(&given) else { return Ok(()) };
            let url = Url::parse(&format!("https://acme.example:8443{}", path.as_str())).unwrap();
            prop_assert_eq!(url.origin().ascii_serialization(), "https://acme.example:8443");
            prop_assert_eq!(url.username(), "");
            let slashes = |path: &str| path.matches('/').count();
            prop_assert_eq!(slashes(url.path()), slashes(path.without_query()));
            prop_assert_eq!(decoded(url.path()), decoded(path.without_query()));
        }
    }
}
