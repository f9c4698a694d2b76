//! The transaction that `switch` and `exec` share: lock the user's journal, fetch the list, write the
//! switch down, send it, and fetch the list until it shows the outcome.

use std::time::Duration;

use super::earlier_switch::settle_locked;
use crate::api::{Profile, ProfileList, SwitchProgress, SwitchResponse};
use crate::commands::app::App;
use crate::config;
use crate::error::{Error, ErrorCode, ErrorKind, Result, span};
use crate::interrupt::Watch;
use crate::session::{Entries, Holder, Journal, LockedJournal, PendingSwitch, Session, Settlement};

/// The pauses between two looks at a list that doesn't show the switch yet, in milliseconds: 6.3
/// seconds in all.
const PAUSES: [u64; 6] = [100, 200, 400, 800, 1600, 3200];

/// How old a pending switch of an earlier process must be before another one is sent. A healthy portal
/// applies a request within this time even if its sender was killed.
const SETTLING_TIME: Duration = Duration::from_secs(3);

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

/// A user's profile list, fetched under the lock of the user's journal, which is held until this is
/// dropped.
pub(super) struct Transaction<'a> {
    pub(super) app: &'a App,
    pub(super) session: &'a Session,
    is_exec: bool,
    /// The name of this process in the journal.
    pub(super) holder_id: String,
    /// `None` if the journal can't be locked.
    journal: Option<Journal>,
    /// `None` for a forced switch, too: an `exec` has the lock.
    locked: Option<LockedJournal>,
    /// What the journal says when the transaction begins.
    pub(super) found: Entries,
    pub(super) list: ProfileList,
}

impl<'a> Transaction<'a> {
    /// Locks the user's journal, fetches the list under the lock, and settles with it what an earlier
    /// process left.
    pub(super) async fn begin(
        app: &'a App,
        session: &'a Session,
        purpose: Purpose,
    ) -> Result<Self> {
        let is_exec = matches!(purpose, Purpose::Exec { .. });
        let mut user = session.account().and_then(|account| account.user);
        if user.is_none() {
            user = match session.cache.as_ref().and_then(|cache| cache.load()) {
                Some(list) => list.user_id(),
                None => session.profiles().await?.user_id(),
            };
        }
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
            let mut found = match (&mut locked, &journal) {
                (Some(locked), _) => locked.read(),
                (None, journal) => journal.as_ref().map(Journal::read).unwrap_or_default(),
            };
            let mut list = session.profiles().await?;
            if let Some(pending) = &found.pending
                && pending.settlement(&list) == Settlement::Pending
                && let Some(rest) = SETTLING_TIME.checked_sub(pending.age())
                && session.client.pause(rest).await
            {
                list = session.profiles().await?;
            }
            if list.user_id() != user {
                user = list.user_id();
                continue;
            }
            if found.pending.is_some()
                && let Some(locked) = &mut locked
            {
                settle_locked(app, locked, &list);
                found = locked.read();
            }
            return Ok(Self {
                app,
                session,
                is_exec,
                holder_id: uuid::Uuid::new_v4().to_string(),
                journal,
                locked,
                found,
                list,
            });
        }
    }

    /// Whether this profile is current, and no earlier switch is pending that may change that.
    pub(super) fn is_settled_on(&self, profile: &Profile) -> bool {
        self.list.acts_as(profile.id) && self.found.pending.is_none()
    }

    /// Writes down which profile this process switches to, for processes that wait, and the switch that
    /// is pending now. An entry of an `exec` survives a power cut.
    pub(super) fn write_down(
        &mut self,
        profile: &Profile,
        pending: Option<PendingSwitch>,
    ) -> Result<()> {
        let Some(locked) = &mut self.locked else {
            return Ok(());
        };
        let holder = Holder::this_process(&self.holder_id, self.is_exec, profile);
        locked.update(self.is_exec, |entries| {
            entries.holder = Some(holder);
            entries.pending = pending;
        })
    }

    /// Switches, and returns the list that shows it.
    ///
    /// # Errors
    /// [`ErrorKind::OutcomeUnknown`] if the switch may still take effect; else nothing was changed.
    pub(super) async fn switch_to(
        &mut self,
        wanted: &Profile,
        watch: &mut Watch,
    ) -> Result<ProfileList> {
        if let Some(signal) = watch.came() {
            return Err(Error::stopped(signal, false));
        }
        let was_current = self.list.acts_as(wanted.id);
        let found = self.found.pending.clone();
        let from = self.list.current();
        // The entry of a switch that this one overrides stays until this one is confirmed, and so does
        // that of an `exec` that did not switch back.
        let settlement = found.as_ref().map(|found| found.settlement(&self.list));
        let ended = match was_current {
            true => found.clone(),
            false => Some(PendingSwitch::new(from, wanted, self.is_exec)),
        };
        let pending = match settlement {
            Some(Settlement::NotRestored) if !self.is_exec => found.clone(),
            _ => ended.clone(),
        };
        let from = from.map(|profile| profile.id);
        // A `switch` goes on without an entry: it is written again at the end.
        if let Err(error) = self.write_down(wanted, pending)
            && self.is_exec
        {
            return Err(error);
        }
        let seen = self.send(wanted, watch).await;
        let written = match (&seen, &mut self.locked, &self.journal) {
            (Err(error), _, _) if error.kind != ErrorKind::OutcomeUnknown => {
                self.write_down(wanted, found)
            }
            (Ok(_), Some(locked), _) if !self.is_exec => locked.update(false, |entries| {
                entries.holder = None;
                entries.pending = ended;
                entries.settle(Some(wanted.id));
            }),
            // It stays pending until the switch back, or until a later command settles it.
            (_, Some(_), _) => Ok(()),
            // An `exec` has the lock, and an entry of its own.
            (_, None, Some(journal)) if !was_current => journal.set_previous(from),
            (_, None, _) => Ok(()),
        };
        if let Err(error) = written {
            self.app.console.warn(&format!(
                "the previous profile could not be recorded: {error}"
            ));
        }
        seen
    }

    /// Sends the switch, and fetches the list until it shows the outcome. After a signal, the request
    /// that is in flight is waited for, and no further one is sent.
    async fn send(&self, wanted: &Profile, watch: &mut Watch) -> Result<ProfileList> {
        let note = "Interrupted; verifying the switch. Interrupt again to stop now.";
        let on_first = || self.app.console.note(note);
        let progress = SwitchProgress::default();
        let sent = self.session.set_current(wanted, &progress);
        let sent = watch.bounded(sent, || progress.is_in_flight(), on_first);
        let response = match sent.await {
            Ok(response) => response?,
            Err(signal) if progress.may_take_effect() => {
                SwitchResponse::Unclear(Error::stopped(signal, true))
            }
            Err(signal) => return Err(Error::stopped(signal, false)),
        };
        let seen = look_for(self.session, wanted, &response);
        let seen = watch.bounded(seen, || true, on_first).await;
        let seen = seen.unwrap_or_else(|signal| Err(Error::stopped(signal, true)));
        verify(
            self.app,
            wanted,
            self.list.acts_as(wanted.id),
            response,
            seen,
        )
    }
}

