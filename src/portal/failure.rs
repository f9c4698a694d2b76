//! Why a request failed, in plain words.

use std::error::Error as StdError;
use std::io::ErrorKind;

/// The cause of a transport error, as a person would say it.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let links: Vec<String> = chain(error).map(ToString::to_string).collect();
    let has = |words: &str| links.iter().any(|link| link.contains(words));
    let direct = || {
        if let Some(problem) = find::<rustls::Error>(error) {
            return tls_problem(problem);
        }
        if let Some(problem) = find::<std::io::Error>(error)
            && let Some(words) = io_problem(problem.kind())
        {
            return words.to_owned();
        }
        if has("dns error") {
            return name_problem(&links).to_owned();
        }
        if has("connection closed") || has("incomplete message") {
            return CUT_SHORT.to_owned();
        }
        links.last().cloned().unwrap_or_default()
    };
    if has("proxy authorization required") {
        return "the proxy wants a user name and a password that it accepts".to_owned();
    }
    if has("tunnel error: failed to create underlying connection") || has("connecting to socks") {
        return format!("the way leads over a proxy, and with that {}", direct());
    }
    if has("tunnel error") {
        return "the proxy does not let the connection through".to_owned();
    }
    direct()
}

/// Whether trying again may help: the connection broke, rather than being refused on grounds that
/// will still hold.
pub(super) fn is_passing(error: &reqwest::Error) -> bool {
    if find::<rustls::Error>(error).is_some() || error.is_builder() {
        return false;
    }
    let broke = || {
        find::<std::io::Error>(error).is_some_and(|problem| {
            matches!(
                problem.kind(),
                ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::BrokenPipe
                    | ErrorKind::UnexpectedEof
            )
        })
    };
    !error.is_connect() || broke()
}

fn name_problem(links: &[String]) -> &'static str {
    if links.iter().any(|link| link.contains("Temporary failure")) {
        "names can't be looked up at the moment (DNS)"
    } else {
        "its name is not known (DNS)"
    }
}

fn tls_problem(problem: &rustls::Error) -> String {
    match problem {
        rustls::Error::InvalidCertificate(problem) => certificate_problem(problem),
        rustls::Error::InvalidMessage(_) => "it does not speak TLS".to_owned(),
        // The platform's verifier says so where it finds no roots at all.
        rustls::Error::General(text) if text.contains("CA certificates") => {
            "this machine has no certificate authorities to check its certificate against; \
             SSL_CERT_FILE names a file of them"
                .to_owned()
        }
        other => format!("TLS failed ({other})"),
    }
}

fn certificate_problem(problem: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Certificate;
    let words = match problem {
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            "its certificate has expired, or this machine's clock is ahead"
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "its certificate is not valid yet, or this machine's clock is behind"
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "its certificate is for another name"
        }
        Certificate::UnknownIssuer => {
            "its certificate is from an authority that this machine does not know"
        }
        Certificate::Revoked => "its certificate has been revoked",
        other => return format!("its certificate is not accepted ({other})"),
    };
    words.to_owned()
}

/// What is said where a connection ends in the middle.
const CUT_SHORT: &str = "the connection was closed before the answer was complete";

fn io_problem(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ConnectionRefused => "the connection is refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "the connection was broken off"
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "there is no way to it from this network"
        }
        ErrorKind::TimedOut => "the connection timed out",
        ErrorKind::UnexpectedEof => CUT_SHORT,
        _ => return None,
    })
}

/// The first link of an error's chain that is a `T`. An I/O error hides what it wraps, so that is
/// looked into as well.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(|link| {
        link.downcast_ref::<T>().or_else(|| {
            let wrapped = link.downcast_ref::<std::io::Error>()?.get_ref()?;
            find_wrapped::<T>(wrapped)
        })
    })
}

fn find_wrapped<'a, T: StdError + 'static>(
    wrapped: &'a (dyn StdError + Send + Sync + 'static),
) -> Option<&'a T> {
    wrapped
        .downcast_ref::<T>()
        .or_else(|| find::<T>(wrapped.source()?))
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&link| link.source())
}
