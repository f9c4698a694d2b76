//! The transaction that `switch` and `exec` share: lock the user's journal, read the list, write the
//! switch down, send it, and read the list until it shows the outcome.

use std::time::{Duration, Instant};

use crate::api::{Profile, ProfileId, ProfileList, SwitchProgress, SwitchResponse};
use crate::commands::app::App;
use crate::config;
use crate::error::{Error, ErrorCode, ErrorKind, Result, span};
use crate::interrupt::Watch;
use crate::session::{Entries, Holder, Journal, LockedJournal, PendingSwitch, Session, Settlement};

/// How long a process may hold the lock before it counts as busy. One that only settles an earlier
/// switch holds it for a moment.
const MOMENT: Duration = Duration::from_millis(100);

/// How long a switch waits for an earlier one that is unsettled, and the pause between two requests
/// of the list. A healthy portal applies a request within this time even if its sender was killed.
const SETTLING_TIME: Duration = Duration::from_secs(3);
const SETTLING_PAUSE: Duration = Duration::from_millis(250);

/// The pauses between two looks at a list that doesn't show the switch yet, in milliseconds: 6.3
/// seconds in all.
const PAUSES: [u64; 6] = [100, 200, 400, 800, 1600, 3200];

/// What the lock is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// A `switch`. It waits for another `switch` within the command's time, and not for an `exec`.
    /// With `force` it goes on without the lock if an `exec` has it.
    Switch { force: bool },
    /// An `exec`. It waits as long as given; `None` is without limit.
    Exec { wait: Option<Duration> },
}

/// A user's profile list, read under the lock of the user's journal, which is held until this is
/// dropped.
pub(super) struct Transaction<'a> {
    pub(super) app: &'a App,
    pub(super) session: &'a Session,
    is_exec: bool,
    /// `None` if there is no place for it.
    journal: Option<Journal>,
    /// `None` for a forced switch, or if the journal can't be locked.
    locked: Option<LockedJournal>,
    /// The id of this process in the journal.
    pub(super) holder_id: Option<String>,
    /// The switch that an earlier process has left unsettled.
    found: Option<PendingSwitch>,
    pub(super) list: ProfileList,
}

/// What became of a switch.
pub(super) struct SwitchOutcome {
    /// The list that shows it, or why no list does.
    pub(super) list: Result<ProfileList>,
    /// Whether the portal may still apply the request, even if the list shows the switch: a request
    /// without a response may be applied a second time.
    pub(super) may_be_late: bool,
}

impl SwitchOutcome {
    /// It was refused, or never sent.
    fn not_done(error: Error) -> Self {
        Self {
            list: Err(error),
            may_be_late: false,
        }
    }
}

impl<'a> Transaction<'a> {
    /// Locks the user's journal, and reads the list under the lock.
    pub(super) async fn begin(
        app: &'a App,
        session: &'a Session,
        purpose: Purpose,
    ) -> Result<Self> {
        let is_exec = matches!(purpose, Purpose::Exec { .. });
        let cached = session.cache.as_ref().and_then(|cache| cache.load());
        let mut user = match (session.account().and_then(|account| account.user), cached) {
            (Some(user), _) => Some(user),
            (None, Some(cached)) => cached.user,
            (None, None) => session.profiles().await?.user_id(),
        };
        // The deadline ends this if the portal names another user each time.
        loop {
            let (journal, mut locked) = match lock(app, session, user, purpose).await {
                Ok((journal, locked)) => (Some(journal), locked),
                Err(error) if is_exec || error.code == ErrorCode::Busy => return Err(error),
                Err(error) => {
                    app.console
                        .warn(&format!("can't lock against other switches: {error}"));
                    (None, None)
                }
            };
            let list = fetch_settled(session, journal.as_ref()).await?;
            if list.user_id() != user {
                user = list.user_id();
                continue;
            }
            if let Some(locked) = &mut locked {
                app.settle_locked(locked, &list);
            }
            return Ok(Self {
                app,
                session,
                is_exec,
                found: journal.as_ref().and_then(|journal| journal.read().pending),
                journal,
                locked,
                holder_id: None,
                list,
            });
        }
    }

