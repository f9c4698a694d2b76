//! How a client connects: certificate authorities, name look-up, proxies.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs, io, thread};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{NoProxy, Proxy};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use tokio::sync::oneshot;
use url::Url;

use super::space::Space;
use crate::error::{Error, ErrorCode, Result};

/// What the environment says about connections. Each value comes with the name of its variable.
#[derive(Clone, Default)]
pub(crate) struct Network {
    /// The proxy for https.
    pub(crate) proxy: Option<(&'static str, OsString)>,
    /// The hosts to reach without it: `NO_PROXY`.
    pub(crate) no_proxy: Option<String>,
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR`, which replace the system's certificate authorities.
    pub(crate) certificates: Vec<(&'static str, PathBuf)>,
}

impl Network {
    /// TLS 1.2 and 1.3 without a client certificate. For a space without TLS no authorities are loaded:
    /// that takes longer than a whole request on loopback.
    ///
    /// # Errors
    /// If there are no certificate authorities.
    pub(super) fn tls(&self, space: &Url) -> Result<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(anyhow::Error::new)?;
        let roots = match space.scheme() {
            "https" => self.authorities()?,
            _ => Some(RootCertStore::empty()),
        };
        let builder = match roots {
            Some(roots) => builder.with_root_certificates(roots),
            None => match Verifier::new(provider) {
                Ok(verifier) => builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(verifier)),
                // With an empty variable it looks nowhere on Linux.
                Err(_) => builder.with_root_certificates(system_authorities()?),
            },
        };
        Ok(builder.with_no_client_auth())
    }

    /// The certificate authorities that replace the system's, if there are such.
    ///
    /// # Errors
    /// What is wrong with the variables, if none is found.
    pub(crate) fn authorities(&self) -> Result<Option<RootCertStore>> {
        let mut store = RootCertStore::empty();
        let mut problems = Vec::new();
        for (variable, value) in &self.certificates {
            let paths: Vec<PathBuf> = match *variable {
                "SSL_CERT_DIR" => env::split_paths(value).collect(),
                _ => vec![value.clone()],
            };
            for path in paths {
                let found = certificates_at(&path);
                let problem = match found.map(|found| store.add_parsable_certificates(found).0) {
                    Ok(0) => "no valid certificate in it".to_owned(),
                    Ok(_) => continue,
                    Err(problem) => problem,
                };
                problems.push((variable, path, problem));
            }
        }
        match problems.into_iter().next() {
            Some((variable, path, problem)) if store.is_empty() => {
                let message = format!("{variable} can't be used: {}: {problem}", path.display());
                Err(Error::new(ErrorCode::Network, message).with_hint(format!(
                    "set {variable} to PEM certificates of certificate authorities, or unset it to use the system's"
                )))
            }
            _ => Ok((!store.is_empty()).then_some(store)),
        }
    }

    /// The proxy for the space at this address, and its variable. `None`: there is none for it.
    ///
    /// # Errors
    /// If its address is not valid: the HTTP client would ignore it and connect directly.
    pub(super) fn proxy_for(&self, space: &Space) -> Result<Option<(&'static str, Proxy)>> {
        let Some((variable, value)) = self.proxy.as_ref().filter(|_| !space.is_loopback()) else {
            return Ok(None);
        };
        let invalid = |why: &str, hint: String| {
            let message = format!("invalid proxy address in {variable}{why}; nothing was sent");
            Error::new(ErrorCode::Network, message).with_hint(hint)
        };
        let value = value.to_str().unwrap_or_default();
        if has_raw_password(value) {
            return Err(invalid(
                ": its password has characters that must be percent-encoded",
                "write @ as %40, # as %23 and \\ as %5C in the password".to_owned(),
            ));
        }
        let proxy = proxy_address(value).and_then(|address| Proxy::all(address).ok());
        let proxy = proxy.ok_or_else(|| {
            let example = "http://proxy.example:3128";
            invalid(
                "",
                format!("set {variable} to an address such as {example}, or unset it"),
            )
        })?;
        let except = self.no_proxy.as_deref().unwrap_or_default();
        let except = NoProxy::from_string(&direct_hosts(except, space.origin()));
        Ok(Some((variable, proxy.no_proxy(except))))
    }
}

/// The certificates in a file, or in the files of a folder.
fn certificates_at(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let quoted = || path.to_string_lossy().starts_with(['"', '\'']);
    let kind = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if quoted() => "no such file; leave out the quotes".to_owned(),
        io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => error.to_string(),
    })?;
    if kind.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| error.to_string())?;
        let files = entries.flatten().map(|entry| entry.path());
        let files = files.filter(|file| !file.is_dir());
        return Ok(files
            .flat_map(|file| certificates_at(&file))
            .flatten()
            .collect());
    }
    // A pipe would be waited for.
    if !kind.is_file() {
        return Err("not a file".to_owned());
    }
    let content = fs::read(path).map_err(|error| error.to_string())?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&content).flatten().collect();
    let text = String::from_utf8_lossy(&content);
    match &*content {
        [0xef, 0xbb, 0xbf, ..] => Err("it begins with a byte order mark".to_owned()),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err("UTF-16, not PEM".to_owned()),
        _ if !found.is_empty() => Ok(found),
        [0x30, 0x80..=0x84, ..] => Err("DER, not PEM".to_owned()),
        _ if text.contains("BEGIN TRUSTED CERTIFICATE") => {
            Err("in the format TRUSTED CERTIFICATE; convert it with `openssl x509`".to_owned())
        }
        _ => Err("no PEM certificate in it".to_owned()),
    }
}

/// Where the system's certificate authorities are on Linux.
const SYSTEM_AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The system's certificate authorities on Linux, whatever the environment says.
fn system_authorities() -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    for file in SYSTEM_AUTHORITIES {
        let found = certificates_at(Path::new(file)).unwrap_or_default();
        store.add_parsable_certificates(found);
    }
    if store.is_empty() {
        let message = "no certificate authorities are installed on this machine";
        return Err(Error::new(ErrorCode::Network, message)
            .with_hint("set SSL_CERT_FILE to a file of certificate authorities"));
    }
    Ok(store)
}

/// Whether the user name or the password in a proxy's address has characters that end it.
fn has_raw_password(value: &str) -> bool {
    let (_, rest) = value.split_once("://").unwrap_or(("", value));
    let user = rest.rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(['@', '#', '\\']))
}

/// A valid value of `HTTPS_PROXY` or `ALL_PROXY` as an address with a scheme.
pub(crate) fn proxy_address(value: &str) -> Option<Url> {
    let value = match value.contains("://") {
        true => value.to_owned(),
        false => format!("http://{value}"),
    };
    let address = Url::parse(&value).ok()?;
    let is_known = matches!(
        address.scheme(),
        "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"
    );
    let is_ascii = value.bytes().all(|byte| byte.is_ascii_graphic());
    let is_bare = matches!(address.path(), "" | "/") && !value.contains(":///");
    (is_known && is_ascii && is_bare && address.has_host()).then_some(address)
}

/// `NO_PROXY` as the HTTP client takes it. An entry with a port is for that port alone.
fn direct_hosts(given: &str, space: &Url) -> String {
    let port = format!(":{}", space.port_or_known_default().unwrap_or_default());
    let hosts = given.split([',', ' ', '\t']).map(|entry| {
        let host = entry.strip_suffix(&port).unwrap_or(entry);
        let host = host.strip_prefix("*.").unwrap_or(host);
        host.trim_end_matches('.')
    });
    hosts.collect::<Vec<_>>().join(",")
}

/// The resolver of the operating system, in a thread that the end of the process does not wait for. The
/// resolver of reqwest panics if no thread can be started.
#[derive(Clone, Default)]
pub(super) struct Resolver {
    /// What the last name was resolved to.
    found: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Resolver {
    /// The addresses that were tried last.
    pub(super) fn found(&self) -> Vec<IpAddr> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.iter().map(SocketAddr::ip).collect()
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (sender, receiver) = oneshot::channel();
        let host = name.as_str().to_owned();
        let started = thread::Builder::new().spawn(move || {
            // Nothing listens any more once the deadline is over.
            let _ = sender.send(look_up(&host));
        });
        let found = Arc::clone(&self.found);
        Box::pin(async move {
            started?;
            let addresses = receiver.await??;
            found
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&addresses);
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The client sets the port. A token for `localhost` must not go to what a DNS server calls so.
fn look_up(host: &str) -> io::Result<Vec<SocketAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        let loopback = [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            Ipv6Addr::LOCALHOST.into(),
        ];
        return Ok(loopback.map(|address| (address, 0).into()).into());
    }
    Ok((host, 0).to_socket_addrs()?.collect())
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
            assert!(proxy_address(value).is_some(), "{value}");
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
            assert!(proxy_address(value).is_none(), "{value}");
        }
    }

    #[test]
    fn a_password_that_would_end_the_address_is_known() {
        for (value, expected) in [
            ("http://user:p%40ss@proxy.example", false),
            ("user:pass@proxy.example:3128", false),
            ("http://proxy.example/", false),
            ("http://user:p@ss@proxy.example", true),
            ("http://user:12#3@proxy.example", true),
            ("user:a\\b@proxy.example", true),
            ("http//user:a@proxy.example", false),
        ] {
            assert_eq!(has_raw_password(value), expected, "{value}");
        }
    }

    #[test]
    fn direct_hosts_are_read_in_every_usual_form() {
        let space = Url::parse("https://acme.example").unwrap();
        for (given, expected) in [
            ("", ""),
            ("*", "*"),
            ("acme.example", "acme.example"),
            ("*.example, .other ,,a.b.", "example,,.other,,,a.b"),
            (
                "acme.example:443 other.example:8443",
                "acme.example,other.example:8443",
            ),
            ("10.0.0.0/8,::1", "10.0.0.0/8,::1"),
        ] {
            assert_eq!(direct_hosts(given, &space), expected, "{given}");
        }
    }

    #[test]
    fn localhost_is_not_looked_up() {
        let addresses = ["127.0.0.1:0", "[::1]:0"].map(|address| address.parse().unwrap());
        for name in ["localhost", "LOCALHOST"] {
            assert_eq!(look_up(name).unwrap(), addresses);
        }
    }
}
