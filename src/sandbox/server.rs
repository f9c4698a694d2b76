//! The server: a thread with a runtime of its own.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::faults::Fault;
use super::model::Model;
use super::server_data::ServerData;
use super::service::{RequestHook, Service};

/// How a server runs. It has no `Debug`: the model holds passwords.
#[non_exhaustive]
pub struct Options {
    /// The TCP port; 0 for any that is free.
    pub port: u16,
    /// The file for switches and tokens; `None` for memory only.
    pub state_file: Option<PathBuf>,
    /// Users and profiles.
    pub model: Model,
    /// The active faults.
    pub faults: Vec<Fault>,
    /// How long an access token is valid.
    pub token_lifetime: Duration,
    /// Receives a line about each request.
    pub on_request: Option<RequestHook>,
}

impl Default for Options {
    /// The built-in users on any free port, in memory, with tokens that last a day.
    fn default() -> Self {
        Self {
            port: 0,
            state_file: None,
            model: Model::fixtures(),
            faults: Vec::new(),
            token_lifetime: Duration::from_secs(86_400),
            on_request: None,
        }
    }
}

/// A running sandbox. Dropping it stops it.
pub struct Server {
    service: Arc<Service>,
    base_url: String,
    /// Ends the thread when it is dropped; `None` once it has.
    thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Server {
    /// Starts a server on 127.0.0.1, ready for connections when this returns.
    ///
    /// # Errors
    /// If the port is taken, the state file can't be used, or no thread can be started. A damaged state
    /// file is no error: it is renamed to end in `.damaged`.
    pub fn start(options: Options) -> io::Result<Self> {
        let mut data = ServerData::new(options.model, options.state_file, options.token_lifetime);
        data.visit(|_| ())?;
        let faults = options.faults.into_iter();
        faults.for_each(|fault| data.push_fault(fault));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let service = Arc::new(Service {
            data: Mutex::new(data),
            on_request: options.on_request,
        });
        let serving = Arc::clone(&service).run(listener);
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("sandbox".to_owned());
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serving => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self {
            service,
            base_url,
            thread: Some((stop, thread)),
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
    /// `NotFound` if no user has this email; another kind if the state file can't be read.
    pub fn issue_token(&self, email: &str) -> io::Result<String> {
        self.update(|data| data.issue_local_token(email))?
    }

    /// Issues the token of a one-time link for the user with this email: a JWT that can be exchanged once,
    /// within an hour.
    ///
    /// # Errors
    /// `NotFound` if no user has this email; another kind if the state can't be written.
    pub fn issue_link_token(&self, email: &str) -> io::Result<String> {
        self.update(|data| data.issue_link_token(email))?
    }

    /// All tokens that this server has issued, also invalid ones: for tests that look for leaks.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.service.data().issued.clone()
    }

    /// Adds a fault.
    pub fn push_fault(&self, fault: Fault) {
        self.service.data().push_fault(fault);
    }

    /// Reads or changes the state between two requests.
    ///
    /// # Errors
    /// If the state file can't be read or written.
    pub fn update<R>(&self, change: impl FnOnce(&mut ServerData) -> R) -> io::Result<R> {
        self.service.data().visit(change)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            drop(stop);
            // It fails only if the thread panicked.
            let _ = thread.join();
        }
    }
}
