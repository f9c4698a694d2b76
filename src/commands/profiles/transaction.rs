//! The transaction that `switch` and `exec` share: lock the user's journal, fetch the list, write the
//! switch down, send it, and fetch the list until it shows the outcome.

use std::time::Duration;

use super::earlier_switch::settle_locked;
use super::lock::{Purpose, lock};
use crate::api::{Profile, ProfileList, SwitchProgress, SwitchResponse};
use crate::commands::app::App;
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::interrupt::Watch;
use crate::session::{Entries, Holder, Journal, LockedJournal, PendingSwitch, Session, Settlement};

/// The pauses between two looks at a list that doesn't show the switch yet, in milliseconds: 6.3
/// seconds in all.
const PAUSES: [u64; 6] = [100, 200, 400, 800, 1600, 3200];

/// How long a pending switch of an earlier process is waited for, and the pauses meanwhile, in
/// milliseconds. A healthy portal applies a request within this time even if its sender was killed.
const SETTLING_TIME: Duration = Duration::from_secs(3);
const SETTLING_PAUSES: [u64; 12] = [250; 12];

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
            let opened = async {
                let journal = app.journal(&session.space_key, user)?;
                let locked = lock(app, &journal, purpose).await?;
                Ok::<_, Error>((journal, locked))
            };
            let (journal, mut locked) = match opened.await {
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
            // Waits until the pending switch has been applied, or is old enough not to come in between.
            let is_imminent = |list: &ProfileList| {
                found.pending.as_ref().is_some_and(|pending| {
                    pending.age() < SETTLING_TIME && pending.settlement(list) == Settlement::Pending
                })
            };
            let is_settled = |seen: &Result<ProfileList>| !seen.as_ref().is_ok_and(is_imminent);
            let list = poll_list(session, &SETTLING_PAUSES, is_settled).await?;
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

    /// Whether this profile is current, and no earlier switch may still change that.
    pub(super) fn is_settled_on(&self, profile: &Profile) -> bool {
        let may_change = |pending: &PendingSwitch| pending.may_take_effect(&self.list);
        self.list.acts_as(profile.id) && !self.found.pending.as_ref().is_some_and(may_change)
    }

    /// The user chose the profile that is current already: what an `exec` left behind is accepted.
    pub(super) fn accept(&mut self, current: &Profile) {
        if self.found.pending.is_some() {
            // If this fails, only the previous profile (`-`) is lost.
            let _ = self.update(false, |entries| entries.settle(Some(current.id)));
        }
    }

    /// Writes down which profile this process switches to, for processes that wait, and the switch that
    /// is pending now. An entry of an `exec` survives a power cut.
    pub(super) fn write_down(
        &mut self,
        profile: &Profile,
        pending: Option<PendingSwitch>,
    ) -> Result<()> {
        let holder = Holder::this_process(&self.holder_id, self.is_exec, profile);
        self.update(self.is_exec, |entries| {
            entries.holder = Some(holder);
            entries.pending = pending;
        })
    }

    fn update(&mut self, is_durable: bool, change: impl FnOnce(&mut Entries)) -> Result<()> {
        match &mut self.locked {
            Some(locked) => locked.update(is_durable, change),
            None => Ok(()),
        }
    }

    /// Switches, and verifies the outcome in the list.
    pub(super) async fn switch_to(&mut self, wanted: &Profile, watch: &mut Watch) -> SwitchOutcome {
        if let Some(signal) = watch.came() {
            return SwitchOutcome::not_done(Error::stopped(signal, false));
        }
        let was_current = self.list.acts_as(wanted.id);
        let found = self.found.pending.clone();
        let from = self.list.current();
        // The entry of a switch that this one overrides stays until this one is confirmed.
        let pending = match was_current {
            true => found.clone(),
            false => Some(PendingSwitch::new(from, wanted, self.is_exec)),
        };
        let from = from.map(|profile| profile.id);
        // A `switch` goes on without an entry: it is written again at the end.
        if let Err(error) = self.write_down(wanted, pending.clone())
            && self.is_exec
        {
            return SwitchOutcome::not_done(error);
        }
        let outcome = self.send(wanted, watch).await;
        let written = match (&outcome.list, &mut self.locked, &self.journal) {
            (Err(_), _, _) if !outcome.may_be_late => self.write_down(wanted, found),
            (Ok(_), Some(locked), _) if !self.is_exec => locked.update(false, |entries| {
                entries.holder = None;
                entries.pending = pending;
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
        outcome
    }

    /// Sends the switch, and fetches the list until it shows the outcome. After a signal, the request
    /// that is in flight is waited for, and no further one is sent.
    async fn send(&self, wanted: &Profile, watch: &mut Watch) -> SwitchOutcome {
        let note = "Interrupted; verifying the switch. Interrupt again to stop now.";
        let on_first = || self.app.console.note(note);
        let progress = SwitchProgress::default();
        let sent = self.session.set_current(wanted, &progress);
        let sent = watch.bounded(sent, || progress.is_in_flight(), on_first);
        let response = match sent.await {
            Ok(Ok(response)) => response,
            Ok(Err(never_sent)) => return SwitchOutcome::not_done(never_sent),
            Err(signal) if progress.may_take_effect() => {
                SwitchResponse::Unclear(Error::stopped(signal, true))
            }
            Err(signal) => return SwitchOutcome::not_done(Error::stopped(signal, false)),
        };
        let seen = verify(self.session, wanted, &response);
        let seen = watch.bounded(seen, || true, on_first).await;
        let seen = seen.unwrap_or_else(|signal| Err(Error::stopped(signal, true)));
        let was_current = self.list.acts_as(wanted.id);
        let mut outcome = outcome_of(self.app, wanted, was_current, response, seen);
        outcome.may_be_late |= progress.may_take_effect();
        outcome
    }
}

/// Fetches the list until it shows the switch. A refused switch is looked for once. A list that can't be
/// parsed may be valid the next time.
pub(super) async fn verify(
    session: &Session,
    wanted: &Profile,
    response: &SwitchResponse,
) -> Result<ProfileList> {
    let pauses = match response {
        SwitchResponse::Refused(_) => &[],
        _ => &PAUSES[..],
    };
    let is_final = |seen: &Result<ProfileList>| match seen {
        Ok(list) => list.acts_as(wanted.id),
        Err(error) => !matches!(error.kind, ErrorKind::InvalidResponse | ErrorKind::WebPage),
    };
    poll_list(session, pauses, is_final).await
}

/// Fetches the list until it is final, with these pauses in milliseconds.
async fn poll_list(
    session: &Session,
    pauses: &[u64],
    is_final: impl Fn(&Result<ProfileList>) -> bool,
) -> Result<ProfileList> {
    let mut pauses = pauses.iter().copied().map(Duration::from_millis);
    loop {
        let seen = session.profiles().await;
        match pauses.next() {
            Some(pause) if !is_final(&seen) && session.client.pause(pause).await => {}
            _ => return seen,
        }
    }
}

/// What became of a switch, by its response and the list that was fetched afterwards. If `wanted`
/// `was_current`, the list proves nothing: the portal must confirm the switch.
pub(super) fn outcome_of(
    app: &App,
    wanted: &Profile,
    was_current: bool,
    response: SwitchResponse,
    seen: Result<ProfileList>,
) -> SwitchOutcome {
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
            return SwitchOutcome {
                list: Ok(list),
                may_be_late: matches!(response, SwitchResponse::Unclear(_)),
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
