//! `nxp profiles switch`: makes another profile current, and shows the list fetched afterwards.

use super::pick;
use super::resolve::{id_in, resolve, virtual_office};
use super::switching::{Interrupts, LockRequest, SwitchOutcome, Transaction, Wait, busy};
use crate::api::{Profile, ProfileId, ProfileList};
use crate::args::SwitchArgs;
use crate::command_output::{CommandOutput, Switched};
use crate::commands::context::Context;
use crate::commands::open_session::OpenSession;
use crate::error::{Error, Result};
use crate::interrupt::Signals;

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
    match &args.profile {
        None if !args.virtual_office => {
            let picked = pick(context, &open, args, "").await?;
            switch(context, &open, args, Some(picked)).await
        }
        Some(text) if context.settings.may_ask && id_in(text).is_none() => {
            match switch(context, &open, args, None).await {
                Err(Error::NoSuchProfile { .. }) => {
                    let picked = pick(context, &open, args, text).await?;
                    switch(context, &open, args, Some(picked)).await
                }
                outcome => outcome,
            }
        }
        _ => switch(context, &open, args, None).await,
    }
}

async fn switch(
    context: &Context,
    open: &OpenSession<'_>,
    args: &SwitchArgs,
    picked: Option<ProfileId>,
) -> Result<CommandOutput> {
    let request = LockRequest {
        is_exec: false,
        profile: args.profile.as_deref().unwrap_or("a profile"),
        wait: if args.force {
            Wait::Force
        } else {
            Wait::ForSwitch
        },
    };
    let mut transaction = Transaction::begin(context, open, request, &mut None).await?;
    let list = transaction.list.clone();
    let wanted = match wanted(args, picked, &list, &transaction) {
        Ok(wanted) => wanted,
        Err(error) => {
            open.keep(&list);
            return Err(error);
        }
    };
    let from = list.current().map(|profile| profile.id);
    let to = wanted.id;
    if list.acts_as(to) && !transaction.is_pending() {
        open.keep(&list);
        transaction.accept_current();
        let message = format!("Already on {}.", wanted.label());
        return Ok(CommandOutput::Switched(Switched {
            from,
            to,
            changed: false,
            list,
            message,
        }));
    }
    let mut signals = Signals::watch_interrupts()?;
    let mut interrupts = Interrupts::watch(context, &mut signals);
    let fetched = match transaction.switch_to(wanted, false, &mut interrupts).await {
        SwitchOutcome::Done { list, .. } => list,
        SwitchOutcome::NotDone(error) | SwitchOutcome::Unknown(error) => return Err(error),
    };
    open.keep(&fetched);
    let message = sentence(context, &list, &fetched, wanted);
    Ok(CommandOutput::Switched(Switched {
        from,
        to,
        changed: from != Some(to),
        list: fetched,
        message,
    }))
}

fn wanted<'a>(
    args: &SwitchArgs,
    picked: Option<ProfileId>,
    list: &'a ProfileList,
    transaction: &Transaction<'_>,
) -> Result<&'a Profile> {
    match (&args.profile, picked) {
        (_, Some(picked)) => resolve(&picked.to_string(), list, || Ok(None)),
        (Some(given), None) => resolve(given, list, || Ok(transaction.previous())),
        (None, None) => virtual_office(list),
    }
}

/// Lets the user pick where there is more than one profile to pick from. The lock is not held
/// meanwhile, so the list is read again afterwards.
async fn pick(
    context: &Context,
    open: &OpenSession<'_>,
    args: &SwitchArgs,
    filter: &str,
) -> Result<ProfileId> {
    let list = open.profiles().await?;
    let files = open.switch_files(list.user_id())?;
    if let Some(holder) = files.holder()
        && holder.is_exec
        && !args.force
    {
        return Err(busy(&holder, false));
    }
    let mut active = list.active();
    let picked = match (active.next(), active.next()) {
        (Some(only), None) if filter.is_empty() => {
            context
                .console
                .note(&format!("{} is your only active profile.", only.label()));
            only
        }
        _ => pick::pick(context.console, &list, files.previous(), filter)?,
    };
    Ok(picked.id)
}

fn sentence(
    context: &Context,
    before: &ProfileList,
    after: &ProfileList,
    wanted: &Profile,
) -> String {
    let mut sentence = "Switched".to_owned();
    if context.settings.choice.sandbox {
        sentence += " (sandbox)";
    }
    if let Some(from) = before.current() {
        sentence += &format!(" from {}", from.label());
    }
    sentence += &format!(" to {}.", wanted.label());
    let has_moved = before.default_business != after.default_business;
    if let Some(location) = after.location().filter(|_| has_moved) {
        sentence += &format!(" You are at {location} now.");
    }
    if before.current().is_some() && context.console.stderr_is_terminal() {
        sentence += &format!(" Undo: `{}`.", context.switch_command_here("-"));
    }
    sentence
}
