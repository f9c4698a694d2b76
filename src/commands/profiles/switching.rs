//! The transaction that `switch` and `exec` share: take the user's lock, read the list, record the
//! switch, send it, and read the list until it shows the outcome.

use std::fmt::Display;
use std::time::{Duration, Instant};

use super::exec::ancestors::ancestors;
use crate::api::{Profile, ProfileId, ProfileList, SwitchResponse};
use crate::commands::context::Context;
use crate::commands::open_session::OpenSession;
use crate::config;
use crate::error::{BusyRemedy, Error, Result, span};
use crate::interrupt::{self, Event, Signals};
use crate::session::{LockHolder, Settlement, SwitchFiles, SwitchLock, SwitchRecord};

/// The pauses between two looks at a list that doesn't show the switch yet: 6.3 seconds in all.
const LOOK_AGAIN: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
    Duration::from_millis(3200),
];

/// The pause between two attempts to take the lock.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// How long an interrupted switch still waits for its response, and then for the list.
const GRACE: Duration = Duration::from_secs(2);

/// How long after an unsettled switch the next one waits for it, and how long between two looks. A
/// healthy portal applies a request within this time although its sender was killed.
const SETTLING_TIME: Duration = Duration::from_secs(3);
const SETTLING_PAUSE: Duration = Duration::from_millis(250);

/// How often the lock of another user than expected is taken before giving up.
const USER_CHANGES: u32 = 3;

/// Who asks for the lock.
pub(super) struct LockRequest<'a> {
    pub(super) is_exec: bool,
    /// The profile that it is for, as given.
    pub(super) profile: &'a str,
    pub(super) wait: Wait,
}

/// How long to wait for the lock.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    /// For another `switch`, within the command's time; for an `exec`, not at all.
    ForSwitch,
    /// Go on without the lock where another process has it.
    Force,
    /// As long as given; `None` is without limit.
    UpTo(Option<Duration>),
}

/// A user's profile list, read under the user's lock.
pub(super) struct Transaction<'a> {
    context: &'a Context,
    open: &'a OpenSession<'a>,
    files: SwitchFiles,
    /// `None` with [`Wait::Force`], or where this machine has no place for a lock.
    lock: Option<SwitchLock>,
    pub(super) list: ProfileList,
}

/// What became of a switch.
pub(super) enum SwitchOutcome {
    /// The list shows it.
    Done {
        list: ProfileList,
        /// Whether the portal answered the request: an unanswered one may be applied again.
        is_answered: bool,
    },
    /// It was refused, or never sent.
    NotDone(Error),
    /// It may still take effect.
    Unknown(Error),
}

impl<'a> Transaction<'a> {
    /// Takes the user's lock and reads the list under it. The lock is held until the transaction is
    /// dropped.
    ///
    /// # Errors
    /// [`Error::Busy`] and [`Error::NestedExec`] where another process holds the lock,
    /// [`Error::Stopped`], and whatever keeps the list from being read.
    pub(super) async fn begin(
        context: &'a Context,
        open: &'a OpenSession<'a>,
        request: LockRequest<'_>,
        signals: &mut Option<Signals>,
    ) -> Result<Self> {
        let mut user = match open.expected_user() {
            Some(user) => user,
            None => unless_stopped(signals, open.profiles()).await??.user_id(),
        };
        for _ in 0..USER_CHANGES {
            let files = open.switch_files(user)?;
            let lock = take(context, &files, &request, signals).await?;
            let list = fetch_settled(open, &files, signals).await?;
            if list.user_id() == user {
                if let Some(lock) = &lock {
                    context.settle_switch(lock, &list);
                }
                return Ok(Self {
                    context,
                    open,
                    files,
                    lock,
                    list,
                });
            }
            user = list.user_id();
        }
        Err(anyhow::anyhow!("the profile list names another user each time").into())
    }

    /// The profile that was current before the last switch.
    pub(super) fn previous(&self) -> Option<ProfileId> {
        self.files.previous()
    }

    /// Whether an earlier switch may still take effect.
    pub(super) fn is_pending(&self) -> bool {
        let pending = |record: SwitchRecord| record.settle(&self.list) == Settlement::Pending;
        self.record().is_some_and(pending)
    }

    /// The process that holds the lock, if this one does.
    pub(super) fn holder(&self) -> Option<&LockHolder> {
        self.lock.as_ref().map(SwitchLock::holder)
    }

