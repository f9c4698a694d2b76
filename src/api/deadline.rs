//! The time limit for a command's network work.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The time for all network work of a command (`--timeout`), shared by its clients. The clock runs
/// only during network work, not while a person answers a prompt; parallel work counts once.
#[derive(Clone, Debug)]
pub(crate) struct Deadline(Rc<RefCell<Clock>>);

#[derive(Debug)]
struct Clock {
    given: Duration,
    spent: Duration,
    at_work: u32,
    since: Option<Instant>,
}

impl Clock {
    fn spent(&self) -> Duration {
        let running = self.since.map(|since| since.elapsed());
        self.spent + running.unwrap_or_default()
    }
}

impl Deadline {
    /// A new deadline with all of its time left.
    pub(crate) fn new(given: Duration) -> Self {
        Self(Rc::new(RefCell::new(Clock {
            given,
            spent: Duration::ZERO,
            at_work: 0,
            since: None,
        })))
    }

    /// The time that was given, with what was added.
    pub(super) fn given(&self) -> Duration {
        self.0.borrow().given
    }

    /// The time left.
    pub(crate) fn left(&self) -> Duration {
        let clock = self.0.borrow();
        clock.given.saturating_sub(clock.spent())
    }

    /// Moves the deadline so that at least this much time is left: for work that must be finished, and
    /// after which nothing else is done.
    pub(crate) fn extend(&self, at_least: Duration) {
        let mut clock = self.0.borrow_mut();
        clock.given = clock.given.max(clock.spent() + at_least);
    }

    /// Runs `work` until only `spare` is left, or for `at_least` this long; `None` if it wasn't done by
    /// then.
    pub(super) async fn within<T>(
        &self,
        spare: Duration,
        at_least: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let left = self.left().saturating_sub(spare).max(at_least);
        if left.is_zero() {
            return None;
        }
        let _running = Running::start(self);
        tokio::time::timeout(left, work).await.ok()
    }
}

/// Keeps the clock running until it is dropped.
struct Running<'a>(&'a Deadline);

impl<'a> Running<'a> {
    fn start(deadline: &'a Deadline) -> Self {
        let mut clock = deadline.0.borrow_mut();
        clock.at_work += 1;
        clock.since.get_or_insert_with(Instant::now);
        Self(deadline)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut clock = self.0.0.borrow_mut();
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

    const NONE: Duration = Duration::ZERO;

    fn wait_for(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(work);
    }

    #[test]
    fn what_is_done_at_the_same_time_counts_once_and_what_is_no_work_does_not() {
        wait_for(async {
            let deadline = Deadline::new(Duration::from_secs(60));
            let other = deadline.clone();
            let start = Instant::now();
            let nap = async || tokio::time::sleep(Duration::from_millis(40)).await;
            let (first, second) = tokio::join!(
                deadline.within(NONE, NONE, nap()),
                other.within(NONE, NONE, nap()),
            );
            assert!(first.is_some() && second.is_some());
            let spent = deadline.given() - deadline.left();
            assert!(spent >= Duration::from_millis(40) && spent <= start.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(deadline.given() - deadline.left(), spent);
        });
    }

    #[test]
    fn when_the_time_is_over_only_what_must_be_finished_begins() {
        wait_for(async {
            let deadline = Deadline::new(Duration::from_millis(5));
            let never = std::future::pending::<()>();
            assert_eq!(deadline.within(NONE, NONE, never).await, None);
            assert_eq!(deadline.within(NONE, NONE, async {}).await, None);
            let minute = Duration::from_secs(60);
            assert_eq!(deadline.within(NONE, minute, async {}).await, Some(()));
            deadline.extend(minute);
            assert!(deadline.given() >= minute);
            assert_eq!(deadline.within(NONE, NONE, async {}).await, Some(()));
            assert!(deadline.left() > minute / 2);
        });
    }

    #[test]
    fn what_is_spared_is_left() {
        wait_for(async {
            let deadline = Deadline::new(Duration::from_secs(60));
            let spare = Duration::from_millis(59_970);
            let never = std::future::pending::<()>();
            assert_eq!(deadline.within(spare, NONE, never).await, None);
            assert!(deadline.left() > Duration::from_secs(30));
        });
    }
}
