//! Servers and proxies: TLS in front of a portal, HTTP and SOCKS proxies, fixed responses.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use rustix::net::sockopt::set_socket_linger;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::http_message::Message;

/// Listens until the process ends, with a thread for each connection.
pub(super) fn listen(
    at: &str,
    serve: impl Fn(TcpStream) + Send + Sync + 'static,
) -> Option<SocketAddr> {
    let listener = TcpListener::bind(at).ok()?;
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(stream));
        }
    });
    Some(address)
}

/// An address of this machine where nothing listens.
pub(crate) fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// The same portal at another address, such as `[::1]:0`; `None` where the machine lacks it.
pub(crate) fn forward(at: &str, portal: &str) -> Option<SocketAddr> {
    let portal = portal.to_owned();
    listen(at, move |client| {
        if let Ok(server) = TcpStream::connect(&portal) {
            splice(client, server);
        }
    })
}

/// The same portal at an address that resets its first connections, and how many it has had.
pub(crate) fn resetting(portal: &str, first: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let portal = portal.to_owned();
    let count = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&count);
    let serve = move |client: TcpStream| {
        if counted.fetch_add(1, Ordering::SeqCst) < first {
            // With this option, the end of the connection is a reset.
            set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
        } else if let Ok(server) = TcpStream::connect(&portal) {
            splice(client, server);
        }
    };
    (listen("127.0.0.1:0", serve).unwrap(), count)
}

/// A server that answers each request with these bytes.
pub(crate) fn serving(answer: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let serve = move |client: TcpStream| {
        let mut client = BufReader::new(client);
        while let Ok(Some(request)) = Message::read(&mut client) {
            if client.get_mut().write_all(&answer(&request)).is_err() {
                return;
            }
        }
    };
    listen("127.0.0.1:0", serve).unwrap()
}

/// A server that answers each request with `first`, and then repeats `rest` until the client closes the
/// connection.
pub(crate) fn responding(first: impl Into<Vec<u8>>, rest: impl Into<Vec<u8>>) -> SocketAddr {
    let (first, rest) = (first.into(), rest.into());
    let serve = move |client: TcpStream| {
        let mut client = BufReader::new(client);
        while let Ok(Some(_)) = Message::read(&mut client) {
            let client = client.get_mut();
            let mut said = client.write_all(&first);
            while said.is_ok() && !rest.is_empty() {
                said = client.write_all(&rest);
            }
        }
    };
    listen("127.0.0.1:0", serve).unwrap()
}

/// A server that answers a TLS handshake with this alert.
pub(crate) fn tls_alert(alert: u8) -> SocketAddr {
    let serve = move |mut client: TcpStream| {
        let mut hello = [0; 4096];
        let _ = client.read(&mut hello);
        let _ = client.write_all(&[0x15, 3, 3, 0, 2, 2, alert]);
    };
    listen("127.0.0.1:0", serve).unwrap()
}

