//! The causes of transport errors, in plain words.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::net::IpAddr;

use crate::error::CHECK_SPACE;

/// The usual hint.
const CHECK_CONNECTION: &str = "check the connection and the space's name; `-v` shows each request";
const CHECK_PROXY: &str = "check HTTPS_PROXY and ALL_PROXY; NO_PROXY lists hosts to reach directly";

/// A response that is not HTTP: garbage, another protocol, or an endless head.
const NO_HTTP: &str = "invalid HTTP response";

const BROKEN: &str = "connection broken";

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
    let io_words = match connecting {
        true => Some("connection timed out"),
        false => io_problem(&links),
    };
    // Of the library for SOCKS only the text tells that the proxy can't connect further.
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
    } else if has("Temporary failure") {
        "name lookup failed temporarily (DNS)"
    } else if has("dns error") || has("failed to lookup address") {
        "unknown host name (DNS)"
    } else if has("connection closed") || has("incomplete message") {
        BROKEN
    } else if has(" parsed") || has("invalid HTTP") || has("head is too large") {
        NO_HTTP
    } else {
        texts.last().map_or("", String::as_str)
    };
    if is_about_proxy {
        let variable = proxy.unwrap_or("system");
        return (format!("{variable} proxy: {words}"), CHECK_PROXY);
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
    let is_lasting = find::<rustls::Error>(&links).is_some() || error.is_builder();
    !is_lasting && (!error.is_connect() || io_problem(&links) == Some(BROKEN))
}

/// Own words where there is something to do about it, else those of the library.
fn tls_problem(problem: &rustls::Error) -> (String, &'static str) {
    use rustls::CertificateError as Certificate;
    let set_clock = "check this machine's clock; if it is right, tell the space's team";
    let certificate = match problem {
        rustls::Error::InvalidCertificate(problem) => problem,
        rustls::Error::InvalidMessage(_) => {
            return ("not a TLS server".to_owned(), CHECK_CONNECTION);
        }
        other => return (format!("TLS failed ({other})"), CHECK_CONNECTION),
    };
    let (words, hint) = match certificate {
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
        // The verifier has no type for it.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            ("self-signed certificate", CHECK_CONNECTION)
        }
        other => return (format!("invalid certificate ({other})"), CHECK_CONNECTION),
    };
    (words.to_owned(), hint)
}

/// The words for the first I/O error that there are some for.
fn io_problem(links: &[&(dyn StdError + 'static)]) -> Option<&'static str> {
    let words = |kind| match kind {
        ErrorKind::ConnectionRefused => Some("connection refused"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Some(BROKEN),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            Some("no route from this network")
        }
        ErrorKind::TimedOut => Some("connection timed out"),
        // Invalid chunks of a body.
        ErrorKind::InvalidData | ErrorKind::InvalidInput => Some(NO_HTTP),
        _ => None,
    };
    let mut problems = links
        .iter()
        .filter_map(|link| link.downcast_ref::<io::Error>());
    problems.find_map(|problem| words(problem.kind()))
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
        assert_eq!(io_problem(&super::links(&broken)), Some(BROKEN));
    }
}
