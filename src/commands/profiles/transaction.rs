//! The transaction that `switch` and `exec` share: take the user's lock, read the list, record the
//! switch, send it, and verify the outcome.

use std::fmt::Display;
use std::time::{Duration, Instant};

use super::interrupts::Interrupts;
use super::locking::{self, Purpose};
use super::sending::{SwitchOutcome, send_and_verify};
use crate::api::{Profile, ProfileId, ProfileList};
use crate::commands::open_session::OpenSession;
use crate::error::{Error, Result};
use crate::session::{LockHolder, Settlement, SwitchFiles, SwitchLock, SwitchRecord};

/// How long a switch waits for an earlier one that is unsettled, and the pause between two requests
/// of the list. A healthy portal applies a request within this time even if its sender was killed.
const SETTLING_TIME: Duration = Duration::from_secs(3);
const SETTLING_PAUSE: Duration = Duration::from_millis(250);

/// A user's profile list, read under the user's lock. The lock is held until this is dropped.
pub(super) struct Transaction<'a> {
    pub(super) open: &'a OpenSession<'a>,
    is_exec: bool,
    files: SwitchFiles,
    /// `None` for a forced switch, or if no lock file can be created.
    lock: Option<SwitchLock>,
    /// The record that an earlier process left.
    found: Option<SwitchRecord>,
    pub(super) list: ProfileList,
}

impl<'a> Transaction<'a> {
    /// Takes the user's lock, to switch to `profile`, and reads the list under it.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::NestedExec`] and [`Error::LockHeld`] if another process holds the
    /// lock, and any failure to fetch the list.
    pub(super) async fn begin(
        open: &'a OpenSession<'a>,
        purpose: Purpose,
        profile: &str,
    ) -> Result<Self> {
        let mut user = match open.expected_user() {
            Some(user) => user,
            None => open.profiles().await?.user_id(),
        };
        // The deadline ends this if the portal names another user each time.
        loop {
            let files = open.switch_files(user)?;
            let lock = locking::take(open, &files, purpose, profile).await?;
            let list = fetch_settled(open, &files).await?;
            if list.user_id() != user {
                user = list.user_id();
                continue;
            }
            if let Some(lock) = &lock {
                open.app.settle_switch(lock, &list);
            }
            return Ok(Self {
                open,
                is_exec: purpose.is_exec(),
                lock,
                found: files.record(),
                files,
                list,
            });
        }
    }

    /// The profile that was current before the last switch.
    pub(super) fn previous(&self) -> Option<ProfileId> {
        self.files.previous()
    }

    /// The process that holds the lock, if this one does.
    pub(super) fn holder(&self) -> Option<&LockHolder> {
        self.lock.as_ref().map(SwitchLock::holder)
    }

    /// Whether this profile is current, and no earlier switch may still change that.
    pub(super) fn is_settled_on(&self, profile: &Profile) -> bool {
        let may_change = |record: &SwitchRecord| record.may_take_effect(&self.list);
        self.list.acts_as(profile.id) && !self.found.as_ref().is_some_and(may_change)
    }

    /// The user chose the profile that is current already: what an `exec` left behind is accepted.
    pub(super) fn accept_current(&self) {
        if let Some(lock) = &self.lock {
            // If this fails, only the previous profile (`-`) is lost.
            let _ = lock.took_effect();
        }
    }

    /// Puts the record back that was found: nothing was changed, or all of it was taken back.
    pub(super) fn put_record_back(&self) {
        let Some(lock) = &self.lock else { return };
        match &self.found {
            // What it says was shown when it was found.
            Some(found) => drop(lock.write(found)),
            None => lock.discard(),
        }
    }

    /// Records that an `exec` is about to switch back from `profile`: that may take effect late, too.
    pub(super) fn record_switch_back(&self, profile: &Profile) {
        if let Some(lock) = &self.lock {
            let record = SwitchRecord::new(self.list.current(), profile, self.is_exec);
            // If this fails, the record from before the switch stays.
            let _ = lock.write(&record.of_switch_back());
        }
    }

    /// Switches, and verifies the outcome in the list.
    pub(super) async fn switch_to(
        &mut self,
        wanted: &Profile,
        interrupts: &mut Interrupts<'_>,
    ) -> SwitchOutcome {
        if let Some(signal) = interrupts.pending() {
            let changed = false;
            return SwitchOutcome::not_done(Error::Stopped { signal, changed });
        }
        let record = SwitchRecord::new(self.list.current(), wanted, self.is_exec);
        let was_current = self.list.acts_as(wanted.id);
        if let Some(lock) = &mut self.lock {
            lock.name_profile(wanted);
        }
        // The record of a switch that this one overrides stays until this one is confirmed.
        let is_recorded = was_current
            || match self.write(&record) {
                Ok(is_written) => is_written,
                Err(error) => return SwitchOutcome::not_done(error),
            };
        let outcome = send_and_verify(self.open, wanted, was_current, interrupts).await;
        match &outcome.list {
            Err(_) if !outcome.may_be_late => self.put_record_back(),
            // The record stays until the switch back, or until a later command settles it.
            Ok(_) if self.is_exec => {}
            Err(_) if is_recorded => {}
            Err(_) => self.set_previous(&record),
            Ok(_) => {
                // An `exec` that did not switch back may have led here.
                let found = self.found.as_ref().filter(|_| was_current);
                let led_here = found.filter(|found| found.to.id == wanted.id);
                self.set_previous(led_here.unwrap_or(&record));
                if let Some(lock) = &self.lock {
                    lock.discard();
                }
            }
        }
        outcome
    }

    /// Writes the record if the lock is held; gives whether it is written.
    ///
    /// # Errors
    /// If an `exec` can't write it.
    fn write(&self, record: &SwitchRecord) -> Result<bool> {
        match self.lock.as_ref().map(|lock| lock.write(record)) {
            Some(Ok(())) => Ok(true),
            Some(Err(error)) if self.is_exec => Err(error),
            Some(Err(error)) => {
                self.warn_of_lost_previous(&error);
                Ok(false)
            }
            None => Ok(false),
        }
    }

    /// Keeps what `-` means.
    fn set_previous(&self, record: &SwitchRecord) {
        // Such a switch only overrides an earlier one that may still take effect.
        if record.from.as_ref() == Some(&record.to) {
            return;
        }
        if let Err(error) = self.files.set_previous(record) {
            // The previous profile that was stored before is out of date.
            let _ = self.files.forget_previous();
            self.warn_of_lost_previous(&error);
        }
    }

    fn warn_of_lost_previous(&self, error: &dyn Display) {
        self.open.app.console.warn(&format!(
            "the previous profile could not be recorded: {error}"
        ));
    }
}

/// Reads the list. If an earlier switch may be applied at any moment, as after a kill, waits until
/// it has been, or until it is old enough not to come in between.
async fn fetch_settled(open: &OpenSession<'_>, files: &SwitchFiles) -> Result<ProfileList> {
    let start = Instant::now();
    loop {
        let list = open.waited_for(open.fetch_profiles()).await?;
        let is_imminent = |record: SwitchRecord| {
            record.age() < SETTLING_TIME && record.settle(&list) == Settlement::Pending
        };
        // If the clock was set back, a record looks young for a long time.
        if start.elapsed() >= SETTLING_TIME
            || !files.record().is_some_and(is_imminent)
            || !open.session.client().pause(SETTLING_PAUSE).await
        {
            return Ok(list);
        }
    }
}
