//! Validation of proxy addresses from the environment.

use http::Uri;

/// Whether a value of `HTTPS_PROXY` or `ALL_PROXY` is a valid proxy address.
///
/// The HTTP client would ignore an invalid value and connect directly.
pub(crate) fn is_proxy(value: &str) -> bool {
    let Ok(uri) = value.parse::<Uri>() else {
        return false;
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let known = matches!(
        scheme,
        "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"
    );
    known && uri.authority().is_some_and(is_host_with_port)
}

fn is_host_with_port(place: &http::uri::Authority) -> bool {
    let host = place.host();
    let ends_with_host = place.as_str().ends_with(host);
    !host.is_empty() && (ends_with_host || place.port_u16().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_host_and_a_scheme_that_is_spoken() {
        for value in [
            "http://proxy.example:3128",
            "http://proxy.example:3128/",
            "proxy.example:3128",
            "proxy.example",
            "127.0.0.1:8080",
            "https://user:pass@proxy.example",
            "socks5h://[::1]:1080",
        ] {
            assert!(is_proxy(value), "{value}");
        }
        for value in [
            "",
            " ",
            "http://",
            "http//proxy.example",
            "/proxy",
            "ftp://proxy.example",
            "http://proxy example",
            "http://proxy.example:port",
            "http://pro\u{446}y.example",
        ] {
            assert!(!is_proxy(value), "{value}");
        }
    }
}
