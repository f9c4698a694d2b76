//! The sandbox: an HTTP server on this machine that implements the portal's API with made-up users, to
//! try nxp and to test it. It imports nothing from the rest of the crate.
//!
//! ```
//! use nxp::sandbox::{MAIN, Options, Server};
//!
//! # fn main() -> std::io::Result<()> {
//! let server = Server::start(Options::default())?;
//! let token = server.issue_token(MAIN.email)?;
//! # drop(token);
//! # Ok(()) }
//! ```

mod app;
mod bookings;
mod exchange;
mod faults;
mod fixtures;
mod listener;
mod model;
mod nullable;
mod profiles;
mod responses;
mod routes;
mod server;
mod shape;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod token;
mod wall_clock;
mod world;

pub use app::RequestHook;
pub use faults::{Endpoint, Fault, FaultHelp, UnknownFault};
pub use fixtures::{LINK_ONLY, LOGINS, Login, MAIN, ONE_TIME_CODE, PASSWORD};
pub use model::{Location, Model, Profile, Room, SignIn, User};
pub use nullable::Nullable;
pub use server::{Options, Server};
pub use store::reset;
pub use world::World;
