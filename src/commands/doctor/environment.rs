//! What `nxp doctor -v` adds for a bug report: the program, the proxy and the certificate
//! authorities.

use std::env::consts::{ARCH, OS};

use crate::api;
use crate::command_output::Check;
use crate::config;

pub(super) fn checks() -> [Check; 3] {
    [
        Check::ok("program", program()),
        Check::ok("proxy", proxy()),
        certificates(),
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

/// The proxy for https, without its user name and password, and the hosts that it is not for.
fn proxy() -> String {
    let Some((variable, value)) = config::proxy() else {
        return "none".to_owned();
    };
    let Some(address) = value.to_str().and_then(api::proxy_address) else {
        return format!("an invalid address ({variable})");
    };
    let host = address.host_str().unwrap_or_default();
    let port = address.port().map(|port| format!(":{port}"));
    let address = format!("{}://{host}{}", address.scheme(), port.unwrap_or_default());
    let except = config::no_proxy().map(|hosts| format!(", not for {hosts} (NO_PROXY)"));
    format!("{address} ({variable}){}", except.unwrap_or_default())
}

/// The certificate authorities that TLS trusts.
fn certificates() -> Check {
    let network = config::network();
    if let Err(error) = network.authorities() {
        return Check::fail("certificates", &error);
    }
    if network.certificates.is_empty() {
        return Check::ok("certificates", "the system's");
    }
    let variables: Vec<String> = network
        .certificates
        .iter()
        .map(|(name, path)| format!("{} ({name})", path.display()))
        .collect();
    let replaced = format!("{} instead of the system's", variables.join(" and "));
    Check::ok("certificates", replaced)
}
