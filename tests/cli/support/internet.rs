//! The internet, as far as nxp goes: a proxy that is every host there is, with certificates from an
//! authority of its own. So the addresses that nxp knows by heart lead here.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use super::gate::message;
use super::network::listen;
use super::{Call, Portal};

/// What stands at a host.
#[derive(Clone)]
enum Host {
    /// A portal on this machine.
    Portal(String),
    /// A web page, whatever is asked.
    WebPage,
    /// Nexudus's directory: a status and a body for each address that it is asked for.
    Directory(BTreeMap<String, (u16, String)>),
}

pub(crate) struct Internet {
    folder: tempfile::TempDir,
    proxy: String,
    known: Arc<Known>,
}

struct Known {
    authority: Issuer<'static, KeyPair>,
    hosts: Mutex<BTreeMap<String, Host>>,
    /// Every host that was connected to, and the lines of the requests there.
    visits: Mutex<Vec<String>>,
}

impl Internet {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        let known = Arc::new(Known {
            authority: Issuer::new(params, key),
            hosts: Mutex::default(),
            visits: Mutex::default(),
        });
        let serving = Arc::clone(&known);
        let proxy = listen("127.0.0.1:0", move |stream| serving.serve(stream)).unwrap();
        let proxy = format!("http://{proxy}");
        Self {
            folder,
            proxy,
            known,
        }
    }

    /// Puts a portal at this host.
    pub(crate) fn portal(&self, host: &str, portal: &Portal) {
        self.put(host, Host::Portal(portal.host().to_owned()));
    }

    /// Puts a web page at this host.
    pub(crate) fn web_page(&self, host: &str) {
        self.put(host, Host::WebPage);
    }

    /// Has the directory give these answers, and otherwise 404.
    pub(crate) fn directory<const N: usize>(&self, entries: [(&str, u16, &str); N]) {
        let entries = entries.map(|(host, status, body)| (host.into(), (status, body.into())));
        self.put("spaces.nexudus.com", Host::Directory(entries.into()));
    }

    /// Has a run reach all this.
    pub(crate) fn around(&self, call: Call) -> Call {
        call.env("HTTPS_PROXY", &self.proxy)
            .env("SSL_CERT_FILE", self.folder.path().join("ca.pem"))
    }

    /// Every request so far, as "host METHOD path-and-query".
    pub(crate) fn visits(&self) -> Vec<String> {
        self.known.visits.lock().unwrap().clone()
    }

    fn put(&self, name: &str, host: Host) {
        let mut hosts = self.known.hosts.lock().unwrap();
        hosts.insert(name.to_owned(), host);
    }
}

impl Known {
    fn serve(&self, mut stream: TcpStream) {
        let Some(connect) = message(&mut stream) else {
            return;
        };
        let connect = String::from_utf8(connect).unwrap();
        let authority = connect.split(' ').nth(1).unwrap();
        let name = authority.strip_suffix(":443").unwrap_or(authority);
        let host = self.hosts.lock().unwrap().get(name).cloned();
        let Some(host) = host else {
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
            return;
        };
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let config = Arc::new(self.certified(name));
        let connection = rustls::ServerConnection::new(config).unwrap();
        let mut tls = rustls::StreamOwned::new(connection, stream);
        while let Some(request) = message(&mut tls) {
            self.note(name, &request);
            let answer = match &host {
                Host::Portal(address) => forwarded(address, &request),
                Host::WebPage => http(200, "text/html", "<!DOCTYPE html><title>Web</title>"),
                Host::Directory(entries) => looked_up(entries, &request),
            };
            if tls.write_all(&answer).and_then(|()| tls.flush()).is_err() {
                return;
            }
        }
    }

    fn certified(&self, name: &str) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap()
    }

    fn note(&self, host: &str, request: &[u8]) {
        let line = first_line(request);
        let line = line.strip_suffix(" HTTP/1.1").unwrap();
        self.visits.lock().unwrap().push(format!("{host} {line}"));
    }
}

fn forwarded(address: &str, request: &[u8]) -> Vec<u8> {
    let mut server = TcpStream::connect(address).unwrap();
    server.write_all(request).unwrap();
    message(&mut server).unwrap()
}

fn looked_up(entries: &BTreeMap<String, (u16, String)>, request: &[u8]) -> Vec<u8> {
    assert!(
        !String::from_utf8_lossy(request)
            .to_lowercase()
            .contains("authorization")
    );
    let line = first_line(request);
    let asked = line
        .strip_prefix("GET /api/sys/businesses/getByHost?host=")
        .and_then(|rest| rest.strip_suffix(" HTTP/1.1"))
        .unwrap_or_else(|| panic!("the directory is asked {line}"));
    match entries.get(asked) {
        Some((status, body)) => http(*status, "application/json", body),
        None => http(404, "application/json", ""),
    }
}

fn http(status: u16, media_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn first_line(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    text.lines().next().unwrap().to_owned()
}
