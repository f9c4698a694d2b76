//! `nxp profiles exec`: switches, runs a command, and switches back; one at a time for a user.

pub(super) mod ancestors;
mod child;
mod restore;
pub(in crate::commands) mod sentinel;

use super::resolve::resolve;
use super::switching::{Interrupts, LockRequest, SwitchOutcome, Transaction, Wait};
use crate::api::Profile;
use crate::args::ExecArgs;
use crate::command_output::CommandOutput;
use crate::commands::Outcome;
use crate::commands::context::Context;
use crate::commands::open_session::OpenSession;
use crate::error::{Error, Result};
use crate::interrupt::Signals;
use crate::session::{NamedProfile, SwitchRecord};
use child::Environment;
use restore::Restore;

pub(in crate::commands) async fn run(context: &Context, args: &ExecArgs) -> Result<Outcome> {
    let mut signals = Some(Signals::watch_all()?);
    let open = context.open_session()?;
    let request = LockRequest {
        is_exec: true,
        profile: &args.profile,
        wait: Wait::UpTo(args.wait),
    };
    let transaction = Transaction::begin(context, &open, request, &mut signals).await?;
    let Some(signals) = signals else {
        return Ok(CommandOutput::Nothing.into());
    };
    let list = &transaction.list;
    open.keep(list);
    let wanted = resolve(&args.profile, list, || Ok(transaction.previous()))?.clone();
    let exec = Exec {
        context,
        open: &open,
        args,
        before: list.current().map(NamedProfile::from),
        switches: !list.acts_as(wanted.id) || transaction.is_pending(),
        found: transaction.record(),
        wanted,
        transaction,
        signals,
    };
    exec.run().await
}

/// An `exec` that holds the lock.
struct Exec<'a> {
    context: &'a Context,
    open: &'a OpenSession<'a>,
    args: &'a ExecArgs,
    wanted: Profile,
    before: Option<NamedProfile>,
    switches: bool,
    /// The record that an earlier process left.
    found: Option<SwitchRecord>,
    transaction: Transaction<'a>,
    signals: Signals,
}

/// How far the switch got.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Switch {
    /// Nothing was changed.
    NotDone,
    /// The list showed it, and the portal answered the request.
    Done,
    /// A request is unanswered: it may be applied at any time.
    MayRepeat,
}

impl Exec<'_> {
    async fn run(mut self) -> Result<Outcome> {
        let (switch, outcome) = self.switch_and_run().await;
        let restored = match switch {
            Switch::NotDone => Ok(true),
            switch => self.restore(switch, &outcome).await,
        };
        match (restored, outcome) {
            (Ok(_), Ok(code)) => Ok(Outcome {
                code: Some(code),
                ..CommandOutput::Nothing.into()
            }),
            (Ok(as_before), Err(Error::Stopped { signal, .. })) => Err(Error::Stopped {
                signal,
                changed: !as_before,
            }),
            (Ok(_), Err(error)) => Err(error),
            (Err(failure), outcome) => {
                if let Err(error) = outcome {
                    // The exit code is that of the last error.
                    let _ = self.context.console.report(&error);
                }
                Err(failure)
            }
        }
    }

    /// Switches, runs the command, and gives its exit code.
    async fn switch_and_run(&mut self) -> (Switch, Result<u8>) {
        let mut switch = Switch::NotDone;
        if self.switches {
            let mut interrupts = Interrupts::watch(self.context, &mut self.signals);
            let switched = self
                .transaction
                .switch_to(&self.wanted, true, &mut interrupts)
                .await;
            let signal = interrupts.pending();
            switch = match switched {
                SwitchOutcome::Done { list, is_answered } => {
                    self.open.keep(&list);
                    if is_answered {
                        Switch::Done
                    } else {
                        Switch::MayRepeat
                    }
                }
                SwitchOutcome::NotDone(error) => return (Switch::NotDone, Err(error)),
                SwitchOutcome::Unknown(error) => return (Switch::MayRepeat, Err(error)),
            };
            if let Some(signal) = signal {
                let stopped = Error::Stopped {
                    signal,
                    changed: true,
                };
                return (switch, Err(stopped));
            }
        }
        let mut environment = Environment::new(
            &self.open.session,
            &self.transaction.list,
            &self.wanted,
            self.transaction.holder(),
        );
        if let Some(variable) = &self.args.with_token {
            match self.open.session.access_token().await {
                Ok(token) => environment.add_token(variable.clone(), token),
                Err(error) => return (switch, Err(error)),
            }
        }
        let code = child::run(&self.args.command, &environment, &mut self.signals).await;
        (switch, code)
    }

    /// Switches back; gives whether the profile is the one of before.
    async fn restore(&mut self, switch: Switch, outcome: &Result<u8>) -> Result<bool> {
        let profile = NamedProfile::from(&self.wanted);
        let Some(before) = &self.before else {
            self.context.console.warn(&format!(
                "no profile was current before, so {} stays current",
                profile.label
            ));
            self.transaction.restored(self.found.as_ref());
            return Ok(false);
        };
        let may_repeat = switch == Switch::MayRepeat;
        let restore = Restore {
            context: self.context,
            in_hand: self.open,
            profile: &profile,
            before,
            may_repeat,
        };
        match restore.run().await {
            Ok(as_before) => {
                // An unanswered request may still be applied: the record stays for that case.
                if !may_repeat {
                    self.transaction.restored(self.found.as_ref());
                }
                Ok(as_before)
            }
            Err(cause) => Err(Error::NotSwitchedBack {
                switch: self.context.switch_command(&before.id.to_string()),
                before: before.label.clone(),
                profile: profile.label.clone(),
                cause: Box::new(cause),
                code: match outcome {
                    Ok(code) => *code,
                    Err(error) => error.exit_code(),
                },
            }),
        }
    }
}
