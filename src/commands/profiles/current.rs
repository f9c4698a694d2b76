//! `nxp profiles current`: the profile that the session acts as, and whether it is the right one.

use super::directory::suggest_switch;
use super::earlier_switch::fetch_list;
use super::resolve::{current, id_in, resolve};
use crate::api::{Profile, ProfileList};
use crate::args::CurrentArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::error::{Error, ErrorCode, Result, listed};

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