    /// The profile that was current before the last switch.
    pub(super) fn previous(&self) -> Option<ProfileId> {
        self.journal.as_ref()?.read().previous()
    }

    /// Whether this profile is current, and no earlier switch may still change that.
    pub(super) fn is_settled_on(&self, profile: &Profile) -> bool {
        let may_change = |pending: &PendingSwitch| pending.may_take_effect(&self.list);
        self.list.acts_as(profile.id) && !self.found.as_ref().is_some_and(may_change)
    }

    /// The user chose the profile that is current already: what an `exec` left behind is accepted.
    pub(super) fn accept_current(&mut self) {
        if self.found.is_some() {
            // If this fails, only the previous profile (`-`) is lost.
            let _ = self.update(false, Entries::settle);
        }
    }

    /// Names this process as the one that holds the lock, for processes that wait.
    ///
    /// # Errors
    /// If that can't be written.
    pub(super) fn name_holder(&mut self, profile: &Profile) -> Result<()> {
        let holder = self.holder(profile);
        self.update(false, |entries| entries.holder = holder)
    }

    fn holder(&mut self, profile: &Profile) -> Option<Holder> {
        let holder = Holder::this_process(self.is_exec, profile);
        self.holder_id = Some(holder.id.clone());
        Some(holder)
    }

    /// Puts the entry back that was found: nothing was changed, or all of it was taken back.
    pub(super) fn put_pending_back(&mut self) {
        let found = self.found.clone();
        // It was reported when it was found.
        let _ = self.update(false, |entries| entries.pending = found);
    }

    /// Writes down that an `exec` is about to switch back from `profile`: that may take effect late, too.
    pub(super) fn begin_switch_back(&mut self, profile: &Profile) {
        let mut pending = PendingSwitch::new(self.list.current(), profile, self.is_exec);
        pending.is_switch_back = true;
        // If this fails, the entry from before the switch stays.
        let _ = self.update(true, |entries| entries.pending = Some(pending));
    }

    /// Switches, and verifies the outcome in the list.
    pub(super) async fn switch_to(&mut self, wanted: &Profile, watch: &mut Watch) -> SwitchOutcome {
        if let Some(signal) = watch.came() {
            return SwitchOutcome::not_done(Error::stopped(signal, false));
        }
        let pending = PendingSwitch::new(self.list.current(), wanted, self.is_exec);
        let was_current = self.list.acts_as(wanted.id);
        let holder = self.holder(wanted);
        let begun = self.update(self.is_exec, |entries| {
            entries.holder = holder;
            // The entry of a switch that this one overrides stays until this one is confirmed.
            if !was_current {
                entries.pending = Some(pending.clone());
            }
        });
        let is_written = match begun {
            Err(error) if self.is_exec => return SwitchOutcome::not_done(error),
            Err(error) => {
                self.warn_of_lost_previous(&error);
                false
            }
            Ok(()) => true,
        };
        let (app, session) = (self.app, self.session);
        let outcome = send_and_verify(app, session, wanted, was_current, Some(watch)).await;
        match &outcome.list {
            Err(_) if !outcome.may_be_late => self.put_pending_back(),
            // The entry stays until the switch back, or until a later command settles it.
            Ok(_) if self.is_exec => {}
            Err(_) if self.locked.is_some() => {}
            Ok(_) | Err(_) if is_written => self.end_switch(pending, was_current),
            Ok(_) | Err(_) => {}
        }
        outcome
    }

    /// Writes down that a switch took effect: `-` leads back from it.
    fn end_switch(&mut self, pending: PendingSwitch, was_current: bool) {
        // An `exec` that did not switch back may have switched to this profile.
        let found = self.found.take().filter(|_| was_current);
        let found = found.filter(|found| found.to.id == pending.to.id);
        let ended = found.unwrap_or(pending);
        let written = match (&mut self.locked, &self.journal) {
            (Some(locked), _) => locked.update(false, |entries| {
                entries.holder = None;
                entries.pending = Some(ended);
                entries.settle();
            }),
            (None, Some(journal)) if ended.from.as_ref() != Some(&ended.to) => {
                journal.set_previous(ended.from.map(|from| from.id))
            }
            (None, _) => Ok(()),
        };
        if let Err(error) = written {
            self.warn_of_lost_previous(&error);
        }
    }

