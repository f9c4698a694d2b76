//! Where a space is: the origin that requests, and with them tokens, are sent to.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::redact;
use crate::error::Error;

/// The domain below which every space has its own host.
const SPACES_DOMAIN: &str = "spaces.nexudus.com";

/// A tenant of the portal, known by its origin: scheme, host and port.
///
/// Always `https`, or `http` on a loopback address: a token sent to it can't be read on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    origin: Url,
}

impl Space {
    /// The host, with `:port` where it isn't the scheme's own: what messages and the keyring's
    /// service name call this space.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.origin.host_str().unwrap_or_default();
        match self.origin.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// What `--space` takes for this space: the host, or the whole address where the host alone
    /// would mean another one.
    #[must_use]
    pub fn name(&self) -> String {
        if self.is_loopback() {
            self.to_string()
        } else {
            self.host()
        }
    }

    /// Whether the host is this machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.origin)
    }

    /// Whether the host is one of those that Nexudus gives its spaces, where the API is.
    #[must_use]
    pub fn is_given_by_nexudus(&self) -> bool {
        let below = self
            .origin
            .domain()
            .and_then(|host| host.strip_suffix(SPACES_DOMAIN))
            .and_then(|slug| slug.strip_suffix('.'));
        self.origin.scheme() == "https"
            && self.origin.port().is_none()
            && below.is_some_and(|slug| !slug.is_empty())
    }

    /// Where Nexudus says which space a web address belongs to.
    #[must_use]
    pub fn directory() -> Self {
        let origin = Url::parse(&format!("https://{SPACES_DOMAIN}/"));
        #[allow(clippy::expect_used, reason = "a constant")]
        let origin = origin.expect("the domain is a host name");
        Self { origin }
    }

    /// The shortest value of `--space` that means this space.
    #[must_use]
    pub fn short_name(&self) -> String {
        if self.origin.scheme() == "http" {
            return self.to_string();
        }
        let host = self.host();
        match host
            .strip_suffix(SPACES_DOMAIN)
            .and_then(|slug| slug.strip_suffix('.'))
        {
            Some(slug) if is_slug(slug) => slug.to_owned(),
            _ => host,
        }
    }

    /// What names this space in a file that people read: its host, or for `http` its origin.
    #[must_use]
    pub fn address(&self) -> String {
        match self.origin.scheme() {
            "http" => self.to_string(),
            _ => self.host(),
        }
    }

    /// The address of `path_and_query`, which starts with a slash, at this space.
    pub(super) fn at(&self, path_and_query: &str) -> String {
        format!("{self}{path_and_query}")
    }
}

/// The origin, without a slash at its end: `https://acme.spaces.nexudus.com`.
impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin.as_str().trim_end_matches('/'))
    }
}

/// Reads a slug (`acme`), a host (`acme.spaces.nexudus.com`, with or without a port) or an address
/// (`https://…`; `http` only on loopback), of which the path is left out.
///
/// # Errors
/// [`Error::InvalidSpace`] for everything else, and for whatever could make a token go elsewhere
/// than a reader of the value would think: user names, queries, fragments, letters of other scripts.
impl FromStr for Space {
    type Err = Error;

    fn from_str(given: &str) -> Result<Self, Error> {
        read(given.trim())
            .map(|origin| Self { origin })
            .map_err(|reason| Error::InvalidSpace {
                given: redact::harmless(given),
                reason: reason.to_owned(),
            })
    }
}

fn read(given: &str) -> Result<Url, &'static str> {
    if given.is_empty() {
        return Err("it is empty");
    }
    if !given.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it has characters that no host name is written with");
    }
    if let Some((scheme, rest)) = given.split_once("://") {
        return match scheme.to_ascii_lowercase().as_str() {
            scheme @ ("https" | "http") => read_origin(scheme, rest),
            _ => Err("only https is spoken"),
        };
    }
    let given = given.strip_suffix('/').unwrap_or(given);
    if is_slug(given) {
        return read_origin("https", &format!("{given}.{SPACES_DOMAIN}"));
    }
    if given
        .split(':')
        .next()
        .is_some_and(|name| name != "localhost" && is_slug(name))
    {
        return Err("a port belongs to a whole host, such as acme.example:8443");
    }
    if given.contains('/') {
        return Err("an address with a path starts with https://");
    }
    read_origin("https", given)
}

fn read_origin(scheme: &str, rest: &str) -> Result<Url, &'static str> {
    if rest.contains(['@', '?', '#', '\\', '%']) {
        return Err("user names, queries, fragments and escapes have no place in it");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if rest.split('/').any(|segment| segment == "..") {
        return Err("its path leads upwards");
    }
    if authority.ends_with(':') {
        return Err("its port is missing");
    }
    let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(|_| "it can't be read")?;
    match url.host() {
        Some(Host::Domain(domain)) if !is_host_name(domain) => Err("its host name can't be read"),
        // 127.1, 0x7f000001 and 2130706433 all mean 127.0.0.1, and look like something else.
        Some(Host::Ipv4(address)) if !authority.starts_with(&address.to_string()) => {
            Err("an address in numbers is written with four of them")
        }
        None => Err("it has no host"),
        _ if scheme == "http" && !is_loopback(&url) => {
            Err("http would show the token to everyone on the way; use https")
        }
        _ => Ok(url),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether every label is letters, digits and inner hyphens (RFC 1123, section 2.1).
fn is_host_name(domain: &str) -> bool {
    domain.len() <= 253 && domain.split('.').all(is_slug)
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
