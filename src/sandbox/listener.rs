//! A listener that numbers its connections.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};

/// How long to wait when the system has no connection to give (no file
/// handles left, say), so as not to spin.
const PAUSE: Duration = Duration::from_millis(20);

/// Accepts connections and counts them.
pub(super) struct Counted {
    pub(super) listener: TcpListener,
    pub(super) count: Arc<AtomicU64>,
}

/// The number of a connection, the first being 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection(pub(super) u64);

impl Listener for Counted {
    type Io = TcpStream;
    type Addr = Connection;

    async fn accept(&mut self) -> (TcpStream, Connection) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Without it answers only come later, never wrong.
                    let _ = stream.set_nodelay(true);
                    let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
                    return (stream, Connection(number));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// The listener itself is no connection: it bears the number 0.
    fn local_addr(&self) -> io::Result<Connection> {
        Ok(Connection(0))
    }
}

impl Connected<IncomingStream<'_, Counted>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Counted>) -> Self {
        *stream.remote_addr()
    }
}
