//! The time limit for a command's network work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time for all network work of a command (`--timeout`), shared by its clients. The clock runs
/// only during network work, not while a person answers a prompt; parallel work counts once.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    clock: Arc<Mutex<Clock>>,
}

#[derive(Debug)]
struct Clock {
    given: Duration,
    /// The times to which it is extended at present.
    extended: Vec<Duration>,
    spent: Duration,
    at_work: u32,
    since: Option<Instant>,
}

impl Clock {
    fn given(&self) -> Duration {
        self.extended
            .iter()
            .copied()
            .fold(self.given, Duration::max)
    }

    fn spent(&self) -> Duration {
        let running = self.since.map(|since| since.elapsed());
        self.spent + running.unwrap_or_default()
    }
}

impl Deadline {
    /// A new deadline with all of its time left.
    pub(crate) fn new(given: Duration) -> Self {
        let clock = Clock {
            given,
            extended: Vec::new(),
            spent: Duration::ZERO,
            at_work: 0,
            since: None,
        };
        Self {
            clock: Arc::new(Mutex::new(clock)),
        }
    }

    /// The time that was given, extensions included.
    pub(super) fn given(&self) -> Duration {
        self.clock().given()
    }

    /// The time left.
    pub(crate) fn left(&self) -> Duration {
        let clock = self.clock();
        clock.given().saturating_sub(clock.spent())
    }

    /// Guarantees at least this much time from now on, until the result is dropped: for work that
    /// must not be interrupted.
    pub(crate) fn extend(&self, at_least: Duration) -> Extension<'_> {
        let mut clock = self.clock();
        let time = clock.spent().saturating_add(at_least);
        clock.extended.push(time);
        Extension {
            deadline: self,
            time,
        }
    }

    /// Runs `work` until only `spare` is left; `None` if it wasn't done by then.
    pub(crate) async fn within<T>(
        &self,
        spare: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let _running = Running::start(self);
        let time = self.left().saturating_sub(spare);
        tokio::time::timeout(time, work).await.ok()
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Extends a [`Deadline`] until it is dropped.
pub(crate) struct Extension<'a> {
    deadline: &'a Deadline,
    time: Duration,
}

impl Drop for Extension<'_> {
    fn drop(&mut self) {
        let mut clock = self.deadline.clock();
        let place = clock.extended.iter().position(|time| *time == self.time);
        if let Some(place) = place {
            clock.extended.swap_remove(place);
        }
    }
}

/// Keeps the clock running until it is dropped.
struct Running<'a>(&'a Deadline);

impl<'a> Running<'a> {
    fn start(budget: &'a Deadline) -> Self {
        let mut clock = budget.clock();
        clock.at_work += 1;
        clock.since.get_or_insert_with(Instant::now);
        Self(budget)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut clock = self.0.clock();
        clock.at_work -= 1;
        if clock.at_work == 0
            && let Some(since) = clock.since.take()
        {
            clock.spent += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(work);
    }

    #[test]
    fn what_is_done_at_the_same_time_counts_once() {
        wait_for(async {
            let budget = Deadline::new(Duration::from_secs(10));
            let other = budget.clone();
            let start = Instant::now();
            let nap = || tokio::time::sleep(Duration::from_millis(40));
            let (first, second) = tokio::join!(
                budget.within(Duration::ZERO, nap()),
                other.within(Duration::ZERO, nap()),
            );
            assert!(first.is_some() && second.is_some());
            let spent = budget.given() - budget.left();
            assert!(spent >= Duration::from_millis(40) && spent <= start.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(budget.given() - budget.left(), spent);
        });
    }

    #[test]
    fn an_extension_leaves_time_when_the_given_time_is_over() {
        wait_for(async {
            let deadline = Deadline::new(Duration::from_millis(5));
            let never = std::future::pending::<()>();
            assert_eq!(deadline.within(Duration::ZERO, never).await, None);
            let extension = deadline.extend(Duration::from_secs(60));
            assert!(deadline.given() >= Duration::from_millis(60_005));
            let short = tokio::time::sleep(Duration::from_millis(5));
            assert_eq!(deadline.within(Duration::ZERO, short).await, Some(()));
            drop(extension);
            assert_eq!(deadline.given(), Duration::from_millis(5));
            assert_eq!(deadline.left(), Duration::ZERO);
        });
    }

    #[test]
    fn the_end_of_an_extension_leaves_others() {
        let deadline = Deadline::new(Duration::ZERO);
        let long = deadline.extend(Duration::from_secs(600));
        let short = deadline.extend(Duration::from_secs(5));
        assert!(deadline.left() > Duration::from_secs(60));
        drop(short);
        assert!(deadline.left() > Duration::from_secs(60));
        let short = deadline.extend(Duration::from_secs(5));
        drop(long);
        assert_eq!(deadline.left(), Duration::from_secs(5));
        drop(short);
        assert_eq!(deadline.left(), Duration::ZERO);
    }

    #[test]
    fn what_is_spared_is_left() {
        wait_for(async {
            let budget = Deadline::new(Duration::from_secs(60));
            let spare = Duration::from_millis(59_970);
            let never = std::future::pending::<()>();
            assert_eq!(budget.within(spare, never).await, None);
            assert!(budget.left() > Duration::from_secs(30));
        });
    }
}
