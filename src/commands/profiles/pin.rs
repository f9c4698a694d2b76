//! `nxp profiles pin`: records the profile of this directory.

use super::earlier_switch::fetch_list;
use super::resolve::{current, resolve};
use crate::args::PinArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::config;
use crate::error::{Error, Result};
use crate::session::DirectoryProfile;

pub(in crate::commands) async fn run(app: &App, args: &PinArgs) -> Result<CommandOutput> {
    let directory = config::working_directory()?;
    if args.remove {
        return remove(app, &directory);
    }
    let session = app.session()?;
    let list = fetch_list(app, &session).await?;
    let profile = match &args.profile {
        Some(given) => resolve(given, &list, app.previous(&session.space_key, &list))?,
        None => current(&list)?,
    };
    // An integer in TOML has 64 bits with a sign (TOML 1.0.0, "Integer").
    if profile.id > i64::MAX.unsigned_abs().into() {
        let message = format!(
            "profile {} can't be pinned: the largest id in .nxp.toml is {}",
            profile.id,
            i64::MAX
        );
        return Err(Error::usage(message, "give the id in the command"));
    }
    // The address of the sandbox is another one each time.
    let space = (!app.settings.choice.sandbox).then(|| session.space().clone());
    let pinned = DirectoryProfile {
        space,
        profile: profile.id,
        path: DirectoryProfile::path_in(&directory),
    };
    pinned.write(&profile.title())?;
    app.console.note(&format!(
        "Pinned {} in {}.",
        profile.label(),
        pinned.path.display()
    ));
    Ok(CommandOutput::Nothing)
}

fn remove(app: &App, directory: &std::path::Path) -> Result<CommandOutput> {
    let removed = DirectoryProfile::remove(directory)?.ok_or_else(|| {
        Error::usage(
            format!("no .nxp.toml in {}", directory.display()),
            "run this in the directory that has the file; `nxp doctor` shows which file is used",
        )
    })?;
    app.console.note(&format!("Removed {}.", removed.display()));
    Ok(CommandOutput::Nothing)
}
