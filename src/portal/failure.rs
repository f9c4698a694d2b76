//! Why a request failed, in plain words.

use std::error::Error as StdError;
use std::io::ErrorKind;

use serde_json::error::Category;

/// The cause of a transport error, as a person would say it.
pub(super) fn cause(error: &reqwest::Error) -> String {
    if let Some(problem) = find::<rustls::Error>(error) {
        return certificate_problem(problem);
    }
    if let Some(problem) = find::<std::io::Error>(error)
        && let Some(words) = io_problem(problem.kind())
    {
        return words.to_owned();
    }
    let innermost = chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default();
    let all: String = chain(error).map(|link| format!("{link}\n")).collect();
    if all.contains("dns error") {
        return "its name is not known (DNS)".to_owned();
    }
    if all.contains("tunnel") || all.contains("proxy") {
        return format!("the proxy does not let the connection through ({innermost})");
    }
    if all.contains("connection closed") || all.contains("incomplete message") {
        return "the connection was closed before the answer was complete".to_owned();
    }
    innermost
}

/// Whether trying again may help: the connection broke, rather than being refused on grounds that
/// will still hold.
pub(super) fn is_passing(error: &reqwest::Error) -> bool {
    find::<rustls::Error>(error).is_none() && !error.is_connect() && !error.is_builder()
}

/// What is wrong with a JSON document, without quoting any of it: it may hold a token.
pub(super) fn json_problem(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "it ends too early".to_owned(),
        Category::Io | Category::Syntax => "it is not JSON".to_owned(),
        Category::Data => {
            format!(
                "a field in it is missing or of another type (line {}, column {})",
                error.line(),
                error.column()
            )
        }
    }
}

fn certificate_problem(problem: &rustls::Error) -> String {
    use rustls::CertificateError as Certificate;
    let words = match problem {
        rustls::Error::InvalidCertificate(problem) => match problem {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "its certificate has expired"
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "its certificate is not valid yet; is this machine's clock right?"
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            Certificate::UnknownIssuer => {
                "its certificate is from an authority that this machine does not know"
            }
            other => return format!("its certificate is not accepted ({other})"),
        },
        other => return format!("TLS failed ({other})"),
    };
    words.to_owned()
}

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
        ErrorKind::UnexpectedEof => "the connection was closed before the answer was complete",
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
