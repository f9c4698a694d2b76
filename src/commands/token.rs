//! `nxp token`: prints the access token for other programs.

use super::app::App;
use super::profiles::acting::session_as;
use crate::args::TokenArgs;
use crate::command_output::{CommandOutput, IssuedToken};
use crate::error::Result;

pub(super) async fn run(app: &mut App, args: &TokenArgs) -> Result<CommandOutput> {
    let (session, acting) = session_as(app, args.act_as.as_deref()).await?;
    let access_token = session.access_token().await?;
    Ok(CommandOutput::Token(IssuedToken {
        access_token,
        expires_at: session.expires_at(),
        space: session.space().name(),
        email: match (session.account(), &acting) {
            (Some(account), _) => Some(account.email.clone()),
            (None, Some(list)) => list.user.as_ref().and_then(|user| user.email.clone()),
            (None, None) => None,
        },
        profile: acting.and_then(|list| Some(list.current()?.id)),
    }))
}
