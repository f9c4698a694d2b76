//! `nxp accounts list`: the accounts on this machine.

use crate::command_output::{CommandOutput, ListedAccount};
use crate::commands::app::App;
use crate::error::Result;

pub(in crate::commands) fn run(app: &App) -> Result<CommandOutput> {
    app.not_in_sandbox("account")?;
    let state = app.state_file()?.load()?;
    let default = state.default_account();
    let keyring = app.keyring();
    let accounts = state.accounts();
    if accounts.is_empty() {
        app.console
            .note("No account is signed in. Sign in with `nxp login`.");
    }
    let listed = accounts.iter().map(|account| ListedAccount {
        space: account.space.name(),
        email: account.email.clone(),
        is_default: default.as_ref() == Some(account),
        store: keyring.kind_of(account).as_str(),
    });
    Ok(CommandOutput::Accounts(listed.collect()))
}
