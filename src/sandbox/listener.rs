//! A listener whose connections can be reset.

use std::io;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpListener;

use super::faults::{Reset, ResetStream};

/// The pause after a connection could not be accepted, for example with too many open files.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct ResetListener(pub(super) TcpListener);

/// A connection, as the extension of its requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    pub(super) reset: Reset,
}

impl Listener for ResetListener {
    type Io = ResetStream;
    type Addr = Connection;

    async fn accept(&mut self) -> (ResetStream, Connection) {
        loop {
            match self.0.accept().await {
                Ok((stream, _)) => {
                    // A failure only makes responses slower.
                    let _ = stream.set_nodelay(true);
                    let connection = Connection::default();
                    return (
                        ResetStream::new(stream, connection.reset.clone()),
                        connection,
                    );
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Connection> {
        Ok(Connection::default())
    }
}

impl Connected<IncomingStream<'_, ResetListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, ResetListener>) -> Self {
        stream.remote_addr().clone()
    }
}
