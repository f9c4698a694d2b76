//! The tokens of an account, as the keyring stores them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::now;
use crate::api::Grant;
use crate::secret::{BearerToken, ClientId, RefreshToken, is_sendable};

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