    fn update(&mut self, is_durable: bool, change: impl FnOnce(&mut Entries)) -> Result<()> {
        match &mut self.locked {
            Some(locked) => locked.update(is_durable, change),
            None => Ok(()),
        }
    }

    fn warn_of_lost_previous(&self, error: &Error) {
        self.app.console.warn(&format!(
            "the previous profile could not be recorded: {error}"
        ));
    }
}

/// Sends the switch and reads the list until it shows the outcome. After a signal, the request that
/// is in flight is waited for, and no further one is sent. If `wanted` `was_current`, the list proves
/// nothing: the portal must confirm the switch.
pub(super) async fn send_and_verify(
    app: &App,
    session: &Session,
    wanted: &Profile,
    was_current: bool,
    mut watch: Option<&mut Watch>,
) -> SwitchOutcome {
    let progress = SwitchProgress::default();
    let sent = session.set_current(wanted, &progress);
    let sent = bounded(app, &mut watch, sent, || progress.is_in_flight());
    let response = match sent.await {
        Ok(Ok(response)) => response,
        Ok(Err(never_sent)) => return SwitchOutcome::not_done(never_sent),
        Err(signal) if progress.may_take_effect() => {
            SwitchResponse::Unclear(Error::stopped(signal, true))
        }
        Err(signal) => return SwitchOutcome::not_done(Error::stopped(signal, false)),
    };
    let pauses = match response {
        SwitchResponse::Refused(_) => &[],
        _ => &PAUSES[..],
    };
    let looked = poll_list(session, wanted.id, pauses);
    let seen = bounded(app, &mut watch, looked, || true).await;
    let seen = seen.unwrap_or_else(|signal| Err(Error::stopped(signal, true)));
    let is_confirmed = matches!(response, SwitchResponse::Confirmed);
    let is_unclear = matches!(response, SwitchResponse::Unclear(_));
    let current = seen.as_ref().ok().and_then(ProfileList::current);
    let current = current.map(Profile::label);
    let cause = match (response, seen) {
        (response, Ok(list)) if list.acts_as(wanted.id) && (is_confirmed || !was_current) => {
            if let SwitchResponse::Refused(error) = &response {
                app.console.warn(&format!(
                    "the switch took effect, although {}",
                    error.as_cause()
                ));
            }
            return SwitchOutcome {
                list: Ok(list),
                may_be_late: is_unclear || progress.may_take_effect(),
            };
        }
        (SwitchResponse::Refused(error), Ok(_)) => return SwitchOutcome::not_done(error),
        // The list is refused for the same reason as the switch.
        (SwitchResponse::Refused(error), Err(_))
            if matches!(error.code, ErrorCode::Auth | ErrorCode::Throttled) =>
        {
            return SwitchOutcome::not_done(error);
        }
        (SwitchResponse::Refused(cause), Err(_))
        | (SwitchResponse::Unclear(cause), Ok(_))
        | (_, Err(cause)) => Some(cause),
        (SwitchResponse::Confirmed, Ok(_)) => None,
    };
    SwitchOutcome {
        list: Err(outcome_unknown(wanted, is_confirmed, current, cause)),
        may_be_late: true,
    }
}

/// Does the work as [`Watch::bounded`], or to its end without a watch.
async fn bounded<T>(
    app: &App,
    watch: &mut Option<&mut Watch>,
    work: impl Future<Output = T>,
    is_needed: impl Fn() -> bool,
) -> Result<T, u8> {
    let Some(watch) = watch else {
        return Ok(work.await);
    };
    let note = "Interrupted; verifying the switch. Interrupt again to stop now.";
    let on_first = || app.console.note(note);
    watch.bounded(work, is_needed, on_first).await
}

