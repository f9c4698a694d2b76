//! The tokens of an account: as the keyring stores them, and refreshed before they expire.
//!
//! A refresh token works once. Therefore a process takes the account's lock, reads the keyring again,
//! sends the refresh token, and writes the new tokens before it releases the lock. Once the request is
//! sent, neither a signal nor the deadline interrupts this until the tokens are written.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::files::{acquire, digest_of};
use super::{Account, Session, Stored, now};
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

/// The content of an account's keyring item: one JSON document.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredTokens {
    /// The access token.
    pub(crate) access_token: BearerToken,
    /// The refresh token; absent if only an access token was given at the sign-in.
    pub(crate) refresh_token: Option<RefreshToken>,
    /// When the access token expires, in seconds since the Unix epoch, if the portal sent that.
    pub(crate) expires_at: Option<u64>,
    /// The `client_id` of the sign-in, which a refresh must repeat.
    pub(crate) client_id: ClientId,
    /// Whether they come from a one-time link and were not refreshed yet. Which `client_id` their
    /// refresh token needs is not documented.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_client_id_unverified: bool,
}

impl StoredTokens {
    /// The tokens of a sign-in that has just happened.
    pub(crate) fn granted(grant: Grant, client_id: ClientId) -> Self {
        let expires_at = grant
            .expires_in
            .and_then(|lifetime| now().checked_add(lifetime));
        Self {
            access_token: grant.access_token,
            refresh_token: grant.refresh_token,
            expires_at: expires_at.map(|at| at.as_secs()),
            client_id,
            is_client_id_unverified: false,
        }
    }

    /// An access token that can't be refreshed.
    pub(crate) fn access_only(access_token: BearerToken) -> Self {
        Self {
            access_token,
            refresh_token: None,
            expires_at: None,
            client_id: ClientId::random(),
            is_client_id_unverified: false,
        }
    }

    /// Whether the access token expires within `left`, by this machine's clock; `false` if that is not
    /// known.
    pub(crate) fn expires_within(&self, left: Duration) -> bool {
        let soon = now().saturating_add(left).as_secs();
        self.expires_at.is_some_and(|at| at <= soon)
    }

    /// The item as the keyring holds it.
    pub(super) fn to_item(&self) -> Zeroizing<String> {
        Zeroizing::new(serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads an item; `None` if nxp did not write it.
    pub(super) fn from_item(item: &[u8]) -> Option<Self> {
        let tokens: Self = serde_json::from_slice(item).ok()?;
        (is_sendable(tokens.access_token.expose()) && is_sendable(tokens.client_id.expose()))
            .then_some(tokens)
    }
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
        Ok(None) => {
            let message = format!("another nxp is changing the tokens of {account}");
            let hint = "wait longer with `--timeout SECONDS`";
            Err(Error::new(ErrorCode::Busy, message).with_hint(hint))
        }
        locked => Ok(locked.ok().flatten()),
    }
}

impl Session {
    /// Refreshes a token that is about to expire. If that is not possible, the old token stays in use
    /// while it is valid: this machine's clock may be wrong, and another process may be refreshing it.
    pub(super) async fn refresh_if_due(&self) -> Result<()> {
        if !self.is_refreshed() || !self.tokens.borrow().expires_within(MARGIN) {
            return Ok(());
        }
        let limit = match self.is_expired() {
            true => Duration::MAX,
            false => WAIT_WHILE_VALID,
        };
        match self.refresh(&self.token(), limit).await {
            Err(error) if error.code != ErrorCode::Auth && self.is_expired() => Err(error),
            // Whether the portal still takes the old token, only its next response says.
            _ => Ok(()),
        }
    }

    /// Replaces the tokens whose access token is `old`: by those that another process has stored in the
    /// keyring, or else by new ones from the portal. Waits at most `limit` for another process.
    ///
    /// # Errors
    /// With [`ErrorCode::Auth`] if the tokens can't be refreshed, or if the account was signed out in the
    /// meantime; any failure on the way.
    pub(super) async fn refresh(&self, old: &BearerToken, limit: Duration) -> Result<()> {
        if let Some(refusal) = self.refused() {
            return Err(refusal);
        }
        let Some(stored) = self.stored.as_ref().filter(|_| self.is_refreshed()) else {
            return Err(self.rejected());
        };
        let limit = self.client.time_left().min(limit);
        let guard = lock_tokens(&stored.account, &stored.state_folder, limit).await?;
        let Some(tokens) = stored.keyring.load(&stored.account)? else {
            return Err(stored.account.not_signed_in());
        };
        if is_new(&tokens, old) && !tokens.expires_within(Duration::ZERO) {
            self.replace_tokens(tokens);
            return Ok(());
        }
        let Some(refresh_token) = tokens.refresh_token.clone() else {
            return Err(self.rejected());
        };
        let sent = tokens.access_token.clone();
        let sending = self.send_refresh_token(stored, &refresh_token, tokens);
        let outcome = interrupt::finish(sending).await;
        drop(guard);
        let refusal = match outcome {
            Err(error) if error.code == ErrorCode::Auth => error.kind,
            outcome => return outcome,
        };
        for _ in 0..READS_AFTER_REFUSAL {
            if let Some(tokens) = stored.keyring.load(&stored.account)?
                && is_new(&tokens, &sent)
            {
                self.replace_tokens(tokens);
                return Ok(());
            }
            if !self.client.pause(PAUSE_AFTER_REFUSAL).await {
                break;
            }
        }
        let _ = self.refusal.set(refusal);
        self.refused().map_or(Ok(()), Err)
    }

