//! One email at one space.

use std::fmt;

use crate::portal::Space;

/// What `nxp login` adds and `nxp logout` removes.
#[derive(Clone, Debug)]
pub struct Account {
    /// Where the user signs in.
    pub space: Space,
    /// Who signs in, as given at the first sign-in.
    pub email: String,
}

impl Account {
    /// The keyring item's service: `nxp/<host>`.
    #[must_use]
    pub fn keyring_service(&self) -> String {
        format!("nxp/{}", self.space.host())
    }

    /// The command that signs in to this account.
    #[must_use]
    pub fn login_command(&self) -> String {
        format!(
            "nxp login --space {} --email {}",
            self.space.short_name(),
            self.email
        )
    }
}

/// Two spellings of an email that differ in case alone are one account.
impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space && self.email.to_lowercase() == other.email.to_lowercase()
    }
}

/// `email at host`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.email, self.space.host())
    }
}
