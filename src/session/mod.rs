//! Who is asking, where, and with which token.
//!
//! An [`Account`] is one email at one space. [`Keyring`] holds its tokens, [`StateFile`] what is no
//! secret; [`choose`] finds the account that a command is for, and a [`Session`] acts for it and
//! keeps it signed in.
//!
//! A session with a token, at the practice portal ([`Account`] has one that was signed in before):
//!
#![cfg_attr(feature = "sandbox", doc = "```")]
#![cfg_attr(not(feature = "sandbox"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use nxp::error::TokenOrigin;
//! use nxp::api::{Deadline, Connection, ConnectionOptions};
//! use nxp::sandbox::{MAIN, Options, Server};
//! use nxp::secret::BearerToken;
//! use nxp::session::Session;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Options::default())?;
//! let token = BearerToken::new(server.issue_token(MAIN.email)?);
//! let connection = Connection::new(ConnectionOptions {
//!     space: server.base_url().parse()?,
//!     budget: Deadline::new(Duration::from_secs(30)),
//!     trace: None,
//!     waiting: None,
//! })?;
//! let session = Session::with_token(connection, token, TokenOrigin::Input);
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! let list = runtime.block_on(session.profiles())?;
//! let other = list.active().find(|profile| !profile.is_current());
//! let other = other.ok_or("there is no other profile")?;
//! let list = runtime.block_on(session.switch_to(other))?;
//! assert!(list.acts_as(other.id));
//! # Ok(()) }
//! ```

mod account;
mod account_selector;
mod atomic_file;
mod directory_profile;
mod exec;
mod keyring;
mod line;
mod lock;
mod profile_cache;
#[cfg(test)]
mod properties;
mod refresh;
mod state;
mod state_file;
mod tokens;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

pub use account::Account;
pub use account_selector::{Choice, Identity, Preferred, choose, choose_stored};
pub use directory_profile::{DirectoryFile, DirectoryProfile};
pub use exec::{Exec, Named};
pub use keyring::{Keyring, KeyringOptions, Placement, StoreKind};
pub use line::{Line, Place};
pub use lock::{AccountLock, Held};
pub use profile_cache::{CacheKey, CachedProfiles, ProfileCache};
pub use refresh::DeferredError;
pub use state::{State, UserKey};
pub use state_file::{Notify, StateFile};
pub use tokens::StoredTokens;

use crate::api::{ApiError, Benefits, Connection, Drift, Portal, Profile, ProfileList, Space};
use crate::error::{CommandLine, Error, Result, TokenOrigin};
use crate::secret::BearerToken;
use refresh::{Renewal, Tokens};

/// A user's dealings with a portal: requests go out with the right token, renewed when it is due,
/// and a rejected one is explained by where it came from.
pub struct Session {
    portal: RefCell<Rc<Portal>>,
    origin: TokenOrigin,
    stored: Option<Tokens>,
    /// Why the portal renews the tokens no more: it is not asked again.
    refusal: RefCell<Option<Error>>,
}

/// What a session of a stored account needs beside the account.
pub struct Storage<'a> {
    /// The keyring that has its tokens.
    pub keyring: Keyring,
    /// The folder that the state is in.
    pub state_folder: &'a Path,
    /// Who is told when renewed tokens can't be stored ([`Error::NotStored`]).
    pub mishap: DeferredError,
}

impl Session {
    /// A session with a token that is nobody's stored account. It is never renewed.
    #[must_use]
    pub fn with_token(connection: Connection, token: BearerToken, origin: TokenOrigin) -> Self {
        Self {
            portal: RefCell::new(Rc::new(Portal::new(connection, token))),
            origin,
            stored: None,
            refusal: RefCell::default(),
        }
    }

    /// A session of a stored account.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] where the keyring holds no item for it, [`Error::Keyring`] where it
    /// can't be asked.
    pub fn of_account(
        connection: Connection,
        account: Account,
        storage: Storage<'_>,
    ) -> Result<Self> {
        let Storage {
            keyring,
            state_folder,
            mishap,
        } = storage;
        let tokens = Tokens::load(account, keyring, state_folder, mishap)?;
        let portal = Portal::new(connection, tokens.access_token());
        Ok(Self {
            portal: RefCell::new(Rc::new(portal)),
            origin: TokenOrigin::Keyring,
            stored: Some(tokens),
            refusal: RefCell::default(),
        })
    }

