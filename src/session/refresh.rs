//! Token refresh: the tokens of a stored account are refreshed before they expire.
//!
//! A refresh token works once. Therefore a process takes the account's lock, reads the keyring again,
//! sends the refresh token, and writes the new tokens before it releases the lock. Once the request is
//! sent, neither a signal nor the deadline interrupts this until the tokens are written.

use std::time::Duration;

use super::lock::AccountLock;
use super::{Account, Session, Stored, StoredTokens};
use crate::api::{Grant, GrantRefusal, SignInError};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::secret::{BearerToken, ClientId, RefreshToken, is_sendable};

/// How long before it expires an access token is refreshed.
const MARGIN: Duration = Duration::from_secs(60);

/// How often, and with which pauses, the keyring is read again after a refusal: a process with another
/// state folder, and so another lock, may have used the refresh token and not written the new one yet.
const READS_AFTER_REFUSAL: u32 = 6;
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(250);

impl Session {
    /// Refreshes a token that is about to expire. If the portal refuses, the old token stays in use:
    /// this machine's clock may be wrong.
    pub(super) async fn refresh_if_due(&self) -> Result<()> {
        let old = {
            let tokens = self.tokens();
            if tokens.refresh_token.is_none() || !tokens.expires_within(MARGIN) {
                return Ok(());
            }
            tokens.access_token.clone()
        };
        match self.refresh(&old).await {
            Err(error) if self.tokens().expires_within(Duration::ZERO) => Err(error),
            _ => Ok(()),
        }
    }

    /// Replaces the tokens whose access token is `old`, or stores in `refusal` why that is not
    /// possible.
    ///
    /// # Errors
    /// Any network failure; [`Error::NotSignedIn`] if the account was signed out in the meantime.
    pub(super) async fn refresh(&self, old: &BearerToken) -> Result<()> {
        if self.refusal().is_some() {
            return Ok(());
        }
        let can_refresh = self.tokens().refresh_token.is_some();
        let refusal = match self.stored.as_ref().filter(|_| can_refresh) {
            Some(stored) => self.refresh_stored(stored, old).await?,
            None => Some(self.rejected()),
        };
        *self.refusal() = refusal;
        Ok(())
    }

    /// Takes over tokens that another process has stored in the keyring, or gets new ones from the
    /// portal. Returns why that is not possible.
    async fn refresh_stored(&self, stored: &Stored, old: &BearerToken) -> Result<Option<Error>> {
        let lock = AccountLock::of(&stored.account, &stored.storage.state_folder);
        let guard = self.client.within_deadline(lock.take()).await;
        let guard = guard.map_err(|error| match error {
            Error::TimedOut { limit, .. } => Error::TokensLocked {
                account: stored.account.to_string(),
                limit,
            },
            other => other,
        })?;
        let Some(tokens) = stored.storage.keyring.load(&stored.account)? else {
            return Err(not_signed_in(&stored.account));
        };
        if is_new(&tokens, old) && !tokens.expires_within(Duration::ZERO) {
            *self.tokens() = tokens;
            return Ok(None);
        }
        let Some(refresh_token) = tokens.refresh_token.clone() else {
            return Ok(Some(self.rejected()));
        };
        let sent = tokens.access_token.clone();
        let refusal =
            interrupt::finish(self.send_refresh_token(stored, &refresh_token, tokens)).await?;
        drop(guard);
        match refusal {
            None => Ok(None),
            Some(GrantRefusal::MustResetPassword) => Ok(Some(Error::MustResetPassword {
                space: stored.account.space.host(),
            })),
            Some(_) => self.after_refusal(stored, &sent).await,
        }
    }

    /// Sends the refresh token and stores the new tokens. Returns why the portal refuses it.
    async fn send_refresh_token(
        &self,
        stored: &Stored,
        refresh_token: &RefreshToken,
        mut tokens: StoredTokens,
    ) -> Result<Option<GrantRefusal>> {
        let mut outcome = self.client.refresh(refresh_token, &tokens.client_id).await;
        if let Err(SignInError::Refused(_)) = outcome
            && tokens.is_client_id_unverified
            && is_sendable(&stored.account.email)
        {
            // A portal may expect the email if it ignored the `client_id` of the link.
            let email = ClientId::new(&stored.account.email);
            outcome = self.client.refresh(refresh_token, &email).await;
            tokens.client_id = email;
        }
        match outcome {
            Ok(grant) => {
                self.store(stored, grant, tokens);
                Ok(None)
            }
            Err(SignInError::Refused(refusal)) => Ok(Some(refusal)),
            Err(SignInError::Other(error)) => Err(error),
            Err(SignInError::NotAPortal { answered }) => Err(Error::InvalidResponse {
                what: "the token refresh".to_owned(),
                problem: format!("it is {answered}"),
            }),
        }
    }

    /// Stores new tokens in place of the old ones, which the portal no longer accepts.
    fn store(&self, stored: &Stored, grant: Grant, old: StoredTokens) {
        let mut tokens = StoredTokens::granted(grant, old.client_id);
        // Without a new refresh token the old one stays valid (RFC 6749, section 6).
        tokens.refresh_token = tokens.refresh_token.or(old.refresh_token);
        if let Err(error) = stored.storage.keyring.store(&stored.account, &tokens) {
            (stored.storage.on_deferred_error)(Error::NotStored {
                account: stored.account.to_string(),
                cause: error.to_string(),
                login: stored.account.login_command(),
            });
        }
        *self.tokens() = tokens;
    }

    /// Reads the keyring again: the refresh token that came with `old` may be refused because another
    /// process has used it.
    async fn after_refusal(&self, stored: &Stored, old: &BearerToken) -> Result<Option<Error>> {
        for _ in 0..READS_AFTER_REFUSAL {
            if let Some(tokens) = stored.storage.keyring.load(&stored.account)?
                && is_new(&tokens, old)
            {
                *self.tokens() = tokens;
                return Ok(None);
            }
            if !self.client.pause(PAUSE_AFTER_REFUSAL).await {
                break;
            }
        }
        Ok(Some(Error::RefreshRefused {
            account: stored.account.to_string(),
            login: stored.account.login_command(),
        }))
    }
}

fn is_new(tokens: &StoredTokens, old: &BearerToken) -> bool {
    tokens.access_token.expose() != old.expose()
}

pub(super) fn not_signed_in(account: &Account) -> Error {
    Error::NotSignedIn {
        wanted: Some(format!("as {account}")),
        login: account.login_command(),
        within_exec: false,
        is_token_empty: false,
    }
}
