//! Accounts and their tokens: which account a command uses, and requests with its token.
//!
//! An [`Account`] is one email at one space. The [`Keyring`] has its tokens, the [`StateFile`] all that
//! is not secret. A [`Session`] sends requests for an account and refreshes its tokens.

mod accounts;
mod choice;
mod cleanup;
mod directory_profile;
mod files;
mod journal;
mod keyring;
mod profile_cache;
mod tokens;

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use accounts::{Account, State, StateFile};
pub(crate) use choice::{AccountName, Choice, Identity};
pub(crate) use cleanup::{Cleanup, remove_files};
pub(crate) use directory_profile::DirectoryProfile;
pub(crate) use files::check_writable;
pub(crate) use journal::{Entries, Holder, Journal, LockedJournal, PendingSwitch, Settlement};
pub(crate) use keyring::{Keyring, KeyringKind};
pub(crate) use profile_cache::ProfileCache;
pub(crate) use tokens::{StoredTokens, lock_tokens};

use crate::api::{
    ApiRequest, ApiResponse, Benefits, Client, Drift, Profile, ProfileList, Space, SwitchProgress,
    SwitchResponse,
};
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result, TokenOrigin};
use crate::secret::{BearerToken, ClientId, LinkToken};

/// One user at one space: sends requests with the user's access token and refreshes it when it is
/// about to expire.
pub(crate) struct Session {
    pub(crate) client: Rc<Client>,
    /// The name of the space in files: that of the sandbox, whose address changes, or the address.
    pub(crate) space_key: String,
    /// Where the token came from.
    pub(crate) origin: TokenOrigin,
    tokens: RefCell<StoredTokens>,
    /// Why the portal doesn't refresh the tokens; it is not asked again.
    refusal: OnceCell<ErrorKind>,
    /// Where the tokens are stored; without it they are never refreshed.
    pub(crate) stored: Option<Stored>,
    /// Earlier tokens, and tokens of other sessions, that no response may show.
    also_redacted: RefCell<Vec<BearerToken>>,
    /// Where profile lists are kept, if there is a place for them.
    pub(crate) cache: Option<ProfileCache>,
    /// What the user has chosen: a profile list may be that of another user.
    pub(crate) choice: Choice,
    /// Called when a request begins. The result is dropped at its end.
    pub(crate) on_request: Box<dyn Fn() -> Box<dyn Any>>,
}

/// A stored account, and where its tokens are.
pub(crate) struct Stored {
    pub(crate) account: Account,
    pub(crate) keyring: Keyring,
    pub(crate) state_folder: PathBuf,
    /// Called if refreshed tokens can't be stored: then only this process has
    /// them.
    pub(crate) on_not_stored: Box<dyn Fn(Error)>,
}

impl Session {
    /// A session with a token that is never refreshed.
    pub(crate) fn with_token(client: Client, token: BearerToken, origin: TokenOrigin) -> Self {
        let tokens = StoredTokens::access_only(token);
        Self::new(Rc::new(client), origin, tokens, None)
    }

    /// A session of a stored account.
    ///
    /// # Errors
    /// [`ErrorKind::NotSignedIn`] if the keyring has no item for it, and where it can't be read.
    pub(crate) fn of_account(client: Client, stored: Stored) -> Result<Self> {
        let Some(tokens) = stored.keyring.load(&stored.account)? else {
            return Err(stored.account.not_signed_in());
        };
        let (client, origin) = (Rc::new(client), TokenOrigin::Keyring);
        Ok(Self::new(client, origin, tokens, Some(stored)))
    }

    fn new(
        client: Rc<Client>,
        origin: TokenOrigin,
        tokens: StoredTokens,
        stored: Option<Stored>,
    ) -> Self {
        Self {
            space_key: client.space().to_string(),
            client,
            origin,
            tokens: RefCell::new(tokens),
            refusal: OnceCell::new(),
            stored,
            also_redacted: RefCell::default(),
            cache: None,
            choice: Choice::default(),
            on_request: Box::new(|| Box::new(())),
        }
    }

    /// The space that it sends requests to.
    pub(crate) fn space(&self) -> &Space {
        self.client.space()
    }

    /// Its stored account, if it has one.
    pub(crate) fn account(&self) -> Option<&Account> {
        self.stored.as_ref().map(|stored| &stored.account)
    }

    /// When the access token expires, in seconds since the Unix epoch, if known.
    pub(crate) fn expires_at(&self) -> Option<u64> {
        let tokens = self.tokens.borrow();
        tokens
            .expires_at
            .or_else(|| tokens.access_token.expires_at())
    }

    /// Whether the access token is refreshed when it is about to expire.
    pub(crate) fn is_refreshed(&self) -> bool {
        self.tokens.borrow().refresh_token.is_some()
    }

    /// Fetches the profile list, adds the locations that are known, and keeps it in the cache.
    pub(crate) async fn profiles(&self) -> Result<ProfileList> {
        let send = async |client: &Client, token: &BearerToken| client.profiles(token).await;
        let mut list = self.request(send).await?;
        self.choice.check_user(&list)?;
        if let Some(cache) = &self.cache {
            // Another process may have signed the account out, and removed what was kept.
            if cache.keep(&mut list) && self.stored.as_ref().is_some_and(Stored::is_gone) {
                let _ = cache.forget();
            }
        }
        Ok(list)
    }

