//! Which account a command uses, by the command line and the environment.

use super::accounts::{Account, State, not_signed_in};
use crate::api::{ProfileList, Space};
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result, listed};
use crate::secret::BearerToken;

/// What names an account: options of the command line, or variables of the environment.
#[derive(Clone, Default)]
pub(crate) struct AccountName {
    /// `--space` or `NXP_SPACE`.
    pub(crate) space: Option<Space>,
    /// `--account` or `NXP_ACCOUNT`.
    pub(crate) email: Option<String>,
}

/// What the command line and the environment say about the account.
#[derive(Clone, Default)]
pub(crate) struct Choice {
    /// Whether the embedded sandbox is chosen. Then no account is.
    pub(crate) sandbox: bool,
    /// What the command line names.
    pub(crate) arguments: AccountName,
    /// What the environment names.
    pub(crate) variables: AccountName,
    /// `NXP_TOKEN`, unless the command line names another account or space than that of the token.
    pub(crate) token: Option<BearerToken>,
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

impl AccountName {
    /// The accounts that have this name.
    pub(crate) fn filter(&self, accounts: &[Account]) -> Vec<Account> {
        let is_meant = |account: &&Account| {
            let (space, email) = (self.space.as_ref(), self.email.as_deref());
            space.is_none_or(|space| account.is_at(space))
                && email.is_none_or(|email| account.is_of(email))
        };
        accounts.iter().filter(is_meant).cloned().collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.space.is_none() && self.email.is_none()
    }
}

impl Choice {
    /// The space that is chosen.
    pub(crate) fn space(&self) -> Option<&Space> {
        let space = self.arguments.space.as_ref();
        space.or(self.variables.space.as_ref())
    }

    /// The email that is chosen.
    pub(crate) fn email(&self) -> Option<&str> {
        let email = self.arguments.email.as_deref();
        email.or(self.variables.email.as_deref())
    }

    /// Whether nothing is chosen.
    pub(crate) fn is_open(&self) -> bool {
        !self.sandbox
            && self.token.is_none()
            && self.arguments.is_empty()
            && self.variables.is_empty()
    }

    /// The choice of an account at this space, with this email if one is given.
    pub(crate) fn at(&self, space: &Space, email: Option<&str>) -> Self {
        let arguments = AccountName {
            space: Some(space.clone()),
            email: email.map(str::to_owned),
        };
        Self {
            arguments,
            ..self.clone()
        }
    }

    /// Finds the user that a command acts as: the holder of `NXP_TOKEN`, else a stored account.
    ///
    /// # Errors
    /// A usage error for a token without a space, else as [`Choice::stored`].
    pub(crate) fn identity(&self, state: impl FnOnce() -> Result<State>) -> Result<Identity> {
        if self.sandbox {
            return Ok(Identity::Sandbox);
        }
        let Some(token) = self.token.clone() else {
            return Ok(Identity::Stored(self.stored(&state()?)?));
        };
        let space = self.space().cloned().ok_or_else(|| {
            Error::usage(
                "NXP_TOKEN requires a space",
                "set NXP_SPACE, or give `--space SPACE`",
            )
        })?;
        Ok(Identity::Environment { space, token })
    }

    /// Finds the stored account: the one that is named, else the default, else the only one.
    ///
    /// # Errors
    /// [`ErrorKind::NotSignedIn`] if no stored account matches, [`ErrorKind::AmbiguousAccount`] if several
    /// match and none of them is the default.
    pub(crate) fn stored(&self, state: &State) -> Result<Account> {
        let matching = self.filter(&state.accounts());
        let default = state.default_account();
        match (default.filter(|it| matching.contains(it)), &matching[..]) {
            (Some(default), _) => Ok(default),
            (None, []) => Err(self.not_signed_in()),
            (None, [account]) => Ok(account.clone()),
            (None, several) => Err(self.ambiguous(several)),
        }
    }

    fn ambiguous(&self, accounts: &[Account]) -> Error {
        let options = match (self.space(), self.email()) {
            (Some(_), None) => "`--account`",
            (None, Some(_)) => "`--space`",
            _ => "`--space` or `--account`",
        };
        let number = accounts.len();
        let names: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        let hint = format!(
            "choose one with {options}, or a default with `{}`: {}",
            CommandLine::of(["accounts", "use"]),
            listed(&names)
        );
        let message = format!("{number} accounts are signed in, and none was chosen");
        Error::usage(message, hint).of_kind(ErrorKind::AmbiguousAccount)
    }

    /// The accounts that match. What the command line names beats the environment: `NXP_ACCOUNT` is
    /// ignored if no account has that email at the space in `--space`, and so on.
    fn filter(&self, accounts: &[Account]) -> Vec<Account> {
        let both = AccountName {
            space: self.space().cloned(),
            email: self.email().map(str::to_owned),
        };
        let matching = both.filter(accounts);
        if matching.is_empty() && !self.arguments.is_empty() {
            return self.arguments.filter(accounts);
        }
        matching
    }

