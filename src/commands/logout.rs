//! `nxp logout`: the tokens leave the keyring, then the account leaves the state.

use anyhow::Context as _;

use super::context::Context;
use crate::answer::Answer;
use crate::args::LogoutArgs;
use crate::error::Result;
use crate::session::{Account, LastSeenKey, choose_stored};

pub(super) fn run(context: &Context, args: &LogoutArgs) -> Result<Answer> {
    context.not_in_sandbox("signing out")?;
    let state = context.state_file()?.load()?;
    let choice = &context.settings.choice;
    if args.all {
        let accounts: Vec<Account> = state
            .accounts()
            .into_iter()
            .filter(|account| choice.fits(account))
            .collect();
        if accounts.is_empty() {
            context.console.note("No account was signed in.");
        }
        for account in &accounts {
            sign_out(context, account)?;
        }
    } else {
        sign_out(context, &choose_stored(choice, &state)?)?;
    }
    if choice.token.is_some() {
        context.console.warn("NXP_TOKEN is set and goes on working");
    }
    Ok(Answer::Nothing)
}

fn sign_out(context: &Context, account: &Account) -> Result<()> {
    context.keyring().delete(account)?;
    context
        .state_file()?
        .update(|state| state.remove(account))?;
    context
        .last_seen_folder()?
        .forget(&LastSeenKey::of_account(account))
        .context("can't remove what was last seen")?;
    context.console.note(&format!("Signed out {account}."));
    Ok(())
}
