//! `nxp profiles benefits`: what the current profile can spend.

use super::mismatch::tell_of_mismatch;
use crate::answer::{Answer, Spending};
use crate::commands::context::Context;
use crate::error::{Error, Result};

pub(in crate::commands) async fn run(context: &Context) -> Result<Answer> {
    let open = context.open_session()?;
    let list = open.profiles().await?;
    let profile = list
        .current()
        .ok_or(Error::NoCurrentProfile { cached: false })?;
    let benefits = open.benefits().await?;
    tell_of_mismatch(context, &list);
    context.console.note(&if benefits.is_empty() {
        format!("{} has nothing to spend.", profile.label())
    } else {
        format!("What {} can spend:", profile.label())
    });
    Ok(Answer::Benefits(Box::new(Spending {
        profile: profile.clone(),
        benefits,
    })))
}