/// Copies bytes both ways until one side closes its connection.
fn splice(client: TcpStream, server: TcpStream) {
    let (from_client, to_client) = (client.try_clone().unwrap(), client);
    let (from_server, to_server) = (server.try_clone().unwrap(), server);
    thread::spawn(move || pump(from_client, to_server));
    pump(from_server, to_client);
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// An address that answers no attempt to connect, as long as this lives: its queue of connections is full.
#[cfg(target_os = "linux")]
pub(crate) struct Silent {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

#[cfg(target_os = "linux")]
impl Silent {
    pub(crate) fn new() -> Self {
        use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        listen(&socket, 0).unwrap();
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().unwrap();
        let wait = std::time::Duration::from_millis(200);
        let connect = || TcpStream::connect_timeout(&address, wait).ok();
        Self {
            address,
            _queue: std::iter::from_fn(connect).collect(),
            _listener: listener,
        }
    }
}

/// The way to a portal, over connections that can die without a sign: what is sent over them is lost.
pub(crate) struct Route {
    pub(crate) address: SocketAddr,
    connections: Arc<Mutex<Vec<Arc<AtomicBool>>>>,
}

impl Route {
    pub(crate) fn to(portal: &str) -> Self {
        let portal = portal.to_owned();
        let connections: Arc<Mutex<Vec<Arc<AtomicBool>>>> = Arc::default();
        let all = Arc::clone(&connections);
        let serve = move |client: TcpStream| {
            let is_dead: Arc<AtomicBool> = Arc::default();
            all.lock().unwrap().push(Arc::clone(&is_dead));
            let server = TcpStream::connect(&portal).unwrap();
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server);
            let (mut from_server, mut to_client) = (to_server.try_clone().unwrap(), client);
            thread::spawn(move || io::copy(&mut from_server, &mut to_client));
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = from_client.read(&mut buffer) {
                if !is_dead.load(Ordering::SeqCst) {
                    to_server.write_all(&buffer[..count]).unwrap();
                }
            }
        };
        Self {
            address: listen("127.0.0.1:0", serve).unwrap(),
            connections,
        }
    }

    /// Lets all connections die that are open now.
    pub(crate) fn cut(&self) {
        for is_dead in &*self.connections.lock().unwrap() {
            is_dead.store(true, Ordering::SeqCst);
        }
    }
}

/// A certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// When a certificate is valid.
#[derive(Clone, Copy)]
pub(crate) enum Valid {
    Now,
    NoLonger,
    NotYet,
}

/// A certificate and its key.
pub(crate) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Authority {
    /// An authority with this name.
    pub(crate) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        let subject = &mut parameters.distinguished_name;
        subject.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(parameters, key).unwrap())
    }

    /// Its certificate, as `SSL_CERT_FILE` takes it.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this name, for servers.
    pub(crate) fn issue(&self, name: &str, valid: Valid) -> Identity {
        self.issue_for(name, valid, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for this name, for clients.
    pub(crate) fn issue_for_clients(&self, name: &str) -> Identity {
        self.issue_for(name, Valid::Now, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// Its own certificate, as if it were a server's.
    pub(crate) fn own(&self) -> Identity {
        Identity {
            chain: vec![self.0.der().clone()],
            key: self.0.key().serialize_der(),
        }
    }

    fn issue_for(&self, name: &str, valid: Valid, purpose: ExtendedKeyUsagePurpose) -> Identity {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let (from, to) = match valid {
            Valid::Now => (2020, 4000),
            Valid::NoLonger => (2000, 2001),
            Valid::NotYet => (3999, 4000),
        };
        parameters.not_before = date_time_ymd(from, 1, 1);
        parameters.not_after = date_time_ymd(to, 1, 1);
        parameters.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.0).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: key.serialize_der(),
        }
    }
}

/// The portal behind TLS, on a port of 127.0.0.1.
pub(crate) fn tls_front(identity: Identity, portal: &str) -> SocketAddr {
    let portal = portal.to_owned();
    let serve = move |client| {
        // A client that rejects the certificate closes the connection.
        let _ = relay(identity.accept(client), &portal);
    };
    listen("127.0.0.1:0", serve).unwrap()
}

impl Identity {
    /// TLS on a connection that a client has opened.
    pub(super) fn accept(&self, client: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        let key = PrivateKeyDer::try_from(self.key.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        StreamOwned::new(connection, client)
    }
}

/// Carries requests and answers.
fn relay(client: impl Read + Write, portal: &str) -> io::Result<()> {
    let mut server = BufReader::new(TcpStream::connect(portal)?);
    let mut client = BufReader::new(client);
    while let Some(request) = Message::read(&mut client)? {
        let answer = request.forward(&mut server)?;
        client.get_mut().write_all(&answer.bytes())?;
        client.get_mut().flush()?;
    }
    Ok(())
}

/// A proxy that connects each client to one address, or refuses it.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    calls: Arc<Mutex<Vec<String>>>,
}

/// What a proxy does with a connection.
#[derive(Clone, Copy)]
pub(crate) enum ProxyMode {
    Tunnel(SocketAddr),
    /// It refuses with this status line.
    Respond(&'static str),
    /// It speaks SOCKS 5.
    Socks(SocketAddr),
    /// It speaks SOCKS 5, and accepts no authentication method.
    SocksRefusing,
}

impl Proxy {
    pub(crate) fn start(manner: ProxyMode) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&calls);
        let serve = move |client: TcpStream| {
            let call = match manner {
                ProxyMode::Socks(place) => socks(client, place),
                ProxyMode::SocksRefusing => no_socks(client),
                ProxyMode::Tunnel(_) | ProxyMode::Respond(_) => connect(client, manner),
            };
            noted.lock().unwrap().extend(call);
        };
        let address = listen("127.0.0.1:0", serve).unwrap();
        Self { address, calls }
    }

    /// The requests so far, with their headers; of SOCKS the host names.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

fn connect(client: TcpStream, manner: ProxyMode) -> Option<String> {
    let mut client = BufReader::new(client);
    let call = Message::read(&mut client).ok()??.bytes();
    let mut client = client.into_inner();
    match manner {
        ProxyMode::Tunnel(place) => {
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
            let server = TcpStream::connect(place).ok()?;
            thread::spawn(move || splice(client, server));
        }
        ProxyMode::Respond(status) => {
            write!(client, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").ok()?;
        }
        ProxyMode::Socks(_) | ProxyMode::SocksRefusing => {}
    }
    String::from_utf8(call).ok()
}

fn no_socks(mut client: TcpStream) -> Option<String> {
    client.read_exact(&mut [0; 3]).ok()?;
    client.write_all(&[5, 0xff]).ok()?;
    None
}

/// RFC 1928, without authentication, for names alone.
fn socks(mut client: TcpStream, place: SocketAddr) -> Option<String> {
    let mut greeting = [0; 2];
    client.read_exact(&mut greeting).ok()?;
    client.read_exact(&mut vec![0; greeting[1].into()]).ok()?;
    client.write_all(&[5, 0]).ok()?;
    let mut request = [0; 5];
    client.read_exact(&mut request).ok()?;
    let mut name = vec![0; request[4].into()];
    client.read_exact(&mut name).ok()?;
    client.read_exact(&mut [0; 2]).ok()?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    let server = TcpStream::connect(place).ok()?;
    thread::spawn(move || splice(client, server));
    String::from_utf8(name).ok()
}
