//! Signals: one place for the whole process decides what each one does.
//!
//! A signal goes to the [`Watch`], if there is one: a command that has to verify or undo something before
//! it ends. While work is under [`finish`], the first signal waits for its end, and a second one does
//! not. Otherwise a signal has its default effect.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep};

use crate::error::Result;

/// How long work goes on after a signal.
const GRACE: Duration = Duration::from_secs(2);

/// The pause between two checks whether work may still go on after a signal.
const PAUSE: Duration = Duration::from_millis(20);

/// What a [`Watch`] reports.
pub(crate) enum Event {
    /// This process got a signal.
    Signal(Signal),
    /// A child of this process ended, stopped or continued.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows has no SIGCHLD"))]
    Child,
}

/// A signal that ends the process by default.
#[derive(Clone, Copy)]
pub(crate) struct Signal {
    pub(crate) number: u8,
    /// Whether a process sent it. What is typed at a terminal comes from the kernel.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows forwards nothing"))]
    pub(crate) was_sent: bool,
}

static STATE: Mutex<State> = Mutex::new(State {
    is_installed: false,
    watches: Vec::new(),
    finishing: 0,
    noted: None,
});

struct State {
    is_installed: bool,
    /// One within another.
    watches: Vec<UnboundedSender<Event>>,
    /// How much work is under [`finish`].
    finishing: usize,
    /// The signal that waits for this work.
    noted: Option<u8>,
}

/// Installs the handlers, once.
fn install(state: &mut State) -> Result<()> {
    if !state.is_installed {
        platform::install(deliver).context("can't watch for signals")?;
        state.is_installed = true;
    }
    Ok(())
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Decides about an event. The thread of the handlers calls it.
fn deliver(event: Event) {
    let mut state = state();
    match (state.watches.last(), event) {
        // Once the watch is gone, so is the sender.
        (Some(watch), event) => drop(watch.send(event)),
        (None, Event::Child) => {}
        (None, Event::Signal(signal)) if state.finishing > 0 && state.noted.is_none() => {
            state.noted = Some(signal.number);
        }
        (None, Event::Signal(signal)) => platform::end(signal.number),
    }
}

/// Runs work that must not be interrupted, such as a refresh, which invalidates the stored token. Work
/// that would begin after a signal does not begin.
pub(crate) async fn finish<T>(work: impl Future<Output = T>) -> T {
    if !begins() {
        return pending().await;
    }
    let section = Section;
    let done = work.await;
    drop(section);
    // So that `Watch::bounded` looks for a signal before the next step begins.
    tokio::task::yield_now().await;
    done
}

/// Registers work under [`finish`]; `false` after a signal.
fn begins() -> bool {
    let mut state = state();
    // If handlers can't be installed, signals are not delayed.
    let _ = install(&mut state);
    let begins = state.noted.is_none();
    state.finishing += usize::from(begins);
    begins
}

/// Ends that registration when it is dropped.
struct Section;

impl Drop for Section {
    fn drop(&mut self) {
        let mut state = state();
        state.finishing -= 1;
        if let (0, Some(signal)) = (state.finishing, state.noted) {
            platform::end(signal);
        }
    }
}

fn is_finishing() -> bool {
    state().finishing > 0
}

/// Receives the signals that come while it exists, if no other one began since; none of them ends the
/// process.
pub(crate) struct Watch {
    events: UnboundedReceiver<Event>,
    /// The first signal that came.
    first: Option<u8>,
    /// Whether a second one has ended work.
    pub(crate) is_over: bool,
}

impl Watch {
    pub(crate) fn begin() -> Result<Self> {
        let (sender, events) = unbounded_channel();
        let mut state = state();
        install(&mut state)?;
        state.watches.push(sender);
        Ok(Self {
            events,
            first: None,
            is_over: false,
        })
    }

    /// Waits for the next event.
    pub(crate) async fn next(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            None => pending().await,
        }
    }

    /// Waits for the next signal.
    async fn signal(&mut self) -> u8 {
        loop {
            if let Event::Signal(signal) = self.next().await {
                return signal.number;
            }
        }
    }

    /// The first signal that has come, if any.
    pub(crate) fn came(&mut self) -> Option<u8> {
        while self.first.is_none()
            && let Ok(event) = self.events.try_recv()
        {
            if let Event::Signal(signal) = event {
                self.first = Some(signal.number);
            }
        }
        self.first
    }

    /// Does the work. After the first signal, which calls `on_first`, it goes on for a short time, and only
    /// while `is_needed`; work under [`finish`] goes on to its end. A second signal ends it at once, and work
    /// that follows does not begin.
    ///
    /// # Errors
    /// The number of the first signal.
    pub(crate) async fn bounded<T>(
        &mut self,
        work: impl Future<Output = T>,
        is_needed: impl Fn() -> bool,
        on_first: impl Fn(),
    ) -> Result<T, u8> {
        let mut work = pin!(work);
        let first = match self.first {
            Some(first) => first,
            None => {
                let first = tokio::select! {
                    biased;
                    signal = self.signal() => signal,
                    done = &mut work => return Ok(done),
                };
                self.first = Some(first);
                on_first();
                first
            }
        };
        let end = Instant::now() + GRACE;
        let goes_on = || is_finishing() || (is_needed() && Instant::now() < end);
        while !self.is_over && goes_on() {
            tokio::select! {
                biased;
                _second = self.signal() => self.is_over = true,
                done = &mut work => return Ok(done),
                // Looked at again whenever the work pauses, so that it begins nothing new.
                () = poll_fn(|_| if goes_on() { Poll::Pending } else { Poll::Ready(()) }) => {}
                () = sleep(PAUSE) => {}
            }
        }
        Err(first)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        state().watches.pop();
    }
}

