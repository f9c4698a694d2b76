//! A gate before a portal, through which all goes but one answer, which waits for the test.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Portal;
use super::running::PATIENCE;

/// Lets everything through until a refresh token is sent; the answer to that one is held back.
pub(crate) struct Gate {
    address: String,
    reached: Receiver<()>,
    open: Option<Sender<()>>,
}

impl Gate {
    pub(crate) fn before(portal: &Portal) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (send_reached, reached) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        let latch = Arc::new(Mutex::new(Some((send_reached, opened))));
        let behind = portal.host().to_owned();
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(&behind).unwrap();
                let latch = Arc::clone(&latch);
                thread::spawn(move || pass(&client.unwrap(), &server, &latch));
            }
        });
        Self {
            address,
            reached,
            open: Some(open),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Waits until the portal has answered a refresh, and nobody has heard of it yet.
    pub(crate) fn wait_for_refresh(&self) {
        self.reached.recv_timeout(PATIENCE).unwrap();
    }

    /// Lets the answer through.
    pub(crate) fn open(&mut self) {
        drop(self.open.take());
    }
}

type Latch = Mutex<Option<(Sender<()>, Receiver<()>)>>;

/// Carries one connection both ways: one request, then its answer, and so on.
fn pass(mut client: &TcpStream, mut server: &TcpStream, latch: &Latch) {
    while let Some(request) = message(&mut client) {
        let is_refresh = request
            .windows(b"grant_type=refresh_token".len())
            .any(|window| window == b"grant_type=refresh_token");
        server.write_all(&request).unwrap();
        let Some(answer) = message(&mut server) else {
            return;
        };
        if is_refresh && let Some((reached, opened)) = latch.lock().unwrap().take() {
            reached.send(()).unwrap();
            let _ = opened.recv_timeout(PATIENCE);
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
