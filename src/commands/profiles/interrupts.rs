//! Signals that come while a switch is in flight.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use crate::interrupt::{self, Event, Signals};
use crate::output::Console;

/// How long an interrupted switch still waits for its response, and then for the list.
const GRACE: Duration = Duration::from_secs(2);

/// How often to look whether work that must not be interrupted has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// The signals that come while a switch is in flight. The first one limits the time to learn the
/// outcome; a second one ends the wait.
pub(super) struct Interrupts<'a> {
    console: Console,
    /// `None`: every signal waits until the end.
    signals: Option<&'a mut Signals>,
    first: Option<u8>,
    is_second: bool,
}

impl<'a> Interrupts<'a> {
    /// Watches these signals, if any.
    pub(super) fn new(console: Console, signals: Option<&'a mut Signals>) -> Self {
        Self {
            console,
            signals,
            first: None,
            is_second: false,
        }
    }

    /// The signal that has come so far.
    pub(super) fn pending(&mut self) -> Option<u8> {
        if self.first.is_none() {
            self.first = self.signals.as_mut().and_then(|signals| signals.stop());
        }
        self.first
    }

    /// Does the work to its end. After a signal, does it for a short time, and only while
    /// `is_needed`, or while it is under [`interrupt::finish`].
    ///
    /// # Errors
    /// The number of the signal.
    pub(super) async fn bounded<T>(
        &mut self,
        work: impl Future<Output = T>,
        is_needed: impl Fn() -> bool,
    ) -> Result<T, u8> {
        let mut work = std::pin::pin!(work);
        let signal = match self.pending() {
            Some(signal) => signal,
            None => tokio::select! {
                biased;
                signal = self.next() => {
                    self.first = Some(signal);
                    self.console
                        .note("Interrupted; verifying the switch. Interrupt again to stop now.");
                    signal
                }
                done = &mut work => return Ok(done),
            },
        };
        if self.is_second {
            return Err(signal);
        }
        let is_needed = || is_needed() || interrupt::is_finishing();
        let needed_work = poll_fn(|context| {
            if is_needed()
                && let Poll::Ready(done) = work.as_mut().poll(context)
            {
                return Poll::Ready(Ok(done));
            }
            if is_needed() {
                Poll::Pending
            } else {
                Poll::Ready(Err(signal))
            }
        });
        tokio::select! {
            biased;
            _ = self.next() => {
                self.is_second = true;
                Err(signal)
            }
            outcome = needed_work => outcome,
            () = grace() => Err(signal),
        }
    }

    async fn next(&mut self) -> u8 {
        while let Some(signals) = &mut self.signals {
            if let Event::Signal(signal) = signals.next().await {
                return signal.number;
            }
        }
        std::future::pending().await
    }
}

async fn grace() {
    tokio::time::sleep(GRACE).await;
    // What would lose the sign-in if it ended here has a deadline of its own.
    while interrupt::is_finishing() {
        tokio::time::sleep(PAUSE).await;
    }
}
