//! The portal's API: HTTP and JSON, without terminals, keyrings or command lines.
//!
//! A [`Client`] sends requests to one [`Space`]; requests that need a user take the user's access
//! token. All requests of a client share one connection and one [`Deadline`].
//!
//! This example uses the sandbox; a real space is `"acme".parse::<Space>()`.
//!
#![cfg_attr(feature = "sandbox", doc = "```")]
#![cfg_attr(not(feature = "sandbox"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use nxp::api::{Client, ClientOptions, Credentials, Deadline, Space, SwitchProgress};
//! use nxp::sandbox::{MAIN, Options, PASSWORD, Server};
//! use nxp::secret::{ClientId, Password};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Options::default())?;
//! let space: Space = server.base_url().parse()?;
//! let deadline = Deadline::new(Duration::from_secs(30));
//! let client = Client::new(ClientOptions::new(space, deadline))?;
//! let credentials = Credentials::new(MAIN, Password::new(PASSWORD));
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! runtime.block_on(async {
//!     let token = client.sign_in(&credentials, &ClientId::random()).await?.access_token;
//!     let list = client.profiles(&token).await?;
//!     let mut companies = list.active().filter(|profile| profile.company_name.is_some());
//!     let company = companies.next().ok_or("no company profile")?;
//!
//!     // Only the list shows whether a switch took effect.
//!     client.set_current(&token, company, &SwitchProgress::default()).await?;
//!     let list = client.profiles(&token).await?;
//!     assert!(list.acts_as(company.id));
//!     Ok(())
//! })
//! # }
//! ```

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

pub use benefits::{
    BenefitSet, Benefits, BookingCredit, ExtraService, PassUses, ServiceUses, TimePass,
};
pub use client::{ApiError, Client, ClientOptions, OnRateLimit};
pub use deadline::{Deadline, Extension};
pub use profiles::{Business, Profile, ProfileId, ProfileList, ProfileType, User, VirtualOffice};
pub use sign_in::{Credentials, Grant, GrantRefusal, SignInError};
pub use space::Space;
pub use switch::{SwitchProgress, SwitchResponse};
pub use trace::Trace;

pub(crate) use confirmation::Confirmation;
pub(crate) use passthrough::{ApiRequest, ApiResponse};
pub(crate) use proxy::is_proxy;
pub(crate) use request_path::{InvalidPath, RequestPath};
pub(crate) use retry::read_retry_after;
pub(crate) use schema_check::Drift;
