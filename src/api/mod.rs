//! The portal's API: HTTP and JSON, without terminals, keyrings or command lines.
//!
//! A [`Client`] sends requests to one [`Space`]; requests that need a user take the user's access
//! token. All requests of a client share one connection and one [`Deadline`].

mod benefits;
mod client;
mod connection;
mod deadline;
mod drift;
mod http;
mod json;
mod passthrough;
mod profiles;
mod redact;
mod sign_in;
mod space;
mod space_lookup;
mod transport_error;

pub(crate) use benefits::Benefits;
pub(crate) use client::{Client, ClientOptions, OnRateLimit};
pub(crate) use connection::{Network, proxy_address};
pub(crate) use deadline::Deadline;
pub(crate) use drift::Drift;
pub(crate) use http::{Confirmation, SwitchProgress};
pub(crate) use passthrough::{ApiRequest, ApiResponse, RequestPath};
pub(crate) use profiles::{Profile, ProfileId, ProfileList, SwitchResponse, User, VirtualOffice};
pub(crate) use redact::{Trace, address as redact_address};
pub(crate) use sign_in::{Credentials, Grant};
pub(crate) use space::Space;
pub(crate) use space_lookup::SpaceEntry;

#[cfg(test)]
mod properties;
