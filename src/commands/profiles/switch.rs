//! `nxp profiles switch`: makes another profile the current one, and shows the list fetched after.

use super::resolve::{resolve, virtual_office};
use crate::api::{Profile, ProfileId, ProfileList};
use crate::args::SwitchArgs;
use crate::command_output::{CommandOutput, Switched};
use crate::commands::context::Context;
use crate::config;
use crate::error::{BusyRemedy, Error, Result};
use crate::prompt::picker;
use crate::session::{Exec, UserKey};

pub(in crate::commands) async fn run(
    context: &Context,
    args: &SwitchArgs,
) -> Result<CommandOutput> {
    if args.profile.is_none() && !args.virtual_office && !context.settings.may_ask {
        return Err(Error::MissingInput {
            what: "PROFILE",
            give: "its id: `nxp profiles switch ID` (`nxp profiles list` shows them)",
        });
    }
    let open = context.open_session()?;
    let list = open.profiles_before_switch().await?;
    let user = open.user_key(&list);
    let asks = args.profile.is_none() && !args.virtual_office;
    if asks {
        // Before the picker opens: while it is open, others may see a newer list.
        open.keep(&list);
    }
    let wanted = wanted(context, args, &list, &user);
    let goes_on = matches!(&wanted, Ok(wanted) if !list.acts_as(wanted.id));
    if !asks && !goes_on {
        open.keep(&list);
    }
    let wanted = wanted?;
    let from = list.current().map(|profile| profile.id);
    let to = wanted.id;
    if list.acts_as(to) {
        chosen(context, &user, to);
        context
            .console
            .note(&format!("Already on {}.", wanted.label()));
        return Ok(CommandOutput::Switched(Switched {
            from,
            to,
            changed: false,
            list,
        }));
    }
    let fetched = open.switch_to(wanted).await?;
    remember(context, &user, &list);
    chosen(context, &user, to);
    context.console.note(&sentence(&list, &fetched, wanted));
    Ok(CommandOutput::Switched(Switched {
        from,
        to,
        changed: true,
        list: fetched,
    }))
}

/// The profile to switch to. None is while an `exec` holds the account, be it that `--force` says so.
fn wanted<'a>(
    context: &Context,
    args: &SwitchArgs,
    list: &'a ProfileList,
    user: &UserKey,
) -> Result<&'a Profile> {
    let held = || match context.line(user)?.holder()? {
        Some(holder) if !args.force => Err(busy(&holder)),
        _ => Ok(()),
    };
    held()?;
    match &args.profile {
        Some(given) => resolve(given, list, || context.previous(user)),
        None if args.virtual_office => virtual_office(list),
        None => {
            let picked = pick(context, list)?;
            held()?;
            Ok(picked)
        }
    }
}

/// Lets the user pick, where there is more than one to pick from.
fn pick<'a>(context: &Context, list: &'a ProfileList) -> Result<&'a Profile> {
    let mut active = list.active();
    match (active.next(), active.next()) {
        (Some(only), None) => {
            context
                .console
                .note(&format!("{} is your only active profile.", only.label()));
            Ok(only)
        }
        _ => picker::pick(context.console, list),
    }
}

/// Remembers what was current before, for `-`. The switch has happened; that nobody can be told
/// of it later is no failure.
fn remember(context: &Context, user: &UserKey, before: &ProfileList) {
    let previous = before.current().map(|profile| profile.id);
    let written = context
        .state_file()
        .and_then(|file| file.update(|state| state.set_previous(user, previous)));
    if let Err(error) = written {
        context.console.warn(&format!(
            "`nxp profiles switch -` will not lead back: {error}"
        ));
    }
}

/// From now on, an `exec` that was cut short is not told of any more. Where that fails it is, and
/// that does no harm.
fn chosen(context: &Context, user: &UserKey, now: ProfileId) {
    let _ = context.line(user).and_then(|line| line.chosen(now));
}

fn busy(holder: &Exec) -> Error {
    Error::Busy {
        pid: holder.pid,
        label: holder.profile.label.clone(),
        age: holder.age(),
        remedy: if config::enclosing_execs().contains(&holder.id) {
            BusyRemedy::ForceWithin
        } else {
            BusyRemedy::Force
        },
    }
}

fn sentence(before: &ProfileList, after: &ProfileList, wanted: &Profile) -> String {
    let from = before
        .current()
        .map(|profile| format!(" from {}", profile.label()))
        .unwrap_or_default();
    let switched = format!("Switched{from} to {}.", wanted.label());
    match after
        .location()
        .filter(|_| before.default_business != after.default_business)
    {
        Some(location) => format!("{switched} You are at {location} now."),
        None => switched,
    }
}