    /// The user chose the profile that is current already: what an `exec` left behind is accepted.
    pub(super) fn accept_current(&self) {
        if let Some(lock) = &self.lock {
            // Only what `-` means is lost.
            let _ = lock.took_effect();
        }
    }

    /// Nothing was changed, or all of it was taken back: the record that was `found` is put back.
    pub(super) fn restored(&self, found: Option<&SwitchRecord>) {
        let Some(lock) = &self.lock else { return };
        match found {
            // What can't be written was said before, when it was found.
            Some(found) => drop(lock.write(found)),
            None => lock.discard(),
        }
    }

    /// The record that was there before.
    pub(super) fn record(&self) -> Option<SwitchRecord> {
        self.files.record()
    }

    /// Switches, and verifies the outcome in the list.
    pub(super) async fn switch_to(
        &mut self,
        wanted: &Profile,
        is_exec: bool,
        interrupts: &mut Interrupts<'_>,
    ) -> SwitchOutcome {
        if let Some(signal) = interrupts.pending() {
            return SwitchOutcome::NotDone(Error::Stopped {
                signal,
                changed: false,
            });
        }
        let found = self.record();
        let record = SwitchRecord::new(self.list.current(), wanted, is_exec);
        let is_recorded = match self.write(&record, wanted) {
            Ok(is_recorded) => is_recorded,
            Err(error) if is_exec => return SwitchOutcome::NotDone(error),
            Err(error) => {
                self.warn_of_lost_previous(&error);
                false
            }
        };
        let outcome = send_and_verify(self.open, wanted, interrupts).await;
        match &outcome {
            SwitchOutcome::Done { .. } if is_exec => {}
            SwitchOutcome::Done { .. } if is_recorded => self.took_effect(),
            // What an earlier process left is over.
            SwitchOutcome::Done { .. } => {
                self.restored(None);
                self.set_previous(&record);
            }
            SwitchOutcome::NotDone(_) => self.restored(found.as_ref()),
            SwitchOutcome::Unknown(_) if is_recorded => {}
            SwitchOutcome::Unknown(_) => self.set_previous(&record),
        }
        outcome
    }

    /// Writes the record if the lock is held; gives whether it is.
    fn write(&mut self, record: &SwitchRecord, wanted: &Profile) -> Result<bool> {
        let Some(lock) = &mut self.lock else {
            return Ok(false);
        };
        lock.name_profile(wanted);
        lock.write(record)?;
        Ok(true)
    }

    fn took_effect(&self) {
        if let Some(lock) = &self.lock
            && let Err(error) = lock.took_effect()
        {
            self.warn_of_lost_previous(&error);
        }
    }

    /// Keeps what `-` means where there is no record of this switch.
    fn set_previous(&self, record: &SwitchRecord) {
        if let Err(error) = self.files.set_previous(record) {
            // What was kept before leads back too far.
            let _ = self.files.forget_previous();
            // With the lock it was said when the record could not be written.
            if self.lock.is_none() {
                self.warn_of_lost_previous(&error);
            }
        }
    }

    fn warn_of_lost_previous(&self, error: &dyn Display) {
        self.context.console.warn(&format!(
            "`nxp profiles switch -` may not lead back: {error}"
        ));
    }
}

/// Reads the list; where an earlier switch may be applied at any moment, as after a kill, once it
/// has been, or once it is old enough not to come in between.
async fn fetch_settled(
    open: &OpenSession<'_>,
    files: &SwitchFiles,
    signals: &mut Option<Signals>,
) -> Result<ProfileList> {
    let start = Instant::now();
    loop {
        let list = unless_stopped(signals, open.fetch_profiles()).await??;
        let is_imminent = |record: SwitchRecord| {
            record.age() < SETTLING_TIME && record.settle(&list) == Settlement::Pending
        };
        // A clock that was set back makes a record young for long.
        if start.elapsed() >= SETTLING_TIME || !files.record().is_some_and(is_imminent) {
            return Ok(list);
        }
        let pause = open.session.client().pause(SETTLING_PAUSE);
        if !unless_stopped(signals, pause).await? {
            return Ok(list);
        }
    }
}

