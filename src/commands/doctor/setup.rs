//! The checks on this machine: settings and keyring.

use super::{Finding, SETTINGS_FIRST};
use crate::api::Space;
use crate::command_output::Verdict;
use crate::commands::context::Context;
use crate::commands::profiles::directory::{self, DirectoryProfileSource};
use crate::error::{Error, Result};
use crate::session::{Account, DirectoryProfile, Identity};

/// Whom the checks are about.
pub(super) enum Whom {
    /// Somebody with a token, or with one in the keyring.
    Identity(Identity),
    /// Nobody, as far as can be told.
    Unsettled(Unsettled),
}

/// What is known where it isn't settled whom nxp would act for.
pub(super) struct Unsettled {
    /// The space that is named.
    pub(super) space: Option<Space>,
    /// Why it isn't settled.
    pub(super) why: &'static str,
    /// What would settle it, where no check before says so.
    pub(super) remedy: Option<String>,
}

/// Whom nxp would act for, and where it remembers that.
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
            unsettled("nobody is signed in", error.hint()),
        ),
        Err(error) => {
            let why = match error {
                Error::AmbiguousAccount { .. } => "it is not settled which account is meant",
                _ => SETTINGS_FIRST,
            };
            (Finding::fail(&error), unsettled(why, None))
        }
    }
}

/// Which profile PROFILE `.` means here, and what says so, where anything does.
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

/// Where the state is, once it is certain that it can be read and written.
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
        Identity::Sandbox => "the practice portal".to_owned(),
        Identity::Environment { space, .. } => format!("NXP_TOKEN at {}", space.host()),
        Identity::Stored(account) => account.to_string(),
    }
}

/// Whether the tokens can be read, or could be written.
pub(super) fn keyring(context: &Context, whom: &Whom) -> Finding {
    match whom {
        Whom::Identity(Identity::Sandbox) => Finding::skip("the practice portal needs none"),
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
            let renewable = if tokens.refresh_token.is_some() {
                "can be renewed"
            } else {
                "can't be renewed"
            };
            Finding::ok(format!(
                "{store} has the token of {account}, which {renewable}"
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
