//! `nxp logout`: the tokens leave the keyring, then the account leaves the state.

use anyhow::Context as _;

use super::context::Context;
use crate::args::LogoutArgs;
use crate::command_output::CommandOutput;
use crate::error::{Error, Result};
use crate::session::{Account, CacheKey, Identity, choose_stored};

pub(super) async fn run(context: &Context, args: &LogoutArgs) -> Result<CommandOutput> {
    context.not_in_sandbox("signing out")?;
    let state = context.state_file()?.load()?;
    let choice = &context.settings.choice;
    let accounts = if args.all {
        choice.among(state.accounts())
    } else {
        vec![choose_stored(choice, &state)?]
    };
    if accounts.is_empty() {
        context.console.note("No account was signed in.");
    }
    let mut failure = None;
    for account in &accounts {
        // One that stays is no reason for the others to stay as well.
        if let Err(error) = sign_out(context, account).await {
            context
                .console
                .warn(&format!("{account} is still signed in: {error}"));
            failure.get_or_insert(error);
        }
    }
    if choice.token.is_some() {
        context.console.warn("NXP_TOKEN is set and goes on working");
    }
    failure.map_or(Ok(CommandOutput::Nothing), Err)
}

async fn sign_out(context: &Context, account: &Account) -> Result<()> {
    let lock = context.account_lock(account)?;
    let Some(_held) = lock.take(context.settings.timeout).await else {
        return Err(Error::TimedOut {
            space: account.space.host(),
            limit: context.settings.timeout,
        });
    };
    context.keyring().delete(account)?;
    let heir = context
        .state_file()?
        .update(|state| state.remove(account))?;
    forget(context, account)?;
    context.console.note(&format!("Signed out {account}."));
    if let Some(heir) = heir {
        context.console.note(&format!("The default is {heir} now."));
    }
    Ok(())
}

/// Removes what was last seen of an account, and its user's previous profile.
fn forget(context: &Context, account: &Account) -> Result<()> {
    let (cache, key) = (context.profile_cache()?, CacheKey::of_account(account));
    let cached = || cache.load(&key)?.user();
    let user = account.user.or_else(cached);
    let files = context.switch_files(&Identity::Stored(account.clone()), user)?;
    let removed = files.forget_previous().and(cache.forget(&key));
    Ok(removed.context("can't remove what was last seen")?)
}
