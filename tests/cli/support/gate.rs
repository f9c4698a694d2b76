//! A gate before a portal, through which all goes but one answer, which waits for the test.

use std::io::{self, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use super::Portal;
use super::http_message::Message;
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
        let serve = move |client| {
            // It fails if a client is gone before its answer comes.
            let _ = pass(client, TcpStream::connect(&behind).unwrap(), &shared);
        };
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
fn pass(client: TcpStream, server: TcpStream, latch: &Latch) -> io::Result<()> {
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    while let Some(request) = Message::read(&mut client)? {
        let bytes = request.bytes();
        let text = String::from_utf8_lossy(&bytes);
        let hold = latch
            .lock()
            .unwrap()
            .take_if(|hold| text.contains(hold.text));
        let answer = request.forward(&mut server)?;
        if let Some(hold) = hold {
            hold.reached.send(()).unwrap();
            let _ = hold.opened.recv_timeout(PATIENCE);
        }
        client.get_mut().write_all(&answer.bytes())?;
    }
    Ok(())
}
