//! `.`: the profile of this directory, from `NXP_PROFILE` or the nearest `.nxp.toml`.

use crate::api::Space;
use crate::commands::app::App;
use crate::config;
use crate::error::{Error, Result};
use crate::session::{Choice, DirectoryProfile};

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
