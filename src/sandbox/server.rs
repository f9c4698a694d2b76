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

/// How long running requests may take when the server stops.
const GRACE: Duration = Duration::from_millis(200);

/// How a server runs. It has no `Debug`: the model holds passwords.
pub struct Options {
    /// The TCP port; 0 for any that is free.
    pub port: u16,
    /// The file for switches and tokens; `None` for memory only.
    pub state_file: Option<PathBuf>,
    /// Users, profiles and rooms.
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
    app: Arc<App>,
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on 127.0.0.1, ready for connections when this returns.
    ///
    /// # Errors
    /// If the port is taken, the state file can't be used, or no thread can be started. A damaged state
    /// file is no error: it is renamed to end in `.damaged`.
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

    /// Issues an access token for the user with this email. It is in no file, and only this server accepts
    /// it.
    ///
    /// # Errors
    /// `NotFound` if no user has this email; any other kind if the system provides no random bytes.
    pub fn issue_token(&self, email: &str) -> io::Result<String> {
        lock(&self.app.backing).issue_local(email, self.app.token_lifetime)
    }

    /// All tokens that this server has issued, also invalid ones: for tests that look for leaks.
    pub fn issued_tokens(&self) -> Vec<String> {
        lock(&self.app.backing).issued.clone()
    }

    /// Adds a fault.
    pub fn push_fault(&self, fault: Fault) {
        let mut faults = self.app.faults();
        faults.push(fault);
        if let Some(count) = faults.profiles() {
            lock(&self.app.backing).model.fill_profiles(count);
        }
    }

    /// Issues the token of a one-time link for the user with this email: a JWT that can be exchanged once,
    /// within an hour.
    ///
    /// # Errors
    /// `NotFound` if no user has this email; any other kind if the state can't be written.
    pub fn issue_link_token(&self, email: &str) -> io::Result<String> {
        self.app.visit(|world| issue_link_token(world, email))?
    }

    /// Reads or changes the state between two requests.
    ///
    /// # Errors
    /// If the state file can't be read or written.
    pub fn update<R>(&self, change: impl FnOnce(&mut World<'_>) -> R) -> io::Result<R> {
        self.app.visit(change)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if the server has stopped already.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Serves until it is stopped. Then idle connections close at once, and running requests have [`GRACE`].
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
