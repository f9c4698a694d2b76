//! The sandbox: an HTTP server on this machine that implements the portal's API with made-up users, to
//! try nxp and to test it. It imports nothing from the rest of the crate.
//!
//! ```
//! use nxp::sandbox::{MAIN, Options, Server};
//!
//! # fn main() -> std::io::Result<()> {
//! let server = Server::start(Options::default())?;
//! let token = server.issue_token(MAIN)?;
//! # drop(token);
//! # Ok(()) }
//! ```

mod bookings;
mod endpoint;
mod exchange;
mod faults;
mod fixtures;
mod model;
mod profiles;
mod request;
mod response;
mod routes;
mod server;
mod server_data;
mod service;
mod shape;
mod state;
mod state_file;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use faults::FAULTS;
pub use faults::{Fault, InvalidFault};
pub use fixtures::{LINK_ONLY, MAIN, ONE_TIME_CODE, PASSWORD};
pub use model::{Location, Model, Profile, SignIn, User};
pub use server::{Options, Server};
pub use server_data::ServerData;
pub use service::RequestHook;
pub(crate) use state_file::reset;
