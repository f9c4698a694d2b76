//! `nxp profiles`: the list of profiles, and which one is current.

mod ancestors;
mod benefits;
pub(super) mod current;
pub(super) mod directory;
pub(super) mod exec;
mod interrupts;
mod list;
mod locking;
mod pick;
mod pin;
#[cfg(test)]
mod properties;
pub(super) mod resolve;
mod sending;
mod switch;
mod transaction;
pub(super) mod virtual_office_hint;

use self::directory::{HERE, profile_of_directory};
use super::Outcome;
use super::context::Context;
use crate::args::ProfilesCommand;
use crate::error::{Error, Result};

pub(super) async fn run(context: &mut Context, mut command: ProfilesCommand) -> Result<Outcome> {
    let Some(given) = command.profile_mut().filter(|given| *given == HERE) else {
        return dispatch(context, command).await;
    };
    let (found, choice) = profile_of_directory(context)?;
    *given = found.profile;
    context.settings.choice = choice;
    dispatch(context, command).await.map_err(|mut error| {
        if let Error::NoSuchProfile { wanted, .. } = &mut error {
            *wanted += &format!(", named by {}", found.named_by);
        }
        error
    })
}

async fn dispatch(context: &Context, command: ProfilesCommand) -> Result<Outcome> {
    let output = match command {
        ProfilesCommand::List(args) => list::run(context, &args).await,
        ProfilesCommand::Switch(args) => switch::run(context, &args).await,
        ProfilesCommand::Current(args) => current::run(context, &args).await,
        ProfilesCommand::Benefits => benefits::run(context).await,
        ProfilesCommand::Exec(args) => return exec::run(context, &args).await,
        ProfilesCommand::Pin(args) => pin::run(context, &args).await,
    };
    output.map(Outcome::from)
}
