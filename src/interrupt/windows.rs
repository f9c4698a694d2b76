//! Windows: Ctrl-C, Ctrl-Break, and the end of the console.

use std::io;
use std::process;
use std::task::{Context, Poll, Waker};

use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

use super::{Event, Signal};

/// The number that C libraries give Ctrl-C.
const INTERRUPT: u8 = 2;

/// The exit code of a program that Ctrl-C ended, `STATUS_CONTROL_C_EXIT`.
const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();

/// The events of the console, which are delivered to this process while it exists. Windows ends a
/// process a few seconds after its console was closed.
pub(super) struct Source {
    ctrl_c: CtrlC,
    ctrl_break: CtrlBreak,
    ctrl_close: CtrlClose,
}

impl Source {
    pub(super) fn interrupts() -> io::Result<Self> {
        Ok(Self {
            ctrl_c: ctrl_c()?,
            ctrl_break: ctrl_break()?,
            ctrl_close: ctrl_close()?,
        })
    }

    pub(super) fn all() -> io::Result<Self> {
        Self::interrupts()
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        if self.ctrl_c.poll_recv(context).is_ready()
            || self.ctrl_break.poll_recv(context).is_ready()
            || self.ctrl_close.poll_recv(context).is_ready()
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

/// Records the first interrupt that came; the second one ends the process.
pub(super) struct Noted {
    source: Source,
    has_come: bool,
}

impl Noted {
    pub(super) fn first() -> io::Result<Self> {
        Ok(Self {
            source: Source::interrupts()?,
            has_come: false,
        })
    }

    /// Ends the process if this is the second interrupt.
    pub(super) fn look(&mut self, context: &mut Context<'_>) {
        while self.source.poll_next(context).is_ready() {
            if self.has_come {
                process::exit(CONTROL_C_EXIT);
            }
            self.has_come = true;
        }
    }

    /// Ends the process if an interrupt came.
    pub(super) fn end(mut self) {
        self.look(&mut Context::from_waker(Waker::noop()));
        if self.has_come {
            process::exit(CONTROL_C_EXIT);
        }
    }
}
