//! Windows: Ctrl-C and Ctrl-Break.

use std::io;
use std::process;
use std::task::{Context, Poll, Waker};

use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

use super::{Event, Signal};

/// The number that C libraries give Ctrl-C.
const INTERRUPT: u8 = 2;

/// The exit code of a program that Ctrl-C ended, `STATUS_CONTROL_C_EXIT`.
const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();

/// The keys, which are delivered to this process while it exists.
pub(super) struct Source {
    ctrl_c: CtrlC,
    ctrl_break: CtrlBreak,
}

impl Source {
    pub(super) fn interrupts() -> io::Result<Self> {
        Ok(Self {
            ctrl_c: ctrl_c()?,
            ctrl_break: ctrl_break()?,
        })
    }

    pub(super) fn all() -> io::Result<Self> {
        Self::interrupts()
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        if self.ctrl_c.poll_recv(context).is_ready()
            || self.ctrl_break.poll_recv(context).is_ready()
        {
            return Poll::Ready(Event::Signal(Signal {
                number: INTERRUPT,
                was_sent: false,
            }));
        }
        Poll::Pending
    }

    pub(super) fn try_next(&mut self) -> Option<Event> {
        match self.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => Some(event),
            Poll::Pending => None,
        }
    }
}

/// Windows has no signal mask.
pub(super) fn with_original_mask<T>(call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    call()
}

/// If nothing waits for the keys, they have their default effect.
pub(super) fn act_by_default(_: bool) {}

/// Interrupts that are delayed back: the first is noted, the second ends the process.
pub(super) struct DelayedInterrupts {
    /// Where the keys can't be watched, they are not delayed back.
    source: Option<Source>,
    noted: bool,
}

impl DelayedInterrupts {
    pub(super) fn begin() -> Self {
        Self {
            source: Source::interrupts().ok(),
            noted: false,
        }
    }

    /// Ends the process if this is the second key.
    pub(super) fn look(&mut self, context: &mut Context<'_>) {
        let Some(source) = &mut self.source else {
            return;
        };
        while source.poll_next(context).is_ready() {
            if self.noted {
                process::exit(CONTROL_C_EXIT);
            }
            self.noted = true;
        }
    }

    /// Ends the process if a key was pressed.
    pub(super) fn end(mut self) {
        self.look(&mut Context::from_waker(Waker::noop()));
        if self.noted {
            process::exit(CONTROL_C_EXIT);
        }
    }
}
