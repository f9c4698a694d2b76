//! A listener that numbers its connections.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpListener;

use super::routes::App;
use super::wire::{Cut, Wire};

/// How long to wait when the system has no connection to give (no file
/// handles left, say), so as not to spin.
const PAUSE: Duration = Duration::from_millis(20);

/// Accepts connections and counts them.
pub(super) struct Counted {
    pub(super) listener: TcpListener,
    pub(super) count: Arc<AtomicU64>,
    pub(super) app: Arc<App>,
}

/// A connection, as calls over it know it.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// Its number, the first being 1.
    pub(super) number: u64,
    /// Cuts it.
    pub(super) cut: Cut,
}

impl Listener for Counted {
    type Io = Wire;
    type Addr = Connection;

    async fn accept(&mut self) -> (Wire, Connection) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Without it answers only come later, never wrong.
                    let _ = stream.set_nodelay(true);
                    let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
                    let cut = Cut::default();
                    let wire = Wire::new(stream, cut.clone());
                    if self.app.faults().strike_connection() {
                        cut.make();
                        continue;
                    }
                    return (wire, Connection { number, cut });
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// The listener itself is no connection: it bears the number 0.
    fn local_addr(&self) -> io::Result<Connection> {
        Ok(Connection {
            number: 0,
            cut: Cut::default(),
        })
    }
}

impl Connected<IncomingStream<'_, Counted>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Counted>) -> Self {
        stream.remote_addr().clone()
    }
}
