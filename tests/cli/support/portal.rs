//! The portal that nxp calls: the sandbox's server, inside the test.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nxp::sandbox::{Event, LINK_ONLY, MAIN, Model, Options, Profile, Server, ServerData, SignIn};

use super::faults::fault;
use super::leaks::{is_secret, watch};

/// The password of each user: no word that nxp prints, and hard to encode.
pub(crate) const PASSWORD: &str = "p\"ss & w\u{f6}rd+100%";
/// The one-time code of the user who needs one.
pub(crate) const ONE_TIME_CODE: &str = "904172";
/// How a request for the list begins.
pub(crate) const LIST: &str = "GET /api/public/coworkers/profiles";
/// How a request for a switch begins.
pub(crate) const SWITCH: &str = "PUT /api/public/coworkers/profiles/current";
/// What the portal sends to a user who must choose a new password.
const RESET_TOKEN: &str = "reset-9f1c27d05ab84e63";

/// A portal on this machine. A test that sets one up and never calls it fails, unless the portal
/// was to stay untouched.
pub(crate) struct Portal {
    server: Arc<Server>,
    log: Arc<Log>,
    is_called: bool,
    known: Mutex<Known>,
}

/// What has come in.
#[derive(Default)]
struct Log {
    requests: Mutex<Vec<Request>>,
    connections: AtomicU64,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path, still percent-encoded.
    pub(crate) path: String,
    /// The query, still percent-encoded.
    pub(crate) query: Option<String>,
    headers: hyper::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    fn new(request: &nxp::sandbox::Request) -> Self {
        let parts = &request.parts;
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
            body: request.body.to_vec(),
        }
    }

    /// Method and path, such as `GET /api/public/coworkers/profiles`.
    pub(crate) fn call(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a home has seen of a portal before the test began.
#[derive(Default)]
struct Known {
    token: Option<String>,
    requests: usize,
    connections: u64,
}

impl Portal {
    /// A portal with the sandbox's users, and other passwords.
    pub(crate) fn start() -> Self {
        Self::with_model(people())
    }

    /// The same, with these faults.
    pub(crate) fn with_faults<const N: usize>(faults: [&str; N]) -> Self {
        let portal = Self::start();
        faults.iter().for_each(|fault| portal.fail(fault));
        portal
    }

    /// A portal whose main user has these profiles, and acts as `current`.
    pub(crate) fn with_profiles(current: u64, profiles: Vec<Profile>) -> Self {
        let mut model = people();
        let user = model.user_mut(MAIN).unwrap();
        user.current = Some(current);
        user.profiles = profiles;
        Self::with_model(model)
    }

    /// A portal with these users.
    pub(crate) fn with_model(model: Model) -> Self {
        Self::with_options(Options {
            model,
            ..Options::default()
        })
    }

    /// A portal whose access tokens live for `seconds`.
    pub(crate) fn with_token_lifetime(seconds: u64) -> Self {
        Self::with_options(Options {
            model: people(),
            token_lifetime: Duration::from_secs(seconds),
            ..Options::default()
        })
    }

    /// A portal that must not get a request.
    pub(crate) fn untouched() -> Self {
        let mut portal = Self::start();
        portal.is_called = false;
        portal
    }

    fn with_options(mut options: Options) -> Self {
        for password in options.model.users.iter().flat_map(|user| &user.password) {
            assert_ne!(password, nxp::sandbox::PASSWORD, "begin with people()");
            is_secret(password);
        }
        for secret in [ONE_TIME_CODE, RESET_TOKEN] {
            is_secret(secret);
        }
        // Some tests give it the name of a space.
        options.any_host = true;
        let log = Arc::<Log>::default();
        let written = Arc::clone(&log);
        options.observer = Arc::new(move |event| match event {
            Event::Connection => drop(written.connections.fetch_add(1, Ordering::SeqCst)),
            Event::Request(request) => {
                written.requests.lock().unwrap().push(Request::new(request));
            }
            _ => {}
        });
        let server = Arc::new(Server::start(options).unwrap());
        watch(&server);
        Self {
            server,
            log,
            is_called: true,
            known: Mutex::default(),
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.server.base_url()
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> &str {
        self.address().strip_prefix("http://").unwrap()
    }

    /// A fresh token of the main user's.
    pub(crate) fn token(&self) -> String {
        self.update(|data| data.issue_token(MAIN))
    }

    /// The token that a home knows, or a fresh one.
    pub(super) fn token_to_use(&self) -> String {
        let known = self.known.lock().unwrap().token.clone();
        known.unwrap_or_else(|| self.token())
    }

    /// From now on this token is used, and requests so far are not counted.
    pub(super) fn is_known_with(&self, token: String) {
        *self.known.lock().unwrap() = Known {
            token: Some(token),
            requests: self.log.requests.lock().unwrap().len(),
            connections: self.log.connections.load(Ordering::SeqCst),
        };
    }

    /// A fresh one-time link for the user without a password.
    pub(crate) fn link(&self) -> String {
        let link = self.update(|data| data.issue_link(LINK_ONLY));
        let (_, token) = link.split_once("?token=").unwrap();
        is_secret(token);
        link
    }

    /// All tokens issued so far.
    pub(crate) fn issued_tokens(&self) -> Vec<String> {
        self.update(|data| data.issued.clone())
    }

    /// What the portal answers to another client: status and body.
    pub(crate) fn exchange(&self, request: &str, headers: &[&str], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}",
            self.host()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut requests = self.log.requests.lock().unwrap().clone();
        requests.drain(..self.known.lock().unwrap().requests);
        requests
    }

    /// Method and path of every request, such as `GET /api/public/coworkers/profiles`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.requests().iter().map(Request::call).collect()
    }

    /// How often a switch was asked for.
    pub(crate) fn switches(&self) -> usize {
        self.calls().iter().filter(|call| *call == SWITCH).count()
    }

    pub(crate) fn connections(&self) -> u64 {
        self.log.connections.load(Ordering::SeqCst) - self.known.lock().unwrap().connections
    }

    /// How many requests had a refresh token.
    pub(crate) fn refreshes(&self) -> usize {
        let is_refresh = |request: &&Request| {
            request.path == "/api/token" && request.body.starts_with(b"grant_type=refresh_token")
        };
        self.requests().iter().filter(is_refresh).count()
    }

    /// Adds a fault: one of [`super::faults`] or of the sandbox.
    pub(crate) fn fail(&self, text: &str) {
        self.update(|data| data.push_fault(fault(text)));
    }

    /// Reads or changes the sandbox's state.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut ServerData) -> R) -> R {
        self.server.update(change).unwrap()
    }

    /// The current profile of the main user.
    pub(crate) fn current(&self) -> u64 {
        self.update(|data| data.current(MAIN)).unwrap()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        for token in self.issued_tokens() {
            is_secret(&token);
        }
        if thread::panicking() {
            return;
        }
        let calls = self.calls();
        assert_eq!(
            !calls.is_empty(),
            self.is_called,
            "the portal's calls: {calls:?}"
        );
    }
}

/// The users of the sandbox, with passwords and codes that no text of nxp contains.
pub(crate) fn people() -> Model {
    let mut model = Model::fixtures();
    for user in &mut model.users {
        user.password = user.password.take().map(|_| PASSWORD.to_owned());
        match &mut user.sign_in {
            SignIn::TwoFactor(code) => ONE_TIME_CODE.clone_into(code),
            SignIn::MustReset(token) => RESET_TOKEN.clone_into(token),
            _ => {}
        }
    }
    model
}

#[test]
#[should_panic(expected = "the portal's calls: []")]
fn uncalled_portal_fails_the_test() {
    Portal::start();
}

#[test]
#[should_panic(expected = "the portal's calls: [\"GET")]
fn call_of_an_untouched_portal_fails() {
    let portal = Portal::untouched();
    let home = super::Home::new();
    home.nxp(["profiles", "list"]).at(&portal).run();
}