#[cfg(unix)]
mod platform {
    //! Unix: signal handlers, and a thread that waits for them.

    use std::io;
    use std::thread;

    use signal_hook::consts::{
        SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
    };
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::WithOrigin;
    use signal_hook::low_level::emulate_default_handler;
    use signal_hook::low_level::siginfo::Cause;

    use super::{Event, Signal};

    const SIGNALS: [i32; 7] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM];

    /// Calls `deliver`, in a thread of its own, with each signal and with each change of a child. Signals
    /// that were ignored when the process started, as with `nohup`, stay ignored.
    pub(super) fn install(deliver: fn(Event)) -> io::Result<()> {
        let ignored = ignored_signals();
        let watched = SIGNALS
            .iter()
            .filter(|signal| ignored >> (**signal - 1) & 1 == 0);
        let mut signals = SignalsInfo::<WithOrigin>::new(watched.chain([&SIGCHLD]))?;
        let listen = move || {
            for origin in &mut signals {
                deliver(match u8::try_from(origin.signal) {
                    Ok(number) if origin.signal != SIGCHLD => Event::Signal(Signal {
                        number,
                        was_sent: matches!(origin.cause, Cause::Sent(_)),
                    }),
                    _ => Event::Child,
                });
            }
        };
        thread::Builder::new().spawn(listen).map(drop)
    }

    /// Ends the process as the signal does by default.
    pub(super) fn end(signal: u8) {
        // It fails only for signals that don't exist.
        let _ = emulate_default_handler(signal.into());
    }

    /// The signals that are ignored, the lowest bit being signal 1 (proc_pid_status(5), `SigIgn`). Only
    /// Linux reports them.
    fn ignored_signals() -> u64 {
        std::fs::read_to_string("/proc/self/status")
            .unwrap_or_default()
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or_default()
    }
}

#[cfg(windows)]
mod platform {
    //! Windows: Ctrl-C, Ctrl-Break, and the end of the console.

    use std::io;
    use std::process;
    use std::thread;

    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};

    use super::{Event, Signal};

    /// The number that C libraries give Ctrl-C.
    const INTERRUPT: u8 = 2;

    /// The exit code of a program that Ctrl-C ended, `STATUS_CONTROL_C_EXIT`.
    const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();

    /// Calls `deliver`, in a thread of its own, with each event of the console. Windows ends a process a few
    /// seconds after its console was closed.
    pub(super) fn install(deliver: fn(Event)) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let (mut typed, mut broken, mut closed) = (ctrl_c()?, ctrl_break()?, ctrl_close()?);
        let listen = async move {
            loop {
                let is_open = tokio::select! {
                    event = typed.recv() => event.is_some(),
                    event = broken.recv() => event.is_some(),
                    event = closed.recv() => event.is_some(),
                };
                if !is_open {
                    return;
                }
                deliver(Event::Signal(Signal {
                    number: INTERRUPT,
                    was_sent: false,
                }));
            }
        };
        let wait = move || runtime.block_on(listen);
        thread::Builder::new().spawn(wait).map(drop)
    }

    /// Ends the process as Ctrl-C does.
    pub(super) fn end(_: u8) {
        process::exit(CONTROL_C_EXIT);
    }
}
