//! Looks host names up in a thread that the end of the process does not wait for. If no thread can be
//! started, this thread does it, so that `exec` can still switch back; the resolver of reqwest panics
//! then.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

/// The resolver of the operating system.
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (sender, receiver) = oneshot::channel();
        let host = name.as_str().to_owned();
        let started = thread::Builder::new().spawn(move || {
            // Nothing listens any more once the deadline is over.
            let _ = sender.send(look_up(&host));
        });
        Box::pin(async move {
            let addresses = match started {
                Ok(_) => receiver.await??,
                Err(_) => look_up(name.as_str())?,
            };
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The client sets the port.
fn look_up(host: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((host, 0).to_socket_addrs()?.collect())
}
