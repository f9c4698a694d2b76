//! `nxp token`: prints the access token for other programs.

use super::app::App;
use super::profiles::acting::session_as;
use crate::args::TokenArgs;
use crate::command_output::{CommandOutput, IssuedToken};
use crate::error::Result;

pub(super) async fn run(app: &mut App, args: &TokenArgs) -> Result<CommandOutput> {
    let (session, profile) = session_as(app, args.act_as.as_deref(), "--as").await?;
    let access_token = session.access_token().await?;
    Ok(CommandOutput::Token(IssuedToken {
        access_token,
        expires_at: session.expires_at(),
        space: session.space().host(),
        email: session.account().map(|account| account.email.clone()),
        profile: profile.map(|profile| profile.id),
    }))
}
