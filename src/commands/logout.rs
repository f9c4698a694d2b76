//! `nxp logout`: removes the tokens from the keyring, then the account from the state file. `--all`
//! removes all files of nxp.

use anyhow::Context as _;

use super::accounts;
use super::app::App;
use crate::args::LogoutArgs;
use crate::command_output::CommandOutput;
use crate::config;
use crate::error::{Error, Result};
use crate::session::{self, Account, Cleanup, Identity};

pub(super) async fn run(app: &App, args: &LogoutArgs) -> Result<CommandOutput> {
    app.not_in_sandbox("signing out")?;
    let choice = &app.settings.choice;
    if args.all && (choice.arguments.space.is_some() || choice.arguments.email.is_some()) {
        return Err(Error::usage(
            "`--all` can't be used with `--space` or `--account`",
            "leave out `--all`; to sign out all accounts, leave out `--space` and `--account`",
        ));
    }
    let state = app.state_file()?.load()?;
    let stored = state.accounts();
    let accounts = match &args.name {
        _ if args.all => stored,
        Some(name) => vec![accounts::find(app, name, &stored)?],
        None => vec![choice.stored(&state)?],
    };
    if accounts.is_empty() {
        app.console.note("No account was signed in.");
    }
    let mut outcome = Ok(());
    for account in &accounts {
        // The other accounts are signed out nevertheless.
        outcome = outcome.and(sign_out(app, account, args.all).await);
    }
    if config::is_token_set() {
        app.console
            .warn("NXP_TOKEN is still set, and commands still use it");
    }
    outcome?;
    if args.all {
        clean_up(app).await?;
    }
    Ok(CommandOutput::Nothing)
}

/// Removes all files of nxp if there is no account, and warns about those that are left.
async fn clean_up(app: &App) -> Result<()> {
    let (state_folder, cache_folder) = (config::state_folder()?, config::cache_folder()?);
    let Cleanup { removed, left } =
        session::remove_files(&app.state_file()?, &cache_folder).await?;
    if removed > 0 {
        app.console.note(&format!(
            "Removed nxp's files in {} and {}.",
            state_folder.display(),
            cache_folder.display()
        ));
    }
    for (path, reason) in left {
        let path = path.display();
        app.console
            .warn(&format!("{path} was not removed: {reason}"));
    }
    Ok(())
}

/// Signs out an account. If it is one of all, the next default is not told: it is signed out as well.
async fn sign_out(app: &App, account: &Account, is_one_of_all: bool) -> Result<()> {
    let lock = app.lock_tokens(account).await;
    let deleted = lock.and_then(|lock| app.keyring().delete(account).map(|()| lock));
    let _lock = deleted.inspect_err(|error| {
        app.console
            .warn(&format!("{account} is still signed in: {error}"));
    })?;
    let updated = app
        .state_file()?
        .update(|state| state.remove(account))
        .await;
    let default = updated.inspect_err(|error| {
        app.console.warn(&format!(
            "the tokens of {account} are deleted, but the account is still listed: {error}"
        ));
    })?;
    app.console.note(&format!("Signed out {account}."));
    if let Some(default) = default.filter(|_| !is_one_of_all) {
        app.console
            .note(&format!("The default account is now {default}."));
    }
    forget(app, account)
}

/// Removes the cached profiles of an account, and its user's previous profile.
fn forget(app: &App, account: &Account) -> Result<()> {
    let identity = Identity::Stored(account.clone());
    let cache = app.profile_cache(&identity)?;
    let user = account.user.or_else(|| cache.load()?.user_id());
    app.journal(&identity.space_key(), user)?
        .set_previous(None)?;
    Ok(cache.forget().context("can't remove the cached profiles")?)
}
