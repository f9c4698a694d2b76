//! `nxp profiles switch`: makes another profile current, and shows the list fetched afterwards.

use super::pick;
use super::resolve::{id_in, resolve, virtual_office};
use super::transaction::{Purpose, Transaction, busy_exec};
use super::virtual_office_hint::virtual_office_hint;
use crate::api::{Profile, ProfileId, ProfileList};
use crate::args::SwitchArgs;
use crate::command_output::{CommandOutput, Switched, SwitchedProfile};
use crate::commands::app::App;
use crate::error::{Error, ErrorKind, Result};
use crate::interrupt::Watch;
use crate::session::Session;

pub(in crate::commands) async fn run(app: &App, args: &SwitchArgs) -> Result<CommandOutput> {
    let may_ask = app.settings.may_ask;
    let names_none = args.profile.is_none() && !args.virtual_office;
    if names_none && !may_ask {
        return Err(Error::missing(
            "PROFILE",
            format!(
                "its id: `{}` (`{}` shows them)",
                app.command_here(&["profiles", "switch", "ID"]),
                app.command_here(&["profiles", "list"])
            ),
        ));
    }
    let session = app.session()?;
    if names_none {
        let picked = pick(app, &session, args, "").await?;
        return switch(app, &session, args, Some(picked)).await;
    }
    match (switch(app, &session, args, None).await, &args.profile) {
        (Err(error), Some(text))
            if error.kind == ErrorKind::NoSuchProfile && may_ask && id_in(text).is_none() =>
        {
            let picked = pick(app, &session, args, text).await?;
            switch(app, &session, args, Some(picked)).await
        }
        (outcome, _) => outcome,
    }
}

async fn switch(
    app: &App,
    session: &Session,
    args: &SwitchArgs,
    picked: Option<ProfileId>,
) -> Result<CommandOutput> {
    let purpose = Purpose::Switch { force: args.force };
    let mut transaction = Transaction::begin(app, session, purpose).await?;
    let before = &transaction.list;
    let wanted = match (&args.profile, picked) {
        (_, Some(picked)) => resolve(&picked.to_string(), before, || None),
        (Some(given), None) => resolve(given, before, || transaction.previous()),
        (None, None) => virtual_office(before),
    };
    let wanted = wanted?.clone();
    let from = before.current().map(|profile| profile.id);
    let to = wanted.id;
    let (list, message) = if transaction.is_settled_on(&wanted) {
        transaction.accept_current();
        let message = format!("Already on {}.", wanted.label());
        (transaction.list, message)
    } else {
        let mut watch = Watch::begin()?;
        let list = transaction.switch_to(&wanted, &mut watch).await.list?;
        let message = sentence(app, &transaction.list, &list, &wanted);
        (list, message)
    };
    Ok(CommandOutput::Switched(Switched {
        switched: SwitchedProfile {
            from,
            to,
            changed: from != Some(to),
        },
        hint: virtual_office_hint(app, &list),
        list,
        message,
    }))
}

/// Lets the user pick where there is more than one profile to pick from. The lock is not held
/// meanwhile, so the list is read again afterwards.
async fn pick(app: &App, session: &Session, args: &SwitchArgs, filter: &str) -> Result<ProfileId> {
    let list = session.profiles().await?;
    app.settle(session, &list).await;
    if !args.force
        && let Ok(journal) = app.journal(&session.space_key, list.user_id())
        && let Some(busy) = busy_exec(&journal).await
    {
        return Err(busy);
    }
    let previous = app.previous(&session.space_key, &list);
    let mut active = list.active();
    let picked = match (active.next(), active.next()) {
        (Some(only), None) if filter.is_empty() => {
            app.console
                .note(&format!("{} is your only active profile.", only.label()));
            only
        }
        _ => pick::pick(app.console, "Switch to", &list, previous, filter)?,
    };
    session.client.was_idle();
    Ok(picked.id)
}

fn sentence(app: &App, before: &ProfileList, after: &ProfileList, wanted: &Profile) -> String {
    let label = wanted.label();
    if before.acts_as(wanted.id) {
        return format!(
            "Switched to {label} again, because an earlier switch could still take effect."
        );
    }
    if wanted.is_current() {
        return format!("{label} is the only current profile now.");
    }
    let mut sentence = "Switched".to_owned();
    if app.settings.choice.sandbox {
        sentence += " (sandbox)";
    }
    if let Some(from) = before.current() {
        sentence += &format!(" from {}", from.label());
    }
    sentence += &format!(" to {label}.");
    let has_moved = before.default_business != after.default_business;
    if let Some(location) = after.location().filter(|_| has_moved) {
        sentence += &format!(" You are at {location} now.");
    }
    if before.current().is_some() && app.console.appearance.stderr_is_terminal {
        sentence += &format!(
            " Undo: `{}`.",
            app.command_here(&["profiles", "switch", "-"])
        );
    }
    sentence
}
