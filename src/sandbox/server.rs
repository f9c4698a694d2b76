//! The server: a thread with a runtime of its own.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use super::endpoints::respond;
use super::faults::{Effect, Fault, Next, strike};
use super::message::{Change, Request, Response, empty, failure};
use super::server_data::{Event, Observer, Options, ServerData};
use super::state::State;

/// The largest request body, in bytes: forms and bookings need far less.
const BODY_LIMIT: usize = 64 * 1024;

/// The pause after a connection could not be accepted, for example with too many open files.
const PAUSE: Duration = Duration::from_millis(20);

/// A running sandbox. Dropping it stops it.
pub struct Server {
    service: Arc<Service>,
    base_url: String,
    /// Ends the thread when it is dropped; `None` once it has.
    running: Option<(mpsc::Receiver<()>, JoinHandle<()>)>,
}

impl Server {
    /// Starts a server on 127.0.0.1, ready for connections when this returns.
    ///
    /// # Errors
    /// If the port is taken, the state file can't be used, or no thread can be started.
    pub fn start(mut options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = mpsc::channel(1);
        let observer = Arc::clone(&options.observer);
        let mut data = ServerData {
            model: std::mem::take(&mut options.model),
            options,
            base_url: base_url.clone(),
            state: State::default(),
            stop: stop.clone(),
            local: Vec::new(),
            issued: Vec::new(),
            stale: None,
            mails: Vec::new(),
        };
        data.visit(|_| ())?;
        let service = Arc::new(Service {
            data: Mutex::new(data),
            faults: Mutex::default(),
            observer,
        });
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let serving = Arc::clone(&service).run(listener);
        let thread = thread::Builder::new().name("sandbox".to_owned());
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serving => {}
                    () = stop.closed() => {}
                }
            });
        })?;
        Ok(Self {
            service,
            base_url,
            running: Some((stopped, thread)),
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
        let token = locked(&self.service.data).issue_local_token(email);
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
        locked(&self.service.data).issued.clone()
    }

    /// Adds a fault.
    pub fn push_fault(&self, fault: Fault) {
        if let Effect::Change(Change::ManyProfiles(count)) = fault.effect {
            locked(&self.service.data).model.fill_profiles(count);
        }
        locked(&self.service.faults).push(fault);
    }

    /// Reads or changes the state between two requests.
    ///
    /// # Errors
    /// If the state file can't be read or written.
    pub fn update<R>(&self, change: impl FnOnce(&mut ServerData) -> R) -> io::Result<R> {
        locked(&self.service.data).visit(change)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((stopped, thread)) = self.running.take() {
            drop(stopped);
            // It fails only if the thread panicked.
            let _ = thread.join();
        }
    }
}

struct Service {
    data: Mutex<ServerData>,
    faults: Mutex<Vec<Fault>>,
    observer: Observer,
}

impl Service {
    /// Accepts connections for as long as it is polled.
    async fn run(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(Arc::clone(&self).serve(stream))),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Serves a connection, until the client closes it or a fault resets it.
    async fn serve(self: Arc<Self>, stream: TcpStream) {
        (self.observer)(Event::Connection);
        // A failure only makes responses slower.
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| Arc::clone(&self).answer(request));
        let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        if (&mut connection).await.is_err() {
            // With this option, closing the socket sends a reset. It fails if the connection is closed.
            let _ = connection.into_parts().io.inner().set_zero_linger();
        }
    }

    /// Responds to a request. An error resets the connection.
    async fn answer(self: Arc<Self>, request: hyper::Request<Incoming>) -> io::Result<Response> {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
            return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
        };
        let mut request = Request {
            parts,
            body: body.to_bytes(),
            id: None,
            changes: Vec::new(),
        };
        (self.observer)(Event::Request(&request));
        let result = if request.is_from_a_web_page() && !locked(&self.data).options.any_host {
            let reason = "the sandbox serves programs on this machine, no web pages";
            Ok(*failure(StatusCode::FORBIDDEN, reason))
        } else {
            let answer = strike(&mut locked(&self.faults), &mut request);
            let service = Arc::clone(&self);
            let next = Next(Box::new(move |request| {
                respond(&mut locked(&service.data), request)
            }));
            match answer {
                Some(answer) => answer(request, next).await,
                None => Ok(next.carry_out(request)),
            }
        };
        let status = result.as_ref().map(Response::status);
        let outcome = status
            .as_ref()
            .map_or("connection reset", StatusCode::as_str);
        (self.observer)(Event::Outcome(outcome));
        result
    }
}

/// Locks a value, even if a test panicked while it held it: that test has failed already.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
