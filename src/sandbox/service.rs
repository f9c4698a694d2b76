//! Connections, their requests, and the faults that apply to them.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::faults::Effect;
use super::request::Request;
use super::response::{Response, empty};
use super::routes::{is_api, respond};
use super::server_data::ServerData;

/// The largest request body, in bytes: forms and bookings need far less.
const BODY_LIMIT: usize = 64 * 1024;

/// The pause after a connection could not be accepted, for example with too many open files.
const PAUSE: Duration = Duration::from_millis(20);

/// Receives a line about each request.
pub type RequestHook = Box<dyn Fn(String) + Send + Sync>;

pub(super) struct Service {
    pub(super) data: Mutex<ServerData>,
    pub(super) on_request: Option<RequestHook>,
}

impl Service {
    /// Locks the data, even if a test panicked while it held it: that test has failed already.
    pub(super) fn data(&self) -> MutexGuard<'_, ServerData> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts connections for as long as it is polled.
    pub(super) async fn run(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(Arc::clone(&self).serve(stream))),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Serves a connection, until the client closes it or a fault resets it.
    async fn serve(self: Arc<Self>, stream: TcpStream) {
        // A failure only makes responses slower.
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| self.answer(request));
        let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        if (&mut connection).await.is_err() {
            // With this option, closing the socket sends a reset. It fails if the connection is closed.
            let _ = connection.into_parts().io.inner().set_zero_linger();
        }
    }

    /// Responds to a request. An error resets the connection.
    async fn answer(&self, request: hyper::Request<Incoming>) -> io::Result<Response> {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
            return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
        };
        let mut request = Request {
            parts,
            body: body.to_bytes(),
            effects: Vec::new(),
        };
        if is_api(request.path()) {
            request.effects = self.data().faults.effects_at(request.path());
        }
        let report = |outcome: &str| {
            if let Some(on_request) = &self.on_request {
                let uri = without_secrets(&request.parts.uri);
                on_request(format!("{} {uri}: {outcome}", request.parts.method));
            }
        };
        if request.has(&Effect::ResetBefore) {
            report("connection reset, request not carried out");
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let instead = request.effects.iter().find_map(Effect::response);
        let response = instead.unwrap_or_else(|| respond(&mut self.data(), &request));
        if request.has(&Effect::ResetAfter) {
            report("carried out, connection reset");
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        if request.has(&Effect::Hang) {
            report("carried out, not answered");
            std::future::pending::<()>().await;
        }
        report(response.status().as_str());
        Ok(response)
    }
}

/// The path and the query. The token of a one-time link is in its query.
fn without_secrets(uri: &Uri) -> String {
    match uri.query() {
        Some(query) if !query.contains("token") => format!("{}?{query}", uri.path()),
        _ => uri.path().to_owned(),
    }
}
