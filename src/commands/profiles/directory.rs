//! `.`: the profile of this directory, and the hint that it is not the current one.

use super::resolve::resolve;
use crate::api::{ProfileList, Space};
use crate::commands::context::Context;
use crate::config;
use crate::error::{Error, Result};
use crate::session::{Choice, DirectoryFile, Preferred, Session};

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

/// The profile of this directory: that of `NXP_PROFILE`, else that of the nearest file.
///
/// # Errors
/// [`Error::Usage`] for a variable that names no profile, else as [`DirectoryFile::find`].
pub(in crate::commands) fn directory_choice() -> Result<Option<DirectoryChoice>> {
    if let Some(profile) = config::directory_profile() {
        if matches!(profile.as_str(), "-" | HERE) {
            return Err(Error::usage(
                format!("invalid NXP_PROFILE \"{profile}\": expected an id or a name"),
                "set it to the id or the name of a profile, or unset it",
            ));
        }
        return Ok(Some(DirectoryChoice {
            profile,
            named_by: config::variable::PROFILE.to_owned(),
            space: None,
        }));
    }
    let file = DirectoryFile::find(&config::working_directory()?)?;
    Ok(file.map(|DirectoryFile { path, content }| DirectoryChoice {
        profile: content.profile.to_string(),
        named_by: path.display().to_string(),
        space: content.space,
    }))
}

/// What `.` means, and the choice of the account, narrowed to the space that has the profile. What
/// the command line and the environment choose takes precedence over the file.
///
/// # Errors
/// [`Error::Usage`] where nothing names a profile, or the file is for another space than the token
/// in `NXP_TOKEN`; else as [`directory_choice`].
pub(in crate::commands) fn profile_of_directory(
    context: &Context,
) -> Result<(DirectoryChoice, Choice)> {
    let found = directory_choice()?.ok_or_else(|| {
        let pin = context.command_here(&["profiles", "pin"]);
        Error::usage(
            "no profile is recorded for this directory",
            format!("record one with `{pin}`"),
        )
    })?;
    let mut choice = context.settings.choice.clone();
    if let Some(space) = found.space.as_ref().filter(|_| !choice.sandbox) {
        match &choice.space {
            Some(named) if choice.token.is_some() && named != space => {
                return Err(Error::usage(
                    format!(
                        "{} is for {}, but NXP_TOKEN is for {}",
                        found.named_by,
                        space.host(),
                        named.host()
                    ),
                    "unset NXP_TOKEN and NXP_SPACE to use a stored account",
                ));
            }
            // A token is sent only where its owner says, never where a file says.
            None if choice.token.is_none() => {
                choice.space = Some(space.clone());
                choice.preferred = Preferred::Neither;
            }
            _ => {}
        }
    }
    Ok((found, choice))
}

/// Says on a terminal that the current profile is not that of this directory, with the command that
/// switches to it. Nothing depends on it.
pub(in crate::commands) fn suggest_switch(
    context: &Context,
    session: &Session,
    list: &ProfileList,
) {
    if let Some(hint) = mismatch(context, session, list) {
        context.suggest(&hint);
    }
}

fn mismatch(context: &Context, session: &Session, list: &ProfileList) -> Option<String> {
    let DirectoryChoice {
        profile,
        named_by,
        space,
    } = match directory_choice() {
        Ok(found) => found?,
        Err(error) => return Some(error.to_string()),
    };
    let choice = &context.settings.choice;
    let switch = context.command_here(&["profiles", "switch", HERE]);
    if let Some(space) = space.filter(|space| !choice.sandbox && !is_at(session, space)) {
        // A space that was named is meant instead of that of the directory.
        return choice.space.is_none().then(|| {
            let host = space.host();
            format!("the profile of this directory is {profile} at {host} ({named_by}): `{switch}`")
        });
    }
    match resolve(&profile, list, || Ok(None)) {
        Ok(profile) if list.acts_as(profile.id) => None,
        Ok(profile) => Some(format!(
            "the profile of this directory is {}, not the current one: `{switch}`",
            profile.label()
        )),
        Err(error) => Some(format!("the profile of this directory: {error}")),
    }
}

fn is_at(session: &Session, space: &Space) -> bool {
    match session.account() {
        Some(account) => account.is_at(space),
        None => session.space() == space,
    }
}
