//! The server: a thread with a runtime of its own.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::app::{App, RequestHook, lock};
use super::exchange::issue_link_token;
use super::faults::{ActiveFaults, Fault};
use super::listener::{Connection, ResetListener};
use super::model::Model;
use super::routes::router;
use super::state::State;
use super::store::Store;
use super::world::{Backing, World};

/// How long calls still being answered are given when the server stops.
const GRACE: Duration = Duration::from_millis(200);

/// How a server runs. It has no `Debug`: the model holds passwords.
pub struct Options {
    /// The TCP port; 0 for any that is free.
    pub port: u16,
    /// Where switches and tokens are kept; `None` for memory only.
    pub state_file: Option<PathBuf>,
    /// Users, profiles and rooms.
    pub model: Model,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// How long an access token is valid.
    pub token_lifetime: Duration,
    /// Receives a line about each request.
    pub on_request: Option<RequestHook>,
}

impl Default for Options {
    /// The sandbox's people on any port, in memory, with tokens for a day.
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
    app: Arc<App>,
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on 127.0.0.1. It takes connections as soon as this
    /// returns.
    ///
    /// # Errors
    /// When the port is taken, the state file can't be used, or the system has
    /// no thread to give. A damaged state file is no error: it is moved aside,
    /// to the same name with `.damaged` after it.
    pub fn start(options: Options) -> io::Result<Self> {
        let store = match options.state_file {
            Some(path) => Store::File(path),
            None => Store::Memory(State::default()),
        };
        let app = Arc::new(App {
            backing: Mutex::new(Backing {
                model: options.model,
                store,
                local: Vec::new(),
                issued: Vec::new(),
            }),
            faults: Mutex::new(ActiveFaults::default()),
            token_lifetime: options.token_lifetime,
            on_request: options.on_request,
        });
        app.visit(|_| ())?;
        let server = Self::listen(app, options.port)?;
        let faults = options.faults.into_iter();
        faults.for_each(|fault| server.push_fault(fault));
        Ok(server)
    }

    fn listen(app: Arc<App>, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            ResetListener(tokio::net::TcpListener::from_std(listener)?)
        };
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&app);
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || run(&runtime, listener, served, stopped))?;
        Ok(Self {
            app,
            base_url,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// An access token for the user with this email, without a password. Only this
    /// server knows it, and no file.
    ///
    /// # Errors
    /// `NotFound` when no user has this email; any other kind when the system
    /// has no randomness to give.
    pub fn issue_token(&self, email: &str) -> io::Result<String> {
        lock(&self.app.backing).issue_local(email, self.app.token_lifetime)
    }

    /// Every token that this server has given out, access and refresh, good or not: for tests
    /// that look for leaks. Only digests of them are kept elsewhere.
    pub fn issued_tokens(&self) -> Vec<String> {
        lock(&self.app.backing).issued.clone()
    }

    /// Adds a fault to those in force.
    pub fn push_fault(&self, fault: Fault) {
        let mut faults = self.app.faults();
        faults.push(fault);
        if let Some(count) = faults.profiles() {
            lock(&self.app.backing).model.fill_profiles(count);
        }
    }

    /// The token of a fresh one-time link for the user with this email, as the portal would send it
    /// in an email: a JWT that can be exchanged once, within an hour.
    ///
    /// # Errors
    /// `NotFound` when no user has this email; any other kind when the state can't be written.
    pub fn issue_link_token(&self, email: &str) -> io::Result<String> {
        self.app.visit(|world| issue_link_token(world, email))?
    }

    /// Looks at the world, or changes it, between two requests.
    ///
    /// # Errors
    /// When the state file can't be read or written.
    pub fn update<R>(&self, change: impl FnOnce(&mut World<'_>) -> R) -> io::Result<R> {
        self.app.visit(change)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either may be done with already, and then there is nothing to stop.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Serves until it is told to stop; then idle connections close at once, and
/// calls still being answered have [`GRACE`].
fn run(runtime: &Runtime, listener: ResetListener, app: Arc<App>, stopped: oneshot::Receiver<()>) {
    let service = router(app).into_make_service_with_connect_info::<Connection>();
    runtime.block_on(async {
        let (close, closing) = oneshot::channel::<()>();
        let serving = tokio::spawn(
            axum::serve(listener, service)
                .with_graceful_shutdown(async {
                    let _ = closing.await;
                })
                .into_future(),
        );
        let _ = stopped.await;
        drop(close);
        let _ = tokio::time::timeout(GRACE, serving).await;
    });
}
