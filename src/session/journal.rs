//! The journal of one user's switches: who is switching now, the switch that is under way or unsettled,
//! and the previous profile.
//!
//! It is one file, and its lock lets one `switch` or `exec` go ahead at a time. A switch is written down
//! before its request is sent. If the process ends before the outcome is known, the lock is free and
//! the switch stays pending: the next command that sees the profile list settles it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::files;
use super::now;
use crate::api::{Profile, ProfileId, ProfileList};
use crate::error::Result;

/// How long after it was sent a switch may still take effect. No server works on a request for
/// longer than a minute.
const MAY_BE_LATE: Duration = Duration::from_secs(60);

/// The journal of one user.
pub(crate) struct Journal {
    pub(crate) path: PathBuf,
}

/// What a journal says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Entries {
    /// The process that holds the lock, or that ended without releasing it.
    pub(crate) holder: Option<Holder>,
    /// The switch whose outcome is not known yet.
    pub(crate) pending: Option<PendingSwitch>,
    /// The profile that was current before the last switch that took effect.
    previous: Option<ProfileId>,
}

impl Entries {
    /// The profile that `-` means.
    pub(crate) fn previous(&self) -> Option<ProfileId> {
        match &self.pending {
            Some(pending) => Some(pending.from.as_ref()?.id),
            None => self.previous,
        }
    }

    /// What became of the pending switch is certain: `current` is the current profile. If that is the one
    /// that was asked for, `-` leads back from it.
    pub(crate) fn settle(&mut self, current: Option<ProfileId>) {
        if let Some(pending) = self.pending.take()
            && current == Some(pending.to.id)
            && pending.from.as_ref() != Some(&pending.to)
        {
            self.previous = pending.from.map(|from| from.id);
        }
    }
}

/// The process that holds the lock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// A random name, which an `exec` passes on to its command.
    pub(crate) id: String,
    pub(crate) pid: u32,
    pub(crate) is_exec: bool,
    /// The label of the profile that it switches to.
    pub(crate) profile: String,
    /// Since when, in seconds since the Unix epoch.
    since: u64,
}

impl Holder {
    pub(crate) fn this_process(id: &str, is_exec: bool, profile: &Profile) -> Self {
        Self {
            id: id.to_owned(),
            pid: std::process::id(),
            is_exec,
            profile: profile.label(),
            since: now().as_secs(),
        }
    }

    /// How long it has held the lock.
    pub(crate) fn age(&self) -> Duration {
        now().saturating_sub(Duration::from_secs(self.since))
    }
}

/// A profile, with the label that people know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedProfile {
    pub(crate) id: ProfileId,
    pub(crate) label: String,
}

impl From<&Profile> for NamedProfile {
    fn from(profile: &Profile) -> Self {
        Self {
            id: profile.id,
            label: profile.label(),
        }
    }
}

/// A switch whose outcome was not known when it was written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PendingSwitch {
    /// The profile that was current before.
    pub(crate) from: Option<NamedProfile>,
    /// The profile that was asked for.
    pub(crate) to: NamedProfile,
    /// Whether an `exec` was to switch back later.
    pub(crate) is_exec: bool,
    /// When it was sent, or the switch back from it, in seconds since the Unix epoch.
    sent_at: u64,
}

/// What the profile list shows of a pending switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    TookEffect,
    /// It took effect, and the `exec` that sent it never switched back.
    NotRestored,
    /// It has not taken effect, and still may.
    Pending,
    /// It did not take effect, or the user has switched since.
    Over,
}

impl PendingSwitch {
    /// A switch that is about to be sent.
    pub(crate) fn new(from: Option<&Profile>, to: &Profile, is_exec: bool) -> Self {
        Self {
            from: from.map(NamedProfile::from),
            to: to.into(),
            is_exec,
            sent_at: now().as_secs(),
        }
    }

    /// How long ago it was sent.
    pub(crate) fn age(&self) -> Duration {
        now().saturating_sub(Duration::from_secs(self.sent_at))
    }

    /// Compares it with the profile list.
    pub(crate) fn settlement(&self, list: &ProfileList) -> Settlement {
        let is_at_start = match &self.from {
            Some(from) => list.acts_as(from.id),
            None => list.current().is_none(),
        };
        match (list.acts_as(self.to.id), is_at_start) {
            (true, _) if self.is_exec => Settlement::NotRestored,
            (true, _) => Settlement::TookEffect,
            (false, true) if self.age() < MAY_BE_LATE => Settlement::Pending,
            (false, _) => Settlement::Over,
        }
    }
}

impl Journal {
    /// The journal of the user with this id at a space.
    pub(crate) fn of(space: &str, user: Option<u64>, state_folder: &Path) -> Self {
        Self {
            path: files::path_of_user(state_folder, "switch", space, user),
        }
    }

    /// Reads it without the lock. On Windows, a journal that another process has locked can't be read.
    pub(crate) fn read(&self) -> Entries {
        let content = files::read(&self.path).unwrap_or_default();
        files::parse_line(&content).unwrap_or_default()
    }

