//! Which account a command uses.

use super::{Account, CacheKey, State, UserKey};
use crate::api::Space;
use crate::error::{CommandLine, Error, Result};
use crate::secret::BearerToken;

/// What the command line and the environment say about the account.
#[derive(Clone)]
pub struct Choice {
    /// `--sandbox` or `NXP_SANDBOX`: the embedded sandbox.
    pub sandbox: bool,
    /// `--space` or `NXP_SPACE`.
    pub space: Option<Space>,
    /// `--account` or `NXP_ACCOUNT`.
    pub email: Option<String>,
    /// `NXP_TOKEN`.
    pub token: Option<BearerToken>,
    /// Whether `space` or `email` comes from the environment while the command line names the other
    /// one. It is then ignored if no account has both.
    pub preferred: Preferred,
}

/// The half of a [`Choice`] that is ignored if no account has both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preferred {
    /// None: an account must have both.
    #[default]
    Neither,
    /// `NXP_SPACE`, next to `--account`.
    Space,
    /// `NXP_ACCOUNT`, next to `--space`.
    Email,
}

/// The user that a command acts as.
#[derive(Clone)]
pub enum Identity {
    /// The main user of the embedded sandbox.
    Sandbox,
    /// The holder of the token in `NXP_TOKEN`.
    Environment {
        /// The space that the token is for.
        space: Space,
        /// The token.
        token: BearerToken,
    },
    /// An account whose tokens are in the keyring.
    Stored(Account),
}

/// Finds the user that a command acts as: the holder of `NXP_TOKEN`, else the stored account that was
/// named, else the default.
///
/// # Errors
/// A usage error for a token without a space, else as [`choose_stored`].
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
        } => Err(Error::usage(
            "NXP_TOKEN requires a space",
            "set NXP_SPACE, or give `--space SPACE`",
        )),
        choice => Ok(Identity::Stored(choose_stored(&choice, &state()?)?)),
    }
}

/// Finds the stored account that a command uses.
///
/// # Errors
/// [`Error::NotSignedIn`] if no stored account matches, [`Error::AmbiguousAccount`] if several match
/// and none of them is the default.
pub fn choose_stored(choice: &Choice, state: &State) -> Result<Account> {
    let mut matching = choice.filter(state.accounts());
    if let Some(default) = state
        .default_account()
        .filter(|default| matching.contains(default))
    {
        return Ok(default);
    }
    let choices = matching.iter().map(ToString::to_string).collect();
    match (matching.pop(), matching.is_empty()) {
        (Some(account), true) => Ok(account),
        (Some(_), false) => Err(Error::AmbiguousAccount { choices }),
        (None, _) => Err(choice.not_signed_in()),
    }
}

impl Identity {
    /// The key of the user with this id, at the space of this identity.
    #[must_use]
    pub fn user_key(&self, user: Option<u64>) -> UserKey {
        match self {
            Self::Sandbox => UserKey::in_sandbox(user),
            Self::Environment { space, .. } | Self::Stored(Account { space, .. }) => {
                UserKey::new(space, user)
            }
        }
    }

    /// The key of its cached profiles.
    #[must_use]
    pub fn cache_key(&self) -> CacheKey {
        match self {
            Self::Sandbox => CacheKey::new(&["sandbox"]),
            Self::Environment { space, token } => {
                CacheKey::new(&["token", &space.to_string(), token.expose()])
            }
            Self::Stored(account) => CacheKey::of_account(account),
        }
    }
}

impl Choice {
    /// The accounts that match.
    #[must_use]
    pub fn filter(&self, mut accounts: Vec<Account>) -> Vec<Account> {
        let (space, email) = (self.space.as_ref(), self.email.as_deref());
        let is_there = |account: &Account| space.is_none_or(|space| account.is_at(space));
        let is_theirs = |account: &Account| email.is_none_or(|email| account.is_of(email));
        accounts.retain(|account| match self.preferred {
            Preferred::Neither => is_there(account) && is_theirs(account),
            Preferred::Space => is_theirs(account),
            Preferred::Email => is_there(account),
        });
        let fits_all = |account: &Account| is_there(account) && is_theirs(account);
        if accounts.iter().any(fits_all) {
            accounts.retain(fits_all);
        }
        accounts
    }

    /// The error that no stored account matches.
    #[must_use]
    pub fn not_signed_in(&self) -> Error {
        Error::NotSignedIn {
            wanted: self.named(),
            login: self.login_command(),
            within_exec: false,
        }
    }

    fn named(&self) -> Option<String> {
        match (&self.email, &self.space) {
            (Some(email), Some(space)) => Some(format!("as {email} at {}", space.host())),
            (Some(email), None) => Some(format!("as {email}")),
            (None, Some(space)) => Some(format!("at {}", space.host())),
            (None, None) => None,
        }
    }

