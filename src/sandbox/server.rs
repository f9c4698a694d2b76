//! The server: a thread with a runtime of its own.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::cast::Cast;
use super::fault::Fault;
use super::listener::{Connection, Counted};
use super::log::{Log, Request};
use super::plan::Faults;
use super::routes::{App, lock, router};
use super::state::State;
use super::store::Store;
use super::world::{Backing, World};

/// How long calls still being answered are given when the server stops.
const GRACE: Duration = Duration::from_millis(200);

/// How a server is to run. It has no `Debug`: the cast holds passwords.
pub struct Options {
    /// The TCP port; 0 for any that is free.
    pub port: u16,
    /// Where switches and tokens are kept; `None` for memory only.
    pub state_file: Option<PathBuf>,
    /// Who and what there is.
    pub cast: Cast,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// How long an access token lives.
    pub token_lifetime: Duration,
}

impl Default for Options {
    /// The practice world on any port, in memory, with tokens for a day.
    fn default() -> Self {
        Self {
            port: 0,
            state_file: None,
            cast: Cast::practice(),
            faults: Vec::new(),
            token_lifetime: Duration::from_secs(86_400),
        }
    }
}

/// A running practice portal. Dropping it stops it.
pub struct Server {
    app: Arc<App>,
    base_url: String,
    connections: Arc<AtomicU64>,
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
        let mut faults = Faults::default();
        faults.set(options.faults);
        let app = Arc::new(App {
            backing: Mutex::new(Backing {
                cast: options.cast,
                store,
                local: Vec::new(),
                issued: Vec::new(),
            }),
            faults: Mutex::new(faults),
            log: Mutex::new(Log::default()),
            token_lifetime: options.token_lifetime,
        });
        app.visit(|_| ())?;
        Self::listen(app, options.port)
    }

    fn listen(app: Arc<App>, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connections = Arc::new(AtomicU64::new(0));
        let counted = {
            let _inside = runtime.enter();
            Counted {
                listener: tokio::net::TcpListener::from_std(listener)?,
                count: Arc::clone(&connections),
                app: Arc::clone(&app),
            }
        };
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&app);
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || run(&runtime, counted, served, stopped))?;
        Ok(Self {
            app,
            base_url,
            connections,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`, no slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// An access token for the user with this email, no password asked. This
    /// server alone knows it, and no file.
    ///
    /// # Errors
    /// `NotFound` when nobody has this email; any other kind when the system
    /// has no randomness to give.
    pub fn issue_token(&self, email: &str) -> io::Result<String> {
        lock(&self.app.backing).issue_local(email, self.app.token_lifetime)
    }

    /// Every token that this server has given out, access and refresh, good or not: for tests
    /// that look for leaks. Only digests of them are kept elsewhere.
    pub fn issued_tokens(&self) -> Vec<String> {
        lock(&self.app.backing).issued.clone()
    }

    /// The latest thousand requests, in the order they came in.
    pub fn requests(&self) -> Vec<Request> {
        self.app.log().all()
    }

    /// How many TCP connections were accepted, those without a request too.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }

    /// Replaces all faults, and forgets what is left of those that struck.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.app.faults().set(faults);
    }

    /// Adds a fault to those there are.
    pub fn push_fault(&self, fault: Fault) {
        self.app.faults().push(fault);
    }

    /// Looks at the world, or changes it, between two requests.
    ///
    /// # Errors
    /// When the state file can't be read or written.
    pub fn update<R>(&self, change: impl FnOnce(&mut World<'_>) -> R) -> io::Result<R> {
        self.app.visit(change)
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A server that panicked has ended, too.
            let _ = thread.join();
        }
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
fn run(runtime: &Runtime, listener: Counted, app: Arc<App>, stopped: oneshot::Receiver<()>) {
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
