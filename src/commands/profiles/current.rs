//! `nxp profiles current`: the profile that the session acts as, and whether it is the right one.

use super::directory::suggest_switch;
use super::resolve::{current, id_in, resolve};
use super::virtual_office_hint::suggest_virtual_office;
use crate::api::{Profile, ProfileList};
use crate::args::CurrentArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::error::{Error, Result};

pub(in crate::commands) async fn run(app: &App, args: &CurrentArgs) -> Result<CommandOutput> {
    let (list, identity) = if args.cached {
        // Without network and keyring.
        let identity = app.identity()?;
        let cached = app.profile_cache(&identity)?.load();
        let cached = cached.ok_or(Error::NoCurrentProfile { cached: true })?;
        (cached.into_list(), identity)
    } else {
        let open = app.open_session()?;
        let list = open.profiles().await?;
        suggest_virtual_office(app, &list);
        if args.expect.is_none() {
            suggest_switch(app, &open.session, &list);
        }
        (list, open.identity)
    };
    let current = match list.current() {
        None if args.cached => return Err(Error::NoCurrentProfile { cached: true }),
        _ => current(&list)?,
    };
    if let Some(several) = several_current(&list) {
        if args.expect.is_some() {
            return Err(several);
        }
        app.console.warn(&several.to_string());
    }
    if let Some(expected) = &args.expect
        && id_in(expected) != Some(&current.id.to_string())
    {
        let previous = || {
            let files = app.switch_files(&identity, list.user_id())?;
            Ok(files.previous())
        };
        let expected = resolve(expected, &list, previous)?;
        if expected.id != current.id {
            let id = expected.id.to_string();
            return Err(Error::NotCurrent {
                expected: expected.label(),
                switch: app.command_here(&["profiles", "switch", &id]),
                current: current.label(),
            });
        }
    }
    Ok(CommandOutput::Current(Box::new(current.clone())))
}

/// The problem that the portal marks more than one profile as current, if it does.
pub(in crate::commands) fn several_current(list: &ProfileList) -> Option<Error> {
    let current = list.current()?;
    if list.acts_as(current.id) {
        return None;
    }
    let marked = list.profiles.iter().filter(|profile| profile.is_current());
    Some(Error::SeveralCurrent {
        labels: marked.map(Profile::label).collect(),
    })
}
