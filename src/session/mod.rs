//! Accounts and their tokens: which account a command uses, and requests with its token.
//!
//! An [`Account`] is one email at one space. The [`Keyring`] has its tokens, the [`StateFile`] all that
//! is not secret. A [`Session`] sends requests for an account and refreshes its tokens.

mod account;
mod account_selector;
mod cleanup;
mod directory_profile;
mod files;
mod keyring;
mod lock;
mod profile_cache;
mod refresh;
mod state;
mod state_file;
mod switch_lock;
mod tokens;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use account::Account;
pub(crate) use account_selector::{AccountName, Choice, Identity};
pub(crate) use cleanup::{Cleanup, remove_files};
pub(crate) use directory_profile::{DirectoryFile, DirectoryProfile};
pub(crate) use files::check_writable;
pub(crate) use keyring::{Keyring, KeyringKind, Placement};
pub(crate) use lock::{AccountLock, AccountLockGuard};
pub(crate) use profile_cache::ProfileCache;
pub(crate) use state::State;
pub(crate) use state_file::StateFile;
pub(crate) use switch_lock::{LockHolder, Settlement, SwitchFiles, SwitchLock, SwitchRecord};
pub(crate) use tokens::StoredTokens;

use crate::api::{
    ApiError, ApiRequest, ApiResponse, Benefits, Client, Drift, Profile, ProfileList, Space,
    SwitchProgress, SwitchResponse,
};
use crate::error::{CommandLine, Error, Result, TokenOrigin};
use crate::secret::BearerToken;

/// One user at one space: sends requests with the user's access token and refreshes it when it is
/// about to expire.
pub(crate) struct Session {
    client: Client,
    origin: TokenOrigin,
    tokens: Mutex<StoredTokens>,
    /// Where the tokens are stored; `None` if the token was given, and is never refreshed.
    stored: Option<Stored>,
    /// Why the tokens can't be refreshed; the portal is not asked again.
    refusal: Mutex<Option<Error>>,
}

/// Where a session's tokens are stored.
struct Stored {
    account: Account,
    storage: Storage,
}

/// What a session of a stored account needs in addition to the account.
pub(crate) struct Storage {
    keyring: Keyring,
    state_folder: PathBuf,
    on_deferred_error: Box<dyn Fn(Error) + Send + Sync>,
}

impl Storage {
    /// The keyring that has the tokens, and the folder of the state file and the locks.
    pub(crate) fn new(keyring: Keyring, state_folder: &Path) -> Self {
        Self {
            keyring,
            state_folder: state_folder.to_owned(),
            on_deferred_error: Box::new(drop),
        }
    }

    /// Calls `report` if refreshed tokens can't be stored ([`Error::NotStored`]): then only this
    /// process has them.
    pub(crate) fn on_deferred_error(self, report: impl Fn(Error) + Send + Sync + 'static) -> Self {
        Self {
            on_deferred_error: Box::new(report),
            ..self
        }
    }
}

impl Session {
    /// A session with a token that belongs to no stored account. It is never refreshed.
    pub(crate) fn with_token(client: Client, token: BearerToken, origin: TokenOrigin) -> Self {
        Self::new(client, origin, StoredTokens::access_only(token), None)
    }

    /// A session of a stored account.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] if the keyring has no item for it, [`Error::Keyring`] if the keyring
    /// can't be read.
    pub(crate) fn of_account(client: Client, account: Account, storage: Storage) -> Result<Self> {
        let Some(tokens) = storage.keyring.load(&account)? else {
            return Err(refresh::not_signed_in(&account));
        };
        let stored = Some(Stored { account, storage });
        Ok(Self::new(client, TokenOrigin::Keyring, tokens, stored))
    }

    fn new(
        client: Client,
        origin: TokenOrigin,
        tokens: StoredTokens,
        stored: Option<Stored>,
    ) -> Self {
        Self {
            client,
            origin,
            tokens: Mutex::new(tokens),
            stored,
            refusal: Mutex::default(),
        }
    }

    /// The client that it sends requests with.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The space that it sends requests to.
    pub(crate) fn space(&self) -> &Space {
        self.client.space()
    }

    /// Its stored account, if it has one.
    pub(crate) fn account(&self) -> Option<&Account> {
        self.stored.as_ref().map(|stored| &stored.account)
    }

    /// Where the token came from.
    pub(crate) fn origin(&self) -> TokenOrigin {
        self.origin
    }

    /// When the access token expires, in seconds since the Unix epoch, if known.
    pub(crate) fn expires_at(&self) -> Option<u64> {
        let tokens = self.tokens();
        tokens
            .expires_at
            .or_else(|| tokens.access_token.expires_at())
    }

