//! The server: a thread with a runtime of its own.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::endpoints::respond;
use super::faults::{Effect, Fault, Next, strike};
use super::message::{Request, Response, failure};
use super::server_data::{Event, Options, ServerData};

/// The pause after a connection could not be accepted, for example with too many open files.
const PAUSE: Duration = Duration::from_millis(20);

type Shared = Arc<Mutex<ServerData>>;

/// A running sandbox. Dropping it stops it.
pub struct Server {
    data: Shared,
    base_url: String,
    /// The thread ends when it is dropped.
    _running: oneshot::Sender<()>,
}

impl Server {
    /// Starts a server on 127.0.0.1, ready for connections when this returns.
    ///
    /// # Errors
    /// If the port is taken, the state file can't be used, or no thread can be started.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let mut data = ServerData::new(options, base_url.clone());
        data.visit(|_| ())?;
        let data = Arc::new(Mutex::new(data));
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (running, ended) = oneshot::channel();
        let serving = accept(Arc::clone(&data), listener);
        let thread = thread::Builder::new().name("sandbox".to_owned());
        thread.spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serving => {}
                    _ = ended => {}
                }
            });
        })?;
        Ok(Self {
            data,
            base_url,
            _running: running,
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Issues an access token for the user with this email. It is in no file, and only this server accepts
    /// it.
    ///
    /// # Errors
    /// `NotFound` if no user has this email.
    pub fn issue_token(&self, email: &str) -> io::Result<String> {
        let token = locked(&self.data).issue_local_token(email);
        token.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Issues a one-time link for the user with this email, valid for an hour.
    ///
    /// # Errors
    /// `NotFound` if no user has this email; another kind if the state can't be written.
    pub fn issue_link(&self, email: &str) -> io::Result<String> {
        let link = self.update(|data| data.issue_link(email))?;
        link.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// All tokens that this server has issued, also invalid ones: for tests that look for leaks.
    pub fn issued_tokens(&self) -> Vec<String> {
        locked(&self.data).issued.clone()
    }

    /// Adds a fault.
    pub fn push_fault(&self, fault: Fault) {
        let mut data = locked(&self.data);
        if let Effect::Change("many-profiles", count) = fault.effect {
            data.model.fill_profiles(count);
        }
        data.faults.push(fault);
    }

    /// Reads or changes the state between two requests.
    ///
    /// # Errors
    /// If the state file can't be read or written.
    pub fn update<R>(&self, change: impl FnOnce(&mut ServerData) -> R) -> io::Result<R> {
        locked(&self.data).visit(change)
    }
}

/// Accepts connections for as long as it is polled.
async fn accept(data: Shared, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(Arc::clone(&data), stream))),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Serves a connection, until the client closes it or a fault resets it.
async fn serve(data: Shared, stream: TcpStream) {
    let observer = Arc::clone(&locked(&data).options.observer);
    observer(Event::Connection);
    // A failure only makes responses slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let (data, observer) = (Arc::clone(&data), Arc::clone(&observer));
        async move {
            let result = answer(data, request).await;
            let status = result.as_ref().map(Response::status);
            let status = status.as_ref().map(StatusCode::as_str);
            observer(Event::Outcome(status.unwrap_or("connection reset")));
            result
        }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if (&mut connection).await.is_err() {
        // With this option, closing the socket sends a reset. It fails if the connection is closed.
        let _ = connection.into_parts().io.inner().set_zero_linger();
    }
}

/// Responds to a request. An error resets the connection.
async fn answer(data: Shared, request: hyper::Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let mut request = Request {
        parts,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
        id: None,
        changes: Vec::new(),
    };
    let answer = {
        let mut data = locked(&data);
        (data.options.observer)(Event::Request(&request));
        if request.is_from_a_web_page() && !data.options.any_host {
            let reason = "the sandbox serves programs on this machine, no web pages";
            return Ok(*failure(StatusCode::FORBIDDEN, reason));
        }
        strike(&mut data.faults, &mut request)
    };
    let next = Next(Box::new(move |request| {
        respond(&mut locked(&data), request)
    }));
    match answer {
        Some(answer) => answer(request, next).await,
        None => Ok(next.carry_out(request)),
    }
}

/// Locks the data, even if a test panicked while it held it: that test has failed already.
fn locked(data: &Mutex<ServerData>) -> MutexGuard<'_, ServerData> {
    data.lock().unwrap_or_else(PoisonError::into_inner)
}
