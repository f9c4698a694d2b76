//! Accounts and their tokens: which account a command uses, and requests with its token.
//!
//! An [`Account`] is one email at one space. The [`Keyring`] has its tokens, the [`StateFile`] all that
//! is not secret. [`choose`] finds the account that a command uses; a [`Session`] sends requests for it
//! and refreshes its tokens. [`SwitchFiles`] let one process at a time switch a user's profile.
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
//! let token = BearerToken::new(server.issue_token(MAIN)?);
//! let client = Client::new(ClientOptions {
//!     space: server.base_url().parse()?,
//!     deadline: Deadline::new(Duration::from_secs(30)),
//!     certificate_authorities: Vec::new(),
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
pub use lock::{AccountLock, AccountLockGuard};
pub use profile_cache::{CacheKey, CachedProfiles, ProfileCache};
pub use refresh::OnDeferredError;
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
use refresh::{RefreshOutcome, Tokens};

/// One user at one space: sends requests with the user's access token and refreshes it when it is
/// about to expire.
pub struct Session {
    client: Client,
    token: RefCell<BearerToken>,
    origin: TokenOrigin,
    stored: Option<Tokens>,
    /// Why the tokens can't be refreshed; the portal is not asked again.
    refusal: RefCell<Option<Error>>,
}

/// What a session of a stored account needs in addition to the account.
pub struct Storage<'a> {
    /// The keyring that has its tokens.
    pub keyring: Keyring,
    /// The folder of the state file and the locks.
    pub state_folder: &'a Path,
    /// Called if refreshed tokens can't be stored ([`Error::NotStored`]).
    pub on_deferred_error: OnDeferredError,
}

impl Session {
    /// A session with a token that belongs to no stored account. It is never refreshed.
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
    /// [`Error::NotSignedIn`] if the keyring has no item for it, [`Error::Keyring`] if the keyring
    /// can't be read.
    pub fn of_account(client: Client, account: Account, storage: Storage<'_>) -> Result<Self> {
        let Storage {
            keyring,
            state_folder,
            on_deferred_error,
        } = storage;
        let tokens = Tokens::load(account, keyring, state_folder, on_deferred_error)?;
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

    /// The space that it sends requests to.
    #[must_use]
    pub fn space(&self) -> &Space {
        self.client.space()
    }

    /// Its stored account, if it has one.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.stored.as_ref().map(Tokens::account)
    }

    /// Where the token came from.
    #[must_use]
    pub fn origin(&self) -> TokenOrigin {
        self.origin
    }

    /// When the access token expires, in seconds since the Unix epoch, if known.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.stored.as_ref()?.expires_at()
    }

    /// Whether the access token is refreshed when it is about to expire.
    #[must_use]
    pub fn is_refreshed(&self) -> bool {
        self.stored.as_ref().is_some_and(Tokens::can_refresh)
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
    /// Any failure before a request reached the portal.
    pub async fn set_current(&self, profile: &Profile) -> Result<SwitchResponse> {
        self.refresh_if_due().await?;
        let send =
            async |client: &Client, token: &BearerToken| client.set_current(token, profile).await;
        match send(&self.client, &self.token()).await {
            Ok(response) => Ok(response),
            Err(ApiError::Other(error)) => Err(error),
            // From here on, a request has reached the portal.
            Err(ApiError::Unauthorized) => Ok(self
                .request_with_new_token(send)
                .await
                .unwrap_or_else(SwitchResponse::Refused)),
        }
    }

    /// The access token, refreshed first if it is about to expire.
    ///
    /// # Errors
    /// [`Error::RefreshRefused`] or [`Error::TokenRejected`] if it has expired, and any failure
    /// of the refresh.
    pub async fn access_token(&self) -> Result<BearerToken> {
        self.refresh_if_due().await?;
        if self.stored.as_ref().is_some_and(Tokens::have_expired) {
            return Err(self.refusal.take().unwrap_or_else(|| self.rejected()));
        }
        Ok(self.token())
    }

    /// Sends a request that the user writes, as [`Client::pass_through`]. If the portal rejects the
    /// token, refreshes it and sends the request again.
    ///
    /// # Errors
    /// As [`Client::pass_through`], and any failure of the refresh. If the portal rejects the token,
    /// [`ApiResponse::outcome`] says so.
    pub async fn pass_through(&self, request: &ApiRequest) -> Result<ApiResponse<'_>> {
        self.refresh_if_due().await?;
        let first = self.client.pass_through(request, &self.token()).await?;
        if !first.is_unauthorized() {
            return Ok(first);
        }
        self.refresh().await?;
        if let Some(refusal) = self.refusal.take() {
            return Ok(first.rejected(refusal));
        }
        let second = self.client.pass_through(request, &self.token()).await?;
        if second.is_unauthorized() {
            return Ok(second.rejected(self.rejected()));
        }
        Ok(second)
    }

    /// Sends a request. Refreshes the token before if it is about to expire, and after if the portal
    /// rejects it; then the request is sent again.
    async fn request<T>(
        &self,
        send: impl AsyncFn(&Client, &BearerToken) -> Result<T, ApiError>,
    ) -> Result<T> {
        self.refresh_if_due().await?;
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
        self.refresh().await?;
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

    /// Refreshes a token that is about to expire. If the portal refuses, the old token stays in use:
    /// this machine's clock may be wrong.
    async fn refresh_if_due(&self) -> Result<()> {
        let Some(tokens) = self
            .stored
            .as_ref()
            .filter(|tokens| tokens.are_about_to_expire())
        else {
            return Ok(());
        };
        match self.refresh().await {
            Err(error) if tokens.have_expired() => Err(error),
            _ => Ok(()),
        }
    }

    /// Replaces the token, or stores in `refusal` why that is not possible.
    async fn refresh(&self) -> Result<()> {
        if self.refusal.borrow().is_some() {
            return Ok(());
        }
        let outcome = match &self.stored {
            Some(tokens) => tokens.refresh(&self.client).await?,
            None => RefreshOutcome::Impossible,
        };
        match outcome {
            RefreshOutcome::Refreshed(token) => {
                self.token.replace(token);
            }
            RefreshOutcome::Refused(reason) => {
                self.refusal.replace(Some(reason));
            }
            RefreshOutcome::Impossible => {
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
