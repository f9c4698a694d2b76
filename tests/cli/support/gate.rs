//! A gate before a portal, through which all goes but one answer, which waits for the test.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use super::Portal;
use super::network::listen;
use super::running::PATIENCE;

/// What the request for new tokens has in it.
const REFRESH: &str = "grant_type=refresh_token";

/// Lets everything through until a request with some text in it; its answer is held back.
pub(crate) struct Gate {
    address: String,
    reached: Receiver<()>,
    open: Option<Sender<()>>,
    latch: Arc<Latch>,
}

impl Gate {
    /// Holds back the first answer to a refresh token.
    pub(crate) fn before(portal: &Portal) -> Self {
        let mut gate = Self::open_before(portal);
        gate.hold(REFRESH);
        gate
    }

    /// Holds back nothing yet.
    pub(crate) fn open_before(portal: &Portal) -> Self {
        let latch = Arc::<Latch>::default();
        let behind = portal.host().to_owned();
        let shared = Arc::clone(&latch);
        let serve = move |client| pass(&client, &TcpStream::connect(&behind).unwrap(), &shared);
        let address = format!("http://{}", listen("127.0.0.1:0", serve).unwrap());
        Self {
            address,
            reached: mpsc::channel().1,
            open: None,
            latch,
        }
    }

    /// Holds back the next answer to a request with `text` in it.
    pub(crate) fn hold(&mut self, text: &'static str) {
        let (send_reached, reached) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        self.reached = reached;
        self.open = Some(open);
        *self.latch.lock().unwrap() = Some(Hold {
            text,
            reached: send_reached,
            opened,
        });
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Waits until the portal has answered, and the answer is held back.
    pub(crate) fn wait_until_held(&self) {
        self.reached.recv_timeout(PATIENCE).unwrap();
    }

    /// Lets the answer through.
    pub(crate) fn open(&mut self) {
        drop(self.open.take());
    }
}

type Latch = Mutex<Option<Hold>>;

/// What is held back, until when.
struct Hold {
    text: &'static str,
    reached: Sender<()>,
    opened: Receiver<()>,
}

/// Carries one connection both ways: one request, then its answer, and so on.
fn pass(mut client: &TcpStream, mut server: &TcpStream, latch: &Latch) {
    while let Some(request) = message(&mut client) {
        let text = String::from_utf8_lossy(&request);
        let hold = latch
            .lock()
            .unwrap()
            .take_if(|hold| text.contains(hold.text));
        server.write_all(&request).unwrap();
        let Some(answer) = message(&mut server) else {
            return;
        };
        if let Some(hold) = hold {
            hold.reached.send(()).unwrap();
            let _ = hold.opened.recv_timeout(PATIENCE);
        }
        // Whoever asked may be gone.
        if client.write_all(&answer).is_err() {
            return;
        }
    }
}

/// The next request or answer, whole; `None` at the end of the connection.
pub(super) fn message(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = from.read(&mut buffer).unwrap_or_default();
        message.extend(&buffer[..count]);
        match message.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(end) if message.len() >= end + 4 + length(&message[..end]) => {
                return Some(message);
            }
            _ if count == 0 => return None,
            _ => {}
        }
    }
}

/// The length of the body that a head announces.
fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    length.map_or(0, |length| length.trim().parse().unwrap())
}