    /// Where the portal is.
    #[must_use]
    pub fn space(&self) -> Space {
        self.portal().space().clone()
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

    /// Fetches the profile list.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, else as [`Portal::profiles`].
    pub async fn profiles(&self) -> Result<ProfileList> {
        self.ask(async |portal| portal.profiles().await).await
    }

    /// Fetches the profile list and holds it against the contract, as [`Portal::drift`].
    ///
    /// # Errors
    /// As [`Session::profiles`].
    pub async fn drift(&self) -> Result<Drift> {
        self.ask(async |portal| portal.drift().await).await
    }

    /// Switches to `profile` and returns the list fetched after it, as [`Portal::switch_to`].
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, else as [`Portal::switch_to`].
    pub async fn switch_to(&self, profile: &Profile) -> Result<ProfileList> {
        self.ask(async |portal| portal.switch_to(profile).await)
            .await
    }

    /// Fetches what the current profile can spend.
    ///
    /// # Errors
    /// [`Error::TokenRejected`] or [`Error::RefreshRefused`] at 401, else as [`Portal::benefits`].
    pub async fn benefits(&self) -> Result<Benefits> {
        self.ask(async |portal| portal.benefits().await).await
    }

    /// Under which name the state file remembers things of the user that `list` names.
    #[must_use]
    pub fn user_key(&self, list: &ProfileList) -> UserKey {
        match self.origin {
            TokenOrigin::Sandbox => UserKey::in_sandbox(list),
            _ => UserKey::at(&self.space(), list),
        }
    }

    /// Asks with a token that isn't about to run out, and once more with a new one when the portal
    /// rejects it. What is asked twice must be idempotent.
    async fn ask<T>(&self, ask: impl AsyncFn(&Portal) -> Result<T, ApiError>) -> Result<T> {
        self.renew_in_time().await?;
        let doubt = match ask(&self.portal()).await {
            Ok(answer) => return Ok(answer),
            Err(ApiError::Other(error)) => return Err(error),
            Err(ApiError::Unauthorized) => None,
            Err(ApiError::SwitchUnverified { wanted, confirmed }) => Some((wanted, confirmed)),
        };
        let again = self.ask_again(ask).await;
        again.map_err(|error| match (error, doubt) {
            // These have seen the list.
            (seen @ (Error::NotApplied { .. } | Error::SwitchLost { .. }), _) => seen,
            (unknown @ Error::SwitchUnknown { .. }, _) => unknown,
            (cause, Some((wanted, confirmed))) => Error::SwitchUnknown {
                wanted,
                confirmed,
                cause: Box::new(cause),
            },
            (error, None) => error,
        })
    }

    async fn ask_again<T>(&self, ask: impl AsyncFn(&Portal) -> Result<T, ApiError>) -> Result<T> {
        self.renew().await?;
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        ask(&self.portal()).await.map_err(|error| match error {
            ApiError::Other(error) => error,
            ApiError::Unauthorized => self.rejected(),
            ApiError::SwitchUnverified { wanted, confirmed } => Error::SwitchUnknown {
                wanted,
                confirmed,
                cause: Box::new(self.rejected()),
            },
        })
    }

    /// Renews a token that is about to run out. It goes on being used where the portal refuses:
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

    /// Puts another token into use, or notes why there is none.
    async fn renew(&self) -> Result<()> {
        if self.refusal.borrow().is_some() {
            return Ok(());
        }
        let renewal = match &self.stored {
            Some(tokens) => tokens.renew(self.portal().connection()).await?,
            None => Renewal::Impossible,
        };
        match renewal {
            Renewal::Renewed(token) => {
                let renewed = self.portal().with_token(token);
                self.portal.replace(Rc::new(renewed));
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

    fn portal(&self) -> Rc<Portal> {
        Rc::clone(&self.portal.borrow())
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