    /// The error that the portal has refused to refresh the tokens.
    pub(super) fn refused(&self) -> Option<Error> {
        let (refusal, account) = (self.refusal.get()?, self.account()?);
        Some(match refusal {
            ErrorKind::MustResetPassword => Error::must_reset_password(account.space.host()),
            _ => {
                let message = format!(
                    "the sign-in of {account} has expired: the portal no longer refreshes its tokens"
                );
                Error::new(ErrorCode::Auth, message)
                    .of_kind(ErrorKind::TokenRejected)
                    .with_hint(format!("sign in again with `{}`", account.login_command()))
            }
        })
    }

    /// Sends the refresh token and stores the new tokens.
    ///
    /// # Errors
    /// With [`ErrorCode::Auth`] if the portal refuses it; any network failure.
    async fn send_refresh_token(
        &self,
        stored: &Stored,
        refresh_token: &RefreshToken,
        old: StoredTokens,
    ) -> Result<()> {
        let mut client_id = old.client_id;
        let mut outcome = self.client.refresh(refresh_token, &client_id).await;
        let account = &stored.account;
        if let Err(error) = &outcome
            && error.code == ErrorCode::Auth
            && old.is_client_id_unverified
            && is_sendable(&account.email)
        {
            // A portal may expect the email if it ignored the `client_id` of the link.
            client_id = ClientId::new(&account.email);
            outcome = self.client.refresh(refresh_token, &client_id).await;
        }
        let mut tokens = StoredTokens::granted(outcome?, client_id);
        // Without a new refresh token the old one stays valid (RFC 6749, section 6).
        tokens.refresh_token = tokens.refresh_token.or(old.refresh_token);
        if let Err(error) = stored.keyring.store(account, &tokens) {
            let message = format!(
                "the new tokens of {account} could not be stored, and the stored ones will stop working: {error}"
            );
            (stored.on_not_stored)(Error::new(ErrorCode::Keyring, message).with_hint(format!(
                "fix the keyring (see `{}`), then sign in again with `{}`",
                CommandLine::of(["doctor"]),
                account.login_command()
            )));
        }
        self.replace_tokens(tokens);
        Ok(())
    }

    fn replace_tokens(&self, tokens: StoredTokens) {
        let old = self.tokens.replace(tokens);
        // It may still be valid.
        self.also_redacted.borrow_mut().push(old.access_token);
    }
}

fn is_new(tokens: &StoredTokens, old: &BearerToken) -> bool {
    tokens.access_token.expose() != old.expose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read_back_as_it_was_written() {
        let tokens = StoredTokens {
            access_token: BearerToken::new("access"),
            refresh_token: Some(RefreshToken::new("refresh")),
            expires_at: Some(1_800_000_000),
            client_id: ClientId::new("client"),
            is_client_id_unverified: false,
        };
        let item = tokens.to_item();
        assert_eq!(
            item.as_str(),
            r#"{"access_token":"access","refresh_token":"refresh","expires_at":1800000000,"client_id":"client"}"#
        );
        let mut back = StoredTokens::from_item(item.as_bytes()).unwrap();
        assert_eq!(back.to_item(), item);
        back.is_client_id_unverified = true;
        let back = StoredTokens::from_item(back.to_item().as_bytes()).unwrap();
        assert!(back.is_client_id_unverified);
    }

    #[test]
    fn foreign_keyring_item_is_not_parsed_as_tokens() {
        for item in [
            "",
            "token",
            "{}",
            r#"{"access_token":"a\nb","client_id":"c"}"#,
            r#"{"access_token":"a","client_id":"c\nd"}"#,
            r#"{"access_token":"a","client_id":""}"#,
            "[1]",
        ] {
            assert!(StoredTokens::from_item(item.as_bytes()).is_none(), "{item}");
        }
    }

    #[test]
    fn two_client_ids_are_never_the_same() {
        assert_ne!(ClientId::random().expose(), ClientId::random().expose());
    }
}