    /// Compares `NXP_ACCOUNT` with the user of the token in `NXP_TOKEN`, as the profile list names it.
    ///
    /// # Errors
    /// If they differ.
    pub(super) fn check_user(&self, list: &ProfileList) -> Result<()> {
        let user = list.user.as_ref().and_then(|user| user.email.as_deref());
        let (Some(_), Some(wanted), Some(actual)) = (&self.token, self.email(), user) else {
            return Ok(());
        };
        if actual.is_empty() || actual.to_lowercase() == wanted.to_lowercase() {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Auth,
            format!("NXP_TOKEN is a token of {actual}, but NXP_ACCOUNT is {wanted}"),
        )
        .with_hint("set both to the same user, or unset NXP_ACCOUNT"))
    }

    /// The error that no stored account matches.
    pub(crate) fn not_signed_in(&self) -> Error {
        not_signed_in(self.space(), self.email())
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

    fn named(space: Option<&str>, email: Option<&str>) -> AccountName {
        AccountName {
            space: space.map(|space| space.parse().unwrap()),
            email: email.map(str::to_owned),
        }
    }

    /// What the environment names.
    fn choice(space: Option<&str>, email: Option<&str>) -> Choice {
        Choice {
            variables: named(space, email),
            ..Choice::default()
        }
    }

    fn chosen(choice: &Choice, state: &State) -> String {
        match choice.stored(state) {
            Ok(account) => account.to_string(),
            Err(error) => format!("{:?}: {error}", error.code),
        }
    }

    #[test]
    fn the_named_account_comes_first_then_the_default_then_the_only_one() {
        let mut state = state();
        let nothing = choice(None, None);
        let acme = choice(Some("acme"), None);
        let beta = choice(Some("beta"), None);
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
        let ana = choice(Some("acme"), Some("ANA@x.example"));
        assert_eq!(
            chosen(&ana, &state),
            "ana@x.example at acme.spaces.nexudus.com"
        );
        let unknown = choice(Some("acme"), Some("cy@x.example"));
        assert_eq!(
            chosen(&unknown, &state),
            "Auth: not signed in as cy@x.example at acme.spaces.nexudus.com"
        );
    }

    #[test]
    fn the_environment_gives_way_to_the_command_line() {
        let state = state();
        let (ana, bo) = ("ana@x.example", "bo@x.example");
        for (arguments, variables, expected) in [
            (
                named(Some("beta"), None),
                named(None, Some(bo)),
                "ana@x.example at beta",
            ),
            (
                named(Some("acme"), None),
                named(None, Some(bo)),
                "bo@x.example at acme",
            ),
            (
                named(None, Some(bo)),
                named(Some("beta"), None),
                "bo@x.example at acme",
            ),
            (
                named(None, Some(ana)),
                named(Some("beta"), None),
                "ana@x.example at beta",
            ),
            (
                named(None, Some(ana)),
                named(Some("gamma"), None),
                "ana@x.example at acme",
            ),
            (
                named(Some("beta"), Some(ana)),
                named(Some("acme"), Some(bo)),
                "ana@x.example at beta",
            ),
            (
                named(Some("beta"), Some(bo)),
                named(None, None),
                "Auth: not signed in as bo@x.example at beta",
            ),
        ] {
            let choice = Choice {
                arguments,
                variables,
                ..Choice::default()
            };
            let chosen = chosen(&choice, &state);
            assert!(chosen.starts_with(expected), "{expected}: {chosen}");
        }
    }

    #[test]
    fn the_address_of_the_sign_in_names_the_space_as_well() {
        let mut state = State::default();
        let mut known = account("acme", "ana@x.example");
        known.portal = Some("https://members.acme.example".parse().unwrap());
        state.add(&known);
        state.add(&account("beta", "ana@x.example"));
        let choice = choice(Some("members.acme.example"), None);
        assert_eq!(
            chosen(&choice, &state),
            "ana@x.example at acme.spaces.nexudus.com"
        );
    }

    #[test]
    fn several_accounts_without_the_default_among_them_are_ambiguous() {
        let mut state = state();
        state.set_default(&account("beta", "ana@x.example"));
        let acme = choice(Some("acme"), None);
        assert_eq!(
            chosen(&acme, &state),
            "Usage: 2 accounts are signed in, and none was chosen"
        );
    }

    #[test]
    fn a_default_that_is_gone_gives_way_to_the_first_account() {
        let mut state = state();
        state.set_default(&account("gamma", "ana@x.example"));
        let nothing = choice(None, None);
        assert!(chosen(&nothing, &state).starts_with("ana@x.example at acme"));
    }
}
