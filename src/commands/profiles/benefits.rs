//! `nxp profiles benefits`: what the current profile can spend.

use super::resolve::current;
use super::virtual_office_hint::suggest_virtual_office;
use crate::command_output::{CommandOutput, Spending};
use crate::commands::app::App;
use crate::error::Result;

pub(in crate::commands) async fn run(app: &App) -> Result<CommandOutput> {
    let open = app.open_session()?;
    let list = open.profiles().await?;
    let profile = current(&list)?;
    let benefits = open.waited_for(open.session.benefits()).await?;
    suggest_virtual_office(app, &list);
    Ok(CommandOutput::Benefits(Box::new(Spending {
        profile: profile.clone(),
        benefits,
    })))
}
