//! The portal's API: HTTP and JSON, and nothing of terminals, keyrings or command lines.
//!
//! A [`Connection`] leads to one [`Space`]; a [`Portal`] is what one user sees there. Everything it
//! asks goes over that one connection and within its time.
//!
//! The practice portal stands in for a space here; a real one goes by its name, as in
//! `"acme".parse::<Space>()`.
//!
#![cfg_attr(feature = "sandbox", doc = "```")]
#![cfg_attr(not(feature = "sandbox"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use nxp::api::{Deadline, Connection, ConnectionOptions, Credentials, Portal, Space};
//! use nxp::sandbox::{MAIN, Options, PASSWORD, Server};
//! use nxp::secret::{ClientId, Password};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Options::default())?;
//! let space: Space = server.base_url().parse()?;
//! let connection = Connection::new(ConnectionOptions {
//!     space,
//!     budget: Deadline::new(Duration::from_secs(30)),
//!     trace: None,
//!     waiting: None,
//! })?;
//! let credentials = Credentials {
//!     email: MAIN.email.to_owned(),
//!     password: Password::new(PASSWORD),
//!     one_time_code: None,
//! };
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! runtime.block_on(async {
//!     let grant = connection.sign_in(&credentials, &ClientId::random()).await?;
//!     let portal = Portal::new(connection, grant.access_token);
//!     let list = portal.profiles().await?;
//!     let mut companies = list.active().filter(|profile| profile.company_name.is_some());
//!     let company = companies.next().ok_or("no profile of a company's")?;
//!
//!     // The list that comes back was fetched after the switch, and shows it.
//!     let list = portal.switch_to(company).await?;
//!     assert_eq!(list.current().map(|profile| profile.id), Some(company.id));
//!     Ok(())
//! })
//! # }
//! ```

mod benefits;
mod bounded;
mod confirmation;
mod connection;
mod deadline;
mod error_messages;
mod exchange;
mod json;
mod json_shape;
mod profiles;
#[cfg(test)]
mod properties;
mod proxy;
mod redact;
mod request;
mod response;
mod retry;
mod schema_check;
mod sign_in;
mod space;
mod space_lookup;
mod switch;
mod tls;
mod transport_error;

use std::fmt;
use std::sync::Arc;

use reqwest::{Method, StatusCode};

pub use benefits::{
    BenefitSet, Benefits, BookingCredit, ExtraService, PassUses, ServiceUses, TimePass,
};
pub use confirmation::Confirmation;
pub use connection::{Connection, ConnectionOptions, Trace, Waiting};
pub use deadline::{Deadline, Extension};
pub use profiles::{Business, Profile, ProfileId, ProfileList, ProfileType, User, VirtualOffice};
pub use proxy::is_proxy;
pub use retry::read_retry_after;
pub use schema_check::{Drift, Field};
pub use sign_in::{Credentials, Grant, GrantRefusal, SignInError};
pub use space::Space;
pub use space_lookup::ApiProbe;

use crate::error::Error;
use crate::secret::BearerToken;
use request::{Request, RequestBody};
use response::Response;

/// What one user sees of a space.
pub struct Portal {
    connection: Arc<Connection>,
    token: BearerToken,
}

/// Why an authenticated request failed.
#[derive(Debug)]
pub enum ApiError {
    /// The portal answers 401: the token is missing, expired or invalid, or its user has no
    /// customer profile. Nothing was changed.
    Unauthorized,
    /// The portal answers 401 to the look at what a switch did, so nobody knows. The switch can be
    /// asked for again: it is idempotent.
    SwitchUnverified {
        /// The profile that was asked for, labelled.
        wanted: String,
        /// Whether the portal confirmed the switch.
        confirmed: bool,
    },
    /// Anything else.
    Other(Error),
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("the portal rejects the token"),
            Self::SwitchUnverified { wanted, confirmed } => {
                let done = if *confirmed { "confirmed" } else { "sent" };
                write!(
                    f,
                    "the switch to {wanted} was {done}, but whether it took is not known: \
                     the portal rejects the token"
                )
            }
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ApiError {}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Portal {
    /// The portal as the holder of `token` sees it; nothing is sent yet.
    #[must_use]
    pub fn new(connection: Connection, token: BearerToken) -> Self {
        Self {
            connection: Arc::new(connection),
            token,
        }
    }

    /// The same portal, over the same connection, as the holder of another token sees it.
    #[must_use]
    pub fn with_token(&self, token: BearerToken) -> Self {
        Self {
            connection: Arc::clone(&self.connection),
            token,
        }
    }

    /// The way there.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Where it is.
    #[must_use]
    pub fn space(&self) -> &Space {
        self.connection.space()
    }

    /// Fetches the profile list, asking for the fields of [`ProfileList`] alone. A server that
    /// sends more changes nothing.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`] at 401, [`Error::WebPage`] and [`Error::InvalidResponse`] for an
    /// answer that is no profile list, and whatever keeps requests from arriving.
    pub async fn profiles(&self) -> Result<ProfileList, ApiError> {
        let answer = self.list(ProfileList::SHAPE).await?;
        Ok(ProfileList::from_json(&answer.body).map_err(unusable_list)?)
    }

    /// Asks for these fields of the profile list.
    async fn list(&self, shape: &str) -> Result<Response, ApiError> {
        let path = format!("{}?_shape={shape}", profiles::PATH);
        self.answer(&self.request(Method::GET, &path)).await
    }

    /// The answer to a request that is answered with 200 where all is well.
    async fn answer(&self, request: &Request<'_>) -> Result<Response, ApiError> {
        let answer = self.connection.send(request).await?;
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(ApiError::Unauthorized),
            StatusCode::OK if answer.is_html() => Err(Error::WebPage {
                space: self.space().host(),
                what: request.subject(),
            }
            .into()),
            StatusCode::OK => Ok(answer),
            _ => Err(request.unusable(answer.in_words()).into()),
        }
    }

    fn request<'a>(&'a self, method: Method, path: &'a str) -> Request<'a> {
        Request {
            method,
            path,
            body: RequestBody::Authorized(&self.token),
        }
    }
}

fn unusable_list(problem: String) -> Error {
    Error::InvalidResponse {
        what: "the profile list".to_owned(),
        problem,
    }
}
