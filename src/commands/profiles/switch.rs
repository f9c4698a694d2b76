//! `nxp profiles switch`: makes another profile current, and shows the list fetched afterwards.

use super::earlier_switch::fetch_list;
use super::resolve::{pick, resolve, virtual_office};
use super::transaction::{Purpose, Transaction};
use crate::api::{Profile, ProfileList, VirtualOffice};
use crate::args::SwitchArgs;
use crate::command_output::{CommandOutput, Switched, SwitchedProfile};
use crate::commands::app::App;
use crate::error::{Error, ErrorKind, Result};
use crate::interrupt::Watch;
use crate::session::Session;

pub(in crate::commands) async fn run(app: &App, args: &SwitchArgs) -> Result<CommandOutput> {
    let may_ask = app.settings.may_ask;
    if args.profile.is_none() && !args.virtual_office && !may_ask {
        return Err(Error::missing(
            "PROFILE",
            format!(
                "its id: `{}` (`{}` shows them)",
                app.switch_command("ID"),
                app.command_here(&["profiles", "list"])
            ),
        ));
    }
    let session = app.session()?;
    let purpose = Purpose::Switch { force: args.force };
    let given = match &args.profile {
        None if !args.virtual_office => let_pick(app, &session, "").await?,
        given => given.clone().unwrap_or_default(),
    };
    let mut transaction = Transaction::begin(app, &session, purpose).await?;
    let found = match args.virtual_office {
        true => virtual_office(&transaction.list),
        false => resolve(&given, &transaction.list, transaction.found.previous()),
    };
    let wanted = match found {
        Err(error) if error.kind == ErrorKind::NoSuchName && may_ask => {
            drop(transaction);
            let picked = let_pick(app, &session, &given).await?;
            transaction = Transaction::begin(app, &session, purpose).await?;
            resolve(&picked, &transaction.list, None)?.clone()
        }
        found => found?.clone(),
    };
    let before = transaction.list.clone();
    let list = match transaction.is_settled_on(&wanted) {
        true => transaction.list,
        false => transaction.switch_to(&wanted, &mut Watch::begin()?).await?,
    };
    let from = before.current().map(|profile| profile.id);
    Ok(CommandOutput::Switched(Switched {
        switched: SwitchedProfile {
            from,
            to: wanted.id,
            changed: from != Some(wanted.id),
        },
        hint: virtual_office_hint(app, &list),
        message: sentence(app, &before, &list, &wanted),
        list,
    }))
}

/// Lets the user pick a profile, and returns its id. The lock is not held meanwhile, so the list is fetched
/// again afterwards.
async fn let_pick(app: &App, session: &Session, filter: &str) -> Result<String> {
    let list = fetch_list(app, session).await?;
    let previous = app.previous(&session.space_key, &list);
    let picked = pick(app.console, "Switch to", &list, previous, filter)?;
    Ok(picked.id.to_string())
}

fn sentence(app: &App, before: &ProfileList, after: &ProfileList, wanted: &Profile) -> String {
    let label = wanted.label();
    if before.acts_as(wanted.id) {
        return format!("Already on {label}.");
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
    if before.current().is_some() && app.console.stderr_is_terminal {
        let undo = app.switch_command("-");
        sentence += &format!(" Undo: `{undo}`.");
    }
    sentence
}

/// The profiles that have a virtual office, and how to switch there. `None` if the current profile has one,
/// even a paused one.
fn virtual_office_hint(app: &App, list: &ProfileList) -> Option<String> {
    let current = list.current()?;
    if current.virtual_office() != VirtualOffice::None {
        return None;
    }
    let holders = list
        .active()
        .filter(|profile| profile.virtual_office() == VirtualOffice::Active);
    let holders: Vec<&Profile> = holders.collect();
    let labels: Vec<String> = holders.iter().map(|profile| profile.label()).collect();
    Some(format!(
        "{} has no virtual office; these profiles have one: {}; switch with `{}`",
        current.label(),
        labels.join(", "),
        app.switch_command(holders.first()?.id)
    ))
}
