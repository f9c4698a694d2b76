//! A proxy in front of the sandbox's server: it logs requests and injects faults.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use nxp::sandbox::{MAIN, Server};
use serde_json::{Value, json};

use super::corrupt_body::Corruption;
use super::{Effect, Fault};
use crate::support::http_message::Message;
use crate::support::portal::{LIST, SWITCH};

/// A running proxy. Dropping it closes its port.
pub(crate) struct FaultProxy {
    address: SocketAddr,
    base_url: String,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path, still percent-encoded.
    pub(crate) path: String,
    /// The query, still percent-encoded.
    pub(crate) query: Option<String>,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Method and path, such as `GET /api/public/coworkers/profiles`.
    pub(crate) fn call(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The first header of this name, which is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn new(message: &Message) -> Self {
        let target = message.word(1);
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Self {
            method: message.word(0).to_owned(),
            path: path.to_owned(),
            query,
            headers: message.headers.clone(),
            body: message.body.clone(),
        }
    }
}

struct Shared {
    server: Weak<Server>,
    upstream: String,
    faults: Mutex<Vec<Fault>>,
    log: Mutex<Vec<Request>>,
    connections: AtomicU64,
    lag: Mutex<Option<Lag>>,
    stopped: AtomicBool,
}

/// Until when lists show this profile as the current one.
struct Lag {
    until: Instant,
    profile: u64,
}

impl FaultProxy {
    pub(crate) fn before(server: &Arc<Server>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = server.base_url().strip_prefix("http://").unwrap();
        let shared = Arc::new(Shared {
            server: Arc::downgrade(server),
            upstream: upstream.to_owned(),
            faults: Mutex::default(),
            log: Mutex::default(),
            connections: AtomicU64::new(0),
            lag: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        Self {
            address,
            base_url: format!("http://{address}"),
            shared,
            accepting: Some(thread::spawn(move || accept(&listener, &accepting))),
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn push(&self, fault: Fault) {
        self.shared.faults.lock().unwrap().push(fault);
    }

    /// Every request so far, in the order they came in.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.log.lock().unwrap().clone()
    }

    /// How many TCP connections were accepted, those without a request too.
    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for the next connection.
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let mut faults = shared.faults.lock().unwrap();
        if faults.iter_mut().any(Fault::strikes_connection) {
            reset(&client);
            continue;
        }
        drop(faults);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let mut connection = Connection {
                client: BufReader::new(client),
                server: None,
                shared,
            };
            // The client, or the server, has closed or reset the connection.
            if connection.serve().is_err() {
                reset(connection.client.get_ref());
            }
        });
    }
}

/// Lets the connection end with a reset when it is dropped.
fn reset(stream: &TcpStream) {
    let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}

/// How a response is sent.
enum End {
    Whole,
    Corrupt(Corruption),
    /// Half of the body, and then a reset.
    Reset,
}

struct Connection {
    client: BufReader<TcpStream>,
    server: Option<BufReader<TcpStream>>,
    shared: Arc<Shared>,
}

impl Connection {
    fn serve(&mut self) -> io::Result<()> {
        self.client.get_ref().set_nodelay(true)?;
        // What a client sends that speaks TLS.
        if self.client.fill_buf()?.starts_with(&[0x16]) {
            let refusal = Message::response(400, Vec::new());
            return self.client.get_mut().write_all(&refusal.bytes());
        }
        while let Some(message) = Message::read(&mut self.client)? {
            let request = Request::new(&message);
            let effects = self.shared.effects(&request);
            self.shared.log.lock().unwrap().push(request.clone());
            let is_last = message.header("connection") == Some("close");
            let (response, end) = self.response(&request, message, effects)?;
            let client = self.client.get_mut();
            match end {
                End::Whole => client.write_all(&response.bytes())?,
                End::Corrupt(corruption) => corruption.send(response, client)?,
                End::Reset => {
                    let bytes = response.bytes();
                    client.write_all(&bytes[..bytes.len() - response.body.len() / 2])?;
                    // The client takes in what came before the reset.
                    thread::sleep(Duration::from_millis(50));
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }

    /// Carries the request out, or not, as the faults have it, and gives the response to send.
    fn response(
        &mut self,
        request: &Request,
        mut message: Message,
        effects: Vec<Effect>,
    ) -> io::Result<(Message, End)> {
        if request.call() == SWITCH {
            self.shared.start_lag();
        }
        let mut answer = None;
        let mut wait = Duration::ZERO;
        let mut applied = true;
        let mut late = None;
        let mut end = End::Whole;
        for effect in effects {
            match effect {
                Effect::Answer {
                    status,
                    applied: is,
                } => {
                    applied &= is;
                    answer = Some(error(status));
                }
                Effect::AppliedRefused => {
                    answer = Some(refusal(&json!("This profile can't be switched to.")));
                }
                Effect::Refuse(errors) => {
                    applied = false;
                    answer = Some(refusal(&errors));
                }
                Effect::ThrottleUntil(seconds) => {
                    applied = false;
                    let date = SystemTime::now() + Duration::from_secs(seconds);
                    let date = httpdate::fmt_http_date(date);
                    let response = Message::response(429, Vec::new());
                    answer = Some(response.with_header("retry-after", &date));
                }
                Effect::Redirect(host) => {
                    applied = false;
                    let place = format!("{host}/api/public/coworkers/profiles?from=here");
                    let response = Message::response(307, Vec::new());
                    answer = Some(response.with_header("location", &place));
                }
                Effect::IgnoreShape => {
                    message.start = format!("{} {} HTTP/1.1", request.method, request.path);
                }
                Effect::ResetMidway => end = End::Reset,
                Effect::Corrupt(corruption) => end = End::Corrupt(corruption),
                Effect::ResetConnect => {}
                Effect::ApplyAfter { delay, hangs } => {
                    applied = false;
                    late = Some((delay, hangs));
                    answer = Some(confirmation());
                }
                Effect::AnswerAfter(delay) => wait += delay,
                Effect::Lag(_) => {}
                Effect::Delay {
                    min,
                    max,
                    mut random,
                } => {
                    thread::sleep(Duration::from_millis(random.u64(min..=max)));
                    wait += Duration::from_millis(random.u64(min..=max));
                }
            }
        }
        if let Some((delay, hangs)) = late {
            let upstream = self.shared.upstream.clone();
            thread::spawn(move || {
                thread::sleep(delay);
                // The test may be over, and its server gone.
                let _ = forward(&mut None, &upstream, &message);
            });
            if hangs {
                // Until the client gives up.
                let _ = Message::read(&mut self.client);
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        } else if applied {
            let response = forward(&mut self.server, &self.shared.upstream, &message)?;
            answer.get_or_insert(response);
        }
        thread::sleep(wait);
        let mut answer = answer.unwrap_or_else(|| error(500));
        if request.call() == LIST {
            self.shared.apply_lag(&mut answer);
        }
        Ok((answer, end))
    }
}

impl Shared {
    /// What is to go wrong with this request.
    fn effects(&self, request: &Request) -> Vec<Effect> {
        let mut faults = self.faults.lock().unwrap();
        let mut effects = Vec::new();
        for fault in &mut *faults {
            if fault.strikes(&request.call()) {
                effects.push(fault.effect.clone());
                if let Effect::Delay { random, .. } = &mut fault.effect {
                    *random = random.fork();
                }
            }
        }
        effects
    }

    /// Begins the lag that a fault asks for, if one does.
    fn start_lag(&self) {
        let time = self.faults.lock().unwrap().iter().find_map(Fault::lag);
        let (Some(time), Some(server)) = (time, self.server.upgrade()) else {
            return;
        };
        let current = server.update(|data| data.current(MAIN)).unwrap();
        *self.lag.lock().unwrap() = current.map(|profile| Lag {
            until: Instant::now() + time,
            profile,
        });
    }

    /// Marks in a list the profile that was current before the switch.
    fn apply_lag(&self, list: &mut Message) {
        let lag = self.lag.lock().unwrap();
        let Some(lag) = lag.as_ref().filter(|lag| Instant::now() < lag.until) else {
            return;
        };
        let Ok(mut value) = serde_json::from_slice::<Value>(&list.body) else {
            return;
        };
        for profile in value["Profiles"].as_array_mut().into_iter().flatten() {
            profile["IsDefaultProfile"] = json!(profile["Id"] == lag.profile);
        }
        list.body = value.to_string().into_bytes();
    }
}

/// Sends the request to the server and reads its response.
fn forward(
    server: &mut Option<BufReader<TcpStream>>,
    upstream: &str,
    message: &Message,
) -> io::Result<Message> {
    if server.is_none() {
        let stream = TcpStream::connect(upstream)?;
        stream.set_nodelay(true)?;
        *server = Some(BufReader::new(stream));
    }
    let server = server.as_mut().ok_or(io::ErrorKind::NotConnected)?;
    message.forward(server)
}

/// A response with this status; 401 has no body, as seen in the wild.
fn error(status: u16) -> Message {
    match status {
        401 => Message::response(status, Vec::new()),
        _ => Message::json(
            status,
            &json!({ "Message": format!("Answered with {status}.") }),
        ),
    }
}

fn confirmation() -> Message {
    let body = json!({
        "WasSuccessful": true, "Value": null, "Status": 200, "Message": null, "Errors": null
    });
    Message::json(200, &body)
}

fn refusal(errors: &Value) -> Message {
    let body = json!({
        "WasSuccessful": false, "Value": null, "Status": 200, "Message": null, "Errors": errors
    });
    Message::json(200, &body)
}
