//! What `nxp doctor -v` adds for a bug report: the program, the proxy and the certificate
//! authorities.

use std::env::consts::{ARCH, OS};

use url::Url;

use crate::command_output::Check;
use crate::config;

pub(super) fn checks() -> [Check; 3] {
    [
        Check::ok("program", program()),
        Check::ok("proxy", proxy()),
        Check::ok("certificates", certificates()),
    ]
}

/// The version and the platform.
fn program() -> String {
    let sandbox = if cfg!(feature = "sandbox") {
        ""
    } else {
        ", built without the sandbox"
    };
    format!("nxp {} for {OS} {ARCH}{sandbox}", env!("CARGO_PKG_VERSION"))
}

/// The proxy for https, without its user name and password.
fn proxy() -> String {
    let Some((variable, value)) = config::proxy() else {
        return "none".to_owned();
    };
    let address = value.to_str().and_then(|value| Url::parse(value).ok());
    let host = address.as_ref().and_then(Url::host_str);
    match (&address, host) {
        (Some(address), Some(host)) => {
            let port = address.port().map(|port| format!(":{port}"));
            let port = port.unwrap_or_default();
            format!("{}://{host}{port} ({variable})", address.scheme())
        }
        _ => format!("an address that can't be parsed ({variable})"),
    }
}

/// The certificate authorities that TLS trusts.
fn certificates() -> String {
    let variables = config::certificate_variables();
    if variables.is_empty() {
        return "the system's".to_owned();
    }
    let variables: Vec<String> = variables
        .into_iter()
        .map(|(name, path)| format!("{} ({name})", path.display()))
        .collect();
    format!("{} instead of the system's", variables.join(" and "))
}
