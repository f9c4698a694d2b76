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

use super::message::{Request, Response};
use super::server_data::{Event, Options, ServerData};
use super::{endpoints, faults};

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
        let handle = runtime.handle().clone();
        let _inside = handle.enter();
        tokio::spawn(accept(Arc::clone(&data), TcpListener::from_std(listener)?));
        let (running, ended) = oneshot::channel::<()>();
        let thread = thread::Builder::new().name("sandbox".to_owned());
        thread.spawn(move || runtime.block_on(ended))?;
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
    let service = service_fn(async |request| {
        let response = answer(&data, request).await;
        let status = response.as_ref().map(Response::status);
        let status = status.as_ref().map(StatusCode::as_str);
        observer(Event::Outcome(status.unwrap_or("connection reset")));
        response
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if (&mut connection).await.is_err() {
        // With this option, closing the socket sends a reset. It fails if the connection is closed.
        let _ = connection.into_parts().io.inner().set_zero_linger();
    }
}

/// Responds to a request. An error resets the connection.
async fn answer(data: &Shared, request: hyper::Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let mut request = Request {
        parts,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
        changes: Vec::new(),
    };
    let effect = {
        let mut data = locked(data);
        (data.options.observer)(Event::Request(&request));
        endpoints::strike(&mut data.faults, &mut request)
    };
    let data = Arc::clone(data);
    let carry_out = move |request| endpoints::respond(&mut locked(&data), &request);
    faults::respond(effect, request, Box::new(carry_out)).await
}

/// Locks the data, even if a test panicked while it held it: that test has failed already.
fn locked(data: &Mutex<ServerData>) -> MutexGuard<'_, ServerData> {
    data.lock().unwrap_or_else(PoisonError::into_inner)
}