/// The error that neither the response of a switch nor the list shows what became of it. `current` is
/// what the list shows.
pub(super) fn outcome_unknown(
    wanted: &Profile,
    is_confirmed: bool,
    current: Option<String>,
    cause: Option<Error>,
) -> Error {
    let shown = match (cause.as_ref().map(Error::as_cause), current) {
        (Some(cause), Some(current)) => format!("{cause}; {current} is current now"),
        (Some(cause), None) => cause,
        (None, current) => format!(
            "the list shows {} as current",
            current.as_deref().unwrap_or("no profile")
        ),
    };
    let check = "check with `nxp profiles list` before you book or pay";
    let hint = cause.as_ref().and_then(|cause| cause.hint.clone());
    let code = match cause.map_or(ErrorCode::Failed, |cause| cause.code) {
        code @ (ErrorCode::Auth | ErrorCode::Network | ErrorCode::Throttled) => code,
        _ => ErrorCode::Failed,
    };
    let label = wanted.label();
    let sent = if is_confirmed { "confirmed" } else { "sent" };
    Error::new(
        code,
        format!("the switch to {label} was {sent} and may still take effect: {shown}"),
    )
    .with_hint(hint.map_or(check.into(), |hint| format!("{check}; {hint}")))
    .saying_as_cause(shown)
}

/// Opens the journal of a user and takes its lock; no lock for a switch that is forced while an `exec`
/// has it.
async fn lock(
    app: &App,
    session: &Session,
    user: Option<u64>,
    purpose: Purpose,
) -> Result<(Journal, Option<LockedJournal>)> {
    let journal = app.journal(&session.space_key, user)?;
    let is_exec = matches!(purpose, Purpose::Exec { .. });
    let mut announced = None;
    let mut on_wait = |waited: Duration, entries: Entries| {
        let Some(holder) = entries.holder.filter(|_| waited >= MOMENT) else {
            return Ok(());
        };
        if let Some(refusal) = refusal(&holder, is_exec) {
            return Err(refusal);
        }
        if announced.as_ref() != Some(&holder.id) {
            app.console.note(&format!(
                "Waiting for {} (pid {}, running for {}).",
                what_runs("the", &holder),
                holder.pid,
                span(holder.age())
            ));
            announced = Some(holder.id);
        }
        Ok(())
    };
    let locked = match purpose {
        Purpose::Switch { force: true } => {
            let locked = journal.lock(Some(MOMENT), |_, _| Ok(())).await?;
            let holder = journal.read().holder;
            if locked.is_none() && holder.is_none_or(|holder| holder.is_exec) {
                return Ok((journal, None));
            }
            locked
        }
        Purpose::Switch { force: false } => None,
        Purpose::Exec { wait } => {
            let limit = wait.map(|wait| wait.max(MOMENT));
            journal.lock(limit, &mut on_wait).await?
        }
    };
    let locked = match (locked, is_exec) {
        (None, false) => {
            // This wait counts as network work.
            let waiting = journal.lock(None, &mut on_wait);
            let waited = session.client.within_deadline(waiting).await;
            waited.unwrap_or(Ok(None))?
        }
        (locked, _) => locked,
    };
    match locked {
        Some(locked) => Ok((journal, Some(locked))),
        None => Err(busy(&journal, is_exec)),
    }
}

/// Why waiting for this process makes no sense.
fn refusal(holder: &Holder, is_exec: bool) -> Option<Error> {
    match (is_exec, holder.is_exec) {
        (true, true) if is_enclosing_exec(holder) => Some(
            Error::new(
                ErrorCode::Busy,
                format!(
                    "this runs inside an exec on {} (pid {}) and would wait for itself",
                    holder.profile, holder.pid
                ),
            )
            .with_hint("run the command without `nxp profiles exec`, or after the outer exec"),
        ),
        (false, true) => Some(held(
            holder,
            if is_enclosing_exec(holder) {
                "this runs inside that exec, which switches back when it ends; to switch anyway, add `--force`"
            } else {
                "wait until it ends, or switch with `--force`"
            },
        )),
        _ => None,
    }
}

/// The error that another process has held the lock for too long.
fn busy(journal: &Journal, is_exec: bool) -> Error {
    let Some(holder) = journal.read().holder else {
        let lock = journal.path().display();
        return Error::new(
            ErrorCode::Busy,
            format!("another nxp is switching (lock: {lock})"),
        )
        .with_hint("wait until it ends");
    };
    refusal(&holder, is_exec).unwrap_or_else(|| {
        held(
            &holder,
            if is_exec {
                "wait longer: leave out `--wait`, or give it more seconds"
            } else {
                "wait longer with `--timeout SECONDS`"
            },
        )
    })
}