    /// Whether the access token is refreshed when it is about to expire.
    pub(crate) fn is_refreshed(&self) -> bool {
        self.tokens().refresh_token.is_some()
    }

    /// Fetches the profile list.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, else as [`Client::profiles`].
    pub(crate) async fn profiles(&self) -> Result<ProfileList> {
        self.request(async |client, token| client.profiles(token).await)
            .await
    }

    /// Fetches the profile list and compares it with the documented fields, as [`Client::drift`].
    ///
    /// # Errors
    /// As [`Session::profiles`].
    pub(crate) async fn drift(&self) -> Result<Drift> {
        self.request(async |client, token| client.drift(token).await)
            .await
    }

    /// Fetches what the current profile can spend.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, else as [`Client::benefits`].
    pub(crate) async fn benefits(&self) -> Result<Benefits> {
        self.request(async |client, token| client.benefits(token).await)
            .await
    }

    /// Asks the portal to make `profile` current, as [`Client::set_current`]. Only the list shows
    /// whether that took effect.
    ///
    /// # Errors
    /// Any failure before a request reached the portal.
    pub(crate) async fn set_current(
        &self,
        profile: &Profile,
        progress: &SwitchProgress,
    ) -> Result<SwitchResponse> {
        self.refresh_if_due().await?;
        let token = self.token();
        match self.client.set_current(&token, profile, progress).await {
            Ok(response) => Ok(response),
            Err(ApiError::Other(error)) => Err(error),
            // From here on, a request has reached the portal.
            Err(ApiError::Unauthorized) => {
                let response = match self.new_token(&token).await {
                    Ok(token) => self.client.set_current(&token, profile, progress).await,
                    Err(error) => Err(error.into()),
                };
                Ok(response.unwrap_or_else(|error| progress.refusal(self.explain(error))))
            }
        }
    }

    /// The access token, refreshed first if it is about to expire.
    ///
    /// # Errors
    /// [`Error::RefreshRefused`] or [`Error::TokenRejected`] if it has expired, and any failure
    /// of the refresh.
    pub(crate) async fn access_token(&self) -> Result<BearerToken> {
        self.refresh_if_due().await?;
        if self.tokens().expires_within(Duration::ZERO) {
            return Err(self.refusal().take().unwrap_or_else(|| self.rejected()));
        }
        Ok(self.token())
    }

    /// Sends a request that the user writes, as [`Client::pass_through`]. If the portal rejects the
    /// token, refreshes it and sends the request again.
    ///
    /// # Errors
    /// As [`Client::pass_through`], and any failure of the refresh. If the portal rejects the token,
    /// [`ApiResponse::outcome`] says so.
    pub(crate) async fn pass_through(&self, request: &ApiRequest) -> Result<ApiResponse<'_>> {
        let mut earlier = vec![self.token()];
        self.refresh_if_due().await?;
        let token = self.token();
        let first = self.client.pass_through(request, &token, &earlier).await?;
        if !first.is_unauthorized() {
            return Ok(first);
        }
        self.refresh(&token).await?;
        let refusal = self.refusal().take();
        if let Some(refusal) = refusal {
            return Ok(first.rejected(refusal));
        }
        earlier.push(token);
        let second = self
            .client
            .pass_through(request, &self.token(), &earlier)
            .await?;
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
        let token = self.token();
        let mut response = send(&self.client, &token).await;
        if let Err(ApiError::Unauthorized) = response {
            let token = self.new_token(&token).await?;
            response = send(&self.client, &token).await;
        }
        response.map_err(|error| self.explain(error))
    }

    /// Another access token than `old`, which the portal rejects.
    async fn new_token(&self, old: &BearerToken) -> Result<BearerToken> {
        self.refresh(old).await?;
        match self.refusal().take() {
            Some(refusal) => Err(refusal),
            None => Ok(self.token()),
        }
    }

    fn explain(&self, error: ApiError) -> Error {
        match error {
            ApiError::Other(error) => error,
            ApiError::Unauthorized => self.rejected(),
        }
    }

    fn tokens(&self) -> MutexGuard<'_, StoredTokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token(&self) -> BearerToken {
        self.tokens().access_token.clone()
    }

    fn refusal(&self) -> MutexGuard<'_, Option<Error>> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rejected(&self) -> Error {
        let space = self.space();
        Error::TokenRejected {
            origin: self.origin,
            space: space.host(),
            login: match self.account() {
                Some(account) => account.login_command(),
                None => CommandLine::login(Some(&space.short_name()), None),
            },
        }
    }
}

/// The time since the Unix epoch, by this machine's clock.
fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
