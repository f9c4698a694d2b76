//! The causes of transport errors, in plain words.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::net::IpAddr;

use crate::error::CHECK_SPACE;

/// The usual hint.
const CHECK_CONNECTION: &str = "check the connection and the space's name; `-v` shows each request";
const CHECK_PROXY: &str = "check HTTPS_PROXY and ALL_PROXY; NO_PROXY lists hosts to reach directly";

/// The cause of a transport error and what to do about it. `proxy` is the variable of the proxy, `found`
/// what the name of the space was resolved to without one.
pub(super) fn cause(
    error: &reqwest::Error,
    proxy: Option<&str>,
    found: &[IpAddr],
) -> (String, &'static str) {
    let links = links(error);
    let texts: Vec<String> = links.iter().map(ToString::to_string).collect();
    let has = |words: &str| texts.iter().any(|text| text.contains(words));
    if has("proxy authorization required") {
        let words = "the proxy requires a valid user name and password";
        let hint = "put the user name and password in the proxy's address: http://USER:PASSWORD@proxy.example:3128";
        return (words.to_owned(), hint);
    }
    let connecting = error.is_connect() && error.is_timeout();
    let io_words = connecting.then_some("connection timed out");
    let io_words = io_words.or_else(|| io_kind(&links, io_problem));
    // A SOCKS proxy that is reached but can't connect further: only its library's text tells.
    let is_refused_by_socks = has("SOCKS error") && io_words.is_none();
    let is_about_proxy = has("tunnel error: failed to create underlying connection")
        || has("connecting to socks")
        || (connecting && proxy.is_some());
    let words = if (has("tunnel error") && !is_about_proxy) || is_refused_by_socks {
        return ("the proxy refused to connect".to_owned(), CHECK_PROXY);
    } else if let Some(problem) = find::<rustls::Error>(&links) {
        return tls_problem(problem);
    } else if let Some(words) = io_words {
        words
    } else if has("dns error") || has("failed to lookup address") {
        if has("Temporary failure") {
            "name lookup failed temporarily (DNS)"
        } else {
            "unknown host name (DNS)"
        }
    } else if has("connection closed") || has("incomplete message") {
        "connection closed before the response was complete"
    } else if texts.iter().any(|text| is_about_http(text)) {
        NO_HTTP
    } else {
        texts.last().map_or("", String::as_str)
    };
    if is_about_proxy {
        return (
            format!("{} proxy: {words}", proxy.unwrap_or("system")),
            CHECK_PROXY,
        );
    }
    let found = found.iter().map(ToString::to_string).collect::<Vec<_>>();
    if error.is_connect() && io_words.is_some() && !found.is_empty() {
        return (format!("{words} ({})", found.join(", ")), CHECK_CONNECTION);
    }
    (words.to_owned(), CHECK_CONNECTION)
}

/// Whether a retry may help: the connection broke, and was not refused for a lasting reason.
pub(super) fn is_passing(error: &reqwest::Error) -> bool {
    let links = links(error);
    if find::<rustls::Error>(&links).is_some() || error.is_builder() {
        return false;
    }
    let broke = |kind| match kind {
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Some(()),
        _ => None,
    };
    !error.is_connect() || io_kind(&links, broke).is_some()
}

fn tls_problem(problem: &rustls::Error) -> (String, &'static str) {
    let words = match problem {
        rustls::Error::InvalidCertificate(problem) => return certificate_problem(problem),
        rustls::Error::InvalidMessage(_) => "not a TLS server".to_owned(),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion) => {
            "no TLS version in common".to_owned()
        }
        rustls::Error::AlertReceived(alert) => format!("TLS alert {alert:?}"),
        other => format!("TLS failed ({other})"),
    };
    (words, CHECK_CONNECTION)
}

/// A certificate for another purpose.
const FOR_NO_SERVER: &str = "certificate not meant for servers";

fn certificate_problem(problem: &rustls::CertificateError) -> (String, &'static str) {
    use rustls::CertificateError as Certificate;
    let set_clock = "check this machine's clock; if it is right, tell the space's team";
    let (words, hint) = match problem {
        Certificate::Expired | Certificate::ExpiredContext { .. } => (
            "expired certificate, or this machine's clock is ahead",
            set_clock,
        ),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => (
            "certificate not valid yet, or this machine's clock is behind",
            set_clock,
        ),
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            ("certificate for another name", CHECK_SPACE)
        }
        Certificate::UnknownIssuer => (
            "certificate from an unknown authority",
            "try another network; if you trust this one, set SSL_CERT_FILE to a file with its certificate authority",
        ),
        Certificate::BadSignature => (
            "certificate with a wrong or weak signature",
            CHECK_CONNECTION,
        ),
        Certificate::Revoked => ("revoked certificate", CHECK_CONNECTION),
        Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => {
            (FOR_NO_SERVER, CHECK_CONNECTION)
        }
        Certificate::Other(rustls::OtherError(problem)) => match format!("{problem:?}").as_str() {
            "CaUsedAsEndEntity" => ("self-signed certificate", CHECK_CONNECTION),
            word if word.contains("Eku") => (FOR_NO_SERVER, CHECK_CONNECTION),
            word => return not_accepted(word),
        },
        other => return not_accepted(&other.to_string()),
    };
    (words.to_owned(), hint)
}

fn not_accepted(word: &str) -> (String, &'static str) {
    let words = format!("certificate not accepted ({word})");
    (words, CHECK_CONNECTION)
}

/// A response that is not HTTP: garbage, another protocol, or an endless head.
const NO_HTTP: &str = "invalid HTTP response";

/// Whether this is the HTTP library's text for that; it has no type for it.
fn is_about_http(text: &str) -> bool {
    text.ends_with(" parsed")
        || text.starts_with("invalid HTTP")
        || text.contains("head is too large")
}

fn io_problem(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ConnectionRefused => "connection refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "connection broken"
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "no route from this network"
        }
        ErrorKind::TimedOut => "connection timed out",
        ErrorKind::UnexpectedEof => "connection closed before the response was complete",
        // Invalid chunks of a body.
        ErrorKind::InvalidData | ErrorKind::InvalidInput => NO_HTTP,
        _ => return None,
    })
}

/// This error and all its causes. The `source` of an I/O error skips the error that it wraps, so
/// that one is added separately.
fn links<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut all = vec![error];
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => all.extend(links(wrapped)),
        None => all.extend(error.source().map(links).unwrap_or_default()),
    }
    all
}

/// The first error of type `T`.
fn find<'a, T: StdError + 'static>(links: &[&'a (dyn StdError + 'static)]) -> Option<&'a T> {
    links.iter().find_map(|link| link.downcast_ref::<T>())
}

/// The first result of `choose` for the kinds of the I/O errors.
fn io_kind<T>(
    links: &[&(dyn StdError + 'static)],
    choose: impl Fn(ErrorKind) -> Option<T>,
) -> Option<T> {
    links
        .iter()
        .filter_map(|link| link.downcast_ref::<io::Error>())
        .find_map(|problem| choose(problem.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_io_error_wraps_is_found_however_deep() {
        let certificate = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let deep = io::Error::other(io::Error::new(ErrorKind::InvalidData, certificate));
        let links = links(&deep);
        assert!(find::<rustls::Error>(&links).is_some());
        let broken = io::Error::other(io::Error::from(ErrorKind::ConnectionReset));
        let words = io_kind(&super::links(&broken), io_problem);
        assert_eq!(words, Some("connection broken"));
    }
}
