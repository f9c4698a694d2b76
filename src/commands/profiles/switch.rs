//! `nxp profiles switch`: makes another profile the current one, and shows the list fetched after.

use super::resolve::resolve;
use crate::answer::{Answer, Switched};
use crate::args::SwitchArgs;
use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::portal::{Profile, ProfileId, ProfileList};
use crate::prompt::picker;
use crate::session::Session;

pub(in crate::commands) async fn run(context: &Context, args: &SwitchArgs) -> Result<Answer> {
    if args.profile.is_none() && !context.settings.may_ask {
        return Err(Error::MissingInput {
            what: "the profile",
            give: "its id: `nxp profiles switch ID` (`nxp profiles list` shows them)",
        });
    }
    let open = context.open_session()?;
    let list = open.session.profiles().await?;
    let wanted = match &args.profile {
        Some(name) => resolve(name, &list, || previous(context, &open.session, &list))?,
        None => picker::pick(context.console, &list)?,
    };
    let from = list.current().map(|profile| profile.id);
    let to = wanted.id;
    if list.acts_as(to) {
        context
            .console
            .note(&format!("Already on {}.", wanted.label()));
        return Ok(Answer::Switched(Switched {
            from,
            to,
            changed: false,
            list,
        }));
    }
    let fetched = open.session.switch_to(wanted).await?;
    remember(context, &open.session, &list);
    context.console.note(&sentence(&list, &fetched, wanted));
    Ok(Answer::Switched(Switched {
        from,
        to,
        changed: true,
        list: fetched,
    }))
}

fn previous(context: &Context, session: &Session, list: &ProfileList) -> Result<Option<ProfileId>> {
    Ok(context
        .state_file()?
        .load()?
        .previous(&session.user_key(list)))
}

/// Remembers what was current before, for `-`. The switch has happened; that nobody can be told
/// of it later is no failure.
fn remember(context: &Context, session: &Session, before: &ProfileList) {
    let key = session.user_key(before);
    let previous = before.current().map(|profile| profile.id);
    let written = context
        .state_file()
        .and_then(|file| file.update(|state| state.set_previous(&key, previous)));
    if let Err(error) = written {
        context.console.warn(&format!(
            "`nxp profiles switch -` will not lead back: {error}"
        ));
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
        .filter(|location| before.location() != Some(location))
    {
        Some(location) => format!("{switched} You are at {location} now."),
        None => switched,
    }
}
