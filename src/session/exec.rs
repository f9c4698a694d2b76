//! What is known of one `exec`: the record of it that others on this machine find.

use std::process;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::api::{Profile, ProfileId};

/// A profile, with the label that people know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: ProfileId,
    /// Its label.
    pub label: String,
}

impl From<&Profile> for Named {
    fn from(profile: &Profile) -> Self {
        Self {
            id: profile.id,
            label: profile.label(),
        }
    }
}

/// One that runs a command as another profile, or waits to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exec {
    /// Its number in line; whoever has a lower one came before.
    pub(super) ticket: u64,
    /// What its own command knows it by.
    pub id: String,
    /// Its process.
    pub pid: u32,
    /// The profile that it is for.
    pub profile: Named,
    /// In seconds since the Unix epoch.
    joined_at: u64,
    turn: Option<Turn>,
}

/// What is known of one that has begun to switch.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Turn {
    /// In seconds since the Unix epoch.
    began_at: u64,
    before: Option<Named>,
}

impl Exec {
    /// This process, as it joins the line with this number.
    pub(super) fn joining(ticket: u64, profile: Named) -> Self {
        Self {
            ticket,
            id: uuid::Uuid::new_v4().to_string(),
            pid: process::id(),
            profile,
            joined_at: now(),
            turn: None,
        }
    }

    /// Notes that its turn has come, and what is current before it switches.
    pub(super) fn begin(&mut self, before: Option<Named>) {
        self.turn = Some(Turn {
            began_at: now(),
            before,
        });
    }

    /// Whether it may have switched.
    pub(super) fn has_begun(&self) -> bool {
        self.turn.is_some()
    }

    /// Whether this is the profile that it is to switch back to.
    pub(super) fn leads_to(&self, profile: ProfileId) -> bool {
        self.before().is_some_and(|before| before.id == profile)
    }

    /// How long it has had its turn; before that, how long it has waited.
    #[must_use]
    pub fn age(&self) -> Duration {
        let since = self
            .turn
            .as_ref()
            .map_or(self.joined_at, |turn| turn.began_at);
        Duration::from_secs(now().saturating_sub(since))
    }

    /// The profile that was current before it switched.
    #[must_use]
    pub fn before(&self) -> Option<&Named> {
        self.turn.as_ref()?.before.as_ref()
    }
}

/// Takes away the records that are mended by now: the last one stands for the last switch.
pub(super) fn settle(execs: &mut Vec<Exec>, now: Option<ProfileId>) {
    let Some(now) = now else { return };
    while let Some(last) = execs.last() {
        if last.leads_to(now) {
            execs.pop();
        } else if last.profile.id == now {
            return;
        } else {
            execs.clear();
        }
    }
}

/// Seconds since the Unix epoch.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: u64) -> Named {
        Named {
            id: id.into(),
            label: format!("#{id}"),
        }
    }

    /// Those that were cut short on the way from each profile to the next one.
    fn cut_short(profiles: &[u64]) -> Vec<Exec> {
        let steps = profiles.windows(2).zip(1..);
        let exec = |(step, ticket): (&[u64], u64)| {
            let mut exec = Exec::joining(ticket, named(step[1]));
            exec.begin(Some(named(step[0])));
            exec
        };
        steps.map(exec).collect()
    }

    #[test]
    fn records_go_as_their_switches_are_taken_back() {
        for (profiles, now, left) in [
            (&[1, 2][..], 2, 1),
            (&[1, 2], 1, 0),
            (&[1, 2], 9, 0),
            (&[1, 2, 3], 3, 2),
            (&[1, 2, 3], 2, 1),
            (&[1, 2, 3], 1, 0),
            (&[1, 2, 3], 9, 0),
            (&[1, 1], 1, 0),
        ] {
            let mut execs = cut_short(profiles);
            settle(&mut execs, Some(now.into()));
            assert_eq!(execs.len(), left, "{profiles:?}, now {now}");
        }
        let mut execs = cut_short(&[1, 2]);
        settle(&mut execs, None);
        assert_eq!(execs.len(), 1);
    }
}
