//! Keys and signals on Unix.

use std::io::{self, ErrorKind, Stdin, stdin};
use std::os::fd::AsFd as _;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike as _};
use rustix::io::Errno;
use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp,
    tcsetattr,
};
use signal_hook::consts::SIGCONT;
use signal_hook::flag;

use crate::prompt::key_reader::KeyReader;
use crate::prompt::keys::Key;

/// How long a read waits for a key, and an Esc for the rest of an escape sequence. A signal and a
/// new size are noticed at the latest after that.
const TICK: Duration = Duration::from_millis(TICK_MILLISECONDS.unsigned_abs());
const TICK_MILLISECONDS: i64 = 100;

/// Whether the process went on after a stop.
static RESUMED: AtomicBool = AtomicBool::new(false);
/// The handler does what the signal does by default, and sets [`RESUMED`]: it stays.
static HANDLER: Once = Once::new();

/// Standard input, read key by key.
pub(super) struct Input {
    stdin: Stdin,
    /// The modes to restore.
    original: Termios,
    keys: KeyReader,
}

impl Input {
    pub(super) fn open() -> io::Result<Self> {
        let mut installed = Ok(());
        HANDLER.call_once(|| installed = flag::register(SIGCONT, &RESUMED).map(drop));
        installed?;
        let stdin = stdin();
        // The modes of a terminal that another job uses are that job's.
        if tcgetpgrp(&stdin).is_ok_and(|foreground| foreground != getpgrp()) {
            stop(Signal::TTIN);
        }
        RESUMED.store(false, Ordering::SeqCst);
        let input = Self {
            original: tcgetattr(&stdin)?,
            stdin,
            keys: KeyReader::default(),
        };
        input.set_modes()?;
        Ok(input)
    }

    /// Reads a key, or nothing where none is pressed within a [`TICK`].
    pub(super) fn read_key(&mut self) -> io::Result<Option<Key>> {
        let stdin = &self.stdin;
        self.keys.read(|| read_byte(stdin))
    }

    pub(super) fn has_input(&self) -> bool {
        rustix::io::ioctl_fionread(&self.stdin).is_ok_and(|count| count > 0)
    }

    pub(super) fn has_echo(&self) -> bool {
        self.original.local_modes.contains(LocalModes::ECHO)
    }

    /// Stops the whole job with the terminal restored, as the terminal itself does at Ctrl-Z.
    /// Returns when the job goes on; at once where nothing could take it up again.
    pub(super) fn suspend(&self) {
        self.restore();
        stop(Signal::TSTP);
        // A terminal that is gone is noticed by the next read.
        let _ = self.set_modes();
    }

    /// Whether the process was stopped and goes on. A shell has restored the modes meanwhile.
    pub(super) fn take_resumed(&self) -> bool {
        let resumed = RESUMED.swap(false, Ordering::SeqCst);
        if resumed {
            // As in `suspend`.
            let _ = self.set_modes();
        }
        resumed
    }

    /// Keys one by one, not shown, not obeyed by the terminal.
    fn set_modes(&self) -> io::Result<()> {
        let mut modes = self.original.clone();
        modes
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN);
        modes.input_modes.remove(InputModes::IXON);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(&self.stdin, OptionalActions::Now, &modes)?)
    }

    fn restore(&self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(&self.stdin, OptionalActions::Now, &self.original);
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Sends the job a signal that stops it, and waits until it goes on. A job without a parent to take
/// it up again isn't stopped by the system.
fn stop(signal: Signal) {
    RESUMED.store(false, Ordering::SeqCst);
    let sent = Instant::now();
    if kill_current_process_group(signal).is_err() {
        return;
    }
    // Another thread may have got the signal.
    while !RESUMED.swap(false, Ordering::SeqCst) && sent.elapsed() < TICK {
        thread::sleep(TICK / 10);
    }
}

/// Reads one byte, and no more: what comes after this prompt belongs to whatever reads next.
///
/// The wait is not left to the read: a shell that takes the job up again may have given the terminal
/// other modes, in which a read would wait for a whole line. And it is not `poll`, which on macOS
/// knows no terminals.
fn read_byte(stdin: &Stdin) -> io::Result<Option<u8>> {
    let mut readable = FdSet::new();
    readable.insert(stdin.as_fd());
    match select(
        None,
        &mut readable,
        None,
        None,
        &mut TimeVal::milliseconds(TICK_MILLISECONDS),
    ) {
        Ok(0) | Err(nix::Error::EINTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let mut byte = [0];
    match rustix::io::read(stdin, &mut byte) {
        Ok(0) if tcgetattr(stdin).is_err() => Err(ErrorKind::UnexpectedEof.into()),
        Ok(0) | Err(Errno::INTR | Errno::AGAIN) => Ok(None),
        Ok(_) => Ok(byte.first().copied()),
        Err(Errno::IO) => Err(ErrorKind::UnexpectedEof.into()),
        Err(error) => Err(error.into()),
    }
}
