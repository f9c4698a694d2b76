//! The modes of the terminal: keys come one by one and are not shown while nxp prompts.

#[cfg(unix)]
pub(super) use unix::{HiddenKeys, Modes};
#[cfg(windows)]
pub(super) use windows::Modes;

#[cfg(unix)]
mod unix {
    use std::io::{self, stdin};
    use std::os::fd::AsFd as _;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, MutexGuard, Once, PoisonError};
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

    /// The modes to restore in the end, while keys stay hidden between prompts.
    static HIDDEN_SINCE: Mutex<Option<Termios>> = Mutex::new(None);

    fn hidden_since() -> MutexGuard<'static, Option<Termios>> {
        HIDDEN_SINCE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// While it exists, keys stay hidden between prompts too. Dropping it restores the terminal.
    pub(in crate::prompt) struct HiddenKeys;

    impl HiddenKeys {
        pub(in crate::prompt) fn begin() -> io::Result<Self> {
            let modes = Modes::open()?;
            *hidden_since() = Some(modes.original.clone());
            Ok(Self)
        }
    }

    impl Drop for HiddenKeys {
        fn drop(&mut self) {
            if let Some(original) = hidden_since().take() {
                // A terminal that is gone needs no restoring.
                let _ = tcsetattr(stdin(), OptionalActions::Now, &original);
            }
        }
    }

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
            let original = hidden_since().clone();
            let modes = Self {
                original: original.map_or_else(|| tcgetattr(stdin()), Ok)?,
            };
            modes.hide_keys(LocalModes::empty())?;
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

        pub(in crate::prompt) fn has_echo(&self) -> bool {
            self.original.local_modes.contains(LocalModes::ECHO)
        }

        /// Stops the whole job with the terminal restored, as the terminal itself does at Ctrl-Z.
        /// Returns when the job goes on; at once where nothing could take it up again.
        pub(in crate::prompt) fn suspend(&self) {
            self.restore();
            stop(Signal::TSTP);
            // A terminal that is gone is noticed by the next read.
            let _ = self.hide_keys(LocalModes::empty());
        }

        /// Whether the process was stopped and goes on. A shell has restored the modes meanwhile.
        pub(in crate::prompt) fn take_resumed(&self) -> bool {
            let resumed = RESUMED.swap(false, Ordering::SeqCst);
            if resumed {
                // As in `suspend`.
                let _ = self.hide_keys(LocalModes::empty());
            }
            resumed
        }

        /// Keys one by one, not shown, and not obeyed by the terminal except for the modes in
        /// `kept`.
        fn hide_keys(&self, kept: LocalModes) -> io::Result<()> {
            let mut modes = self.original.clone();
            let hidden =
                LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
            modes.local_modes.remove(hidden - kept);
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
            if hidden_since().is_some() {
                // Between prompts, Ctrl-C ends the process, and Ctrl-Z waits for the next one.
                let _ = self.hide_keys(LocalModes::ISIG);
            } else {
                self.restore();
            }
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

        pub(in crate::prompt) fn has_echo(&self) -> bool {
            true
        }

        pub(in crate::prompt) fn suspend(&self) {}

        pub(in crate::prompt) fn take_resumed(&self) -> bool {
            false
        }
    }
}
