//! `nxp profiles current`: the profile that the session acts as, and whether it is the right one.

use super::resolve::resolve;
use super::virtual_office_hint::tell_of_mismatch;
use crate::api::ProfileList;
use crate::args::CurrentArgs;
use crate::command_output::CommandOutput;
use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::session::UserKey;

/// Asks the portal.
pub(in crate::commands) async fn asked(
    context: &Context,
    args: &CurrentArgs,
) -> Result<CommandOutput> {
    let open = context.open_session()?;
    let list = open.profiles().await?;
    tell_of_mismatch(context, &list);
    checked(context, &list, args, open.user_key(&list))
}

/// Tells what was last seen; asks neither the portal nor the keyring.
pub(in crate::commands) fn last_seen(
    context: &Context,
    args: &CurrentArgs,
) -> Result<CommandOutput> {
    let identity = context.identity()?;
    let seen = context.profile_cache()?.load(&identity.cache_key());
    let list = seen
        .ok_or(Error::NoCurrentProfile { cached: true })?
        .into_list();
    checked(context, &list, args, identity.user_key(&list))
}

fn checked(
    context: &Context,
    list: &ProfileList,
    args: &CurrentArgs,
    user: UserKey,
) -> Result<CommandOutput> {
    let current = list.current().ok_or(Error::NoCurrentProfile {
        cached: args.cached,
    })?;
    if let Some(expected) = args
        .expect
        .as_ref()
        .filter(|expected| **expected != current.id.to_string())
    {
        let expected = resolve(expected, list, || context.previous(&user))?;
        if expected.id != current.id {
            return Err(Error::NotCurrent {
                expected: expected.label(),
                command: context.switch_command_here(&expected.id.to_string()),
                current: current.label(),
            });
        }
    }
    Ok(CommandOutput::Current(Box::new(current.clone())))
}