    /// Fetches the profile list and compares it with the documented fields, as [`Client::drift`].
    pub(crate) async fn drift(&self) -> Result<Drift> {
        self.request(async |client, token| client.drift(token).await)
            .await
    }

    /// Fetches what the current profile can spend.
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
        let has_reached_portal = Cell::new(false);
        let send = async |client: &Client, token: &BearerToken| {
            let response = client.set_current(token, profile, progress).await;
            if response.as_ref().is_err_and(is_unauthorized) {
                has_reached_portal.set(true);
            }
            response
        };
        match self.request(send).await {
            Err(error) if has_reached_portal.get() => Ok(progress.refusal(error)),
            response => response,
        }
    }

    /// Asks for a one-time token that acts as a profile.
    pub(crate) async fn impersonate(&self, profile: &Profile) -> Result<LinkToken> {
        let send =
            async |client: &Client, token: &BearerToken| client.impersonate(token, profile).await;
        self.request(send).await
    }

    /// Exchanges such a one-time token for a session, which is stored nowhere and never refreshed.
    pub(crate) async fn exchange(&self, token: &LinkToken) -> Result<Self> {
        let _shown = (self.on_request)();
        let grant = self.client.exchange_impersonation(token).await?;
        let mut tokens = StoredTokens::granted(grant, ClientId::random());
        tokens.refresh_token = None;
        let session = Self::new(Rc::clone(&self.client), TokenOrigin::Acting, tokens, None);
        session.also_redacted.borrow_mut().push(self.token());
        Ok(session)
    }

    /// The access token, refreshed first if it is about to expire.
    ///
    /// # Errors
    /// Why it can't be refreshed, if it has expired.
    pub(crate) async fn access_token(&self) -> Result<BearerToken> {
        let _shown = (self.on_request)();
        self.refresh_if_due().await?;
        if self.is_expired() {
            return Err(self.refused().unwrap_or_else(|| self.rejected()));
        }
        Ok(self.token())
    }

    /// Sends a request that the user writes, as [`Client::pass_through`]. If the portal rejects the
    /// token, refreshes it and sends the request again; if it still does, [`ApiResponse::outcome`] says
    /// so.
    pub(crate) async fn pass_through(&self, request: &ApiRequest) -> Result<ApiResponse<'_>> {
        let unauthorized = RefCell::new(None);
        let send = async |_: &Client, token: &BearerToken| {
            let earlier = self.also_redacted.borrow().clone();
            let response = self.client.pass_through(request, token, &earlier).await?;
            if !response.is_unauthorized() {
                return Ok(response);
            }
            unauthorized.replace(Some(response));
            Err(self.client.unauthorized())
        };
        match (self.request(send).await, unauthorized.take()) {
            (Err(error), Some(response)) if error.code == ErrorCode::Auth => {
                Ok(response.rejected(error))
            }
            (response, _) => response,
        }
    }

    /// Sends a request. Refreshes the token before if it is about to expire, and after if the portal
    /// rejects it; then the request is sent again.
    async fn request<T>(
        &self,
        send: impl AsyncFn(&Client, &BearerToken) -> Result<T>,
    ) -> Result<T> {
        let _shown = (self.on_request)();
        self.refresh_if_due().await?;
        let token = self.token();
        let mut response = send(&self.client, &token).await;
        if response.as_ref().is_err_and(is_unauthorized) {
            self.refresh(&token, Duration::MAX).await?;
            response = send(&self.client, &self.token()).await;
        }
        response.map_err(|error| match is_unauthorized(&error) {
            true => self.rejected(),
            false => error,
        })
    }

    fn is_expired(&self) -> bool {
        self.tokens.borrow().expires_within(Duration::ZERO)
    }

    fn token(&self) -> BearerToken {
        self.tokens.borrow().access_token.clone()
    }

    fn rejected(&self) -> Error {
        let (token, hint) = match self.origin {
            TokenOrigin::Keyring => {
                let login = self.account().map(Account::login_command);
                let login = login.unwrap_or_else(|| CommandLine::of(["login"]));
                ("the stored token", format!("sign in again with `{login}`"))
            }
            TokenOrigin::Environment => (
                "the token in NXP_TOKEN",
                "set NXP_TOKEN to a new token".to_owned(),
            ),
            TokenOrigin::Input => ("the token", "give a new token for this space".to_owned()),
            TokenOrigin::Acting => ("the token of the profile", "run this again".to_owned()),
            TokenOrigin::Sandbox => {
                let reset = CommandLine::of(["sandbox", "reset"]);
                ("the sandbox's token", format!("run `{reset}`"))
            }
        };
        let space = self.space().host();
        let message = format!(
            "{space} rejects {token}: it has expired, or the user has no customer profile there"
        );
        Error::new(ErrorCode::Auth, message)
            .of_kind(ErrorKind::TokenRejected)
            .with_hint(hint)
    }
}

impl Stored {
    /// Whether the account is no longer signed in.
    fn is_gone(&self) -> bool {
        let file = StateFile::in_folder(&self.state_folder, Duration::ZERO, |_| {});
        file.load()
            .is_ok_and(|state| !state.accounts().contains(&self.account))
    }
}

fn is_unauthorized(error: &Error) -> bool {
    error.kind == ErrorKind::Unauthorized
}

/// The time since the Unix epoch, by this machine's clock.
fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
