//! Who sends requests, to which space, and with which token.
//!
//! An [`Account`] is one email at one space. [`Keyring`] holds its tokens, [`StateFile`] what is no
//! secret; [`choose`] finds the account that a command is for, and a [`Session`] sends requests for
//! it and keeps it signed in. [`SwitchFiles`] keeps the switches of one user apart.
//!
//! A session with a token, in the sandbox ([`Account`] has an example of a stored account):
//!
#![cfg_attr(feature = "sandbox", doc = "```")]
#![cfg_attr(not(feature = "sandbox"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use nxp::api::{Client, ClientOptions, Deadline};
//! use nxp::error::TokenOrigin;
//! use nxp::sandbox::{MAIN, Options, Server};
//! use nxp::secret::BearerToken;
//! use nxp::session::Session;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Options::default())?;
//! let token = BearerToken::new(server.issue_token(MAIN.email)?);
//! let client = Client::new(ClientOptions {
//!     space: server.base_url().parse()?,
//!     deadline: Deadline::new(Duration::from_secs(30)),
//!     trace: None,
//!     on_rate_limit: None,
//! })?;
//! let session = Session::with_token(client, token, TokenOrigin::Input);
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! runtime.block_on(async {
//!     let list = session.profiles().await?;
//!     let other = list.active().find(|profile| !profile.is_current());
//!     let other = other.ok_or("there is no other profile")?;
//!     session.set_current(other).await?;
//!     assert!(session.profiles().await?.acts_as(other.id));
//!     Ok(())
//! })
//! # }
//! ```

mod account;
mod account_selector;
mod atomic_file;
mod cleanup;
mod directory_profile;
mod keyring;
mod lock;
mod profile_cache;
#[cfg(test)]
mod properties;
mod refresh;
mod state;
mod state_file;
mod switch_lock;
mod tokens;
mod user_key;

use std::cell::RefCell;
use std::path::Path;

pub use account::Account;
pub use account_selector::{Choice, Identity, Preferred, choose, choose_stored};
pub use cleanup::{Cleanup, remove_files};
pub use directory_profile::{DirectoryFile, DirectoryProfile};
pub use keyring::{Keyring, KeyringOptions, Placement, StoreKind};
pub use lock::{AccountLock, Held};
pub use profile_cache::{CacheKey, CachedProfiles, ProfileCache};
pub use refresh::DeferredError;
pub use state::State;
pub use state_file::{Notify, StateFile};
pub use switch_lock::{
    LockHolder, NamedProfile, Settlement, SwitchFiles, SwitchLock, SwitchRecord,
};
pub use tokens::StoredTokens;
pub use user_key::UserKey;

use crate::api::{
    ApiError, ApiRequest, ApiResponse, Benefits, Client, Drift, Profile, ProfileList, Space,
    SwitchResponse,
};
use crate::error::{CommandLine, Error, Result, TokenOrigin};
use crate::secret::BearerToken;
use refresh::{Renewal, Tokens};

/// One user at one space: sends requests with the user's token, renews it when it is due, and says
/// where a rejected token came from.
pub struct Session {
    client: Client,
    token: RefCell<BearerToken>,
    origin: TokenOrigin,
    stored: Option<Tokens>,
    /// Why the tokens can't be renewed any more: the portal is not asked again.
    refusal: RefCell<Option<Error>>,
}

/// What a session of a stored account needs beside the account.
pub struct Storage<'a> {
    /// The keyring that has its tokens.
    pub keyring: Keyring,
    /// The folder that the state is in.
    pub state_folder: &'a Path,
    /// Called when renewed tokens can't be stored ([`Error::NotStored`]).
    pub mishap: DeferredError,
}

impl Session {
    /// A session with a token that belongs to no stored account. It is never renewed.
    #[must_use]
    pub fn with_token(client: Client, token: BearerToken, origin: TokenOrigin) -> Self {
        Self {
            client,
            token: RefCell::new(token),
            origin,
            stored: None,
            refusal: RefCell::default(),
        }
    }

    /// A session of a stored account.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] where the keyring holds no item for it, [`Error::Keyring`] where it
    /// can't be read.
    pub fn of_account(client: Client, account: Account, storage: Storage<'_>) -> Result<Self> {
        let Storage {
            keyring,
            state_folder,
            mishap,
        } = storage;
        let tokens = Tokens::load(account, keyring, state_folder, mishap)?;
        Ok(Self {
            client,
            token: RefCell::new(tokens.access_token()),
            origin: TokenOrigin::Keyring,
            stored: Some(tokens),
            refusal: RefCell::default(),
        })
    }

    /// The client that it sends requests with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The space that it is at.
    #[must_use]
    pub fn space(&self) -> &Space {
        self.client.space()
    }

    /// The stored account that it is of, if it is of one.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.stored.as_ref().map(Tokens::account)
    }

    /// Where the token came from.
    #[must_use]
    pub fn origin(&self) -> TokenOrigin {
        self.origin
    }

    /// When the access token expires, in seconds since the Unix epoch, if that is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.stored.as_ref()?.expires_at()
    }

    /// Whether a new access token is fetched when this one is about to expire.
    #[must_use]
    pub fn is_renewed(&self) -> bool {
        self.stored.as_ref().is_some_and(Tokens::are_renewed)
    }

    /// Fetches the profile list.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, else as [`Client::profiles`].
    pub async fn profiles(&self) -> Result<ProfileList> {
        self.request(async |client, token| client.profiles(token).await)
            .await
    }

    /// Fetches the profile list and compares it with the documented fields, as [`Client::drift`].
    ///
    /// # Errors
    /// As [`Session::profiles`].
    pub async fn drift(&self) -> Result<Drift> {
        self.request(async |client, token| client.drift(token).await)
            .await
    }

    /// Fetches what the current profile can spend.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, else as [`Client::benefits`].
    pub async fn benefits(&self) -> Result<Benefits> {
        self.request(async |client, token| client.benefits(token).await)
            .await
    }

    /// Asks the portal to make `profile` current, as [`Client::set_current`]. Only the list shows
    /// whether that took effect.
    ///
    /// # Errors
    /// Whatever keeps the request from reaching the portal.
    pub async fn set_current(&self, profile: &Profile) -> Result<SwitchResponse> {
        self.renew_in_time().await?;
        let send =
            async |client: &Client, token: &BearerToken| client.set_current(token, profile).await;
        match send(&self.client, &self.token()).await {
            Ok(response) => Ok(response),
            Err(ApiError::Other(error)) => Err(error),
            // From here on a request has reached the portal.
            Err(ApiError::Unauthorized) => Ok(self
                .request_with_new_token(send)
                .await
                .unwrap_or_else(SwitchResponse::Refused)),
        }
    }

    /// The access token, renewed first if it is about to expire.
    ///
    /// # Errors
    /// [`Error::RefreshRefused`] or [`Error::TokenRejected`] for one that has expired, and whatever
    /// keeps it from being renewed.
    pub async fn access_token(&self) -> Result<BearerToken> {
        self.renew_in_time().await?;
        if self.stored.as_ref().is_some_and(Tokens::are_over) {
            return Err(self.refusal.take().unwrap_or_else(|| self.rejected()));
        }
        Ok(self.token())
    }

    /// Sends a request of the user's own making, as [`Client::pass_through`], and once more with a
    /// new token where the portal rejects this one.
    ///
    /// # Errors
    /// As [`Client::pass_through`], and whatever keeps the token from being renewed. That the portal
    /// rejects the token is an outcome of the response.
    pub async fn pass_through(&self, request: &ApiRequest) -> Result<ApiResponse<'_>> {
        self.renew_in_time().await?;
        let first = self.client.pass_through(request, &self.token()).await?;
        if !first.is_unauthorized() {
            return Ok(first);
        }
        self.renew().await?;
        if let Some(refusal) = self.refusal.take() {
            return Ok(first.rejected(refusal));
        }
        let second = self.client.pass_through(request, &self.token()).await?;
        if second.is_unauthorized() {
            return Ok(second.rejected(self.rejected()));
        }
        Ok(second)
    }

    /// Sends a request with a token that isn't about to expire, and once more with a new one where
    /// the portal rejects it.
    async fn request<T>(
        &self,
        send: impl AsyncFn(&Client, &BearerToken) -> Result<T, ApiError>,
    ) -> Result<T> {
        self.renew_in_time().await?;
        match send(&self.client, &self.token()).await {
            Ok(response) => Ok(response),
            Err(ApiError::Other(error)) => Err(error),
            Err(ApiError::Unauthorized) => self.request_with_new_token(send).await,
        }
    }

    async fn request_with_new_token<T>(
        &self,
        send: impl AsyncFn(&Client, &BearerToken) -> Result<T, ApiError>,
    ) -> Result<T> {
        self.renew().await?;
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        send(&self.client, &self.token())
            .await
            .map_err(|error| match error {
                ApiError::Other(error) => error,
                ApiError::Unauthorized => self.rejected(),
            })
    }

    /// Renews a token that is about to expire. Where the portal refuses, the token stays in use:
    /// this machine's clock may be wrong.
    async fn renew_in_time(&self) -> Result<()> {
        let Some(tokens) = self.stored.as_ref().filter(|tokens| tokens.are_due()) else {
            return Ok(());
        };
        match self.renew().await {
            Err(error) if tokens.are_over() => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes another token into use, or notes why there is none.
    async fn renew(&self) -> Result<()> {
        if self.refusal.borrow().is_some() {
            return Ok(());
        }
        let renewal = match &self.stored {
            Some(tokens) => tokens.renew(&self.client).await?,
            None => Renewal::Impossible,
        };
        match renewal {
            Renewal::Renewed(token) => {
                self.token.replace(token);
            }
            Renewal::Refused(reason) => {
                self.refusal.replace(Some(reason));
            }
            Renewal::Impossible => {
                self.refusal.replace(Some(self.rejected()));
            }
        }
        Ok(())
    }

    fn token(&self) -> BearerToken {
        self.token.borrow().clone()
    }

    fn rejected(&self) -> Error {
        let space = self.space();
        Error::TokenRejected {
            origin: self.origin,
            space: space.host(),
            login: match &self.stored {
                Some(tokens) => tokens.account().login_command(),
                None => CommandLine::login(Some(&space.short_name()), None),
            },
        }
    }
}