/// Sends the switch and reads the list until it shows the outcome.
pub(super) async fn send_and_verify(
    open: &OpenSession<'_>,
    wanted: &Profile,
    interrupts: &mut Interrupts<'_>,
) -> SwitchOutcome {
    let sent = open.waited_for(open.session.set_current(wanted));
    let response = match interrupts.bounded(sent).await {
        Ok(Some(Ok(response))) => response,
        Ok(Some(Err(never_sent))) => return SwitchOutcome::NotDone(never_sent),
        Ok(None) => SwitchResponse::Unclear(interrupts.stopped()),
        Err(stopped) => return unknown(wanted, false, None, stopped),
    };
    let is_refused = matches!(response, SwitchResponse::Refused(_));
    let is_answered = !matches!(response, SwitchResponse::Unclear(_));
    let look = open.waited_for(look(open, wanted.id, is_refused));
    let seen = match interrupts.bounded(look).await {
        Ok(Some(seen)) => seen,
        Ok(None) => Err(interrupts.stopped()),
        Err(stopped) => Err(stopped),
    };
    match (response, seen) {
        (response, Ok(list)) if list.acts_as(wanted.id) => {
            if let SwitchResponse::Refused(error) = response {
                open.context
                    .console
                    .warn(&format!("the switch took effect, although {error}"));
            }
            SwitchOutcome::Done { list, is_answered }
        }
        (SwitchResponse::Refused(error), Ok(_)) => SwitchOutcome::NotDone(error),
        // The list is refused for the same reason as the switch.
        (SwitchResponse::Refused(error), Err(_)) if error.is_about_access() => {
            SwitchOutcome::NotDone(error)
        }
        (SwitchResponse::Unclear(cause), Ok(list)) => unknown(wanted, false, Some(&list), cause),
        (SwitchResponse::Refused(cause), Err(_)) => unknown(wanted, false, None, cause),
        (SwitchResponse::Unclear(_), Err(cause)) => unknown(wanted, false, None, cause),
        (SwitchResponse::Confirmed, Err(cause)) => unknown(wanted, true, None, cause),
        (SwitchResponse::Confirmed, Ok(list)) => SwitchOutcome::Unknown(Error::SwitchUnknown {
            wanted: wanted.label(),
            is_confirmed: true,
            current: list.current().map(Profile::label),
            cause: None,
        }),
    }
}

fn unknown(
    wanted: &Profile,
    is_confirmed: bool,
    list: Option<&ProfileList>,
    cause: Error,
) -> SwitchOutcome {
    SwitchOutcome::Unknown(Error::SwitchUnknown {
        wanted: wanted.label(),
        is_confirmed,
        current: list.and_then(ProfileList::current).map(Profile::label),
        cause: Some(Box::new(cause)),
    })
}

/// Reads the list until it shows the switch, once only where the portal refused it. A list that
/// can't be read may be readable the next time.
async fn look(open: &OpenSession<'_>, wanted: ProfileId, once: bool) -> Result<ProfileList> {
    let mut pauses = LOOK_AGAIN
        .into_iter()
        .take(if once { 0 } else { usize::MAX });
    let mut seen = None;
    loop {
        let latest = open.session.profiles().await;
        if latest.as_ref().is_ok_and(|list| list.acts_as(wanted)) {
            return latest;
        }
        if let Err(error) = &latest
            && !matches!(error, Error::InvalidResponse { .. } | Error::WebPage { .. })
        {
            return latest;
        }
        seen = match (latest, seen) {
            (Err(_), Some(Ok(list))) => Some(Ok(list)),
            (latest, _) => Some(latest),
        };
        let again = match pauses.next() {
            Some(pause) => open.session.client().pause(pause).await,
            None => false,
        };
        if !again && let Some(seen) = seen {
            return seen;
        }
    }
}

/// The signals that come while a switch is in flight: the first is held back until the outcome is
/// known, for a short time; a second one ends the wait.
pub(super) struct Interrupts<'a> {
    context: &'a Context,
    /// `None` holds back every signal until the end.
    signals: Option<&'a mut Signals>,
    first: Option<u8>,
}

impl<'a> Interrupts<'a> {
    pub(super) fn watch(context: &'a Context, signals: &'a mut Signals) -> Self {
        Self {
            context,
            signals: Some(signals),
            first: None,
        }
    }

    /// Holds back every signal until the switch has ended: for the switch back after an `exec`.
    pub(super) fn hold_back(context: &'a Context) -> Self {
        Self {
            context,
            signals: None,
            first: None,
        }
    }

    /// The signal that has come so far.
    pub(super) fn pending(&mut self) -> Option<u8> {
        if self.first.is_none() {
            self.first = self.signals.as_mut().and_then(|signals| signals.stop());
        }
        self.first
    }

