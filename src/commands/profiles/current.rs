//! `nxp profiles current`: the profile that the session acts as, and whether it is the right one.

use super::directory::{DirectoryChoice, HERE, directory_choice};
use super::earlier_switch::fetch_list;
use super::resolve::{current, id_in, resolve};
use crate::api::{Profile, ProfileList, Space};
use crate::args::CurrentArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::config;
use crate::error::{CommandLine, Error, ErrorCode, Result, listed};
use crate::session::Session;

pub(in crate::commands) async fn run(app: &App, args: &CurrentArgs) -> Result<CommandOutput> {
    let (list, space_key) = if args.cached {
        // Without network and keyring.
        let identity = app.identity()?;
        let list = app.profile_cache(&identity)?.load();
        let list = list
            .filter(|list| list.current().is_some())
            .ok_or_else(|| {
                Error::new(ErrorCode::Profile, "no current profile in the cache")
                    .with_hint("run `nxp profiles current` once to fill it")
            })?;
        (list, identity.space_key())
    } else {
        let session = app.session()?;
        let list = fetch_list(app, &session).await?;
        if args.expect.is_none() {
            suggest_switch(app, &session, &list);
        }
        (list, session.space_key)
    };
    let current = current(&list)?;
    if let Some(several) = several_current(&list) {
        if args.expect.is_some() {
            return Err(Error::new(ErrorCode::Profile, several)
                .with_hint("choose one with `nxp profiles switch`"));
        }
        app.console.warn(&several);
    }
    if let Some(expected) = &args.expect
        && id_in(expected) != Some(&current.id.to_string())
    {
        let expected = resolve(expected, &list, app.previous(&space_key, &list))?;
        if expected.id != current.id {
            let switch = app.switch_command(expected.id);
            let message = format!(
                "the current profile is {}, not {}",
                current.label(),
                expected.label()
            );
            return Err(Error::new(ErrorCode::Profile, message)
                .with_hint(format!("switch with `{switch}`")));
        }
    }
    Ok(CommandOutput::Current(Box::new(current.clone())))
}

/// The problem that the portal marks more than one profile as current, if it does.
pub(in crate::commands) fn several_current(list: &ProfileList) -> Option<String> {
    let current = list.current()?;
    if list.acts_as(current.id) {
        return None;
    }
    let marked = list.profiles.iter().filter(|profile| profile.is_current());
    let labels: Vec<String> = marked.map(Profile::label).collect();
    Some(format!(
        "the portal marks {} profiles as current: {}",
        labels.len(),
        listed(&labels)
    ))
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
