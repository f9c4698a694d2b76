//! `nxp profiles`: the list of profiles, and which one is current.

mod benefits;
pub(super) mod current;
pub(super) mod directory;
pub(super) mod exec;
mod list;
mod pick;
mod pin;
#[cfg(test)]
mod properties;
pub(super) mod resolve;
mod switch;
mod transaction;
pub(super) mod virtual_office_hint;

use self::directory::{HERE, profile_of_directory};
use super::Outcome;
use super::app::App;
use crate::args::ProfilesCommand;
use crate::config;
use crate::error::{Error, Result};

pub(super) async fn run(app: &mut App, mut command: ProfilesCommand) -> Result<Outcome> {
    if let Some(given) = command.profile_mut() {
        config::no_secret("PROFILE", given)?;
    }
    let Some(given) = command.profile_mut().filter(|given| *given == HERE) else {
        return dispatch(app, command).await;
    };
    let (found, choice) = profile_of_directory(app)?;
    *given = found.profile;
    app.settings.choice = choice;
    dispatch(app, command).await.map_err(|mut error| {
        if let Error::NoSuchProfile { wanted, .. } = &mut error {
            *wanted += &format!(", named by {}", found.named_by);
        }
        error
    })
}

async fn dispatch(app: &App, command: ProfilesCommand) -> Result<Outcome> {
    let output = match command {
        ProfilesCommand::List(args) => list::run(app, &args).await,
        ProfilesCommand::Switch(args) => switch::run(app, &args).await,
        ProfilesCommand::Current(args) => current::run(app, &args).await,
        ProfilesCommand::Benefits(_) => benefits::run(app).await,
        ProfilesCommand::Exec(args) => return exec::run(app, &args).await,
        ProfilesCommand::Pin(args) => pin::run(app, &args).await,
    };
    output.map(Outcome::from)
}
