//! `nxp token`: prints the access token for other programs.

use super::app::App;
use crate::command_output::{CommandOutput, IssuedToken};
use crate::error::Result;

pub(super) async fn run(app: &App) -> Result<CommandOutput> {
    let open = app.open_session()?;
    let access_token = open.waited_for(open.session.access_token()).await?;
    let session = &open.session;
    Ok(CommandOutput::Token(IssuedToken {
        access_token,
        expires_at: session.expires_at(),
        space: session.space().host(),
        email: session.account().map(|account| account.email.clone()),
        profile: None,
    }))
}
