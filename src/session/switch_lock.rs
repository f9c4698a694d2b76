//! One switch at a time for each user on this machine, and a record of each switch until its
//! outcome is known.
//!
//! `switch` and `exec` hold the lock from before they read the list that they act on until the
//! outcome is verified. The record is written before the request is sent. Where the process ends in
//! between, however it ends, the lock is free and the record stays: the next command that sees the
//! profile list settles it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::files::{self, Durability, digest_of, failed};
use super::{Identity, now};
use crate::api::{Profile, ProfileId, ProfileList};
use crate::error::Result;

/// How long after it was sent a switch may still take effect. No server works on a request for
/// longer than a minute.
const MAY_BE_LATE: Duration = Duration::from_secs(60);

/// A profile, with the label that people know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedProfile {
    /// Its id.
    pub(crate) id: ProfileId,
    /// Its label.
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

/// The process that holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LockHolder {
    /// A random name of its own, which an `exec` passes on to its command.
    pub(crate) id: String,
    /// Its process id.
    pub(crate) pid: u32,
    /// The namespace of its process id; `None` if the system doesn't tell.
    #[serde(default)]
    pid_namespace: Option<PathBuf>,
    /// Whether it is an `exec`.
    pub(crate) is_exec: bool,
    /// The profile that it switches to: as given on the command line, or its label.
    pub(crate) profile: String,
    /// Since when, in seconds since the Unix epoch.
    since: u64,
}

impl LockHolder {
    /// This process.
    pub(crate) fn this_process(is_exec: bool, profile: &str) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            pid: process::id(),
            pid_namespace: pid_namespace(),
            is_exec,
            profile: profile.to_owned(),
            since: now().as_secs(),
        }
    }

    /// Whether it is one of these processes of this machine or container.
    pub(crate) fn is_among(&self, processes: &[u32]) -> bool {
        processes.contains(&self.pid) && self.pid_namespace == pid_namespace()
    }

    /// How long it has held the lock.
    pub(crate) fn age(&self) -> Duration {
        now().saturating_sub(Duration::from_secs(self.since))
    }
}

/// A switch whose outcome was not known when the record was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SwitchRecord {
    /// The profile that was current before.
    pub(crate) from: Option<NamedProfile>,
    /// The profile that was asked for.
    pub(crate) to: NamedProfile,
    /// Whether an `exec` was to switch back later.
    pub(crate) is_exec: bool,
    /// When it was sent, in seconds since the Unix epoch.
    sent_at: u64,
    /// Whether the switch back was about to be sent then.
    #[serde(default)]
    is_switch_back: bool,
}

/// What the profile list shows of a recorded switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// It took effect.
    TookEffect,
    /// It took effect, and the `exec` that sent it never switched back.
    NotRestored,
    /// It has not taken effect, and still may.
    Pending,
    /// It did not take effect.
    Failed,
    /// A third profile is current: the user has switched since.
    Superseded,
}

impl SwitchRecord {
    /// A switch that is about to be sent.
    pub(crate) fn new(from: Option<&Profile>, to: &Profile, is_exec: bool) -> Self {
        Self {
            from: from.map(NamedProfile::from),
            to: to.into(),
            is_exec,
            sent_at: now().as_secs(),
            is_switch_back: false,
        }
    }

    /// The record of an `exec` whose switch back is about to be sent.
    pub(crate) fn of_switch_back(self) -> Self {
        Self {
            is_switch_back: true,
            ..self
        }
    }

    /// Whether it may still change what `list` shows: the switch itself, or the switch back.
    pub(crate) fn may_take_effect(&self, list: &ProfileList) -> bool {
        match self.settle(list) {
            Settlement::Pending => true,
            Settlement::NotRestored => self.is_switch_back && self.age() < MAY_BE_LATE,
            Settlement::TookEffect | Settlement::Failed | Settlement::Superseded => false,
        }
    }

    /// How long ago it was sent.
    pub(crate) fn age(&self) -> Duration {
        now().saturating_sub(Duration::from_secs(self.sent_at))
    }

    /// Compares it with the profile list.
    pub(crate) fn settle(&self, list: &ProfileList) -> Settlement {
        let is_at_start = match &self.from {
            Some(from) => list.acts_as(from.id),
            None => list.current().is_none(),
        };
        if is_at_start {
            return if self.age() < MAY_BE_LATE {
                Settlement::Pending
            } else {
                Settlement::Failed
            };
        }
        match (list.acts_as(self.to.id), self.is_exec) {
            (true, true) => Settlement::NotRestored,
            (true, false) => Settlement::TookEffect,
            (false, _) => Settlement::Superseded,
        }
    }
}

