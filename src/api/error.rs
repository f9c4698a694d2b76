//! Why an authenticated request failed.

use crate::error::Error;

/// Why an authenticated request failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// HTTP 401: the token is missing, expired or invalid, or its user has no customer profile.
    #[error("the portal rejects the token")]
    Unauthorized,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}
