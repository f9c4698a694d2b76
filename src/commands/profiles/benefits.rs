//! `nxp profiles benefits`: what the current profile can spend.

use super::resolve::current;
use super::virtual_office_hint::suggest_virtual_office;
use crate::command_output::{CommandOutput, Spending};
use crate::commands::app::App;
use crate::error::Result;

pub(in crate::commands) async fn run(app: &App) -> Result<CommandOutput> {
    let session = app.session()?;
    let list = session.profiles().await?;
    app.settle(&session, &list).await;
    let profile = current(&list)?;
    let benefits = session.benefits().await?;
    suggest_virtual_office(app, &list);
    app.console.note(&if benefits.is_empty() {
        format!("{} has nothing to spend.", profile.label())
    } else {
        format!("What {} can spend:", profile.label())
    });
    Ok(CommandOutput::Benefits(Box::new(Spending {
        profile: profile.clone(),
        benefits,
    })))
}
