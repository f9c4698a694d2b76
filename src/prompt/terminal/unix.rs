//! Keys and signals on Unix.

use std::io::{self, ErrorKind, Stdin, stdin};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike as _};
use rustix::io::Errno;
use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp,
    tcsetattr,
};
use signal_hook::consts::SIGCONT;
use signal_hook::{flag, low_level};

use crate::error::{Error, Result};
use crate::interrupt::Watch;
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

/// The value of a special character that is switched off.
const DISABLED: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// The modes to restore in the end, while keys stay hidden between prompts.
static HIDDEN_SINCE: Mutex<Option<Termios>> = Mutex::new(None);

fn hidden_since() -> MutexGuard<'static, Option<Termios>> {
    HIDDEN_SINCE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does work that asks several questions. A key that is typed between two of them is not shown, and
/// waits for the next one. A signal that ends the process restores the terminal first.
///
/// # Errors
/// Those of the work, and [`Error::Unexpected`] where the terminal can't be used.
pub(crate) async fn with_hidden_keys<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut signals = Watch::begin()?;
    {
        let input = Input::open().context("can't prompt on this terminal")?;
        *hidden_since() = Some(input.original.clone());
    }
    let outcome = signals
        .bounded(work, || false, || {})
        .await
        .unwrap_or_else(|signal| {
            Err(Error::Stopped {
                signal,
                changed: false,
            })
        });
    if let Some(original) = hidden_since().take() {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &original);
    }
    if let Err(Error::Stopped { signal, .. }) = outcome {
        // It fails only for signals that don't exist.
        let _ = low_level::emulate_default_handler(signal.into());
    }
    outcome
}

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
        let original = hidden_since().clone();
        let input = Self {
            original: original.map_or_else(|| tcgetattr(&stdin), Ok)?,
            stdin,
            keys: KeyReader::default(),
        };
        input.set_modes(LocalModes::empty())?;
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
        let _ = self.set_modes(LocalModes::empty());
    }

    /// Whether the process was stopped and goes on. A shell has restored the modes meanwhile.
    pub(super) fn take_resumed(&self) -> bool {
        let resumed = RESUMED.swap(false, Ordering::SeqCst);
        if resumed {
            // As in `suspend`.
            let _ = self.set_modes(LocalModes::empty());
        }
        resumed
    }

    /// Keys one by one, not shown, and not obeyed by the terminal except for the modes in `kept`.
    fn set_modes(&self, kept: LocalModes) -> io::Result<()> {
        let mut modes = self.original.clone();
        let hidden = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        modes.local_modes.remove(hidden - kept);
        modes.input_modes.remove(InputModes::IXON);
        modes.special_codes[SpecialCodeIndex::VSUSP] = DISABLED;
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
        if hidden_since().is_some() {
            // Between prompts, Ctrl-C ends the process, and Ctrl-Z waits for the next one.
            let _ = self.set_modes(LocalModes::ISIG);
        } else {
            self.restore();
        }
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
