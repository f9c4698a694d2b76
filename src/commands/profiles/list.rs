//! `nxp profiles list`: all profiles of the user.

use crate::answer::Answer;
use crate::commands::context::Context;
use crate::error::Result;

pub(in crate::commands) async fn run(context: &Context) -> Result<Answer> {
    let open = context.open_session()?;
    Ok(Answer::Profiles(open.session.profiles().await?))
}
