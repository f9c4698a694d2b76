//! The modes of the terminal: keys come one by one and are not shown while nxp prompts.

#[cfg(unix)]
pub(super) use unix::Modes;
#[cfg(windows)]
pub(super) use windows::Modes;

#[cfg(unix)]
mod unix {
    use std::io::{self, stdin};
    use std::os::fd::AsFd as _;
    use std::sync::Once;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use nix::sys::select::{FdSet, select};
    use nix::sys::time::{TimeVal, TimeValLike as _};
    use rustix::process::{Signal, getpgrp, kill_current_process_group};
    use rustix::termios::{
        InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp,
        tcsetattr,
    };
    use signal_hook::consts::SIGCONT;
    use signal_hook::flag;

    /// How long a job needs at most to notice that it was stopped.
    const A_STOP: Duration = Duration::from_millis(100);

    /// Whether the process went on after a stop.
    static RESUMED: AtomicBool = AtomicBool::new(false);
    /// The handler does what the signal does by default, and sets [`RESUMED`]: it stays.
    static HANDLER: Once = Once::new();

    /// The value of a special character that is switched off.
    const DISABLED: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

    /// The modes that a prompt needs. Dropping it restores those that were found.
    pub(in crate::prompt) struct Modes {
        original: Termios,
    }

    impl Modes {
        pub(in crate::prompt) fn open() -> io::Result<Self> {
            let mut installed = Ok(());
            HANDLER.call_once(|| installed = flag::register(SIGCONT, &RESUMED).map(drop));
            installed?;
            // The modes of a terminal that another job uses are that job's.
            if tcgetpgrp(stdin()).is_ok_and(|foreground| foreground != getpgrp()) {
                stop(Signal::TTIN);
            }
            RESUMED.store(false, Ordering::SeqCst);
            let modes = Self {
                original: tcgetattr(stdin())?,
            };
            modes.hide_keys()?;
            Ok(modes)
        }

        /// Waits until a key can be read. It is not `poll`, which on macOS knows no terminals.
        pub(in crate::prompt) fn has_input_within(&self, limit: Duration) -> bool {
            let stdin = stdin();
            let mut readable = FdSet::new();
            readable.insert(stdin.as_fd());
            let mut limit = TimeVal::milliseconds(limit.subsec_millis().into());
            matches!(select(None, &mut readable, None, None, &mut limit), Ok(1))
        }

        /// Stops the whole job with the terminal restored, as the terminal itself does at Ctrl-Z.
        /// Returns when the job goes on; at once where nothing could take it up again.
        pub(in crate::prompt) fn suspend(&self) {
            self.restore();
            stop(Signal::TSTP);
            // A terminal that is gone is noticed by the next read.
            let _ = self.hide_keys();
        }

        /// Whether the process was stopped and goes on. A shell has restored the modes meanwhile.
        pub(in crate::prompt) fn take_resumed(&self) -> bool {
            let resumed = RESUMED.swap(false, Ordering::SeqCst);
            if resumed {
                // As in `suspend`.
                let _ = self.hide_keys();
            }
            resumed
        }

        /// Keys one by one, not shown, and not obeyed by the terminal.
        fn hide_keys(&self) -> io::Result<()> {
            let mut modes = self.original.clone();
            let hidden =
                LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
            modes.local_modes.remove(hidden);
            modes.input_modes.remove(InputModes::IXON);
            modes.special_codes[SpecialCodeIndex::VSUSP] = DISABLED;
            modes.special_codes[SpecialCodeIndex::VMIN] = 1;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            Ok(tcsetattr(stdin(), OptionalActions::Now, &modes)?)
        }

        fn restore(&self) {
            // A terminal that is gone needs no restoring.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &self.original);
        }
    }

    impl Drop for Modes {
        fn drop(&mut self) {
            self.restore();
        }
    }

    /// Sends the job a signal that stops it, and waits until it goes on. A job without a parent to
    /// take it up again isn't stopped by the system.
    fn stop(signal: Signal) {
        RESUMED.store(false, Ordering::SeqCst);
        let sent = Instant::now();
        if kill_current_process_group(signal).is_err() {
            return;
        }
        // Another thread may have got the signal.
        while !RESUMED.swap(false, Ordering::SeqCst) && sent.elapsed() < A_STOP {
            thread::sleep(A_STOP / 10);
        }
    }
}

/// Windows has no signals that stop a process, and its console hides keys by itself.
#[cfg(windows)]
#[expect(clippy::unused_self, reason = "as on Unix")]
mod windows {
    use std::io;
    use std::time::Duration;

    pub(in crate::prompt) struct Modes;

    impl Modes {
        pub(in crate::prompt) fn open() -> io::Result<Self> {
            Ok(Self)
        }

        /// Reading a key waits for it.
        pub(in crate::prompt) fn has_input_within(&self, limit: Duration) -> bool {
            !limit.is_zero()
        }

        pub(in crate::prompt) fn suspend(&self) {}

        pub(in crate::prompt) fn take_resumed(&self) -> bool {
            false
        }
    }
}
