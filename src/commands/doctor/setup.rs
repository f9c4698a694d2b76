//! The checks on this machine: settings and keyring.

use super::{Finding, SETTINGS_FIRST};
use crate::api::Space;
use crate::command_output::Verdict;
use crate::commands::context::Context;
use crate::commands::profiles::directory::{self, DirectoryProfileSource};
use crate::error::{Error, Result};
use crate::session::{Account, DirectoryProfile, Identity};

/// The account that the checks are about.
pub(super) enum Whom {
    /// An account with a token, here or in the keyring.
    Identity(Identity),
    /// None, or it can't be determined.
    Unsettled(Unsettled),
}

/// What is known if no account can be determined.
pub(super) struct Unsettled {
    /// The space that was given.
    pub(super) space: Option<Space>,
    /// Why there is no account.
    pub(super) why: &'static str,
    /// The remedy, if no earlier check has it.
    pub(super) remedy: Option<String>,
}

/// The account, and the file that lists the accounts.
pub(super) fn settings(context: &Context) -> (Finding, Whom) {
    let unsettled = |why, remedy| {
        let space = context.settings.choice.space.clone();
        Whom::Unsettled(Unsettled { space, why, remedy })
    };
    let place = match remembered(context) {
        Ok(place) => place,
        Err(error) => return (Finding::fail(&error), unsettled(SETTINGS_FIRST, None)),
    };
    match context.identity() {
        Ok(identity) => {
            let whom = described(&identity);
            (
                Finding::ok(format!("{whom}; {place}")),
                Whom::Identity(identity),
            )
        }
        Err(error @ Error::NotSignedIn { .. }) => (
            Finding::ok(format!("{error}; {place}")),
            unsettled("needs a sign-in", error.hint()),
        ),
        Err(error) => {
            let why = match error {
                Error::AmbiguousAccount { .. } => "needs one account: several are signed in",
                _ => SETTINGS_FIRST,
            };
            (Finding::fail(&error), unsettled(why, None))
        }
    }
}

/// The profile that `.` stands for in this directory, and where that is recorded.
pub(super) fn directory() -> Option<Finding> {
    let file = match directory::source().transpose()? {
        Ok(DirectoryProfileSource::File(file)) => file,
        Ok(DirectoryProfileSource::Variable(profile)) => {
            return Some(Finding::ok(format!("NXP_PROFILE names {profile}")));
        }
        Err(error) => return Some(Finding::fail(&error)),
    };
    let DirectoryProfile { space, profile } = file.content;
    let at = space.map(|space| format!(" at {}", space.host()));
    Some(Finding::ok(format!(
        "{} names profile {profile}{}",
        file.path.display(),
        at.unwrap_or_default()
    )))
}

/// The state file, after a successful read.
fn remembered(context: &Context) -> Result<String> {
    let file = context.state_file()?;
    let count = file.load()?.accounts().len();
    let accounts = match count {
        0 => "no account".to_owned(),
        1 => "1 account".to_owned(),
        count => format!("{count} accounts"),
    };
    Ok(format!("{accounts} in {}", file.path().display()))
}

fn described(identity: &Identity) -> String {
    match identity {
        Identity::Sandbox => "the sandbox".to_owned(),
        Identity::Environment { space, .. } => format!("NXP_TOKEN at {}", space.host()),
        Identity::Stored(account) => account.to_string(),
    }
}

/// Whether the tokens can be read, or could be written.
pub(super) fn keyring(context: &Context, whom: &Whom) -> Finding {
    match whom {
        Whom::Identity(Identity::Sandbox) => Finding::skip("the sandbox needs none"),
        Whom::Identity(Identity::Environment { .. }) => Finding::skip("NXP_TOKEN needs none"),
        Whom::Identity(Identity::Stored(account)) => holds(context, account),
        Whom::Unsettled(_) => match context.keyring().try_out() {
            Ok(placement) => {
                let store = placement.store.name();
                let lifetime = placement
                    .lifetime
                    .map(|lifetime| format!(" {lifetime}"))
                    .unwrap_or_default();
                Finding::ok(format!("{store} keeps tokens{lifetime}"))
            }
            Err(error) => Finding::fail(&error),
        },
    }
}

fn holds(context: &Context, account: &Account) -> Finding {
    let keyring = context.keyring();
    let store = keyring.kind_of(account).name();
    match keyring.load(account) {
        Ok(Some(tokens)) => {
            let is_unverified = context.settings.verbose > 0 && tokens.is_client_id_unverified;
            let unverified = if is_unverified {
                "; not verified yet: which client id refreshes the token of a sign-in link"
            } else {
                ""
            };
            let renewable = if tokens.refresh_token.is_some() {
                "refreshed automatically"
            } else {
                "not refreshed"
            };
            Finding::ok(format!(
                "{store} has the token of {account}, {renewable}{unverified}"
            ))
        }
        Ok(None) => Finding {
            verdict: Verdict::Fail,
            detail: format!("{store} has no token of {account}"),
            remedy: Some(format!("sign in with `{}`", account.login_command())),
        },
        Err(error) => Finding::fail(&error),
    }
}