/// The files that keep the switches of one user apart.
#[derive(Clone, Debug)]
pub(crate) struct SwitchFiles {
    lock: PathBuf,
    holder: PathBuf,
    record: PathBuf,
    /// The record of the last switch that took effect: what `-` leads back to.
    previous: PathBuf,
}

impl SwitchFiles {
    /// The files of the user with this id at the space of `identity`, the same for all accounts and
    /// tokens of the user. A space that sends no ids has one user.
    pub(crate) fn of(
        identity: &Identity,
        user: Option<u64>,
        state_folder: &Path,
        cache_folder: &Path,
    ) -> Self {
        let user = user.map(|id| id.to_string()).unwrap_or_default();
        let name = digest_of(&[&identity.space_key(), &user]);
        let locks = state_folder.join("locks");
        Self {
            lock: locks.join(format!("switch-{name}.lock")),
            holder: locks.join(format!("switch-{name}.holder")),
            record: locks.join(format!("switch-{name}.json")),
            previous: cache_folder.join(format!("previous-{name}.json")),
        }
    }

    /// Takes the lock for `holder`; `None` where another process has it.
    ///
    /// # Errors
    /// Where the lock file can't be made or locked.
    pub(crate) fn try_lock(&self, holder: LockHolder) -> Result<Option<SwitchLock>> {
        let locked = files::try_lock(&self.lock);
        let Some(file) = locked.map_err(|error| failed("lock", &self.lock, &error))? else {
            return Ok(None);
        };
        let lock = SwitchLock {
            files: self.clone(),
            holder,
            _file: file,
        };
        lock.write_holder();
        Ok(Some(lock))
    }

    /// The process that holds the lock, as far as it has said so.
    pub(crate) fn holder(&self) -> Option<LockHolder> {
        let is_free = files::open(&self.lock)
            .is_ok_and(|file| !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)));
        if is_free {
            return None;
        }
        serde_json::from_slice(&files::read(&self.holder).ok()?).ok()
    }

    /// The switch whose outcome is not known yet, if there is one.
    pub(crate) fn record(&self) -> Option<SwitchRecord> {
        read_record(&self.record)
    }

    /// The profile that was current before the last switch of this user from here.
    pub(crate) fn previous(&self) -> Option<ProfileId> {
        let last = self.record().or_else(|| read_record(&self.previous))?;
        Some(last.from?.id)
    }

    /// Keeps a switch that took effect as the one that `-` leads back from, without the lock.
    ///
    /// # Errors
    /// Where it can't be written.
    pub(crate) fn set_previous(&self, record: &SwitchRecord) -> io::Result<()> {
        let content = serde_json::to_vec(record).unwrap_or_default();
        files::overwrite(&self.previous, &content)
    }

    /// The file that is locked.
    pub(crate) fn lock_path(&self) -> &Path {
        &self.lock
    }

    /// Forgets the previous profile, and nothing that is not settled.
    ///
    /// # Errors
    /// Where the file is there and can't be removed.
    pub(crate) fn forget_previous(&self) -> io::Result<()> {
        files::remove(&self.previous)
    }
}

/// The lock of one user. The system frees it when the process ends, however it ends.
pub(crate) struct SwitchLock {
    files: SwitchFiles,
    holder: LockHolder,
    _file: File,
}

impl SwitchLock {
    /// Who holds it.
    pub(crate) fn holder(&self) -> &LockHolder {
        &self.holder
    }

    /// Names the profile that it is held for, for processes that wait.
    pub(crate) fn name_profile(&mut self, profile: &Profile) {
        self.holder.profile = profile.label();
        self.write_holder();
    }

    /// The switch that an earlier process has left unsettled.
    pub(crate) fn record(&self) -> Option<SwitchRecord> {
        self.files.record()
    }

    /// Writes the record of a switch that is about to be sent. That of an `exec` survives a power
    /// cut.
    ///
    /// # Errors
    /// Where it can't be written.
    pub(crate) fn write(&self, record: &SwitchRecord) -> Result<()> {
        let path = &self.files.record;
        let content = serde_json::to_vec(record).unwrap_or_default();
        let written = if record.is_exec {
            files::replace(path, &content, Durability::Synced)
        } else {
            files::overwrite(path, &content)
        };
        written.map_err(|error| failed("write", path, &error))
    }