/// Takes the lock of the user with this id. A switch that is forced while an `exec` has it gets none.
async fn lock(
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
            // It writes its name after its first list. Windows can't read a locked journal.
            return (force && cfg!(windows)).then(unknown).map_or(Ok(()), Err);
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

/// Fetches the list until it shows the switch. A refused switch is looked for once. A list that can't be
/// parsed may be valid the next time.
pub(super) async fn look_for(
    session: &Session,
    wanted: &Profile,
    response: &SwitchResponse,
) -> Result<ProfileList> {
    let pauses = match response {
        SwitchResponse::Refused(_) => &[],
        _ => &PAUSES[..],
    };
    let mut pauses = pauses.iter().copied().map(Duration::from_millis);
    loop {
        let seen = session.profiles().await;
        let is_final = match &seen {
            Ok(list) => list.acts_as(wanted.id),
            Err(error) => !matches!(error.kind, ErrorKind::InvalidResponse | ErrorKind::WebPage),
        };
        match pauses.next() {
            Some(pause) if !is_final && session.client.pause(pause).await => {}
            _ => return seen,
        }
    }
}

/// The list that shows the switch, by its response and what was seen afterwards. If `wanted`
/// `was_current`, the list proves nothing: the portal must confirm the switch.
///
/// # Errors
/// The refusal, or [`ErrorKind::OutcomeUnknown`] if neither shows what became of the switch.
pub(super) fn verify(
    app: &App,
    wanted: &Profile,
    was_current: bool,
    response: SwitchResponse,
    seen: Result<ProfileList>,
) -> Result<ProfileList> {
    let is_confirmed = matches!(response, SwitchResponse::Confirmed);
    let current = seen.as_ref().ok().and_then(ProfileList::current);
    let current = current.map(Profile::label);
    let cause = match (response, seen) {
        (response, Ok(list)) if list.acts_as(wanted.id) && (is_confirmed || !was_current) => {
            if let SwitchResponse::Refused(error) = &response {
                let cause = error.as_cause();
                app.console
                    .warn(&format!("the switch took effect, although {cause}"));
            }
            return Ok(list);
        }
        (SwitchResponse::Refused(error), _) => return Err(error),
        (SwitchResponse::Unclear(cause), Ok(_)) | (_, Err(cause)) => Some(cause),
        (SwitchResponse::Confirmed, Ok(_)) => None,
    };
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
    let message = format!("the switch to {label} was {sent} and may still take effect: {shown}");
    Err(Error::new(code, message)
        .of_kind(ErrorKind::OutcomeUnknown)
        .with_hint(hint.map_or(check.into(), |hint| format!("{check}; {hint}")))
        .saying_as_cause(shown))
}
