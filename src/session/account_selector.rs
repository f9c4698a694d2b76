//! Which account a command uses.

use super::{Account, State};
use crate::api::Space;
use crate::error::{CommandLine, Error, Result};
use crate::secret::BearerToken;

/// What the command line and the environment say about the account.
#[derive(Clone)]
pub(crate) struct Choice {
    /// `--sandbox` or `NXP_SANDBOX`: the embedded sandbox.
    pub(crate) sandbox: bool,
    /// `--space` or `NXP_SPACE`.
    pub(crate) space: Option<Space>,
    /// `--account` or `NXP_ACCOUNT`.
    pub(crate) email: Option<String>,
    /// `NXP_TOKEN`.
    pub(crate) token: Option<BearerToken>,
    /// Whether `space` or `email` comes from the environment while the command line names the other
    /// one. It is then ignored if no account has both.
    pub(crate) preferred: Preferred,
}

/// The half of a [`Choice`] that is ignored if no account has both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Preferred {
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
pub(crate) enum Identity {
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
pub(crate) fn choose(choice: Choice, state: impl FnOnce() -> Result<State>) -> Result<Identity> {
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
pub(crate) fn choose_stored(choice: &Choice, state: &State) -> Result<Account> {
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
        (Some(_), false) => Err(Error::AmbiguousAccount {
            options: match (&choice.space, &choice.email) {
                (Some(_), None) => "`--account`",
                (None, Some(_)) => "`--space`",
                _ => "`--space` or `--account`",
            },
            choices,
        }),
        (None, _) => Err(choice.not_signed_in()),
    }
}

impl Identity {
    /// A name for the space. The address of the sandbox changes with each run.
    pub(crate) fn space_key(&self) -> String {
        match self {
            Self::Sandbox => "sandbox".to_owned(),
            Self::Environment { space, .. } | Self::Stored(Account { space, .. }) => {
                space.to_string()
            }
        }
    }
}

impl Choice {
    /// Whether nothing is chosen.
    pub(crate) fn is_open(&self) -> bool {
        !self.sandbox && self.space.is_none() && self.email.is_none() && self.token.is_none()
    }

    /// The accounts that match.
    pub(crate) fn filter(&self, accounts: Vec<Account>) -> Vec<Account> {
        let at_space = |account: &Account| {
            let named = self.space.as_ref();
            named.is_none_or(|space| account.is_at(space))
        };
        let of_email = |account: &Account| {
            let named = self.email.as_deref();
            named.is_none_or(|email| account.is_of(email))
        };
        let (matching, others): (Vec<_>, Vec<_>) = accounts
            .into_iter()
            .partition(|account| at_space(account) && of_email(account));
        if !matching.is_empty() {
            return matching;
        }
        let others = others.into_iter();
        match self.preferred {
            Preferred::Neither => matching,
            Preferred::Space => others.filter(of_email).collect(),
            Preferred::Email => others.filter(at_space).collect(),
        }
    }

    /// The error that no stored account matches.
    pub(crate) fn not_signed_in(&self) -> Error {
        let email = self.email.as_ref().map(|email| format!("as {email}"));
        let space = self
            .space
            .as_ref()
            .map(|space| format!("at {}", space.host()));
        let wanted = match (email, space) {
            (Some(email), Some(space)) => Some(format!("{email} {space}")),
            (email, space) => email.or(space),
        };
        Error::NotSignedIn {
            wanted,
            login: CommandLine::login(
                self.space.as_ref().map(Space::short_name).as_deref(),
                self.email.as_deref(),
            ),
            within_exec: false,
            is_token_empty: false,
        }
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