    /// The recorded switch took effect: from now on it is what `-` leads back from. A switch from a
    /// profile to itself, sent to override one whose outcome was unknown, is not.
    ///
    /// # Errors
    /// Where the previous profile can't be kept; the record is settled all the same.
    pub(crate) fn took_effect(&self) -> io::Result<()> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        if record.from.as_ref() == Some(&record.to) {
            self.discard();
            return Ok(());
        }
        let kept = self.files.set_previous(&record);
        self.discard();
        kept
    }

    /// The recorded switch did not take effect, or was taken back. A record that can't be removed
    /// is compared with the list again by the next command, which does no harm.
    pub(crate) fn discard(&self) {
        if self.record().is_some() {
            let _ = files::overwrite(&self.files.record, b"null");
        }
    }

    /// Nothing depends on it but what waiting processes say.
    fn write_holder(&self) {
        if let Ok(content) = serde_json::to_vec(&self.holder) {
            let _ = files::overwrite(&self.files.holder, &content);
        }
    }
}

/// Where process ids are those of this process (pid_namespaces(7)); only Linux has several.
fn pid_namespace() -> Option<PathBuf> {
    fs::read_link("/proc/self/ns/pid").ok()
}

/// Reads the record of an unsettled switch; `None` where there is none.
pub(super) fn read_record(path: &Path) -> Option<SwitchRecord> {
    serde_json::from_slice::<Option<SwitchRecord>>(&files::read(path).ok()?)
        .ok()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Account;

    fn list(current: u64) -> ProfileList {
        let profile = |id| format!(r#"{{"Id":{id},"IsDefaultProfile":{}}}"#, id == current);
        let profiles: Vec<String> = (1..=3).map(profile).collect();
        let body = format!(r#"{{"Profiles":[{}]}}"#, profiles.join(","));
        ProfileList::from_json(body.as_bytes()).unwrap()
    }

    fn record(is_exec: bool, age: Duration) -> SwitchRecord {
        let list = list(1);
        let profile = |id: u64| list.find(id.into()).unwrap();
        let mut record = SwitchRecord::new(Some(profile(1)), profile(2), is_exec);
        record.sent_at -= age.as_secs();
        record
    }

    fn files(folder: &Path) -> SwitchFiles {
        let account = Account::new("acme".parse().unwrap(), "ana@acme.example".to_owned());
        let user = Identity::Stored(account);
        SwitchFiles::of(&user, Some(7), &folder.join("state"), &folder.join("cache"))
    }

    fn lock(files: &SwitchFiles) -> Option<SwitchLock> {
        files
            .try_lock(LockHolder::this_process(false, "2"))
            .unwrap()
    }

    #[test]
    fn the_list_settles_a_record() {
        let (fresh, old) = (Duration::ZERO, MAY_BE_LATE);
        for (is_exec, age, current, expected) in [
            (false, fresh, 1, Settlement::Pending),
            (false, old, 1, Settlement::Failed),
            (true, fresh, 1, Settlement::Pending),
            (true, old, 1, Settlement::Failed),
            (false, fresh, 2, Settlement::TookEffect),
            (true, fresh, 2, Settlement::NotRestored),
            (false, fresh, 3, Settlement::Superseded),
            (true, old, 3, Settlement::Superseded),
        ] {
            let settled = record(is_exec, age).settle(&list(current));
            assert_eq!(settled, expected, "{is_exec} {age:?} {current}");
        }
    }

    #[test]
    fn one_process_at_a_time_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        assert_eq!(files.holder(), None);
        let held = lock(&files).unwrap();
        assert!(lock(&files).is_none());
        assert_eq!(files.holder().as_ref(), Some(held.holder()));
        drop(held);
        assert_eq!(files.holder(), None);
        assert!(lock(&files).is_some());
    }

    #[test]
    fn a_settled_switch_is_the_previous_one_and_an_unsettled_one_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let lock = lock(&files).unwrap();
        assert_eq!(files.previous(), None);
        let record = record(false, Duration::ZERO);
        lock.write(&record).unwrap();
        assert_eq!(files.previous(), Some(1.into()));
        lock.took_effect().unwrap();
        assert_eq!((files.record(), files.previous()), (None, Some(1.into())));

        let mut again = record.clone();
        (again.from, again.to) = (Some(record.to.clone()), record.to);
        lock.write(&again).unwrap();
        lock.took_effect().unwrap();
        assert_eq!((files.record(), files.previous()), (None, Some(1.into())));

        lock.write(&again).unwrap();
        files.forget_previous().unwrap();
        assert_eq!(files.previous(), Some(2.into()));
        lock.discard();
        assert_eq!(files.previous(), None);
    }
}
