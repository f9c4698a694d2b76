//! `nxp token`: prints the access token for other programs.

use super::app::App;
use crate::command_output::{CommandOutput, IssuedToken};
use crate::error::Result;

pub(super) async fn run(app: &App) -> Result<CommandOutput> {
    let session = app.session()?;
    let access_token = session.access_token().await?;
    Ok(CommandOutput::Token(IssuedToken {
        access_token,
        expires_at: session.expires_at(),
        space: session.space().host(),
        account: session.account().map(|account| account.email.clone()),
    }))
}
