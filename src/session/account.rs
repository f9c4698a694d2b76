//! One email at one space.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::KeyringKind;
use crate::api::Space;
use crate::error::CommandLine;

/// An account: one email at one space. `nxp login` adds it, `nxp logout` removes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Where the user signs in.
    pub(crate) space: Space,
    /// The email, as given at the first sign-in.
    pub(crate) email: String,
    /// The address that was given at the sign-in, if it differs from `space`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) portal: Option<Space>,
    /// The keyring that has its tokens, once they are stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keyring: Option<KeyringKind>,
    /// Other keyrings that may still have tokens of an earlier sign-in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_in: Vec<KeyringKind>,
    /// The user's id at the portal, once a profile list has shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<u64>,
    /// What another version of nxp has written.
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

impl Account {
    /// An account that isn't stored yet.
    pub(crate) fn new(space: Space, email: String) -> Self {
        Self {
            space,
            email,
            portal: None,
            keyring: None,
            left_in: Vec::new(),
            user: None,
            unknown: Map::new(),
        }
    }

    /// The keyring item's service: `nxp/<host>`. On a loopback port, http and https can be two spaces:
    /// there the name of the rare one has its scheme.
    pub(crate) fn keyring_service(&self) -> String {
        if self.space.is_loopback() && self.space.to_string().starts_with("https:") {
            return format!("nxp/{}", self.space);
        }
        format!("nxp/{}", self.space.host())
    }

    /// The command that signs in to this account.
    pub(crate) fn login_command(&self) -> CommandLine {
        CommandLine::login(Some(&self.space.short_name()), Some(&self.email))
    }

    /// Whether its user signs in with this email. Case does not matter.
    pub(crate) fn is_of(&self, email: &str) -> bool {
        self.email.to_lowercase() == email.to_lowercase()
    }

    /// Whether this is one of the two addresses of its space.
    pub(crate) fn is_at(&self, space: &Space) -> bool {
        self.space == *space || self.portal.as_ref() == Some(space)
    }
}

/// Accounts are equal if space and email are.
impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space && self.is_of(&other.email)
    }
}

/// `email at space`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.email, self.space.name())
    }
}
