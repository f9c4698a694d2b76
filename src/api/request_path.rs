//! The path of a request that the user writes. It must not lead to another host.

use std::str::FromStr;

use super::redact;

/// A path with its query, on the space's own host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestPath(String);

/// Why a text is no [`RequestPath`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidPath {
    /// The text, with possible secrets redacted.
    pub(crate) given: String,
    /// What is wrong with it.
    pub(crate) problem: &'static str,
}

impl RequestPath {
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

    /// Whether it is the path of a switch, in any spelling that a server may accept.
    pub(crate) fn is_of_switch(&self) -> bool {
        let path = decoded(self.without_query()).to_lowercase();
        // Some servers drop what follows a semicolon, and white space and dots at the end.
        let is_ignored = |char: char| char.is_whitespace() || char == '.';
        let names = path.rsplit('/').map(|segment| {
            let name = segment.split(';').next().unwrap_or_default();
            name.trim_matches(is_ignored)
        });
        let mut names = names.filter(|name| !name.is_empty());
        names.next() == Some("current") && names.next() == Some("profiles")
    }
}

/// The path, decoded. What is encoded twice is decoded twice: some servers do.
fn decoded(path: &str) -> String {
    percent_decoded(&percent_decoded(path))
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(b'%'));
        let rest = if byte.is_some() {
            part.get(2..)
        } else {
            Some(part)
        };
        bytes.extend_from_slice(rest.unwrap_or_default().as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl FromStr for RequestPath {
    type Err = InvalidPath;

    fn from_str(given: &str) -> Result<Self, InvalidPath> {
        match problem_of(given) {
            None => Ok(Self(given.to_owned())),
            Some(problem) => Err(InvalidPath {
                given: redact::redact_address(given),
                problem,
            }),
        }
    }
}

fn problem_of(given: &str) -> Option<&'static str> {
    let path = decoded(given.split('?').next().unwrap_or_default());
    if given.chars().any(char::is_control) || path.contains('\0') {
        Some("it has control characters")
    } else if given.contains("://") && !given.starts_with('/') {
        Some("expected a path on the space's host, not an address")
    } else if !given.starts_with('/') {
        Some("expected a path that starts with /")
    } else if given.starts_with("//") {
        Some("expected a path on the space's host")
    } else if given.ends_with(' ') {
        Some("it ends with a space")
    } else if given.contains('#') {
        Some("a fragment is never sent")
    } else if path.contains('\\') {
        Some("a backslash is no part of a path")
    } else if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        Some("it has . or .. segments")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn problem(given: &str) -> Option<&'static str> {
        given
            .parse::<RequestPath>()
            .err()
            .map(|error| error.problem)
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
        let secret = "https://user:s3cret@else.example/?token=s3cret";
        let refused = secret.parse::<RequestPath>().unwrap_err();
        assert!(!refused.given.contains("s3cret"), "{refused:?}");
    }

    #[test]
    fn a_switch_is_known_in_any_spelling() {
        let is_switch = |given: &str| given.parse::<RequestPath>().unwrap().is_of_switch();
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
            let mut path: RequestPath = given.parse().unwrap();
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
            let Ok(path) = given.parse::<RequestPath>() else { return Ok(()) };
            let url = Url::parse(&format!("https://acme.example:8443{}", path.as_str())).unwrap();
            prop_assert_eq!(url.origin().ascii_serialization(), "https://acme.example:8443");
            prop_assert_eq!(url.username(), "");
            let slashes = |path: &str| path.matches('/').count();
            prop_assert_eq!(slashes(url.path()), slashes(path.without_query()));
            prop_assert_eq!(decoded(url.path()), decoded(path.without_query()));
        }
    }
}