    fn login_command(&self) -> CommandLine {
        let space = self.space.as_ref().map(Space::short_name);
        CommandLine::login(space.as_deref(), self.email.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(space: &str, email: &str) -> Account {
        Account::new(space.parse().unwrap(), email.to_owned())
    }

    fn state() -> State {
        let mut state = State::default();
        for (space, email) in [
            ("acme", "ana@x.example"),
            ("acme", "bo@x.example"),
            ("beta", "ana@x.example"),
        ] {
            state.add(&account(space, email));
        }
        state
    }

    fn choice(space: Option<&str>, email: Option<&str>, preferred: Preferred) -> Choice {
        Choice {
            sandbox: false,
            space: space.map(|space| space.parse().unwrap()),
            email: email.map(str::to_owned),
            token: None,
            preferred,
        }
    }

    fn chosen(choice: &Choice, state: &State) -> String {
        match choose_stored(choice, state) {
            Ok(account) => account.to_string(),
            Err(error) => format!("{}: {error}", error.code().as_str()),
        }
    }

    #[test]
    fn the_named_account_comes_first_then_the_default_then_the_only_one() {
        let mut state = state();
        let nothing = choice(None, None, Preferred::Neither);
        let acme = choice(Some("acme"), None, Preferred::Neither);
        let beta = choice(Some("beta"), None, Preferred::Neither);
        for choice in [&nothing, &acme] {
            assert_eq!(
                chosen(choice, &state),
                "ana@x.example at acme.spaces.nexudus.com"
            );
        }
        assert_eq!(
            chosen(&beta, &state),
            "ana@x.example at beta.spaces.nexudus.com"
        );
        state.set_default(&account("acme", "bo@x.example"));
        for choice in [&nothing, &acme] {
            assert_eq!(
                chosen(choice, &state),
                "bo@x.example at acme.spaces.nexudus.com"
            );
        }
        assert_eq!(
            chosen(&beta, &state),
            "ana@x.example at beta.spaces.nexudus.com"
        );
        let ana = choice(Some("acme"), Some("ANA@x.example"), Preferred::Neither);
        assert_eq!(
            chosen(&ana, &state),
            "ana@x.example at acme.spaces.nexudus.com"
        );
        let unknown = choice(Some("acme"), Some("cy@x.example"), Preferred::Neither);
        assert_eq!(
            chosen(&unknown, &state),
            "auth: not signed in as cy@x.example at acme.spaces.nexudus.com"
        );
    }

    #[test]
    fn the_environment_gives_way_to_the_command_line() {
        let state = state();
        for (space, email, preferred, expected) in [
            (
                "beta",
                "bo@x.example",
                Preferred::Email,
                "ana@x.example at beta",
            ),
            (
                "acme",
                "bo@x.example",
                Preferred::Email,
                "bo@x.example at acme",
            ),
            (
                "beta",
                "bo@x.example",
                Preferred::Space,
                "bo@x.example at acme",
            ),
            (
                "beta",
                "ana@x.example",
                Preferred::Space,
                "ana@x.example at beta",
            ),
            (
                "gamma",
                "ana@x.example",
                Preferred::Space,
                "ana@x.example at acme",
            ),
        ] {
            let choice = choice(Some(space), Some(email), preferred);
            let chosen = chosen(&choice, &state);
            assert!(chosen.starts_with(expected), "{space} {email}: {chosen}");
        }
    }

    #[test]
    fn the_address_of_the_sign_in_names_the_space_as_well() {
        let mut state = State::default();
        let mut known = account("acme", "ana@x.example");
        known.portal = Some("https://members.acme.example".parse().unwrap());
        state.add(&known);
        state.add(&account("beta", "ana@x.example"));
        let choice = choice(Some("members.acme.example"), None, Preferred::Neither);
        assert_eq!(
            chosen(&choice, &state),
            "ana@x.example at acme.spaces.nexudus.com"
        );
    }

    #[test]
    fn several_accounts_without_the_default_among_them_are_ambiguous() {
        let mut state = state();
        state.set_default(&account("beta", "ana@x.example"));
        let acme = choice(Some("acme"), None, Preferred::Neither);
        assert_eq!(
            chosen(&acme, &state),
            "usage: 2 accounts are signed in, and none was chosen"
        );
    }

    #[test]
    fn a_default_that_is_gone_gives_way_to_the_first_account() {
        let mut state = state();
        state.set_default(&account("gamma", "ana@x.example"));
        let nothing = choice(None, None, Preferred::Neither);
        assert!(chosen(&nothing, &state).starts_with("ana@x.example at acme"));
    }
}
