//! `nxp profiles exec`: switches, runs a command, and switches back, one at a time for an account.

mod child;
mod queue;
mod restore;

use super::resolve::resolve;
use crate::api::Profile;
use crate::args::ExecArgs;
use crate::command_output::CommandOutput;
use crate::commands::Outcome;
use crate::commands::context::Context;
use crate::commands::open_session::OpenSession;
use crate::error::{Error, Result};
use crate::interrupt::Signals;
use crate::session::{Identity, Named, Place};
use child::Environment;
use restore::WayBack;

pub(in crate::commands) async fn run(context: &Context, args: &ExecArgs) -> Result<Outcome> {
    let identity = context.identity()?;
    let open = context.open_session_of(identity.clone())?;
    let list = open.fetch_profiles().await?;
    let user = open.user_key(&list);
    let wanted = Named::from(resolve(&args.profile, &list, || context.previous(&user))?);
    let mut events = Signals::watch_all()?;
    let request = queue::Request {
        wanted,
        patience: args.wait,
    };
    let place = queue::take(context, context.line(&user)?, request, &mut events).await?;
    let exec = Exec {
        context,
        identity,
        open,
        args,
        events,
    };
    exec.in_turn(place).await
}

/// An `exec` whose turn has come.
struct Exec<'a> {
    context: &'a Context,
    identity: Identity,
    open: OpenSession<'a>,
    args: &'a ExecArgs,
    events: Signals,
}

/// What is to be done, and from where.
struct Plan {
    environment: Environment,
    wanted: Profile,
    before: Option<Named>,
    switches: bool,
}

impl Exec<'_> {
    async fn in_turn(mut self, mut place: Place) -> Result<Outcome> {
        let plan = match self.plan(&mut place).await {
            Ok(plan) => plan,
            Err(error) => {
                leave(place);
                return Err(error);
            }
        };
        let outcome = self.switch_and_run(&plan).await;
        match (self.switch_back(&plan, &outcome).await, outcome) {
            (Ok(as_before), outcome) => {
                leave(place);
                match outcome {
                    Ok(code) => Ok(Outcome {
                        code: Some(code),
                        ..CommandOutput::Nothing.into()
                    }),
                    Err(Error::Stopped { signal, .. }) => Err(Error::Stopped {
                        signal,
                        changed: !as_before,
                    }),
                    Err(error) => Err(error),
                }
            }
            (Err(failure), outcome) => {
                if let Err(error) = outcome {
                    // The code to leave with is the last error's.
                    let _ = self.context.console.report(&error);
                }
                Err(failure)
            }
        }
    }

    /// Looks again: those who had their turn before have switched since. From here on, whoever comes
    /// after a sudden end knows what was current before.
    async fn plan(&mut self, place: &mut Place) -> Result<Plan> {
        let list = self
            .events
            .unless_stopped(self.open.fetch_profiles())
            .await??;
        let before = list.current().map(Named::from);
        if let Some(cut_short) = place.cut_short(before.as_ref().map(|before| before.id))? {
            self.context.warn_of_cut_short(&cut_short);
        }
        let id = place.exec().profile.id;
        let wanted = resolve(&id.to_string(), &list, || Ok(None))?.clone();
        place.begin(before.clone())?;
        Ok(Plan {
            environment: Environment::new(&self.open.session, &list, place.exec()),
            switches: !list.acts_as(wanted.id),
            wanted,
            before,
        })
    }

    /// Gives the command's exit code.
    async fn switch_and_run(&mut self, plan: &Plan) -> Result<u8> {
        if plan.switches {
            self.open.switch_to(&plan.wanted).await?;
        }
        if let Some(signal) = self.events.stop() {
            return Err(Error::Stopped {
                signal,
                changed: plan.switches,
            });
        }
        child::run(&self.args.command, &plan.environment, &mut self.events).await
    }

    /// Also where it isn't known whether the switch took. Gives whether all is as it was before.
    async fn switch_back(&self, plan: &Plan, outcome: &Result<u8>) -> Result<bool> {
        if !plan.switches || matches!(outcome, Err(Error::Refused { .. })) {
            return Ok(true);
        }
        let profile = Named::from(&plan.wanted);
        let Some(before) = &plan.before else {
            self.context.console.warn(&format!(
                "no profile was current before, so {} stays the current one",
                profile.label
            ));
            return Ok(false);
        };
        let way_back = WayBack {
            context: self.context,
            identity: &self.identity,
            in_hand: &self.open,
            profile: &profile,
            before,
        };
        way_back
            .walk()
            .await
            .map_err(|cause| Error::NotSwitchedBack {
                switch: self.context.switch_command(&before.id.to_string()),
                before: before.label.clone(),
                profile: profile.label.clone(),
                cause: Box::new(cause),
                code: match outcome {
                    Ok(code) => *code,
                    Err(error) => error.exit_code(),
                },
            })
    }
}

/// Leaves the line. A record that can't be removed is found to be mended by the next command.
fn leave(place: Place) {
    let _ = place.leave();
}
