//! The practice portal: a real HTTP server on this machine that keeps to the
//! portal's API, with made-up people, for users to practise on and for tests
//! to run against. It knows nothing of the rest of the crate.
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

mod answer;
mod benefits;
mod cast;
mod fault;
mod field;
mod garble;
mod instead;
mod listener;
mod log;
mod plan;
mod pour;
mod practice;
mod profiles;
mod routes;
mod server;
mod shape;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod token;
mod wire;
mod world;

pub use benefits::{BenefitSet, Benefits, BookingCredit, Pass, PassUses, Service, ServiceUses};
pub use cast::{Cast, Location, Profile, SignIn, User};
pub use fault::{Endpoint, Entry, Fault, Moment, RefusalShape, UnknownFault};
pub use field::Field;
pub use garble::Garble;
pub use log::Request;
pub use practice::{LOGINS, Login, MAIN, ONE_TIME_CODE, PASSWORD};
pub use server::{Options, Server};
pub use store::reset;
pub use world::World;
