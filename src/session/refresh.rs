//! Token refresh: the tokens of a stored account are refreshed before they expire.
//!
//! A refresh token works once. Therefore a process takes the account's lock, reads the keyring again,
//! sends the refresh token, and writes the new tokens before it releases the lock. Once the request is
//! sent, neither a signal nor the deadline interrupts this until the tokens are written.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use super::files::{acquire, digest_of};
use super::{Account, Session, Stored, StoredTokens};
use crate::api::Grant;
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result};
use crate::interrupt;
use crate::secret::{BearerToken, ClientId, RefreshToken, is_sendable};

/// How long before it expires an access token is refreshed.
const MARGIN: Duration = Duration::from_secs(60);

/// How long a refresh waits for another process if the token is still valid.
const WAIT_WHILE_VALID: Duration = Duration::from_millis(500);

/// How often, and with which pauses, the keyring is read again after a refusal: a process with another
/// state folder, and so another lock, may have used the refresh token and not written the new one yet.
const READS_AFTER_REFUSAL: u32 = 6;
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(250);

/// Why the tokens of a session can't be refreshed.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    NoRefreshToken,
    MustResetPassword,
    Expired,
}

/// Takes the lock of an account's tokens, and waits at most `limit` for another process that changes
/// them. If no file can be locked, as in a folder that can't be written to, it goes on without: a
/// refresh then looks for the tokens of another process after it is refused.
pub(crate) async fn lock_tokens(
    account: &Account,
    state_folder: &Path,
    limit: Duration,
) -> Result<Option<File>> {
    let space = account.space.to_string();
    let name = digest_of(&[&space, &account.email.to_lowercase()]);
    let path = state_folder.join(format!("tokens-{name}.lock"));
    match acquire(&path, Some(limit), |_| Ok(())).await {
        Ok(None) => Err(tokens_locked(account)),
        locked => Ok(locked.ok().flatten()),
    }
}

fn tokens_locked(account: &Account) -> Error {
    let message = format!("another nxp is changing the tokens of {account}");
    Error::new(ErrorCode::Busy, message).with_hint("wait longer with `--timeout SECONDS`")
}

