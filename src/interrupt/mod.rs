//! Signals: work that must not be interrupted, and commands that handle interrupts themselves. Otherwise
//! a signal has its default effect.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use anyhow::Context as _;

use crate::error::{Error, Result};
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

/// What a [`Signals`] reports.
pub(crate) enum Event {
    /// This process got a signal.
    Signal(Signal),
    /// A child of this process ended, stopped or continued.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows has no SIGCHLD"))]
    Child,
}

/// A signal whose default action ends the process.
#[derive(Clone, Copy)]
pub(crate) struct Signal {
    pub(crate) number: u8,
    /// Whether a process sent it. Ctrl-C at a terminal comes from the kernel.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows forwards nothing"))]
    pub(crate) was_sent: bool,
}

/// A stream of signals, without a thread. While it exists, none of the signals it watches ends the
/// process.
///
/// Signals that were ignored when this process started, as with `nohup`, stay ignored. No signal stays
/// blocked: the parent process may have blocked one that is watched here. [`Signals::spawn`] gives the
/// original signal mask to a child.
pub(crate) struct Signals {
    source: platform::Source,
    /// What was taken from the source and not acted on.
    postponed: VecDeque<Event>,
    _watcher: Watcher,
}

impl Signals {
    /// Watches for interrupts: INT, QUIT, TERM and HUP; on Windows Ctrl-C and Ctrl-Break.
    ///
    /// Call it within a runtime that has input and output enabled.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if signals can't be handled.
    pub(crate) fn watch_interrupts() -> Result<Self> {
        Self::watch(platform::Source::interrupts)
    }

    /// Watches for every signal that would end the process and can be handled, and for ends and
    /// stops of children.
    ///
    /// Call it within a runtime that has input and output enabled.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if signals can't be handled.
    pub(crate) fn watch_all() -> Result<Self> {
        Self::watch(platform::Source::all)
    }

    fn watch(open: impl FnOnce() -> std::io::Result<platform::Source>) -> Result<Self> {
        // First: from the first handler on, a signal is for this watcher.
        let watcher = Watcher::begin();
        Ok(Self {
            source: open().context("can't watch for signals")?,
            postponed: VecDeque::new(),
            _watcher: watcher,
        })
    }

    /// Waits for the next event.
    #[cfg_attr(
        windows,
        allow(dead_code, reason = "a command is waited for without events there")
    )]
    pub(crate) async fn next(&mut self) -> Event {
        poll_fn(|context| self.poll(context)).await
    }

    /// The number of a signal that has arrived, if any.
    pub(crate) fn stop(&mut self) -> Option<u8> {
        while let Some(event) = self.try_next() {
            if let Event::Signal(signal) = event {
                return Some(signal.number);
            }
        }
        None
    }

    /// Drops signals with the same number that have arrived since, as the system does with pending
    /// signals.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows forwards nothing"))]
    pub(crate) fn coalesce(&mut self, with: Signal) {
        while let Some(event) = self.source.try_next() {
            self.postponed.push_back(event);
        }
        self.postponed.retain(
            |event| !matches!(event, Event::Signal(signal) if signal.number == with.number),
        );
    }

    /// Does the work unless a signal comes first. Where a part of the work runs under [`finish`],
    /// it stops after that part; a second signal does not wait for it.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        let mut first = None;
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                self.postponed.extend(first.map(Event::Signal));
                return Poll::Ready(Ok(done));
            }
            while let Poll::Ready(event) = self.poll(context) {
                if let Event::Signal(signal) = event {
                    if let Some(first) = first {
                        return Poll::Ready(Err(stopped(first)));
                    }
                    first = Some(signal);
                }
            }
            match first {
                Some(signal) if !is_finishing() => Poll::Ready(Err(stopped(signal))),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// Starts a child with the signal mask that this process was started with.
    ///
    /// # Errors
    /// What [`Command::spawn`] fails with.
    #[cfg_attr(
        windows,
        allow(clippy::unused_self, reason = "Windows has no signal mask")
    )]
    pub(crate) fn spawn(&self, command: &mut Command) -> std::io::Result<Child> {
        platform::with_original_mask(|| command.spawn())
    }

    /// Starts a child to which no signal is delivered: all of them are blocked.
    ///
    /// # Errors
    /// What [`Command::spawn`] fails with.
    #[cfg(target_os = "linux")]
    pub(crate) fn spawn_blocked(&self, command: &mut Command) -> std::io::Result<Child> {
        platform::with_all_blocked(|| command.spawn())
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        match self.postponed.pop_front() {
            Some(event) => Poll::Ready(event),
            None => self.source.poll_next(context),
        }
    }

    fn try_next(&mut self) -> Option<Event> {
        self.postponed
            .pop_front()
            .or_else(|| self.source.try_next())
    }
}