    /// Does the work to its end; `None` where a signal came and the work did not end soon after.
    ///
    /// # Errors
    /// [`Error::Stopped`] at a second signal.
    async fn bounded<T>(&mut self, work: impl Future<Output = T>) -> Result<Option<T>> {
        let mut work = std::pin::pin!(work);
        if self.pending().is_none() {
            tokio::select! {
                done = &mut work => return Ok(Some(done)),
                signal = next_signal(&mut self.signals) => self.first = Some(signal),
            }
            self.context
                .console
                .note("Interrupted; verifying the switch. Interrupt again to stop now.");
        }
        let grace = async {
            tokio::time::sleep(GRACE).await;
            // What would lose the sign-in if it ended here has a deadline of its own.
            while interrupt::is_finishing() {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
        };
        tokio::select! {
            done = &mut work => Ok(Some(done)),
            () = grace => Ok(None),
            signal = next_signal(&mut self.signals) => {
                self.first = Some(signal);
                Err(self.stopped())
            }
        }
    }

    fn stopped(&self) -> Error {
        Error::Stopped {
            signal: self.first.unwrap_or_default(),
            changed: true,
        }
    }
}

async fn next_signal(signals: &mut Option<&mut Signals>) -> u8 {
    while let Some(signals) = signals {
        if let Event::Signal(signal) = signals.next().await {
            return signal.number;
        }
    }
    std::future::pending().await
}

async fn unless_stopped<T>(
    signals: &mut Option<Signals>,
    work: impl Future<Output = T>,
) -> Result<T> {
    match signals {
        Some(signals) => signals.unless_stopped(work).await,
        None => Ok(work.await),
    }
}

/// Takes the lock; `None` where the request goes on without.
async fn take(
    context: &Context,
    files: &SwitchFiles,
    request: &LockRequest<'_>,
    signals: &mut Option<Signals>,
) -> Result<Option<SwitchLock>> {
    let start = Instant::now();
    let mut seen = None;
    let mut told = None;
    loop {
        match files.try_lock(LockHolder::this_process(request.is_exec, request.profile)) {
            Ok(Some(lock)) => return Ok(Some(lock)),
            Ok(None) if matches!(request.wait, Wait::Force) => return Ok(None),
            Ok(None) => {}
            Err(error) if request.is_exec => return Err(error),
            Err(error) => {
                context
                    .console
                    .warn(&format!("other switches are not kept away: {error}"));
                return Ok(None);
            }
        }
        let is_over = match request.wait {
            Wait::UpTo(limit) => limit.is_some_and(|limit| start.elapsed() >= limit),
            Wait::ForSwitch | Wait::Force => context.time_left().is_zero(),
        };
        let holder = files.holder();
        // A process names itself just after it took the lock, so what is read only once may be of
        // the one before.
        if let Some(holder) = holder.as_ref().filter(|_| is_over || holder == seen) {
            if request.is_exec && is_around(holder) {
                return Err(Error::NestedExec {
                    pid: holder.pid,
                    label: holder.profile.clone(),
                });
            }
            if is_over || (holder.is_exec && !request.is_exec) {
                return Err(busy(holder, request.is_exec));
            }
            if told.as_ref() != Some(&holder.id) {
                tell(context, holder);
                told = Some(holder.id.clone());
            }
        } else if is_over {
            let path = files.lock_path().display();
            return Err(anyhow::anyhow!("another process holds {path}").into());
        }
        seen = holder;
        let pause = tokio::time::sleep(LOCK_PAUSE);
        match request.wait {
            // This wait has a limit of its own.
            Wait::UpTo(_) => unless_stopped(signals, pause).await?,
            Wait::ForSwitch | Wait::Force => {
                unless_stopped(signals, context.on_deadline(pause)).await?;
            }
        }
    }
}

fn tell(context: &Context, holder: &LockHolder) {
    let what = if holder.is_exec {
        "exec on"
    } else {
        "switch to"
    };
    context.console.note(&format!(
        "Waiting for the {what} {} (pid {}, for {} now).",
        holder.profile,
        holder.pid,
        span(holder.age())
    ));
}

/// Whether this process runs within the command of that `exec`, also if that command has cleared
/// the environment.
fn is_around(holder: &LockHolder) -> bool {
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
            (false, true) if is_around(holder) => BusyRemedy::ForceWithin,
            (false, true) => BusyRemedy::Force,
        },
    }
}
