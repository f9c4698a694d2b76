//! Unix: signal handlers, and a thread that waits for them.

use std::io;
use std::thread;

use signal_hook::consts::{SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
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
