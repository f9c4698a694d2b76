//! The origin of a space, to which requests and tokens are sent.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use super::redact;
use crate::error::Error;

/// The domain below which every space has its own host.
const SPACES_DOMAIN: &str = "spaces.nexudus.com";

/// A tenant of the portal, identified by its origin: scheme, host and port.
///
/// Always `https`, or `http` on a loopback address, so that tokens never cross a network in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Space {
    origin: Url,
}

impl Space {
    /// The host, with `:port` unless it is the scheme's default, as in messages and in the keyring's
    /// service name.
    pub(crate) fn host(&self) -> String {
        let host = self.origin.host_str().unwrap_or_default();
        match self.origin.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The value of `--space` for this space: the host, or the whole address if the host alone is not
    /// enough.
    pub(crate) fn name(&self) -> String {
        let host = self.host();
        if host.parse().ok().as_ref() == Some(self) {
            host
        } else {
            self.to_string()
        }
    }

    /// Whether the host is a loopback address.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.origin)
    }

    /// Whether the host is below `spaces.nexudus.com`, where Nexudus serves the API.
    pub(crate) fn is_given_by_nexudus(&self) -> bool {
        self.slug().is_some()
    }

    /// The host without the domain of spaces.
    fn slug(&self) -> Option<String> {
        let host = self.host();
        let slug = host.strip_suffix(SPACES_DOMAIN)?.strip_suffix('.')?;
        (!slug.is_empty()).then(|| slug.to_owned())
    }

    /// The host that maps web addresses to spaces.
    pub(crate) fn directory() -> Self {
        let origin = Url::parse(&format!("https://{SPACES_DOMAIN}/"));
        #[allow(clippy::expect_used, reason = "a constant")]
        let origin = origin.expect("the domain is a host name");
        Self { origin }
    }

    /// The shortest value of `--space` for this space.
    pub(crate) fn short_name(&self) -> String {
        let slug = self.slug().filter(|slug| is_slug(slug));
        slug.unwrap_or_else(|| self.name())
    }

    /// The address of the host, without a path.
    pub(super) fn origin(&self) -> &Url {
        &self.origin
    }
}

/// The origin without a trailing slash: `https://acme.spaces.nexudus.com`.
impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin.as_str().trim_end_matches('/'))
    }
}

/// Parses a name (`acme`), a host (`acme.spaces.nexudus.com`, with or without a port) or an address
/// (`https://…`; `http` only on loopback), whose path is ignored.
///
/// # Errors
/// A usage error for everything else, and for everything that could send a token to another host than
/// the value seems to name: user names, queries, fragments, non-ASCII letters.
impl FromStr for Space {
    type Err = Error;

    fn from_str(given: &str) -> Result<Self, Error> {
        read(given.trim())
            .map(|origin| Self { origin })
            .map_err(|reason| {
                let given = redact::address(given);
                Error::usage(
                    format!("invalid space \"{given}\": {reason}"),
                    "give a name (acme), a host (acme.spaces.nexudus.com) or an https address",
                )
            })
    }
}

impl Serialize for Space {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Space {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = String::deserialize(deserializer)?;
        given.parse().map_err(D::Error::custom)
    }
}

fn read(given: &str) -> Result<Url, &'static str> {
    if !given.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("host names can't contain spaces or non-ASCII characters");
    }
    if given.contains(['@', '?', '#', '\\', '%']) || given.contains("..") {
        return Err("user names, queries, fragments, escapes and `..` are not allowed");
    }
    let given = given.to_ascii_lowercase();
    let bare = given.strip_suffix('/').unwrap_or(&given);
    if is_slug(bare) {
        return read(&format!("https://{bare}.{SPACES_DOMAIN}"));
    }
    let (scheme, authority) = match given.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => {
            (scheme, rest.split('/').next().unwrap_or_default())
        }
        Some(_) => return Err("only https is supported"),
        None => ("https", bare),
    };
    let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(|_| NO_HOST)?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    // 127.1, 0x7f000001 and 2130706433 all mean 127.0.0.1 but look different.
    if authority != host && authority != format!("{host}:{port}") {
        return Err(NO_HOST);
    }
    match url.host() {
        // Letters, digits and inner hyphens (RFC 1123, section 2.1).
        Some(Host::Domain(name)) if name.len() > 253 || !name.split('.').all(is_slug) => {
            Err(NO_HOST)
        }
        Some(Host::Domain(name)) if authority == bare && is_slug(name) && name != "localhost" => {
            Err("a port requires a full host, for example acme.example:8443")
        }
        _ if scheme == "http" && !is_loopback(&url) => {
            Err("http would send tokens in plain text; use https")
        }
        _ => Ok(url),
    }
}

const NO_HOST: &str = "not a valid host";

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_slug(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests;
