//! Which account a command is for.

use super::{Account, LastSeenKey, State, UserKey};
use crate::error::{Error, Result};
use crate::portal::{ProfileList, Space};
use crate::secret::BearerToken;

/// What the command line and the environment say about the account.
#[derive(Clone)]
pub struct Choice {
    /// `--sandbox` or `NXP_SANDBOX`: the embedded practice portal instead of all others.
    pub sandbox: bool,
    /// `--space` or `NXP_SPACE`.
    pub space: Option<Space>,
    /// `--account` or `NXP_ACCOUNT`.
    pub email: Option<String>,
    /// `NXP_TOKEN`.
    pub token: Option<BearerToken>,
}

/// Who a command acts for.
pub enum Identity {
    /// The main user of the embedded practice portal.
    Sandbox,
    /// The holder of the token in `NXP_TOKEN`.
    Environment {
        /// Where the token is for.
        space: Space,
        /// The token.
        token: BearerToken,
    },
    /// An account whose tokens are in the keyring.
    Stored(Account),
}

/// Finds who a command acts for: `NXP_TOKEN`, else the stored account that was named, else the
/// default, else the only one there is.
///
/// # Errors
/// [`Error::TokenWithoutSpace`], else as [`choose_stored`].
pub fn choose(choice: Choice, state: impl FnOnce() -> Result<State>) -> Result<Identity> {
    match choice {
        Choice { sandbox: true, .. } => Ok(Identity::Sandbox),
        Choice {
            token: Some(token),
            space: Some(space),
            ..
        } => Ok(Identity::Environment { space, token }),
        Choice {
            token: Some(_),
            space: None,
            ..
        } => Err(Error::TokenWithoutSpace),
        choice => Ok(Identity::Stored(choose_stored(&choice, &state()?)?)),
    }
}

/// Finds the stored account that a command is for.
///
/// # Errors
/// [`Error::NotSignedIn`] where no stored account fits, [`Error::AmbiguousAccount`] where several
/// do and none of them is the default.
pub fn choose_stored(choice: &Choice, state: &State) -> Result<Account> {
    let mut fitting = state.accounts();
    fitting.retain(|account| choice.fits(account));
    if let Some(default) = state
        .default_account()
        .filter(|default| fitting.contains(default))
    {
        return Ok(default);
    }
    let choices = fitting.iter().map(ToString::to_string).collect();
    match (fitting.pop(), fitting.is_empty()) {
        (Some(account), true) => Ok(account),
        (Some(_), false) => Err(Error::AmbiguousAccount { choices }),
        (None, _) => Err(choice.not_signed_in()),
    }
}

impl Identity {
    /// Under which name the state file remembers things of the user that `list` names.
    #[must_use]
    pub fn user_key(&self, list: &ProfileList) -> UserKey {
        match self {
            Self::Sandbox => UserKey::in_sandbox(list),
            Self::Environment { space, .. } | Self::Stored(Account { space, .. }) => {
                UserKey::at(space, list)
            }
        }
    }

    /// Under which name it is kept what was last seen.
    #[must_use]
    pub fn last_seen_key(&self) -> LastSeenKey {
        match self {
            Self::Sandbox => LastSeenKey::new(&["sandbox"]),
            Self::Environment { space, token } => {
                LastSeenKey::new(&["token", &space.to_string(), token.expose()])
            }
            Self::Stored(account) => LastSeenKey::of_account(account),
        }
    }
}

impl Choice {
    /// Whether a stored account is one of those that are meant.
    #[must_use]
    pub fn fits(&self, account: &Account) -> bool {
        self.space
            .as_ref()
            .is_none_or(|space| *space == account.space)
            && self
                .email
                .as_ref()
                .is_none_or(|email| email.to_lowercase() == account.email.to_lowercase())
    }

    /// The error that no stored account is the one that is meant.
    #[must_use]
    pub fn not_signed_in(&self) -> Error {
        Error::NotSignedIn {
            wanted: self.named(),
            login: self.login_command(),
        }
    }

    fn named(&self) -> Option<String> {
        match (&self.email, &self.space) {
            (Some(email), Some(space)) => Some(format!("{email} at {}", space.host())),
            (Some(email), None) => Some(email.clone()),
            (None, Some(space)) => Some(format!("anybody at {}", space.host())),
            (None, None) => None,
        }
    }

    fn login_command(&self) -> String {
        let mut command = "nxp login".to_owned();
        if let Some(space) = &self.space {
            command += &format!(" --space {}", space.short_name());
        }
        if let Some(email) = &self.email {
            command += &format!(" --email {email}");
        }
        command
    }
}
