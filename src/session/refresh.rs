//! Token refresh: the tokens of a stored account are refreshed before they expire.
//!
//! A refresh token works once. Therefore a process takes the account's lock, reads the keyring again,
//! sends the refresh token, and writes the new tokens before it releases the lock. Once the request is
//! sent, neither a signal nor the deadline interrupts this until the tokens are written.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use super::lock::AccountLock;
use super::{Account, Keyring, StoredTokens};
use crate::api::{Client, Grant, GrantRefusal, SignInError};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::secret::{BearerToken, ClientId};

/// How long before it expires an access token is refreshed.
const MARGIN: Duration = Duration::from_secs(60);

/// The least time for a refresh once it is sent, even if the deadline is near.
const TIME_TO_FINISH: Duration = Duration::from_secs(5);

/// How often, and with which pauses, the keyring is read again after a refusal: a process with another
/// state folder, and so another lock, may have used the refresh token and not written the new one yet.
const READS_AFTER_REFUSAL: u32 = 6;
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(250);

/// Receives an error that does not stop the command and is reported at its end.
pub type OnDeferredError = Box<dyn Fn(Error) + Send>;

/// The tokens of a stored account.
pub(super) struct Tokens {
    account: Account,
    keyring: Keyring,
    lock: AccountLock,
    on_deferred_error: OnDeferredError,
    current: RefCell<StoredTokens>,
}

/// The outcome of a refresh.
pub(super) enum RefreshOutcome {
    /// A new access token.
    Refreshed(BearerToken),
    /// There is no refresh token.
    Impossible,
    /// The portal refuses the refresh token. The access token may still be valid.
    Refused(Error),
}

impl Tokens {
    /// Loads the tokens of an account from the keyring.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] if there are none, [`Error::Keyring`] if the keyring can't be read.
    pub(super) fn load(
        account: Account,
        keyring: Keyring,
        state_folder: &Path,
        on_deferred_error: OnDeferredError,
    ) -> Result<Self> {
        let Some(tokens) = keyring.load(&account)? else {
            return Err(not_signed_in(&account));
        };
        Ok(Self {
            lock: AccountLock::of(&account, state_folder),
            account,
            keyring,
            on_deferred_error,
            current: RefCell::new(tokens),
        })
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn access_token(&self) -> BearerToken {
        self.current.borrow().access_token.clone()
    }

    pub(super) fn expires_at(&self) -> Option<u64> {
        self.current.borrow().expires_at
    }

    /// Whether the access token has expired, by this machine's clock.
    pub(super) fn have_expired(&self) -> bool {
        self.current.borrow().expires_within(Duration::ZERO)
    }

    /// Whether there is a refresh token.
    pub(super) fn can_refresh(&self) -> bool {
        self.current.borrow().refresh_token.is_some()
    }

    /// Whether the access token should be refreshed before it is used.
    pub(super) fn are_about_to_expire(&self) -> bool {
        self.can_refresh() && self.current.borrow().expires_within(MARGIN)
    }

    /// Gets a new access token: the one that another process has stored in the keyring, or one from the
    /// portal.
    ///
    /// # Errors
    /// Any network failure; [`Error::NotSignedIn`] if the account was signed out in the meantime.
    pub(super) async fn refresh(&self, client: &Client) -> Result<RefreshOutcome> {
        if self.current.borrow().refresh_token.is_none() {
            return Ok(RefreshOutcome::Impossible);
        }
        let lock = self.lock.take(Duration::MAX);
        let Some(lock) = client.within_deadline(lock).await? else {
            return Err(client.timed_out());
        };
        let Some(stored) = self.keyring.load(&self.account)? else {
            return Err(not_signed_in(&self.account));
        };
        if self.is_new(&stored) && !stored.expires_within(Duration::ZERO) {
            return Ok(RefreshOutcome::Refreshed(self.set(stored)));
        }
        let outcome = {
            let _extension = client.extend_deadline(TIME_TO_FINISH);
            interrupt::finish(self.send_refresh_token(client, stored)).await?
        };
        drop(lock);
        match outcome {
            Some(outcome) => Ok(outcome),
            None => self.after_refusal(client).await,
        }
    }

    /// Sends the refresh token and stores the new tokens; `None` if it is refused.
    async fn send_refresh_token(
        &self,
        client: &Client,
        mut stored: StoredTokens,
    ) -> Result<Option<RefreshOutcome>> {
        let Some(refresh_token) = &stored.refresh_token else {
            return Ok(Some(RefreshOutcome::Impossible));
        };
        let mut outcome = client.refresh(refresh_token, &stored.client_id).await;
        if let Err(SignInError::Refused(_)) = outcome
            && stored.is_client_id_unverified
            && let Some(email) = ClientId::parse(&self.account.email)
        {
            // A portal may expect the email if it ignored the `client_id` of the link.
            let second = client.refresh(refresh_token, &email).await;
            if second.is_ok() {
                stored.client_id = email;
            }
            outcome = second;
        }
        match outcome {
            Ok(grant) => Ok(Some(RefreshOutcome::Refreshed(self.store(grant, stored)))),
            Err(SignInError::Other(error)) => Err(error),
            Err(SignInError::NotAPortal { answered }) => Err(Error::InvalidResponse {
                what: "the token refresh".to_owned(),
                problem: format!("it is {answered}"),
            }),
            Err(SignInError::Refused(GrantRefusal::MustResetPassword)) => {
                Ok(Some(RefreshOutcome::Refused(Error::MustResetPassword {
                    space: self.account.space.host(),
                })))
            }
            Err(SignInError::Refused(_)) => Ok(None),
        }
    }

    /// Reads the keyring again: the refresh token may be refused because another process has used it.
    async fn after_refusal(&self, client: &Client) -> Result<RefreshOutcome> {
        for _ in 0..READS_AFTER_REFUSAL {
            if let Some(stored) = self.keyring.load(&self.account)?
                && self.is_new(&stored)
            {
                return Ok(RefreshOutcome::Refreshed(self.set(stored)));
            }
            if !client.pause(PAUSE_AFTER_REFUSAL).await {
                break;
            }
        }
        Ok(RefreshOutcome::Refused(self.refused()))
    }

    /// Stores new tokens in place of the old ones, which the portal no longer accepts.
    fn store(&self, grant: Grant, old: StoredTokens) -> BearerToken {
        let mut tokens = StoredTokens::granted(grant, old.client_id);
        // Without a new refresh token the old one stays valid (RFC 6749, section 6).
        tokens.refresh_token = tokens.refresh_token.or(old.refresh_token);
        if let Err(error) = self.keyring.store(&self.account, &tokens) {
            (self.on_deferred_error)(Error::NotStored {
                account: self.account.to_string(),
                cause: error.to_string(),
                login: self.account.login_command(),
            });
        }
        self.set(tokens)
    }

    fn set(&self, tokens: StoredTokens) -> BearerToken {
        let access_token = tokens.access_token.clone();
        self.current.replace(tokens);
        access_token
    }

    fn is_new(&self, stored: &StoredTokens) -> bool {
        self.current.borrow().access_token.expose() != stored.access_token.expose()
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
