//! A gate before a portal, through which all goes but one answer, which waits for the test.

use std::io::{ErrorKind, Read, Write};
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
    let mut buffer = vec![0; 1 << 16];
    loop {
        let Some(count) = read(client, &mut buffer) else {
            return;
        };
        let is_refresh = buffer[..count]
            .windows(b"grant_type=refresh_token".len())
            .any(|window| window == b"grant_type=refresh_token");
        server.write_all(&buffer[..count]).unwrap();
        let Some(count) = read(server, &mut buffer) else {
            return;
        };
        if is_refresh && let Some((reached, opened)) = latch.lock().unwrap().take() {
            reached.send(()).unwrap();
            let _ = opened.recv_timeout(PATIENCE);
        }
        // Whoever asked may be gone.
        let _ = client.write_all(&buffer[..count]);
    }
}

fn read(mut from: impl Read, buffer: &mut [u8]) -> Option<usize> {
    match from.read(buffer) {
        Ok(0) => None,
        Ok(count) => Some(count),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
        Err(error) => panic!("{error}"),
    }
}
