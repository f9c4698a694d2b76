//! Taking a user's lock, which lets one `switch` or `exec` go ahead at a time.

use std::time::{Duration, Instant};

use super::ancestors::ancestors;
use crate::commands::open_session::OpenSession;
use crate::config;
use crate::error::{BusyRemedy, Error, Result, span};
use crate::session::{LockHolder, SwitchFiles, SwitchLock};

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// The shortest wait for a process that holds the lock and has not written its name. A process that
/// only checks the lock holds it for a moment.
const UNNAMED_WAIT: Duration = Duration::from_secs(1);

/// What the lock is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// A `switch`. It waits for another `switch` within the command's time, and not for an `exec`.
    /// With `force` it goes on without the lock if another process has it.
    Switch { force: bool },
    /// An `exec`. It waits as long as given; `None` is without limit.
    Exec { wait: Option<Duration> },
}

impl Purpose {
    pub(super) fn is_exec(self) -> bool {
        matches!(self, Self::Exec { .. })
    }
}

/// Takes the lock, to switch to `profile`; `None` if the command goes on without the lock.
pub(super) async fn take(
    open: &OpenSession<'_>,
    files: &SwitchFiles,
    purpose: Purpose,
    profile: &str,
) -> Result<Option<SwitchLock>> {
    let (console, client) = (open.app.console, open.session.client());
    let is_exec = purpose.is_exec();
    let start = Instant::now();
    let limit = match purpose {
        Purpose::Switch { .. } => Some(client.time_left()),
        Purpose::Exec { wait } => wait,
    };
    let (mut last_seen, mut announced) = (None, None);
    loop {
        match files.try_lock(LockHolder::this_process(is_exec, profile)) {
            Ok(Some(lock)) => return Ok(Some(lock)),
            Ok(None) if matches!(purpose, Purpose::Switch { force: true }) => return Ok(None),
            Ok(None) => {}
            Err(error) if is_exec => return Err(error),
            Err(error) => {
                console.warn(&format!("can't lock against other switches: {error}"));
                return Ok(None);
            }
        }
        let is_over = |limit: Duration| start.elapsed() >= limit;
        let holder = files.holder();
        // A process names itself just after it has taken the lock. Until then the name is that of
        // the process before it, so a name counts once it was read twice.
        match holder.as_ref().filter(|_| holder == last_seen) {
            Some(holder) if is_exec && is_enclosing_exec(holder) => {
                return Err(Error::NestedExec {
                    pid: holder.pid,
                    label: holder.profile.clone(),
                });
            }
            Some(holder) if limit.is_some_and(is_over) || (holder.is_exec && !is_exec) => {
                return Err(busy(holder, is_exec));
            }
            Some(holder) if announced.as_ref() != Some(&holder.id) => {
                console.note(&announcement(holder));
                announced = Some(holder.id.clone());
            }
            None if limit.is_some_and(|limit| is_over(limit.max(UNNAMED_WAIT))) => {
                return Err(Error::LockHeld {
                    path: files.lock_path().to_owned(),
                });
            }
            _ => {}
        }
        last_seen = holder;
        let pause = tokio::time::sleep(PAUSE);
        if is_exec {
            pause.await;
        } else {
            // This wait counts as network work. Its limit is checked above.
            let _ = client.within_deadline(pause).await;
        }
    }
}

fn announcement(holder: &LockHolder) -> String {
    let what = if holder.is_exec {
        "exec on"
    } else {
        "switch to"
    };
    format!(
        "Waiting for the {what} {} (pid {}, running for {}).",
        holder.profile,
        holder.pid,
        span(holder.age())
    )
}

/// Whether this process runs within the command of that `exec`, even if that command has cleared
/// the environment.
fn is_enclosing_exec(holder: &LockHolder) -> bool {
    config::enclosing_execs().contains(&holder.id) || holder.is_among(&ancestors())
}

/// The error that `holder` has the lock.
pub(super) fn busy(holder: &LockHolder, is_exec: bool) -> Error {
    Error::Busy {
        pid: holder.pid,
        is_exec: holder.is_exec,
        label: holder.profile.clone(),
        age: holder.age(),
        remedy: match (is_exec, holder.is_exec) {
            (true, _) => BusyRemedy::Wait,
            (false, false) => BusyRemedy::MoreTime,
            (false, true) if is_enclosing_exec(holder) => BusyRemedy::ForceWithin,
            (false, true) => BusyRemedy::Force,
        },
    }
}
