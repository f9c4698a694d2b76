//! Staying signed in: the tokens of a stored account, renewed before they run out.
//!
//! A refresh token works once. So whoever renews holds the account's lock, reads the keyring again
//! under it, and writes the new pair before anybody else can read the old one.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use super::lock::{AccountLock, Held};
use super::{Account, Keyring, StoredTokens};
use crate::api::{Connection, Grant, GrantRefusal, SignInError};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::secret::BearerToken;

/// How long before its end an access token is renewed.
const MARGIN: Duration = Duration::from_secs(60);

/// Receives a failure that doesn't keep the command from doing its work.
pub type DeferredError = Box<dyn Fn(Error)>;

/// The tokens of a stored account.
pub(super) struct Tokens {
    account: Account,
    keyring: Keyring,
    lock: AccountLock,
    mishap: DeferredError,
    held: RefCell<StoredTokens>,
}

/// What came of a renewal.
pub(super) enum Renewal {
    /// There is another access token to use now.
    Renewed(BearerToken),
    /// There is nothing to renew it with.
    Impossible,
    /// The portal refuses; the access token in use may still be good.
    Refused(Error),
}

impl Tokens {
    /// The tokens that the keyring holds for an account.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] where it holds none, [`Error::Keyring`] where it can't be asked.
    pub(super) fn load(
        account: Account,
        keyring: Keyring,
        state_folder: &Path,
        mishap: DeferredError,
    ) -> Result<Self> {
        let Some(tokens) = keyring.load(&account)? else {
            return Err(not_signed_in(&account));
        };
        Ok(Self {
            lock: AccountLock::of(&account, state_folder),
            account,
            keyring,
            mishap,
            held: RefCell::new(tokens),
        })
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn access_token(&self) -> BearerToken {
        self.held.borrow().access_token.clone()
    }

    pub(super) fn expires_at(&self) -> Option<u64> {
        self.held.borrow().expires_at
    }

    /// Whether the access token has run out, if this machine's clock is right.
    pub(super) fn are_over(&self) -> bool {
        self.held.borrow().expires_within(Duration::ZERO)
    }

    /// Whether the access token should be renewed before it is used.
    pub(super) fn are_due(&self) -> bool {
        let held = self.held.borrow();
        held.refresh_token.is_some() && held.expires_within(MARGIN)
    }

    /// Gets another access token than the one in use: what another process has put into the
    /// keyring since, or a new one from the portal.
    ///
    /// # Errors
    /// Whatever keeps requests from arriving; [`Error::NotSignedIn`] where the account has been
    /// signed out meanwhile.
    pub(super) async fn renew(&self, connection: &Connection) -> Result<Renewal> {
        if self.held.borrow().refresh_token.is_none() {
            return Ok(Renewal::Impossible);
        }
        let lock = self.lock.take(Duration::MAX);
        let Some(lock) = connection.on_its_time(lock).await? else {
            return Err(connection.timed_out());
        };
        let Some(stored) = self.keyring.load(&self.account)? else {
            return Err(not_signed_in(&self.account));
        };
        if self.is_news(&stored) && !stored.expires_within(Duration::ZERO) {
            return Ok(Renewal::Renewed(self.hold(stored)));
        }
        interrupt::finish(self.ask_portal(connection, stored, lock)).await
    }

    async fn ask_portal(
        &self,
        connection: &Connection,
        stored: StoredTokens,
        lock: Held,
    ) -> Result<Renewal> {
        let Some(refresh_token) = &stored.refresh_token else {
            return Ok(Renewal::Impossible);
        };
        match connection.refresh(refresh_token, &stored.client_id).await {
            Ok(grant) => {
                let renewed = self.keep(grant, stored);
                drop(lock);
                Ok(Renewal::Renewed(renewed))
            }
            Err(SignInError::Other(error)) => Err(error),
            Err(SignInError::NotAPortal { answered }) => Err(Error::InvalidResponse {
                what: "the renewal of the tokens".to_owned(),
                problem: format!("it is {answered}"),
            }),
            Err(SignInError::Refused(GrantRefusal::MustResetPassword)) => {
                Ok(Renewal::Refused(Error::MustResetPassword {
                    space: self.account.space.host(),
                }))
            }
            // Somebody may have renewed without this lock, from another state folder.
            Err(SignInError::Refused(_)) => Ok(match self.keyring.load(&self.account)? {
                Some(stored) if self.is_news(&stored) => Renewal::Renewed(self.hold(stored)),
                _ => Renewal::Refused(self.refused()),
            }),
        }
    }

    /// Writes a new pair over the old one, which the portal takes no more.
    fn keep(&self, grant: Grant, old: StoredTokens) -> BearerToken {
        let mut renewed = StoredTokens::granted(grant, old.client_id);
        // A portal that sends no new one lets the old one stand (RFC 6749, section 6).
        renewed.refresh_token = renewed.refresh_token.or(old.refresh_token);
        if let Err(error) = self.keyring.store(&self.account, &renewed) {
            (self.mishap)(Error::NotStored {
                account: self.account.to_string(),
                cause: error.to_string(),
                login: self.account.login_command(),
            });
        }
        self.hold(renewed)
    }

    fn hold(&self, tokens: StoredTokens) -> BearerToken {
        let access_token = tokens.access_token.clone();
        self.held.replace(tokens);
        access_token
    }

    fn is_news(&self, stored: &StoredTokens) -> bool {
        self.held.borrow().access_token.expose() != stored.access_token.expose()
    }

    fn refused(&self) -> Error {
        Error::RefreshRefused {
            account: self.account.to_string(),
            login: self.account.login_command(),
        }
    }
}

fn not_signed_in(account: &Account) -> Error {
    Error::NotSignedIn {
        wanted: Some(format!("as {account}")),
        login: account.login_command(),
        within_exec: false,
    }
}
