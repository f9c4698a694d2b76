//! `.`: the profile of this directory, and the hint that it is not the current one.

use super::resolve::resolve;
use crate::api::ProfileList;
use crate::commands::context::Context;
use crate::config;
use crate::error::{Error, Result};
use crate::session::{Account, Choice, DirectoryFile, Preferred, Session};

/// PROFILE as typed for the profile of this directory.
pub(in crate::commands) const HERE: &str = ".";

/// What names the profile of this directory.
pub(in crate::commands) enum DirectoryProfileSource {
    /// `NXP_PROFILE`, with its value.
    Variable(String),
    /// The nearest file.
    File(DirectoryFile),
}

/// What names the profile of this directory: `NXP_PROFILE`, else the nearest file.
///
/// # Errors
/// [`Error::Usage`] for a variable that names no profile, else as [`DirectoryFile::find`].
pub(in crate::commands) fn source() -> Result<Option<DirectoryProfileSource>> {
    if let Some(profile) = config::directory_profile() {
        if matches!(profile.as_str(), "-" | HERE) {
            return Err(Error::usage(
                format!("invalid NXP_PROFILE \"{profile}\": expected an id or a name"),
                "set it to the id or the name of a profile, or unset it",
            ));
        }
        return Ok(Some(DirectoryProfileSource::Variable(profile)));
    }
    let file = DirectoryFile::find(&config::working_directory()?)?;
    Ok(file.map(DirectoryProfileSource::File))
}

/// What `.` means.
pub(in crate::commands) struct DirectoryChoice {
    /// PROFILE in another form: an id or a name.
    pub(in crate::commands) profile: String,
    /// The variable or the file that names it.
    pub(in crate::commands) named_by: String,
    /// The choice of the account, narrowed to the space that has the profile.
    pub(in crate::commands) choice: Choice,
}

/// What PROFILE means where it is `.`. What the command line and the environment choose takes
/// precedence over the file.
///
/// # Errors
/// [`Error::Usage`] where nothing names a profile, or the file is for another space than the token
/// in `NXP_TOKEN`; else as [`source`].
pub(in crate::commands) fn profile_of_directory(context: &Context) -> Result<DirectoryChoice> {
    let mut choice = context.settings.choice.clone();
    let file = match source()? {
        Some(DirectoryProfileSource::Variable(profile)) => {
            return Ok(DirectoryChoice {
                profile,
                named_by: config::variable::PROFILE.to_owned(),
                choice,
            });
        }
        Some(DirectoryProfileSource::File(file)) => file,
        None => {
            return Err(Error::usage(
                "no profile is recorded for this directory",
                format!(
                    "record one with `{}`",
                    context.command_here(&["profiles", "pin"])
                ),
            ));
        }
    };
    if let Some(space) = file.content.space.filter(|_| !choice.sandbox) {
        match &choice.space {
            Some(named) if choice.token.is_some() && *named != space => {
                return Err(Error::usage(
                    format!(
                        "{} is for {}, but NXP_TOKEN is for {}",
                        file.path.display(),
                        space.host(),
                        named.host()
                    ),
                    "unset NXP_TOKEN and NXP_SPACE to use a stored account",
                ));
            }
            // A token is sent only where its owner says, never where a file says.
            None if choice.token.is_none() => {
                choice.space = Some(space);
                choice.preferred = Preferred::Neither;
            }
            _ => {}
        }
    }
    Ok(DirectoryChoice {
        profile: file.content.profile.to_string(),
        named_by: file.path.display().to_string(),
        choice,
    })
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
    let wanted = match source() {
        Ok(source) => source?,
        Err(error) => return Some(error.to_string()),
    };
    let switch = context.command_here(&["profiles", "switch", HERE]);
    let given = match wanted {
        DirectoryProfileSource::Variable(profile) => profile,
        DirectoryProfileSource::File(DirectoryFile { path, content }) => {
            let choice = &context.settings.choice;
            let elsewhere = content
                .space
                .filter(|space| !choice.sandbox && !is_at(session, space));
            if let Some(space) = elsewhere {
                // Who has named a space does not mean that of the directory.
                return choice.space.is_none().then(|| {
                    format!(
                        "the profile of this directory is {} at {} ({}): `{switch}`",
                        content.profile,
                        space.host(),
                        path.display()
                    )
                });
            }
            content.profile.to_string()
        }
    };
    match resolve(&given, list, || Ok(None)) {
        Ok(profile) if list.acts_as(profile.id) => None,
        Ok(profile) => Some(format!(
            "the profile of this directory is {}, not the current one: `{switch}`",
            profile.label()
        )),
        Err(error) => Some(format!("the profile of this directory: {error}")),
    }
}

fn is_at(session: &Session, space: &crate::api::Space) -> bool {
    let is_at = |account: &Account| account.is_at(space);
    session
        .account()
        .map_or_else(|| session.space() == space, is_at)
}
