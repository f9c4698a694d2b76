//! The line of those who run a command as another profile: one at a time for a user on this machine,
//! in the order in which they came.
//!
//! Each holds the lock of a file of its own from when it joins until it ends, however it ends; who
//! is behind it waits for that lock. What each is about stands in the state. A record whose lock
//! nobody holds is of one that was cut short.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use anyhow::Context as _;

use super::atomic_file::{lock_file, make_private_folder};
use super::exec::{Exec, Named, settle};
use super::{StateFile, UserKey};
use crate::api::ProfileId;
use crate::error::Result;

/// The line of one user at one space.
pub struct Line {
    state: StateFile,
    key: UserKey,
}

impl Line {
    /// The line of the user with this key.
    #[must_use]
    pub fn new(state: StateFile, key: UserKey) -> Self {
        Self { state, key }
    }

    /// Who has the turn, if anybody.
    ///
    /// # Errors
    /// Where the state can't be read.
    pub fn holder(&self) -> Result<Option<Exec>> {
        Ok(self.standing()?.into_iter().next())
    }

    /// Who stands in line and lives, in order.
    ///
    /// # Errors
    /// Where the state can't be read.
    pub fn standing(&self) -> Result<Vec<Exec>> {
        let mut execs = self.state.load()?.execs(&self.key).to_vec();
        execs.retain(|exec| self.is_alive(exec));
        Ok(execs)
    }

    /// Joins the line at its end.
    ///
    /// # Errors
    /// Where the state or a lock can't be read or written.
    pub fn join(self, profile: Named) -> Result<Place> {
        let (exec, lock) = self.state.update(|state| {
            state.change_execs(&self.key, |execs| {
                self.drop_the_dead(execs);
                let last = execs.last().map_or(0, |exec| exec.ticket);
                let mut exec = Exec::joining(last + 1, profile);
                let lock = self.lock(&mut exec).context("can't stand in line")?;
                execs.push(exec.clone());
                Ok::<_, anyhow::Error>((exec, lock))
            })
        })??;
        Ok(Place {
            line: self,
            exec,
            _lock: lock,
        })
    }

    /// The last `exec` that ended without switching back, if the user is still where it left him.
    /// What was current before it is then the previous profile, and so what `-` means.
    ///
    /// `now` is the profile that the user is in. There is none while another `exec` has its turn.
    ///
    /// # Errors
    /// Where the state can't be read or written.
    pub fn cut_short(&self, now: Option<ProfileId>) -> Result<Option<Exec>> {
        self.cut_short_before(None, now)
    }

    fn cut_short_before(&self, own: Option<&str>, now: Option<ProfileId>) -> Result<Option<Exec>> {
        let is_other = |exec: &Exec| own != Some(exec.id.as_str());
        let execs = self.state.load()?.execs(&self.key).to_vec();
        if !execs.iter().any(is_other) || self.holder()?.as_ref().is_some_and(is_other) {
            return Ok(None);
        }
        self.state.update(|state| {
            let left = state.change_execs(&self.key, |execs| {
                self.drop_the_dead(execs);
                let (living, mut dead): (Vec<Exec>, Vec<Exec>) =
                    execs.drain(..).partition(|exec| self.is_alive(exec));
                settle(&mut dead, now);
                let left = dead.last().cloned();
                execs.extend(dead.into_iter().chain(living));
                left
            });
            if let Some(before) = left.as_ref().and_then(Exec::before) {
                state.set_previous(&self.key, Some(before.id));
            }
            left
        })
    }

    /// Forgets those that were cut short: the user has chosen the profile `now` since. The one that
    /// this mends is forgotten alone, as the one before it may stand for a way further back.
    ///
    /// # Errors
    /// Where the state can't be read or written.
    pub fn chosen(&self, now: ProfileId) -> Result<()> {
        if self.state.load()?.execs(&self.key).is_empty() {
            return Ok(());
        }
        self.state.update(|state| {
            state.change_execs(&self.key, |execs| {
                let alive = |exec: &Exec| self.is_alive(exec);
                if !execs.iter().any(alive) && execs.last().is_some_and(|exec| exec.leads_to(now)) {
                    execs.pop();
                } else {
                    execs.retain(alive);
                }
            });
        })
    }

    /// Drops those that ended before their turn came: there is nothing to mend.
    fn drop_the_dead(&self, execs: &mut Vec<Exec>) {
        execs.retain(|exec| {
            let alive = self.is_alive(exec);
            if !alive {
                // It is of no use, and of no harm.
                let _ = fs::remove_file(self.path(exec));
            }
            alive || exec.has_begun()
        });
    }

    /// Whether somebody holds its lock.
    fn is_alive(&self, exec: &Exec) -> bool {
        match File::open(self.path(exec)) {
            Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    /// Takes the lock of a file that nobody else holds, on whatever number. One that is held is of
    /// an `exec` whose record is lost, or is being looked at.
    fn lock(&self, exec: &mut Exec) -> io::Result<File> {
        if let Some(folder) = self.path(exec).parent() {
            make_private_folder(folder)?;
        }
        loop {
            let lock = lock_file(&self.path(exec))?;
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) => exec.ticket += 1,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    fn path(&self, exec: &Exec) -> PathBuf {
        let name = self.key.file_name();
        self.state
            .folder()
            .join("locks")
            .join(format!("exec-{name}-{}", exec.ticket))
    }
}

/// A place in line. Dropping it leaves a record of having been cut short, once its turn has begun.
pub struct Place {
    line: Line,
    exec: Exec,
    /// Held until the end, and by nobody after it.
    _lock: File,
}

impl Place {
    /// What is known of it.
    #[must_use]
    pub fn exec(&self) -> &Exec {
        &self.exec
    }

    /// Those before it, in order.
    ///
    /// # Errors
    /// Where the state can't be read.
    pub fn ahead(&self) -> Result<Vec<Exec>> {
        let mut standing = self.line.standing()?;
        standing.retain(|exec| exec.ticket < self.exec.ticket);
        Ok(standing)
    }

    /// As [`Line::cut_short`], now that its own turn has come.
    ///
    /// # Errors
    /// Where the state can't be read or written.
    pub fn cut_short(&self, now: Option<ProfileId>) -> Result<Option<Exec>> {
        self.line.cut_short_before(Some(&self.exec.id), now)
    }

    /// What returns when `other` has ended. It blocks, and is for a thread of its own.
    pub fn until_end_of(&self, other: &Exec) -> impl FnOnce() + Send + 'static {
        let path = self.line.path(other);
        move || {
            // A file that is gone, or a lock that fails, is looked at again by whoever waits.
            let _ = File::open(path).and_then(|file| file.lock_shared());
        }
    }

    /// Its turn has come, and it is about to switch: notes what is current before.
    ///
    /// # Errors
    /// Where the state can't be read or written.
    pub fn begin(&mut self, before: Option<Named>) -> Result<()> {
        self.exec.begin(before);
        self.line.state.update(|state| {
            state.change_execs(&self.line.key, |execs| {
                for exec in execs.iter_mut().filter(|exec| exec.id == self.exec.id) {
                    exec.clone_from(&self.exec);
                }
            });
        })
    }

    /// Leaves the line, with nothing left to mend.
    ///
    /// # Errors
    /// Where the state can't be read or written.
    pub fn leave(self) -> Result<()> {
        self.line.state.update(|state| {
            state.change_execs(&self.line.key, |execs| {
                execs.retain(|exec| exec.id != self.exec.id);
                // Those behind it wait for the lock, not for the file.
                let _ = fs::remove_file(self.line.path(&self.exec));
            });
        })
    }
}
