//! Who is asking, where, and with which token.
//!
//! An [`Account`] is one email at one space. [`Keyring`] holds its tokens, [`StateFile`] what is no
//! secret; [`choose`] finds the account that a command is for, and a [`Session`] acts for it.

mod account;
mod choice;
mod files;
mod keyring;
mod last_seen;
mod state;
mod tokens;

pub use account::Account;
pub use choice::{Choice, Identity, choose, choose_stored};
pub use keyring::Keyring;
pub use last_seen::{LastSeen, LastSeenFolder, LastSeenKey};
pub use state::{Notify, State, StateFile, UserKey};
pub use tokens::StoredTokens;

use crate::error::{Error, Result, TokenOrigin};
use crate::portal::{Connection, Portal, PortalError, Profile, ProfileList, Space};
use crate::secret::BearerToken;

/// A user's dealings with a portal: requests go out with the right token, and a rejected one is
/// explained by where it came from.
pub struct Session {
    portal: Portal,
    origin: TokenOrigin,
    account: Option<Account>,
    expires_at: Option<u64>,
}

impl Session {
    /// A session with a token that is nobody's stored account.
    #[must_use]
    pub fn with_token(connection: Connection, token: BearerToken, origin: TokenOrigin) -> Self {
        Self {
            portal: Portal::new(connection, token),
            origin,
            account: None,
            expires_at: None,
        }
    }

    /// A session of a stored account.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] where the keyring holds no item for it, [`Error::Keyring`] where it
    /// can't be asked.
    pub fn of_account(connection: Connection, account: Account, keyring: &Keyring) -> Result<Self> {
        let Some(tokens) = keyring.load(&account)? else {
            return Err(Error::NotSignedIn {
                wanted: Some(account.to_string()),
                login: account.login_command(),
            });
        };
        Ok(Self {
            portal: Portal::new(connection, tokens.access_token),
            origin: TokenOrigin::Keyring,
            account: Some(account),
            expires_at: tokens.expires_at,
        })
    }

    /// Where the portal is.
    #[must_use]
    pub fn space(&self) -> &Space {
        self.portal.space()
    }

    /// Where the token came from.
    #[must_use]
    pub fn origin(&self) -> TokenOrigin {
        self.origin
    }

    /// When the access token expires, in seconds since the Unix epoch, if that is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// Fetches the profile list.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] at 401, else as [`Portal::profiles`].
    pub async fn profiles(&self) -> Result<ProfileList> {
        self.portal
            .profiles()
            .await
            .map_err(|error| self.explain(error))
    }

    /// Switches to `profile` and returns the list fetched after it, as [`Portal::switch_to`].
    ///
    /// # Errors
    /// [`Error::TokenRejected`] at 401, else as [`Portal::switch_to`].
    pub async fn switch_to(&self, profile: &Profile) -> Result<ProfileList> {
        self.portal
            .switch_to(profile)
            .await
            .map_err(|error| self.explain(error))
    }

    /// Under which name the state file remembers things of the user that `list` names.
    #[must_use]
    pub fn user_key(&self, list: &ProfileList) -> UserKey {
        match self.origin {
            TokenOrigin::Sandbox => UserKey::in_sandbox(list),
            _ => UserKey::at(self.portal.space(), list),
        }
    }

    fn explain(&self, error: PortalError) -> Error {
        match error {
            PortalError::Other(error) => error,
            PortalError::OutOfSight { wanted, confirmed } => Error::SwitchUnknown {
                wanted,
                confirmed,
                cause: Box::new(self.explain(PortalError::Unauthorized)),
            },
            PortalError::Unauthorized => Error::TokenRejected {
                origin: self.origin,
                space: self.portal.space().host(),
                login: match &self.account {
                    Some(account) => account.login_command(),
                    None => format!("nxp login --space {}", self.portal.space().short_name()),
                },
            },
        }
    }
}