impl Session {
    /// Refreshes a token that is about to expire. If that is not possible, the old token stays in use
    /// while it is valid: this machine's clock may be wrong, and another process may be refreshing it.
    pub(super) async fn refresh_if_due(&self) -> Result<()> {
        let old = {
            let tokens = self.tokens();
            if tokens.refresh_token.is_none() || !tokens.expires_within(MARGIN) {
                return Ok(());
            }
            tokens.access_token.clone()
        };
        let is_valid = !self.tokens().expires_within(Duration::ZERO);
        let limit = if is_valid {
            WAIT_WHILE_VALID
        } else {
            Duration::MAX
        };
        match self.refresh_within(limit, &old).await {
            Err(error)
                if self.refusal.get().is_none() && self.tokens().expires_within(Duration::ZERO) =>
            {
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Replaces the tokens whose access token is `old`.
    ///
    /// # Errors
    /// Why the portal refuses that, now or earlier, and any network failure; [`ErrorKind::NotSignedIn`] if the
    /// account was signed out in the meantime.
    pub(super) async fn refresh(&self, old: &BearerToken) -> Result<()> {
        self.refresh_within(Duration::MAX, old).await
    }

    /// As [`Session::refresh`], but waits at most `limit` for another process.
    async fn refresh_within(&self, limit: Duration, old: &BearerToken) -> Result<()> {
        if let Some(refusal) = self.refused() {
            return Err(refusal);
        }
        let can_refresh = self.tokens().refresh_token.is_some();
        let refusal = match self.stored.as_ref().filter(|_| can_refresh) {
            Some(stored) => self.refresh_stored(stored, limit, old).await?,
            None => Some(Refusal::NoRefreshToken),
        };
        self.refusal.set(refusal);
        self.refused().map_or(Ok(()), Err)
    }

    /// The error that the tokens can't be refreshed, once the portal has said so.
    pub(super) fn refused(&self) -> Option<Error> {
        let refusal = self.refusal.get()?;
        Some(match (refusal, self.account()) {
            (Refusal::MustResetPassword, Some(account)) => {
                Error::must_reset_password(account.space.host())
            }
            (Refusal::Expired, Some(account)) => {
                let message = format!(
                    "the sign-in of {account} has expired: the portal no longer refreshes its tokens"
                );
                Error::new(ErrorCode::Auth, message)
                    .of_kind(ErrorKind::TokenRejected)
                    .with_hint(format!("sign in again with `{}`", account.login_command()))
            }
            _ => self.rejected(),
        })
    }

    /// Takes over tokens that another process has stored in the keyring, or gets new ones from the
    /// portal. Returns why that is not possible.
    async fn refresh_stored(
        &self,
        stored: &Stored,
        limit: Duration,
        old: &BearerToken,
    ) -> Result<Option<Refusal>> {
        let limit = self.client.time_left().min(limit);
        let lock = lock_tokens(&stored.account, &stored.state_folder, limit);
        let guard = self.client.within_deadline(lock).await;
        let guard = guard.unwrap_or_else(|_| Err(tokens_locked(&stored.account)))?;
        let Some(tokens) = stored.keyring.load(&stored.account)? else {
            return Err(not_signed_in(&stored.account));
        };
        if is_new(&tokens, old) && !tokens.expires_within(Duration::ZERO) {
            self.tokens.replace(tokens);
            return Ok(None);
        }
        let Some(refresh_token) = tokens.refresh_token.clone() else {
            return Ok(Some(Refusal::NoRefreshToken));
        };
        let sent = tokens.access_token.clone();
        let sending = self.send_refresh_token(stored, &refresh_token, tokens);
        let outcome = interrupt::finish(sending).await;
        drop(guard);
        match outcome {
            Ok(()) => Ok(None),
            Err(error) if error.kind == ErrorKind::MustResetPassword => {
                Ok(Some(Refusal::MustResetPassword))
            }
            Err(error) if error.code == ErrorCode::Auth => self.after_refusal(stored, &sent).await,
            Err(error) => Err(error),
        }
    }

    /// Sends the refresh token and stores the new tokens.
    async fn send_refresh_token(
        &self,
        stored: &Stored,
        refresh_token: &RefreshToken,
        mut tokens: StoredTokens,
    ) -> Result<()> {
        let mut outcome = self.client.refresh(refresh_token, &tokens.client_id).await;
        if let Err(error) = &outcome
            && error.code == ErrorCode::Auth
            && tokens.is_client_id_unverified
            && is_sendable(&stored.account.email)
        {
            // A portal may expect the email if it ignored the `client_id` of the link.
            let email = ClientId::new(&stored.account.email);
            outcome = self.client.refresh(refresh_token, &email).await;
            tokens.client_id = email;
        }
        self.store(stored, outcome?, tokens);
        Ok(())
    }

    /// Stores new tokens in place of the old ones, which the portal no longer accepts.
    fn store(&self, stored: &Stored, grant: Grant, old: StoredTokens) {
        let mut tokens = StoredTokens::granted(grant, old.client_id);
        // Without a new refresh token the old one stays valid (RFC 6749, section 6).
        tokens.refresh_token = tokens.refresh_token.or(old.refresh_token);
        if let Err(error) = stored.keyring.store(&stored.account, &tokens) {
            let (account, login) = (&stored.account, stored.account.login_command());
            let message = format!(
                "the new tokens of {account} could not be stored, and the stored ones will stop working: {error}"
            );
            (stored.on_not_stored)(Error::new(ErrorCode::Keyring, message).with_hint(format!(
                "fix the keyring (see `{}`), then sign in again with `{login}`",
                CommandLine::of(["doctor"])
            )));
        }
        self.tokens.replace(tokens);
    }

    /// Reads the keyring again: the refresh token that came with `old` may be refused because another
    /// process has used it.
    async fn after_refusal(&self, stored: &Stored, old: &BearerToken) -> Result<Option<Refusal>> {
        for _ in 0..READS_AFTER_REFUSAL {
            if let Some(tokens) = stored.keyring.load(&stored.account)?
                && is_new(&tokens, old)
            {
                self.tokens.replace(tokens);
                return Ok(None);
            }
            if !self.client.pause(PAUSE_AFTER_REFUSAL).await {
                break;
            }
        }
        Ok(Some(Refusal::Expired))
    }
}

fn is_new(tokens: &StoredTokens, old: &BearerToken) -> bool {
    tokens.access_token.expose() != old.expose()
}

pub(super) fn not_signed_in(account: &Account) -> Error {
    Error::new(ErrorCode::Auth, format!("not signed in as {account}"))
        .of_kind(ErrorKind::NotSignedIn)
        .with_hint(format!("sign in with `{}`", account.login_command()))
}
