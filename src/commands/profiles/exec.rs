//! `nxp profiles exec`: switches, runs a command, and switches back; one at a time for a user. With
//! `--no-switch`, runs it with a token that acts as the profile.

use std::time::Duration;

use super::acting::act_as;
use super::child;
use super::resolve::{current, resolve};
use super::transaction::{Purpose, Transaction, look_for, verify};
use crate::api::{Profile, SwitchProgress};
use crate::args::ExecArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::config;
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::interrupt::Watch;
use crate::session::Identity;

/// The pause between two attempts to switch back.
const PAUSE: Duration = Duration::from_secs(1);

pub(in crate::commands) async fn run(app: &App, args: &ExecArgs) -> Result<CommandOutput> {
    let code = match args.no_switch {
        true => run_without_switching(app, args).await,
        false => run_switched(app, args).await,
    };
    code.map(CommandOutput::Ended)
}

async fn run_switched(app: &App, args: &ExecArgs) -> Result<u8> {
    let mut command = child::find(&args.command)?;
    let mut watch = Watch::begin()?;
    let session = app.session()?;
    let begun = Transaction::begin(app, &session, Purpose::Exec { wait: args.wait });
    let begun = watch.bounded(begun, || false, || {}).await;
    let mut transaction = begun.unwrap_or_else(|signal| Err(Error::stopped(signal, false)))?;
    let previous = transaction.found.previous();
    let profile = resolve(&args.profile, &transaction.list, previous)?.clone();
    let run = async |transaction: &Transaction<'_>, watch: &mut Watch| {
        let (list, exec) = (&transaction.list, transaction.holder_id.clone());
        child::prepare(&mut command, args, &session, list, &profile, exec).await?;
        child::run(command, watch).await
    };
    if transaction.is_settled_on(&profile) {
        transaction.write_down(&profile, None)?;
        return run(&transaction, &mut watch).await;
    }
    let before = current(&transaction.list)?.clone();
    if !before.is_active() {
        let message = format!(
            "the current profile {} is not active, so exec could not switch back",
            before.label()
        );
        let switch = app.switch_command(profile.id);
        return Err(Error::new(ErrorCode::Profile, message)
            .with_hint(format!("switch first with `{switch}`")));
    }
    let switched = transaction.switch_to(&profile, &mut watch).await;
    let result = match (switched, watch.came()) {
        (Err(error), _) if error.kind != ErrorKind::OutcomeUnknown || watch.is_over => {
            return Err(error);
        }
        (Err(error), _) => Err(error),
        (Ok(_), Some(signal)) => Err(Error::stopped(signal, true)),
        (Ok(_), None) => run(&transaction, &mut watch).await,
    };
    let is_unknown = |error: &Error| error.kind == ErrorKind::OutcomeUnknown;
    let may_be_late = result.as_ref().is_err_and(is_unknown);
    let restored = switch_back(&mut transaction, &profile, &before, may_be_late).await;
    match (restored, result) {
        (Ok(()), result) => result,
        (Err(failure), Ok(code)) => Err(failure.exiting(code.max(ErrorCode::Failed as u8))),
        (Err(failure), Err(error)) => {
            app.console.warn(&error.to_string());
            // The command could not be run.
            Err(match error.code {
                ErrorCode::Failed => failure.exiting(error.exit_code),
                _ => failure,
            })
        }
    }
}

/// Switches back to the profile that was current `before`, unless the user has switched since.
/// `may_be_late`: the switch may still be applied, whatever the list shows now.
async fn switch_back(
    transaction: &mut Transaction<'_>,
    profile: &Profile,
    before: &Profile,
    may_be_late: bool,
) -> Result<()> {
    let (app, client) = (transaction.app, &transaction.session.client);
    // Failures that may pass are retried within the time that a command has for network work, which
    // starts anew here. Signals don't cut it short.
    app.deadline.extend(app.settings.timeout);
    let outcome = loop {
        match try_switch_back(transaction, profile, before, may_be_late).await {
            Err(error) if may_pass(&error) && client.pause(PAUSE).await => {}
            outcome => break outcome,
        }
    };
    // Otherwise the entry stays, because a switch may still be applied.
    if outcome.is_ok() && !may_be_late {
        let _ = transaction.write_down(profile, transaction.found.pending.clone());
    }
    outcome.map_err(|cause| {
        let message = format!(
            "could not switch back to {}, so {} may still be current: {}",
            before.label(),
            profile.label(),
            cause.as_cause()
        );
        let switch = app.switch_command(before.id);
        Error::new(ErrorCode::Failed, message).with_hint(format!("switch back with `{switch}`"))
    })
}

async fn try_switch_back(
    transaction: &Transaction<'_>,
    profile: &Profile,
    before: &Profile,
    may_be_late: bool,
) -> Result<()> {
    let (app, session) = (transaction.app, transaction.session);
    let list = session.profiles().await?;
    if list.acts_as(before.id) && !may_be_late {
        return Ok(());
    }
    if !list.acts_as(profile.id) && !list.acts_as(before.id) {
        let current = list
            .current()
            .map_or("no profile".to_owned(), Profile::label);
        app.console.warn(&format!(
            "{current} is current now, so nothing was switched back; `{}` switches to {}",
            app.switch_command(before.id),
            before.label()
        ));
        return Ok(());
    }
    let before = resolve(&before.id.to_string(), &list, None)?;
    let response = session
        .set_current(before, &SwitchProgress::default())
        .await?;
    let seen = look_for(session, before, &response).await;
    // If the list shows it already, this may prove nothing, and the entry stays.
    verify(app, before, false, response, seen).map(drop)
}

/// Whether a retry may help.
fn may_pass(error: &Error) -> bool {
    error.kind != ErrorKind::SwitchRefused
        && !matches!(
            error.code,
            ErrorCode::Auth | ErrorCode::Profile | ErrorCode::Usage
        )
}

async fn run_without_switching(app: &App, args: &ExecArgs) -> Result<u8> {
    let is_shell = args.command.is_empty();
    if is_shell && !app.settings.may_ask {
        return Err(Error::usage(
            "no COMMAND given, and nxp can't start a shell (no terminal, or `--no-input`)",
            "give the command after `--`",
        ));
    }
    let mut command = match is_shell {
        true => child::find(&[config::shell()])?,
        false => child::find(&args.command)?,
    };
    let mut watch = Watch::begin()?;
    let begun = async {
        let session = app.session()?;
        act_as(app, &session, &args.profile).await
    };
    let begun = watch.bounded(begun, || false, || {}).await;
    let begun = begun.unwrap_or_else(|signal| Err(Error::stopped(signal, false)));
    let (session, mut list) = begun?;
    let profile = current(&list)?.clone();
    // In there, nxp suggests no switch.
    let exec = "no-switch".to_owned();
    child::prepare(&mut command, args, &session, &list, &profile, exec).await?;
    // So that `current --cached` in a prompt knows what the token acts as.
    let identity = Identity::Environment {
        space: session.space().clone(),
        token: session.access_token().await?,
    };
    if let Ok(cache) = app.profile_cache(&identity) {
        cache.keep(&mut list);
    }
    if is_shell {
        app.console.note(&format!(
            "This shell acts as {}. Leave it with `exit`.",
            profile.label()
        ));
    }
    // Only the command has the tokens while it runs.
    drop((identity, session));
    child::run(command, &mut watch).await
}
