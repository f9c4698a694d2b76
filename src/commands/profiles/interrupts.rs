//! Signals that come while a switch is in flight.

use std::time::Duration;

use crate::error::{Error, Result};
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

    /// Does the work to its end, or for a short time after a signal.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(super) async fn bounded<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = std::pin::pin!(work);
        if self.pending().is_none() {
            tokio::select! {
                done = &mut work => return Ok(done),
                signal = self.next() => self.first = Some(signal),
            }
            self.console
                .note("Interrupted; verifying the switch. Interrupt again to stop now.");
        }
        if !self.is_second {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = grace() => {}
                _ = self.next() => self.is_second = true,
            }
        }
        Err(Error::Stopped {
            signal: self.first.unwrap_or_default(),
            changed: true,
        })
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