fn held(holder: &Holder, hint: &str) -> Error {
    let article = if holder.is_exec { "an" } else { "a" };
    let message = format!(
        "{} is running (pid {}, for {})",
        what_runs(article, holder),
        holder.pid,
        span(holder.age())
    );
    Error::new(ErrorCode::Busy, message).with_hint(hint)
}

fn what_runs(article: &str, holder: &Holder) -> String {
    let what = if holder.is_exec {
        "exec on"
    } else {
        "switch to"
    };
    format!("{article} {what} {}", holder.profile)
}

/// The error of a `switch` while an `exec` holds the lock, if one does.
pub(super) async fn busy_exec(journal: &Journal) -> Option<Error> {
    let exec_in = |entries: Entries| entries.holder.filter(|holder| holder.is_exec);
    exec_in(journal.read())?;
    // It is free if that process was killed.
    let locked = journal.lock(Some(MOMENT), |_, _| Ok(())).await;
    match locked {
        Ok(None) => refusal(&exec_in(journal.read())?, false),
        _ => None,
    }
}

/// Whether this process runs within the command of that `exec`, even if that command has cleared
/// the environment.
fn is_enclosing_exec(holder: &Holder) -> bool {
    config::enclosing_execs().contains(&holder.id) || holder.is_among(&ancestors())
}

/// The process ids of the parent, its parent, and so on. Where the system has no /proc as Linux
/// has, there are none.
fn ancestors() -> Vec<u32> {
    let parent = |process: &u32| parent_of(*process).filter(|parent| *parent != 0);
    let own = std::process::id();
    std::iter::successors(parent(&own), parent).collect()
}

/// The field after the state, which follows the name of the program (proc_pid_stat(5)). The name is
/// in parentheses and may have any character in it.
fn parent_of(process: u32) -> Option<u32> {
    let stat = std::fs::read(format!("/proc/{process}/stat")).ok()?;
    let end_of_name = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end_of_name + 1..)?).ok()?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Reads the list. If an earlier switch may be applied at any moment, as after a kill, waits until
/// it has been, or until it is old enough not to come in between.
async fn fetch_settled(session: &Session, journal: Option<&Journal>) -> Result<ProfileList> {
    let start = Instant::now();
    let pending = journal.and_then(|journal| journal.read().pending);
    loop {
        let list = session.profiles().await?;
        let is_imminent = |pending: &PendingSwitch| {
            pending.age() < SETTLING_TIME && pending.settlement(&list) == Settlement::Pending
        };
        // If the clock was set back, an entry looks young for a long time.
        if start.elapsed() >= SETTLING_TIME
            || !pending.as_ref().is_some_and(is_imminent)
            || !session.client.pause(SETTLING_PAUSE).await
        {
            return Ok(list);
        }
    }
}

/// Fetches the list until it shows the switch, with these pauses in milliseconds. A list that
/// can't be parsed may be valid the next time.
async fn poll_list(session: &Session, wanted: ProfileId, pauses: &[u64]) -> Result<ProfileList> {
    let mut seen = session.profiles().await;
    for pause in pauses.iter().copied().map(Duration::from_millis) {
        let is_final = match &seen {
            Ok(list) => list.acts_as(wanted),
            Err(error) => !is_unreadable(error),
        };
        if is_final || !session.client.pause(pause).await {
            break;
        }
        let latest = session.profiles().await;
        if seen.is_err() || !latest.as_ref().is_err_and(is_unreadable) {
            seen = latest;
        }
    }
    seen
}

fn is_unreadable(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::InvalidResponse | ErrorKind::WebPage)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::ancestors;

    #[test]
    fn the_parent_comes_first_and_the_first_process_last() {
        let found = ancestors();
        assert_eq!(found.first(), Some(&std::os::unix::process::parent_id()));
        assert_eq!(found.last(), Some(&1));
    }
}
