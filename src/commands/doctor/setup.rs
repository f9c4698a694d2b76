//! The checks on this machine: settings and keyring.

use super::SETTINGS_FIRST;
use crate::command_output::{Check, Verdict};
use crate::commands::context::Context;
use crate::commands::profiles::directory::{self, DirectoryProfileSource};
use crate::error::{Error, Result};
use crate::session::{Account, DirectoryProfile, Identity};

/// There is no account to check, or it can't be determined.
pub(super) struct NoAccount {
    pub(super) why: &'static str,
    /// The remedy, if no earlier check has it.
    pub(super) remedy: Option<String>,
}

/// The account, and the file that lists the accounts.
pub(super) fn settings(context: &Context) -> (Check, Result<Identity, NoAccount>) {
    let ok =
        |account: String, stored: String| Check::ok("settings", format!("{account}; {stored}"));
    let fail = |error: &Error, why| {
        let remedy = None;
        (
            Check::fail("settings", error),
            Err(NoAccount { why, remedy }),
        )
    };
    match (stored_accounts(context), context.identity()) {
        (Err(error), _) => fail(&error, SETTINGS_FIRST),
        (Ok(stored), Ok(identity)) => (ok(described(&identity), stored), Ok(identity)),
        (Ok(stored), Err(error @ Error::NotSignedIn { .. })) => {
            let (why, remedy) = ("needs a sign-in", error.hint());
            (
                ok(error.to_string(), stored),
                Err(NoAccount { why, remedy }),
            )
        }
        (Ok(_), Err(error @ Error::AmbiguousAccount { .. })) => {
            fail(&error, "needs one account: several are signed in")
        }
        (Ok(_), Err(error)) => fail(&error, SETTINGS_FIRST),
    }
}

/// The profile that `.` stands for in this directory, and where that is recorded.
pub(super) fn directory() -> Option<Check> {
    let file = match directory::source().transpose()? {
        Ok(DirectoryProfileSource::File(file)) => file,
        Ok(DirectoryProfileSource::Variable(profile)) => {
            let detail = format!("NXP_PROFILE names {profile}");
            return Some(Check::ok("directory", detail));
        }
        Err(error) => return Some(Check::fail("directory", &error)),
    };
    let DirectoryProfile { space, profile } = file.content;
    let at = space.map(|space| format!(" at {}", space.host()));
    let path = file.path.display();
    let detail = format!("{path} names profile {profile}{}", at.unwrap_or_default());
    Some(Check::ok("directory", detail))
}

/// The number of accounts, and the file that has them.
fn stored_accounts(context: &Context) -> Result<String> {
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
pub(super) fn keyring(context: &Context, account: &Result<Identity, NoAccount>) -> Check {
    match account {
        Ok(Identity::Sandbox) => Check::skip("keyring", "the sandbox needs none"),
        Ok(Identity::Environment { .. }) => Check::skip("keyring", "NXP_TOKEN needs none"),
        Ok(Identity::Stored(account)) => keyring_of(context, account),
        Err(_) => match context.keyring().check_writable() {
            Ok(placement) => {
                let store = placement.store.name();
                let lifetime = placement
                    .lifetime
                    .map(|lifetime| format!(" {lifetime}"))
                    .unwrap_or_default();
                Check::ok("keyring", format!("{store} keeps tokens{lifetime}"))
            }
            Err(error) => Check::fail("keyring", &error),
        },
    }
}

/// Whether the keyring has the account's tokens.
fn keyring_of(context: &Context, account: &Account) -> Check {
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
            let refreshed = if tokens.refresh_token.is_some() {
                "refreshed automatically"
            } else {
                "not refreshed"
            };
            Check::ok(
                "keyring",
                format!("{store} has the token of {account}, {refreshed}{unverified}"),
            )
        }
        Ok(None) => Check {
            name: "keyring",
            verdict: Verdict::Fail,
            detail: format!("{store} has no token of {account}"),
            remedy: Some(format!("sign in with `{}`", account.login_command())),
        },
        Err(error) => Check::fail("keyring", &error),
    }
}