    /// Takes the lock, as [`files::acquire`].
    pub(crate) async fn lock(
        &self,
        limit: Option<Duration>,
        mut on_wait: impl FnMut(Duration, Entries) -> Result<()>,
    ) -> Result<Option<LockedJournal>> {
        let on_wait = |waited| on_wait(waited, self.read());
        let Some(file) = files::acquire(&self.path, limit, on_wait).await? else {
            return Ok(None);
        };
        let mut locked = LockedJournal {
            file,
            path: self.path.clone(),
        };
        // The last holder was killed. Its entry must not pass for this process's.
        if locked.read().holder.is_some() {
            let _ = locked.update(false, |entries| entries.holder = None);
        }
        Ok(Some(locked))
    }

    /// Writes the previous profile without the lock, which an `exec` holds, for a forced switch and a
    /// sign-out. An entry that the `exec` writes at the same moment is lost.
    pub(crate) fn set_previous(&self, previous: Option<ProfileId>) -> Result<()> {
        let mut entries = self.read();
        if entries.previous == previous {
            return Ok(());
        }
        entries.previous = previous;
        let written =
            files::open_to_write(&self.path).and_then(|mut file| write(&mut file, &entries));
        written.map_err(|error| files::failed("write", &self.path, &error))
    }
}

/// A journal whose lock is held until this is dropped. The system releases it when the process ends,
/// however it ends.
pub(crate) struct LockedJournal {
    path: PathBuf,
    file: File,
}

impl LockedJournal {
    pub(crate) fn read(&mut self) -> Entries {
        let mut content = Vec::new();
        // A file that can't be read has no entries.
        let _ = self.file.rewind();
        let _ = self.file.read_to_end(&mut content);
        files::parse_line(&content).unwrap_or_default()
    }

    /// Changes its entries. `is_durable`: they survive a power cut that follows at once.
    pub(crate) fn update(
        &mut self,
        is_durable: bool,
        change: impl FnOnce(&mut Entries),
    ) -> Result<()> {
        let mut entries = self.read();
        change(&mut entries);
        let mut written = write(&mut self.file, &entries);
        if is_durable {
            written = written.and_then(|()| self.file.sync_all());
            files::sync_folder(&self.path);
        }
        written.map_err(|error| files::failed("write", &self.path, &error))
    }
}

impl Drop for LockedJournal {
    fn drop(&mut self) {
        if self.read().holder.is_some() {
            let _ = self.update(false, |entries| entries.holder = None);
        }
    }
}

fn write(file: &mut File, entries: &Entries) -> io::Result<()> {
    files::write_line(file, &serde_json::to_vec(entries)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(current: u64) -> ProfileList {
        let profile = |id| format!(r#"{{"Id":{id},"IsDefaultProfile":{}}}"#, id == current);
        let profiles: Vec<String> = (1..=3).map(profile).collect();
        let body = format!(r#"{{"Profiles":[{}]}}"#, profiles.join(","));
        ProfileList::from_json(body.as_bytes()).unwrap()
    }

    fn pending(is_exec: bool, age: Duration) -> PendingSwitch {
        let list = list(1);
        let profile = |id: u64| list.find(id.into()).unwrap();
        let mut pending = PendingSwitch::new(Some(profile(1)), profile(2), is_exec);
        pending.sent_at -= age.as_secs();
        pending
    }

    #[test]
    fn the_list_settles_a_pending_switch() {
        let (fresh, old) = (Duration::ZERO, MAY_BE_LATE);
        for (is_exec, age, current, expected) in [
            (false, fresh, 1, Settlement::Pending),
            (false, old, 1, Settlement::Over),
            (true, fresh, 1, Settlement::Pending),
            (true, old, 1, Settlement::Over),
            (false, fresh, 2, Settlement::TookEffect),
            (true, fresh, 2, Settlement::NotRestored),
            (false, fresh, 3, Settlement::Over),
            (true, old, 3, Settlement::Over),
        ] {
            let settled = pending(is_exec, age).settlement(&list(current));
            assert_eq!(settled, expected, "{is_exec} {age:?} {current}");
        }
    }

    #[test]
    fn a_switch_that_took_effect_is_the_previous_one_and_a_pending_one_comes_first() {
        let mut entries = Entries::default();
        assert_eq!(entries.previous(), None);
        let first = pending(false, Duration::ZERO);
        entries.pending = Some(first.clone());
        assert_eq!(entries.previous(), Some(1.into()));
        entries.settle(Some(2.into()));
        assert_eq!(entries.previous(), Some(1.into()));
        let again = PendingSwitch {
            from: Some(first.to.clone()),
            ..first.clone()
        };
        entries.pending = Some(again);
        assert_eq!(entries.previous(), Some(2.into()));
        entries.settle(Some(2.into()));
        assert_eq!(entries.previous(), Some(1.into()));
        entries.pending = Some(first);
        entries.settle(Some(3.into()));
        assert_eq!(entries.previous(), Some(1.into()));
    }

    #[test]
    fn what_is_left_of_a_longer_line_is_ignored() {
        let mut content = serde_json::to_vec(&Entries {
            previous: Some(7.into()),
            ..Entries::default()
        })
        .unwrap();
        content.extend(b"\n\"rest of a longer line\"}");
        let entries: Entries = files::parse_line(&content).unwrap();
        assert_eq!(entries.previous(), Some(7.into()));
    }
}
