//! Staying signed in: the tokens of a stored account, renewed before they run out.
//!
//! A refresh token works once. So a process that renews holds the account's lock, reads the keyring
//! again under it, and writes the new pair before another process can read the old one. Once the
//! request is sent, neither a signal nor the deadline ends that before the pair is written.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use super::lock::AccountLock;
use super::{Account, Keyring, StoredTokens};
use crate::api::{Client, Grant, GrantRefusal, SignInError};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::secret::{BearerToken, ClientId};

/// How long before its end an access token is renewed.
const MARGIN: Duration = Duration::from_secs(60);

/// The time that a renewal has at least once it is sent, also where the deadline is near.
const TIME_TO_FINISH: Duration = Duration::from_secs(5);

/// How often, and with which pauses, the keyring is read again after a refusal: another process,
/// with another state folder and so another lock, may have renewed and not written yet.
const READS_AFTER_REFUSAL: u32 = 6;
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(250);

/// Receives a failure that doesn't keep the command from doing its work.
pub type DeferredError = Box<dyn Fn(Error) + Send>;

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

    /// Whether there is a refresh token to renew them with.
    pub(super) fn are_renewed(&self) -> bool {
        self.held.borrow().refresh_token.is_some()
    }

    /// Whether the access token should be renewed before it is used.
    pub(super) fn are_due(&self) -> bool {
        self.are_renewed() && self.held.borrow().expires_within(MARGIN)
    }

    /// Gets another access token than the one in use: what another process has put into the
    /// keyring since, or a new one from the portal.
    ///
    /// # Errors
    /// Whatever keeps requests from arriving; [`Error::NotSignedIn`] where the account has been
    /// signed out meanwhile.
    pub(super) async fn renew(&self, client: &Client) -> Result<Renewal> {
        if self.held.borrow().refresh_token.is_none() {
            return Ok(Renewal::Impossible);
        }
        let lock = self.lock.take(Duration::MAX);
        let Some(lock) = client.within_deadline(lock).await? else {
            return Err(client.timed_out());
        };
        let Some(stored) = self.keyring.load(&self.account)? else {
            return Err(not_signed_in(&self.account));
        };
        if self.is_news(&stored) && !stored.expires_within(Duration::ZERO) {
            return Ok(Renewal::Renewed(self.hold(stored)));
        }
        let renewal = {
            let _extension = client.extend_deadline(TIME_TO_FINISH);
            interrupt::finish(self.refresh(client, stored)).await?
        };
        drop(lock);
        match renewal {
            Some(renewal) => Ok(renewal),
            None => self.after_refusal(client).await,
        }
    }

    /// Sends the refresh token and stores what comes back; `None` where it is refused.
    async fn refresh(&self, client: &Client, mut stored: StoredTokens) -> Result<Option<Renewal>> {
        let Some(refresh_token) = &stored.refresh_token else {
            return Ok(Some(Renewal::Impossible));
        };
        let mut outcome = client.refresh(refresh_token, &stored.client_id).await;
        if let Err(SignInError::Refused(_)) = outcome
            && stored.is_client_id_unverified
            && let Some(email) = ClientId::parse(&self.account.email)
        {
            // What a portal expects where it was given no other.
            let second = client.refresh(refresh_token, &email).await;
            if second.is_ok() {
                stored.client_id = email;
            }
            outcome = second;
        }
        match outcome {
            Ok(grant) => Ok(Some(Renewal::Renewed(self.keep(grant, stored)))),
            Err(SignInError::Other(error)) => Err(error),
            Err(SignInError::NotAPortal { answered }) => Err(Error::InvalidResponse {
                what: "the renewal of the tokens".to_owned(),
                problem: format!("it is {answered}"),
            }),
            Err(SignInError::Refused(GrantRefusal::MustResetPassword)) => {
                Ok(Some(Renewal::Refused(Error::MustResetPassword {
                    space: self.account.space.host(),
                })))
            }
            Err(SignInError::Refused(_)) => Ok(None),
        }
    }

    /// Looks whether the refresh token was refused because another process has used it.
    async fn after_refusal(&self, client: &Client) -> Result<Renewal> {
        for _ in 0..READS_AFTER_REFUSAL {
            if let Some(stored) = self.keyring.load(&self.account)?
                && self.is_news(&stored)
            {
                return Ok(Renewal::Renewed(self.hold(stored)));
            }
            if !client.pause(PAUSE_AFTER_REFUSAL).await {
                break;
            }
        }
        Ok(Renewal::Refused(self.refused()))
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
