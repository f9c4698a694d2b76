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
