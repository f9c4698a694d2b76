//! `nxp profiles exec`: switches, runs a command, and switches back; one at a time for a user.

mod child;
mod restore;
pub(in crate::commands) mod sentinel;

use super::interrupts::Interrupts;
use super::locking::Purpose;
use super::resolve::resolve;
use super::sending::SwitchOutcome;
use super::transaction::Transaction;
use crate::api::Profile;
use crate::args::ExecArgs;
use crate::command_output::CommandOutput;
use crate::commands::Outcome;
use crate::commands::app::App;
use crate::error::{Error, ErrorCode, Result};
use crate::interrupt::Signals;
use restore::Restore;

pub(in crate::commands) async fn run(app: &App, args: &ExecArgs) -> Result<Outcome> {
    let mut signals = Signals::watch_all()?;
    let open = app.open_session()?;
    let purpose = Purpose::Exec { wait: args.wait };
    let begun = Transaction::begin(&open, purpose, &args.profile);
    let mut transaction = signals.unless_stopped(begun).await??;
    let list = &transaction.list;
    open.keep(list);
    let profile = resolve(&args.profile, list, || Ok(transaction.previous()))?.clone();
    if transaction.is_settled_on(&profile) {
        let code = run_command(args, &transaction, &profile, &mut signals).await?;
        return Ok(outcome_of(code));
    }
    if let Some(current) = list.current().filter(|current| !current.is_active()) {
        return Err(Error::NoWayBack {
            current: current.label(),
            switch: app.switch_command(&profile.id.to_string()),
        });
    }
    let mut interrupts = Interrupts::new(app.console, Some(&mut signals));
    let SwitchOutcome { list, may_be_late } =
        transaction.switch_to(&profile, &mut interrupts).await;
    let signal = interrupts.pending();
    let result = match (list, signal) {
        // Nothing was changed.
        (Err(error), _) if !may_be_late => return Err(error),
        (Err(error), _) => Err(error),
        (Ok(_), Some(signal)) => Err(Error::Stopped {
            signal,
            changed: true,
        }),
        (Ok(_), None) => run_command(args, &transaction, &profile, &mut signals).await,
    };
    let restore = Restore {
        transaction: &transaction,
        profile: &profile,
        may_be_late,
        code: match &result {
            Ok(code) => *code,
            // The command could not be run.
            Err(error) if error.code() == ErrorCode::Failed => error.exit_code(),
            Err(_) => ErrorCode::Failed.exit_code(),
        },
    };
    match (restore.run().await, result) {
        (Ok(_), Ok(code)) => Ok(outcome_of(code)),
        (Ok(true), Err(stopped @ Error::Stopped { .. })) if may_be_late => {
            let before = transaction.list.current();
            Err(Error::SwitchUnknown {
                wanted: profile.label(),
                is_confirmed: false,
                current: before.map(Profile::label),
                cause: Some(Box::new(stopped)),
            })
        }
        (Ok(is_as_before), Err(Error::Stopped { signal, .. })) => Err(Error::Stopped {
            signal,
            changed: !is_as_before,
        }),
        (Ok(_), Err(error)) => Err(error),
        (Err(failure), result) => {
            if let Err(error) = result {
                app.console.warn(&error.to_string());
            }
            Err(failure)
        }
    }
}

async fn run_command(
    args: &ExecArgs,
    transaction: &Transaction<'_>,
    profile: &Profile,
    signals: &mut Signals,
) -> Result<u8> {
    let mut command = child::command(&args.command, transaction, profile)?;
    if let Some(variable) = &args.with_token {
        let token = transaction.open.session.access_token().await?;
        command.env(variable, token.expose());
    }
    child::run(command, signals).await
}

fn outcome_of(code: u8) -> Outcome {
    Outcome {
        code: Some(code),
        ..CommandOutput::Nothing.into()
    }
}
