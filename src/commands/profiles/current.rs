//! `nxp profiles current`: the profile that the session acts as, and whether it is the right one.

use super::directory::suggest_switch;
use super::resolve::{id_in, resolve};
use super::virtual_office_hint::suggest_virtual_office;
use crate::api::{Profile, ProfileList};
use crate::args::CurrentArgs;
use crate::command_output::CommandOutput;
use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::session::Identity;

/// Shows the current profile of a new list.
pub(in crate::commands) async fn fetch(
    context: &Context,
    args: &CurrentArgs,
) -> Result<CommandOutput> {
    let open = context.open_session()?;
    let list = open.profiles().await?;
    suggest_virtual_office(context, &list);
    if args.expect.is_none() {
        suggest_switch(context, &open.session, &list);
    }
    checked(context, &list, args, &open.identity)
}

/// Shows the current profile of the cache, without network or keyring.
pub(in crate::commands) fn cached(context: &Context, args: &CurrentArgs) -> Result<CommandOutput> {
    let identity = context.identity()?;
    let cached = context.profile_cache()?.load(&identity.cache_key());
    let list = cached
        .ok_or(Error::NoCurrentProfile { cached: true })?
        .into_list();
    checked(context, &list, args, &identity)
}

fn checked(
    context: &Context,
    list: &ProfileList,
    args: &CurrentArgs,
    identity: &Identity,
) -> Result<CommandOutput> {
    let current = list.current().ok_or(Error::NoCurrentProfile {
        cached: args.cached,
    })?;
    if !list.acts_as(current.id) {
        let marked = list.profiles.iter().filter(|profile| profile.is_current());
        let several = Error::SeveralCurrent {
            labels: marked.map(Profile::label).collect(),
        };
        if args.expect.is_some() {
            return Err(several);
        }
        context.console.warn(&several.to_string());
    }
    if let Some(expected) = &args.expect
        && id_in(expected) != Some(&current.id.to_string())
    {
        let expected = resolve(expected, list, || {
            Ok(context.switch_files(identity, list.user_id())?.previous())
        })?;
        if expected.id != current.id {
            return Err(Error::NotCurrent {
                expected: expected.label(),
                switch: context.switch_command_here(&expected.id.to_string()),
                current: current.label(),
            });
        }
    }
    Ok(CommandOutput::Current(Box::new(current.clone())))
}
