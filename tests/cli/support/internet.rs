//! The internet: a proxy that answers for every host, with certificates from its own authority. Requests
//! to the addresses in nxp's code end here.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use super::network::{Authority, Valid, listen};
use super::{Call, Message, Portal};

/// The server at a host.
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
    authority: Authority,
    hosts: Mutex<BTreeMap<String, Host>>,
    /// Every host that was connected to, and the lines of the requests there.
    visits: Mutex<Vec<String>>,
}

impl Internet {
    pub(crate) fn new() -> Self {
        let authority = Authority::new("Internet");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let known = Arc::new(Known {
            authority,
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
    fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let Ok(Some(connect)) = Message::read(&mut stream) else {
            return;
        };
        let mut stream = stream.into_inner();
        let authority = connect.word(1);
        let name = authority.strip_suffix(":443").unwrap_or(authority);
        let host = self.hosts.lock().unwrap().get(name).cloned();
        let Some(host) = host else {
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
            return;
        };
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let identity = self.authority.issue(name, Valid::Now);
        let mut tls = BufReader::new(identity.accept(stream));
        while let Ok(Some(request)) = Message::read(&mut tls) {
            let visit = format!("{name} {} {}", request.word(0), request.word(1));
            self.visits.lock().unwrap().push(visit);
            let answer = match &host {
                Host::Portal(address) => forwarded(address, &request),
                Host::WebPage => http(200, "text/html", "<!DOCTYPE html><title>Web</title>"),
                Host::Directory(entries) => looked_up(entries, &request),
            };
            let tls = tls.get_mut();
            let sent = tls.write_all(&answer.bytes()).and_then(|()| tls.flush());
            if sent.is_err() {
                return;
            }
        }
    }
}

fn forwarded(address: &str, request: &Message) -> Message {
    let mut server = BufReader::new(TcpStream::connect(address).unwrap());
    request.forward(&mut server).unwrap()
}

fn looked_up(entries: &BTreeMap<String, (u16, String)>, request: &Message) -> Message {
    assert_eq!(request.header("authorization"), None);
    let target = request.word(1);
    let asked = target
        .strip_prefix("/api/sys/businesses/getByHost?host=")
        .filter(|_| request.word(0) == "GET")
        .unwrap_or_else(|| panic!("the directory is asked {}", request.start));
    match entries.get(asked) {
        Some((status, body)) => http(*status, "application/json", body),
        None => http(404, "application/json", ""),
    }
}

fn http(status: u16, media_type: &str, body: &str) -> Message {
    Message::response(status, body.into()).with_header("content-type", media_type)
}
