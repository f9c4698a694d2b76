//! The sandbox: an HTTP server on this machine that implements the portal's API with made-up users, to
//! try nxp and to test it. It imports nothing from the rest of the crate.

mod bookings;
mod endpoints;
mod faults;
mod message;
mod model;
mod profiles;
mod server;
mod server_data;
mod sign_in;
mod state;
#[cfg(test)]
mod tests;

pub use faults::{CarryOut, Effect, Fault, Respond, Responding};
pub(crate) use faults::{FAULTS, listed as listed_faults};
pub use message::{Request, Response, response};
pub use model::{LINK_ONLY, MAIN, Model, ONE_TIME_CODE, PASSWORD, Profile, SignIn, User};
pub use server::Server;
pub use server_data::{Event, Observer, Options, ServerData};
