//! What happens outside while something is being waited for: signals, and ends of processes.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::{Error, Result};

/// Something that happened.
pub(super) enum Event {
    /// This process got a signal.
    #[cfg_attr(not(unix), allow(dead_code, reason = "other systems have none"))]
    Signal(Signal),
    /// A child of this process has ended, stopped or gone on.
    #[cfg_attr(not(unix), allow(dead_code, reason = "other systems tell otherwise"))]
    Child,
    /// What [`Events::tell_when_over`] watches is over.
    Over,
}

/// A signal, from those whose default is to end the process.
pub(super) struct Signal {
    pub(super) number: u8,
    /// Whether a process sent it to this one, rather than the terminal to its whole foreground.
    #[cfg_attr(not(unix), allow(dead_code, reason = "other systems have none"))]
    pub(super) was_sent: bool,
}

/// What has happened and has not been looked at yet. From its start on, no signal that can be
/// handled ends the process.
pub(super) struct Events {
    receiver: UnboundedReceiver<Event>,
    sender: UnboundedSender<Event>,
}

impl Events {
    /// Begins to watch.
    ///
    /// # Errors
    /// [`Error::Unexpected`] where signals can't be handled.
    pub(super) fn watch() -> Result<Self> {
        let (sender, receiver) = unbounded_channel();
        watch_signals(sender.clone())?;
        Ok(Self { receiver, sender })
    }

    /// Waits for what happens next.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.receiver.recv().await
    }

    /// The same, for so long at most; `None` is for ever.
    pub(super) async fn next_within(&mut self, limit: Option<Duration>) -> Option<Event> {
        match limit {
            Some(limit) => tokio::time::timeout(limit, self.next())
                .await
                .ok()
                .flatten(),
            None => self.next().await,
        }
    }

    /// The signal that has come so far, if any has.
    pub(super) fn stop(&mut self) -> Option<u8> {
        while let Ok(event) = self.receiver.try_recv() {
            if let Event::Signal(signal) = event {
                return Some(signal.number);
            }
        }
        None
    }

    /// Does the work unless a signal comes first.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(super) async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        poll_fn(|waker| {
            if let Poll::Ready(done) = work.as_mut().poll(waker) {
                return Poll::Ready(Ok(done));
            }
            while let Poll::Ready(Some(event)) = self.receiver.poll_recv(waker) {
                if let Event::Signal(Signal { number, .. }) = event {
                    return Poll::Ready(Err(Error::Stopped {
                        signal: number,
                        changed: false,
                    }));
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Has an event tell when `wait` returns.
    pub(super) fn tell_when_over(&self, wait: impl FnOnce() + Send + 'static) {
        let sender = self.sender.clone();
        thread::spawn(move || {
            wait();
            // Nobody listens any more where the wait was given up.
            let _ = sender.send(Event::Over);
        });
    }
}

#[cfg(unix)]
fn watch_signals(sender: UnboundedSender<Event>) -> Result<()> {
    use anyhow::Context as _;
    use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::WithOrigin;
    use signal_hook::low_level::siginfo::Cause;

    let ignored = ignored_signals();
    let fatal = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
    let watched = fatal
        .into_iter()
        .filter(|number| ignored & (1 << (number - 1)) == 0)
        .chain([SIGCHLD]);
    let mut signals = SignalsInfo::<WithOrigin>::new(watched).context("can't watch for signals")?;
    thread::spawn(move || {
        for origin in signals.forever() {
            let event = match u8::try_from(origin.signal) {
                Ok(number) if origin.signal != SIGCHLD => Event::Signal(Signal {
                    number,
                    was_sent: matches!(origin.cause, Cause::Sent(_)),
                }),
                _ => Event::Child,
            };
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// The signals that this process was started to ignore, such as by `nohup`, the lowest bit being
/// signal 1: its child is to ignore them too, and does so as long as they aren't handled here.
///
/// Only Linux says (proc_pid_status(5), `SigIgn`).
#[cfg(unix)]
fn ignored_signals() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

/// Ctrl-C reaches every process at the console: this one lets the command decide.
#[cfg(not(unix))]
fn watch_signals(_: UnboundedSender<Event>) -> Result<()> {
    use anyhow::Context as _;

    Ok(ctrlc::set_handler(|| {}).context("can't watch for Ctrl-C")?)
}
