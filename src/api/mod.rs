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
//! use nxp::api::{Client, ClientOptions, Credentials, Deadline, Space};
//! use nxp::sandbox::{MAIN, Options, PASSWORD, Server};
//! use nxp::secret::{ClientId, Password};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Options::default())?;
//! let space: Space = server.base_url().parse()?;
//! let client = Client::new(ClientOptions {
//!     space,
//!     deadline: Deadline::new(Duration::from_secs(30)),
//!     certificate_authorities: Vec::new(),
//!     trace: None,
//!     on_rate_limit: None,
//! })?;
//! let credentials = Credentials {
//!     email: MAIN.to_owned(),
//!     password: Password::new(PASSWORD),
//!     one_time_code: None,
//! };
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! runtime.block_on(async {
//!     let token = client.sign_in(&credentials, &ClientId::random()).await?.access_token;
//!     let list = client.profiles(&token).await?;
//!     let mut companies = list.active().filter(|profile| profile.company_name.is_some());
//!     let company = companies.next().ok_or("no company profile")?;
//!
//!     // Only the list shows whether a switch took effect.
//!     client.set_current(&token, company).await?;
//!     let list = client.profiles(&token).await?;
//!     assert!(list.acts_as(company.id));
//!     Ok(())
//! })
//! # }
//! ```

mod attempt;
mod benefits;
mod bounded;
mod client;
mod confirmation;
mod deadline;
mod error;
mod error_messages;
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
mod token_redactor;
mod trace;
mod transport_error;

pub use benefits::{
    BenefitSet, Benefits, BookingCredit, ExtraService, PassUses, ServiceUses, TimePass,
};
pub use client::{Client, ClientOptions, OnRateLimit};
pub use confirmation::Confirmation;
pub use deadline::{Deadline, Extension};
pub use error::ApiError;
pub use passthrough::{ApiRequest, ApiResponse};
pub use profiles::{Business, Profile, ProfileId, ProfileList, ProfileType, User, VirtualOffice};
pub use proxy::is_proxy;
pub use request_path::{InvalidPath, RequestPath};
pub use retry::read_retry_after;
pub use schema_check::{Drift, Field};
pub use sign_in::{Credentials, Grant, GrantRefusal, SignInError};
pub use space::Space;
pub use switch::SwitchResponse;
pub use trace::Trace;
