//! What `nxp doctor -v` adds for a report from afar: the program, the proxy and the certificate
//! authorities.

use std::env::consts::{ARCH, OS};

use url::Url;

use super::Finding;
use crate::config;

/// The version and the platform.
pub(super) fn program() -> Finding {
    let sandbox = if cfg!(feature = "sandbox") {
        ""
    } else {
        ", built without the sandbox"
    };
    Finding::ok(format!(
        "nxp {} for {OS} {ARCH}{sandbox}",
        env!("CARGO_PKG_VERSION")
    ))
}

/// The proxy for https, without its user name and password.
pub(super) fn proxy() -> Finding {
    let Some((variable, value)) = config::proxy() else {
        return Finding::ok("none");
    };
    let address = value.to_str().and_then(|value| Url::parse(value).ok());
    let host = address.as_ref().and_then(Url::host_str);
    Finding::ok(match (&address, host) {
        (Some(address), Some(host)) => {
            let port = address.port().map(|port| format!(":{port}"));
            let port = port.unwrap_or_default();
            format!("{}://{host}{port} ({variable})", address.scheme())
        }
        _ => format!("an address that can't be parsed ({variable})"),
    })
}

/// The certificate authorities that TLS trusts.
pub(super) fn certificates() -> Finding {
    let variables = config::certificate_variables();
    if variables.is_empty() {
        return Finding::ok("the system's");
    }
    let variables: Vec<String> = variables
        .into_iter()
        .map(|(name, path)| format!("{} ({name})", path.display()))
        .collect();
    Finding::ok(format!(
        "{} instead of the system's",
        variables.join(" and ")
    ))
}
