//! `.`: the profile of this directory, and the hint that it is not the current one.

use super::resolve::resolve;
use crate::api::{ProfileList, Space};
use crate::commands::app::App;
use crate::config;
use crate::error::{CommandLine, Error, Result};
use crate::session::{Choice, DirectoryProfile, Session};

/// PROFILE as typed for the profile of this directory.
pub(in crate::commands) const HERE: &str = ".";

/// The profile of this directory.
pub(in crate::commands) struct DirectoryChoice {
    /// An id or a name.
    pub(in crate::commands) profile: String,
    /// The variable or the file that names it.
    pub(in crate::commands) named_by: String,
    /// The space that has it, if the file says so.
    pub(in crate::commands) space: Option<Space>,
}

/// The profile of this directory: that of `NXP_PROFILE`, else that of the nearest file. The file
/// also names the space for the variable, unless `choice` names an account.
///
/// # Errors
/// A usage error for a variable that names no profile, else as [`DirectoryProfile::find`].
pub(in crate::commands) fn directory_choice(choice: &Choice) -> Result<Option<DirectoryChoice>> {
    let find = || DirectoryProfile::find(&config::working_directory()?, config::sudo_user());
    if let Some(profile) = config::directory_profile()? {
        if matches!(profile.as_str(), "-" | HERE) {
            return Err(Error::usage(
                format!("invalid NXP_PROFILE \"{profile}\": expected an id or a name"),
                "set it to the id or the name of a profile, or unset it",
            ));
        }
        let file = if choice.is_open() { find()? } else { None };
        return Ok(Some(DirectoryChoice {
            profile,
            named_by: config::variable::PROFILE.to_owned(),
            space: file.and_then(|file| file.space),
        }));
    }
    Ok(find()?.map(|found| DirectoryChoice {
        profile: found.profile.to_string(),
        named_by: found.path.display().to_string(),
        space: found.space,
    }))
}

/// What `.` means, and the choice of the account, narrowed to the space that has the profile. What
/// the command line and the environment choose takes precedence over the file.
///
/// # Errors
/// A usage error where nothing names a profile, or the file is for another space than the token
/// in `NXP_TOKEN`; else as [`directory_choice`].
pub(in crate::commands) fn profile_of_directory(app: &App) -> Result<(DirectoryChoice, Choice)> {
    let mut choice = app.settings.choice.clone();
    let found = directory_choice(&choice)?.ok_or_else(|| {
        let pin = app.command_here(&["profiles", "pin"]);
        Error::usage(
            "no profile is recorded for this directory",
            format!("record one with `{pin}`"),
        )
    })?;
    if let Some(space) = found.space.as_ref().filter(|_| !choice.sandbox) {
        match choice.space() {
            Some(named) if choice.token.is_some() && named != space => {
                return Err(Error::usage(
                    format!(
                        "{} is for {space}, but NXP_TOKEN is for {named}",
                        found.named_by
                    ),
                    "unset NXP_TOKEN and NXP_SPACE to use a stored account",
                ));
            }
            // A token is sent only where its owner says, never where a file says.
            None if choice.token.is_none() => {
                choice = choice.at(space, choice.email());
            }
            _ => {}
        }
    }
    Ok((found, choice))
}

/// If `given` is `.`: replaces it by the profile of this directory, and narrows the choice of the account
/// to the space that has it.
pub(in crate::commands) fn resolve_here(app: &mut App, given: &mut String) -> Result<()> {
    if given != HERE {
        return config::no_secret("PROFILE", given).map(drop);
    }
    let (found, choice) = profile_of_directory(app)?;
    *given = found.profile;
    app.settings.choice = choice;
    Ok(())
}

/// Says on a terminal that the current profile is not that of this directory, with the command that
/// switches to it, or that the file of this directory can't be used. The command of an `exec` gets no
/// such hint: there the profile is another one on purpose, and a switch would be refused.
pub(in crate::commands) fn suggest_switch(app: &App, session: &Session, list: &ProfileList) {
    let hint = match directory_choice(&app.settings.choice) {
        Ok(found) => found.and_then(|found| mismatch(app, found, session, list)),
        Err(error) => Some(error.to_string()),
    };
    if let Some(hint) = hint
        && config::enclosing_execs().is_empty()
    {
        app.console.suggest(&hint);
    }
}

fn mismatch(
    app: &App,
    found: DirectoryChoice,
    session: &Session,
    list: &ProfileList,
) -> Option<String> {
    let DirectoryChoice { profile, .. } = found;
    let account = session.account();
    let is_here = |space: &Space| {
        session.space() == space || account.is_some_and(|account| account.is_at(space))
    };
    if let Some(space) = found.space
        && !app.settings.choice.sandbox
        && !is_here(&space)
    {
        let (host, named_by) = (space.host(), found.named_by);
        let elsewhere = CommandLine::nxp().option("--space", Some(&space.short_name()));
        let switch = elsewhere.arg("profiles").arg("switch").arg(&profile);
        return Some(format!(
            "the profile of this directory is {profile} at {host} ({named_by}): `{switch}`"
        ));
    }
    match resolve(&profile, list, None) {
        Ok(profile) if list.acts_as(profile.id) => None,
        Ok(profile) => Some(format!(
            "the profile of this directory is {}, not the current one: `{}`",
            profile.label(),
            app.switch_command(HERE)
        )),
        Err(error) => Some(format!("the profile of this directory: {error}")),
    }
}
