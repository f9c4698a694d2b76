//! The portal's API: HTTP and JSON, without terminals, keyrings or command lines.
//!
//! A [`Client`] sends requests to one [`Space`]; requests that need a user take the user's access
//! token. All requests of a client share one connection and one [`Deadline`].

mod benefits;
mod client;
mod confirmation;
mod deadline;
mod json;
mod passthrough;
mod profiles;
#[cfg(test)]
mod properties;
mod proxy;
mod redact;
mod request;
mod request_path;
mod resolver;
mod response;
mod retry;
mod schema_check;
mod sign_in;
mod space;
mod space_lookup;
mod switch;
mod tls;
mod trace;
mod transport_error;

pub(crate) use benefits::{BenefitSet, Benefits, BookingCredit, PassUses, ServiceUses};
pub(crate) use client::{ApiError, Client, ClientOptions, OnRateLimit};
pub(crate) use deadline::Deadline;
pub(crate) use profiles::{Profile, ProfileId, ProfileList, ProfileType, User, VirtualOffice};
pub(crate) use sign_in::{Credentials, Grant, GrantRefusal, Impersonation, SignInError};
pub(crate) use space::Space;
pub(crate) use space_lookup::SpaceEntry;
pub(crate) use switch::{SwitchProgress, SwitchResponse};
pub(crate) use trace::Trace;

pub(crate) use confirmation::Confirmation;
pub(crate) use passthrough::{ApiRequest, ApiResponse};
pub(crate) use proxy::is_proxy;
pub(crate) use request_path::{InvalidPath, RequestPath};
pub(crate) use retry::read_retry_after;
pub(crate) use schema_check::Drift;
