//! The portal's API: HTTP and JSON, and nothing of terminals, keyrings or command lines.
//!
//! A [`Connection`] leads to one [`Space`]; a [`Portal`] is what one user sees there. Everything it
//! asks goes over that one connection and within its time.

mod benefits;
mod confirmation;
mod connection;
mod directory;
mod drift;
mod failure;
mod kinds;
mod profiles;
mod sign_in;
mod space;
mod switch;
mod tls;

use std::sync::Arc;

use reqwest::{Method, StatusCode};

pub use benefits::{
    BenefitSet, Benefits, BookingCredit, ExtraService, PassUses, ServiceUses, TimePass,
};
pub use confirmation::Confirmation;
pub use connection::{Connection, ConnectionOptions, Trace};
pub use directory::Reception;
pub use drift::{Drift, Field};
pub use profiles::{Business, Profile, ProfileId, ProfileList, ProfileType, User, VirtualOffice};
pub use sign_in::{Credentials, Grant, GrantRefusal, SignInError};
pub use space::Space;

use crate::error::Error;
use crate::secret::BearerToken;
use connection::{Answer, Request, RequestBody};

/// What one user sees of a space.
pub struct Portal {
    connection: Arc<Connection>,
    token: BearerToken,
}

/// Why an authenticated request failed.
#[derive(Debug)]
pub enum PortalError {
    /// The portal answers 401: the token is missing, expired or invalid, or its user has no
    /// customer profile.
    Unauthorized,
    /// Anything else.
    Other(Error),
}

impl From<Error> for PortalError {
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
    /// [`PortalError::Unauthorized`] at 401, [`Error::Unusable`] for an answer that is no profile
    /// list, and whatever keeps requests from arriving.
    pub async fn profiles(&self) -> Result<ProfileList, PortalError> {
        let answer = self.list(ProfileList::SHAPE).await?;
        Ok(ProfileList::from_json(&answer.body).map_err(unusable_list)?)
    }

    /// Asks for these fields of the profile list.
    async fn list(&self, shape: &str) -> Result<Answer, PortalError> {
        let path = format!("{}?_shape={shape}", profiles::PATH);
        let answer = self.ask(Method::GET, &path).await?;
        if answer.is_web_page() {
            return Err(
                unusable_list("it is a web page, not an answer of the API".to_owned()).into(),
            );
        }
        if answer.status != StatusCode::OK {
            return Err(unusable_list(format!("HTTP {}", answer.status)).into());
        }
        Ok(answer)
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Answer, PortalError> {
        let request = Request {
            method,
            path,
            body: RequestBody::Authorized(&self.token),
        };
        let answer = self.connection.send(&request).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return Err(PortalError::Unauthorized);
        }
        Ok(answer)
    }
}

fn unusable_list(problem: String) -> Error {
    Error::Unusable {
        what: "the profile list".to_owned(),
        problem,
    }
}
