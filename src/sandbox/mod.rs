//! The practice portal: a real HTTP server on this machine that keeps to the
//! portal's API, with made-up people, for users to practise on and for tests
//! to run against. It knows nothing of the rest of the crate.

mod benefits;
mod cast;
mod fault;
mod field;
mod practice;

pub use benefits::{BenefitSet, Benefits, BookingCredit, Pass, PassUses, Service, ServiceUses};
pub use cast::{Cast, Location, Profile, SignIn, User};
pub use fault::{Endpoint, Fault, UnknownFault};
pub use field::Field;
pub use practice::{LOGINS, Login, MAIN, ONE_TIME_CODE, PASSWORD};
