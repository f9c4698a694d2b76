//! The time that a command may spend on network work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The time for all network work of a command, shared by its connections (`--timeout` holds for
/// the whole command). What a person takes to answer a prompt is no part of it.
#[derive(Clone, Debug)]
pub struct Budget {
    given: Duration,
    spent_micros: Arc<AtomicU64>,
}

impl Budget {
    /// So much time, none of it spent.
    #[must_use]
    pub fn new(given: Duration) -> Self {
        Self {
            given,
            spent_micros: Arc::default(),
        }
    }

    /// All the time that was given.
    pub(super) fn given(&self) -> Duration {
        self.given
    }

    /// What is left.
    pub(super) fn left(&self) -> Duration {
        let spent = Duration::from_micros(self.spent_micros.load(Ordering::Relaxed));
        self.given.saturating_sub(spent)
    }

    /// Does `work` on this time, leaving `spare` of it; `None` where it wasn't done by then.
    pub(super) async fn within<T>(
        &self,
        spare: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let start = Instant::now();
        let outcome = tokio::time::timeout(self.left().saturating_sub(spare), work).await;
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.spent_micros.fetch_add(micros, Ordering::Relaxed);
        outcome.ok()
    }
}