fn stopped(signal: Signal) -> Error {
    Error::Stopped {
        signal: signal.number,
        changed: false,
    }
}

/// Runs work that must not be interrupted, such as a refresh, which invalidates the stored token.
///
/// An interrupt (INT, QUIT, TERM, HUP) ends the process after the work, unless a [`Signals`] exists and
/// receives it. A second interrupt ends the process immediately.
pub(crate) async fn finish<T>(work: impl Future<Output = T>) -> T {
    let mut section = FinishSection::begin();
    let mut work = pin!(work);
    let done = poll_fn(|context| {
        section.look(context);
        work.as_mut().poll(context)
    })
    .await;
    drop(section);
    // So that `unless_stopped` looks for a signal before the next step begins.
    tokio::task::yield_now().await;
    done
}

/// Records a signal for work that blocks the thread and must clean up, such as a prompt. While it
/// exists, no signal ends the process, if it can be handled.
pub(crate) struct NotedInterrupt {
    #[cfg(unix)]
    noted: platform::Noted,
    _watcher: Watcher,
}

impl NotedInterrupt {
    /// Begins to note signals.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if signals can't be handled.
    pub(crate) fn begin() -> Result<Self> {
        // First, as in `Signals::watch`.
        let watcher = Watcher::begin();
        Ok(Self {
            #[cfg(unix)]
            noted: platform::Noted::every().context("can't watch for signals")?,
            _watcher: watcher,
        })
    }

    /// The number of the signal that came, if one did.
    #[cfg(unix)]
    pub(crate) fn number(&self) -> Option<u8> {
        self.noted.number()
    }

    /// A prompt on Windows reads Ctrl-C as a key.
    #[cfg(windows)]
    #[expect(clippy::unused_self, reason = "as on Unix")]
    pub(crate) fn number(&self) -> Option<u8> {
        None
    }
}

static STATE: Mutex<State> = Mutex::new(State {
    watchers: 0,
    finishing: 0,
});

/// What decides about interrupts now.
struct State {
    /// How many [`Signals`] and [`NotedInterrupt`] there are.
    watchers: usize,
    /// How many sections of work are under [`finish`], one within another.
    finishing: usize,
}

impl State {
    /// Restores the default effect of interrupts if nothing handles them.
    fn apply(&self) {
        let handled = self.watchers > 0 || self.finishing > 0;
        platform::act_by_default(!handled);
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether work is under [`finish`].
pub(crate) fn is_finishing() -> bool {
    state().finishing > 0
}

/// Counts a [`Signals`] or a [`NotedInterrupt`] as long as it exists.
struct Watcher;

impl Watcher {
    fn begin() -> Self {
        let mut state = state();
        state.watchers += 1;
        state.apply();
        Self
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut state = state();
        state.watchers -= 1;
        state.apply();
    }
}

/// Counts running [`finish`] calls. The outermost one delays interrupts.
struct FinishSection {
    delayed: Option<platform::Noted>,
}

impl FinishSection {
    fn begin() -> Self {
        let mut state = state();
        state.finishing += 1;
        state.apply();
        let is_outermost = state.finishing == 1 && state.watchers == 0;
        // If handlers can't be set, interrupts are not delayed.
        let delayed = is_outermost.then(|| platform::Noted::first().ok());
        Self {
            delayed: delayed.flatten(),
        }
    }

    /// Looks for a second interrupt.
    fn look(&mut self, context: &mut Context<'_>) {
        if let Some(delayed) = &mut self.delayed {
            delayed.look(context);
        }
    }
}

impl Drop for FinishSection {
    fn drop(&mut self) {
        let mut state = state();
        state.finishing -= 1;
        state.apply();
        drop(state);
        if let Some(delayed) = self.delayed.take() {
            delayed.end();
        }
    }
}
