//! The lock of a user's journal: it lets one `switch` or `exec` go ahead at a time.

use std::time::Duration;

use crate::commands::app::App;
use crate::config;
use crate::error::{Error, ErrorCode, Result, span};
use crate::session::{Entries, Holder, Journal, LockedJournal, Session};

/// How long a process may hold the lock before it counts as busy. One that only settles an earlier
/// switch holds it for a moment.
const MOMENT: Duration = Duration::from_millis(100);

/// What the lock is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// A `switch`. It waits for another `switch` within the command's time, and not for an `exec`.
    /// With `force` it goes on without the lock if an `exec` has it.
    Switch { force: bool },
    /// An `exec`. It waits as long as given; `None` is without limit.
    Exec { wait: Option<Duration> },
}

/// Takes the lock of the user with this id. A switch that is forced while an `exec` has it gets none.
pub(super) async fn lock(
    app: &App,
    session: &Session,
    user: Option<u64>,
    purpose: Purpose,
) -> Result<(Journal, Option<LockedJournal>)> {
    let journal = app.journal(&session.space_key, user)?;
    let (limit, force) = match purpose {
        Purpose::Switch { force } => (Some(app.deadline.left()), force),
        Purpose::Exec { wait } => (wait, false),
    };
    let unknown = || {
        let message = format!(
            "another nxp is switching (lock: {})",
            journal.path.display()
        );
        Error::new(ErrorCode::Busy, message).with_hint("wait until it ends")
    };
    let mut announced = None;
    let on_wait = |waited: Duration, entries: Entries| {
        if waited < MOMENT {
            return Ok(());
        }
        let Some(holder) = entries.holder else {
            // It may be an `exec` that has not written its name yet.
            return if force { Err(unknown()) } else { Ok(()) };
        };
        if let Some(busy) = busy(&holder, purpose, false) {
            return Err(busy);
        }
        if announced.as_ref() != Some(&holder.id) {
            app.console.note(&format!("Waiting: {}.", what(&holder)));
            announced = Some(holder.id);
        }
        Ok(())
    };
    let limit = limit.map(|limit| limit.max(MOMENT));
    let locked = match journal.lock(limit, on_wait).await {
        Ok(None) => {
            let busy = journal
                .read()
                .holder
                .and_then(|it| busy(&it, purpose, true));
            return Err(busy.unwrap_or_else(unknown));
        }
        // An `exec` has it.
        Err(error) if force && error.code == ErrorCode::Busy => None,
        taken => taken?,
    };
    Ok((journal, locked))
}

/// The error that another process has the lock, if waiting for it makes no sense or the time to wait
/// is over.
fn busy(holder: &Holder, purpose: Purpose, is_time_over: bool) -> Option<Error> {
    // Unless the command has cleared its environment.
    let is_within = config::enclosing_execs().contains(&holder.id);
    let hint = match purpose {
        Purpose::Exec { .. } if is_within => {
            "this runs inside that exec and would wait for itself: run the command without \
             `nxp profiles exec`, or after the outer exec"
        }
        Purpose::Switch { .. } if is_within => {
            "this runs inside that exec, which switches back when it ends; to switch anyway, add `--force`"
        }
        Purpose::Switch { .. } if holder.is_exec => "wait until it ends, or switch with `--force`",
        _ if !is_time_over => return None,
        Purpose::Exec { .. } => "wait longer: leave out `--wait`, or give it more seconds",
        Purpose::Switch { .. } => "wait longer with `--timeout SECONDS`",
    };
    Some(Error::new(ErrorCode::Busy, what(holder)).with_hint(hint))
}

/// What the holder of the lock does.
fn what(holder: &Holder) -> String {
    let (profile, pid, since) = (&holder.profile, holder.pid, span(holder.age()));
    let what = match holder.is_exec {
        true => "an exec on",
        false => "a switch to",
    };
    format!("{what} {profile} is running (pid {pid}, for {since})")
}
