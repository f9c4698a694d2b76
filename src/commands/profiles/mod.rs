//! `nxp profiles`: the list of profiles, and which one is current.

pub(super) mod acting;
mod benefits;
mod child;
pub(super) mod current;
pub(super) mod directory;
pub(super) mod earlier_switch;
mod exec;
mod list;
mod lock;
mod pin;
#[cfg(test)]
mod properties;
mod resolve;
mod switch;
mod transaction;

use self::directory::resolve_here;
use super::app::App;
use crate::args::ProfilesCommand;
use crate::command_output::CommandOutput;
use crate::error::Result;

pub(super) async fn run(app: &mut App, mut command: ProfilesCommand) -> Result<CommandOutput> {
    if let Some(given) = command.profile_mut() {
        resolve_here(app, given)?;
    }
    match command {
        ProfilesCommand::List(args) => list::run(app, &args).await,
        ProfilesCommand::Switch(args) => switch::run(app, &args).await,
        ProfilesCommand::Current(args) => current::run(app, &args).await,
        ProfilesCommand::Benefits(args) => benefits::run(app, &args).await,
        ProfilesCommand::Exec(args) => exec::run(app, &args).await,
        ProfilesCommand::Pin(args) => pin::run(app, &args).await,
    }
}
