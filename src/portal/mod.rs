//! The portal's API: HTTP and JSON, and nothing of terminals, keyrings or command lines.
//!
//! A [`Connection`] leads to one [`Space`]; a [`Portal`] is what one user sees there. Everything it
//! asks goes over that one connection and within its time.

mod benefits;
mod confirmation;
mod connection;
mod failure;
mod profiles;
mod sign_in;
mod space;
mod switch;
mod tls;

use reqwest::{Method, StatusCode};

pub use benefits::{
    BenefitSet, Benefits, BookingCredit, ExtraService, PassUses, ServiceUses, TimePass,
};
pub use confirmation::Confirmation;
pub use connection::{Connection, ConnectionOptions, Trace};
pub use profiles::{Business, Profile, ProfileId, ProfileList, ProfileType, User, VirtualOffice};
pub use sign_in::{Credentials, Grant, GrantRefusal, SignInError};
pub use space::Space;

use crate::error::Error;
use crate::secret::BearerToken;
use connection::{Answer, Request, RequestBody};

/// What one user sees of a space.
pub struct Portal {
    connection: Connection,
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
        Self { connection, token }
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
        let path = format!("{}?_shape={}", profiles::PATH, ProfileList::SHAPE);
        let answer = self.ask(Method::GET, &path).await?;
        let unusable = |problem: String| Error::Unusable {
            what: "the profile list".to_owned(),
            problem,
        };
        if answer.is_web_page() {
            return Err(unusable("it is a web page, not an answer of the API".to_owned()).into());
        }
        if answer.status != StatusCode::OK {
            return Err(unusable(format!("HTTP {}", answer.status)).into());
        }
        Ok(ProfileList::from_json(&answer.body).map_err(unusable)?)
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
