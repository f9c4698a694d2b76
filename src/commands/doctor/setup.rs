//! The checks on this machine: settings and keyring.

use super::{SETTINGS_FIRST, count};
use crate::command_output::{Check, Verdict};
use crate::commands::app::App;
use crate::commands::profiles::directory::{DirectoryChoice, directory_choice};
use crate::config;
use crate::error::{Error, Result};
use crate::session::{self, Account, Choice, Identity};

/// There is no account to check, or it can't be determined.
pub(super) struct NoAccount {
    pub(super) why: &'static str,
    /// The remedy, if no earlier check has it.
    pub(super) remedy: Option<String>,
}

/// The account, and the file that lists the accounts.
pub(super) fn settings(app: &App) -> (Check, Result<Identity, NoAccount>) {
    let no_account = |why, remedy| Err(NoAccount { why, remedy });
    let identity = app.identity();
    let stored = match stored_accounts(app) {
        Ok(stored) => stored,
        Err(error) => {
            let check = Check::fail("settings", &error);
            return (check, no_account(SETTINGS_FIRST, None));
        }
    };
    match identity {
        Ok(identity) => {
            let check = match check_folders() {
                Ok(()) => Check::ok("settings", format!("{}; {stored}", described(&identity))),
                Err(error) => Check::fail("settings", &error),
            };
            (check, Ok(identity))
        }
        Err(error @ Error::NotSignedIn { .. }) => {
            let check = Check::ok("settings", format!("{error}; {stored}"));
            (check, no_account("needs a sign-in", error.hint()))
        }
        Err(error) => {
            let why = match error {
                Error::AmbiguousAccount { .. } => "needs one account: several are signed in",
                _ => SETTINGS_FIRST,
            };
            (Check::fail("settings", &error), no_account(why, None))
        }
    }
}

/// Whether state and cache can be written.
fn check_folders() -> Result<()> {
    session::check_writable(&config::state_folder()?)?;
    session::check_writable(&config::cache_folder()?)
}

/// The profile that `.` stands for in this directory, and where that is recorded.
pub(super) fn directory(choice: &Choice) -> Option<Check> {
    let DirectoryChoice {
        profile,
        named_by,
        space,
    } = match directory_choice(choice).transpose()? {
        Ok(found) => found,
        Err(error) => return Some(Check::fail("directory", &error)),
    };
    let at = space.map(|space| format!(" at {}", space.host()));
    let detail = format!(
        "{named_by} names profile {profile}{}",
        at.unwrap_or_default()
    );
    Some(Check::ok("directory", detail))
}

/// The number of accounts, and the file that has them.
fn stored_accounts(app: &App) -> Result<String> {
    let file = app.state_file()?;
    let accounts = count(file.load()?.accounts().len(), "account");
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
pub(super) fn keyring(app: &App, account: &Result<Identity, NoAccount>) -> Check {
    match account {
        Ok(Identity::Sandbox) => Check::skip("keyring", "the sandbox needs none"),
        Ok(Identity::Environment { .. }) => Check::skip("keyring", "NXP_TOKEN needs none"),
        Ok(Identity::Stored(account)) => keyring_of(app, account),
        Err(_) => match app.keyring().check_writable() {
            Ok(placement) => {
                let store = placement.store.name();
                let lifetime = placement.lifetime.unwrap_or_default();
                let detail = format!("{store} keeps tokens {lifetime}");
                Check::ok("keyring", detail.trim_end())
            }
            Err(error) => Check::fail("keyring", &error),
        },
    }
}

/// Whether the keyring has the account's tokens.
fn keyring_of(app: &App, account: &Account) -> Check {
    let keyring = app.keyring();
    let store = keyring.kind_of(account).name();
    match keyring.load(account) {
        Ok(Some(tokens)) => {
            let mut detail = format!("{store} has the token of {account}");
            detail += match &tokens.refresh_token {
                Some(_) => ", refreshed automatically",
                None => ", not refreshed",
            };
            if app.settings.verbose > 0 && tokens.is_client_id_unverified {
                detail += "; it is from a sign-in link and was not refreshed yet";
            }
            Check::ok("keyring", detail)
        }
        Ok(None) => Check {
            verdict: Verdict::Fail,
            remedy: Some(format!("sign in with `{}`", account.login_command())),
            ..Check::ok("keyring", format!("{store} has no token of {account}"))
        },
        Err(error) => Check::fail("keyring", &error),
    }
}
