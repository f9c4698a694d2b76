//! Tells a signal that was sent to the process group from one that was sent to `nxp` alone.
//!
//! The command runs in the process group of `nxp`, so that a terminal, a shell with job control, a
//! pipeline and `timeout` treat both as the one program that they started. A signal for the group,
//! a typed one among them, therefore reaches the command by itself, and `nxp` must pass on the
//! others only. The kernel does not say which is which. So on Linux a third process joins the
//! group: the sentinel, which has every signal blocked. What is sent to the group stays pending
//! there, where /proc shows it. Linux signals the youngest member of a group first: once `nxp` has
//! a signal of the group, the sentinel has it too.
//!
//! Signals of the same number that come within the milliseconds that this takes count as one. A
//! signal that comes in the moment before the command joins the group is taken for one that the
//! command got if the command handles it by the time of the look.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::process::Child;
use std::time::Duration;

use crate::interrupt::{Signal, Signals};

/// The process title of the sentinel, which `ps` shows instead of a command line.
const NAME: &str = "nxp: signal sentinel";

/// How long a signal for the group may come after one for `nxp` alone and still be the same one:
/// `timeout` sends both.
const GROUP_SIGNAL_DELAY: Duration = Duration::from_millis(20);

/// The sentinel of the process group of this process.
pub(super) struct Sentinel {
    process: Option<Process>,
    /// The signals that the group got before the command joined it, the lowest bit being signal 1.
    early: u64,
}

impl Sentinel {
    /// Joins the process group, before the command does. Where that is impossible, signals are
    /// told apart by their sender.
    pub(super) fn start(signals: &Signals) -> Self {
        Self {
            process: Process::start(signals).ok(),
            early: 0,
        }
    }

    /// Leaves the process group.
    pub(super) fn stop(&mut self) {
        self.process = None;
    }

    /// To be called when the command has been started.
    ///
    /// A signal that came in the meantime was sent before or after the command joined the group. If
    /// the command still runs and has the default action for it, the command did not get it: it would
    /// have ended.
    pub(super) fn command_started(&mut self, command: &Child) {
        if let Some(pending @ 1..) = self.pending() {
            let handled = ["SigBlk", "SigIgn", "SigCgt"]
                .into_iter()
                .filter_map(|field| signal_set(command.id(), field));
            self.early = pending & !handled.fold(0, |all, set| all | set);
        }
    }

    /// Whether the whole process group, with the command in it, got a signal that this process got.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows forwards nothing"))]
    pub(super) async fn group_got(&mut self, signal: Signal, signals: &mut Signals) -> bool {
        let bit = 1 << (signal.number - 1);
        let has_it = |pending: u64| pending & bit != 0;
        if signal.was_sent && !self.pending().is_some_and(has_it) {
            tokio::time::sleep(GROUP_SIGNAL_DELAY).await;
        }
        let Some(pending) = self.pending() else {
            // What the kernel sends was typed at the terminal.
            return !signal.was_sent;
        };
        if !has_it(pending) {
            return false;
        }
        // What a sentinel got stays pending: the next signal is for another one, which joins the
        // group before this one leaves. Nothing tells what came until then.
        self.process = Process::start(signals).ok();
        signals.coalesce(signal);
        let is_early = self.early & bit != 0;
        self.early &= !bit;
        !is_early
    }

    /// The signals that the sentinel got.
    fn pending(&self) -> Option<u64> {
        signal_set(self.process.as_ref()?.0.id(), "ShdPnd")
    }
}

/// This program itself, started under another name.
struct Process(Child);

impl Process {
    #[cfg(target_os = "linux")]
    fn start(signals: &Signals) -> io::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        use std::process::{Command, Stdio};

        let mut command = Command::new("/proc/self/exe");
        command
            .arg0(NAME)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        signals.spawn_blocked(&mut command).map(Self)
    }

    /// Elsewhere no file shows which signals are pending.
    #[cfg(not(target_os = "linux"))]
    fn start(_: &Signals) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A set of signals in the status of a process, the lowest bit being signal 1 (proc_pid_status(5)).
fn signal_set(process: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mut lines = status.lines();
    let set = lines.find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    u64::from_str_radix(set.trim(), 16).ok()
}

/// If this process was started as a sentinel: waits for the end of the process that started it,
/// which closes standard input. Returns whether it was started as one.
pub(in crate::commands) fn run_if_sentinel(words: &[OsString]) -> bool {
    let is_sentinel = words.first().is_some_and(|name| name == NAME);
    if is_sentinel {
        // However that ends, there is nothing left to wait for.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
    }
    is_sentinel
}
