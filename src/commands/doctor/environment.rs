//! What `nxp doctor -v` adds for a bug report: the program, the proxy and the certificate
//! authorities.

use std::env::consts::{ARCH, OS};

use http::Uri;

use crate::api;
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

/// The proxy for https, without its user name and password, and the hosts that it is not for.
fn proxy() -> String {
    let Some((variable, value)) = config::proxy() else {
        return "none".to_owned();
    };
    let address = value.to_str().filter(|value| api::is_proxy(value));
    let address = address.and_then(|value| value.parse::<Uri>().ok());
    let authority = address.as_ref().and_then(Uri::authority);
    let (Some(address), Some(authority)) = (&address, authority) else {
        return format!("an invalid address ({variable})");
    };
    let scheme = address.scheme_str().unwrap_or("http");
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    let except = config::no_proxy().map(|hosts| format!(", not for {hosts} (NO_PROXY)"));
    format!(
        "{scheme}://{host} ({variable}){}",
        except.unwrap_or_default()
    )
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
