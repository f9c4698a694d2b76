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
mod pick;
mod pin;
#[cfg(test)]
mod properties;
mod resolve;
mod switch;
mod transaction;
mod virtual_office_hint;

use self::directory::resolve_here;
use super::Outcome;
use super::app::App;
use crate::args::ProfilesCommand;
use crate::error::{Error, Result};

pub(super) async fn run(app: &mut App, mut command: ProfilesCommand) -> Result<Outcome> {
    let named_by = match command.profile_mut() {
        Some(given) => resolve_here(app, given)?,
        None => None,
    };
    dispatch(app, command).await.map_err(|mut error| {
        if let (Error::NoSuchProfile { wanted, .. }, Some(named_by)) = (&mut error, named_by) {
            *wanted += &format!(", named by {named_by}");
        }
        error
    })
}

async fn dispatch(app: &mut App, command: ProfilesCommand) -> Result<Outcome> {
    let output = match command {
        ProfilesCommand::List(args) => list::run(app, &args).await,
        ProfilesCommand::Switch(args) => switch::run(app, &args).await,
        ProfilesCommand::Current(args) => current::run(app, &args).await,
        ProfilesCommand::Benefits(args) => benefits::run(app, &args).await,
        ProfilesCommand::Exec(args) => return exec::run(app, &args).await,
        ProfilesCommand::Pin(args) => pin::run(app, &args).await,
    };
    output.map(Outcome::from)
}
