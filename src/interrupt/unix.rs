//! Unix: signal handlers that write to a socket, and flags for them.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use nix::sys::signal::{SigSet, SigmaskHow, Signal as Named};
use rustix::process::{Pid, kill_process};
use signal_hook::SigId;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::backend::{Pending, SignalDelivery};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::low_level::siginfo::Cause;
use signal_hook::low_level::{emulate_default_handler, unregister};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::UnixStream;

use super::{Event, Signal};

/// What a person or a supervisor ends a program with.
const INTERRUPTS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Signals that are delivered to this process while it exists.
pub(super) struct Source {
    delivery: SignalDelivery<UnixStream, WithOrigin>,
    /// Signals whose bytes have been read from the socket.
    pending: Pending<WithOrigin>,
}

impl Source {
    pub(super) fn interrupts() -> io::Result<Self> {
        Self::open(&interrupts())
    }

    pub(super) fn all() -> io::Result<Self> {
        Self::open(&terminating())
    }

    fn open(signals: &[i32]) -> io::Result<Self> {
        keep_defaults()?;
        let (read, write) = std::os::unix::net::UnixStream::pair()?;
        read.set_nonblocking(true)?;
        let read = UnixStream::from_std(read)?;
        let watched = signals.iter().copied().chain([SIGCHLD]);
        let mut delivery = SignalDelivery::with_pipe(read, write, WithOrigin::default(), watched)?;
        let pending = delivery.pending();
        // Last: what was blocked and came before is then delivered.
        original_mask()?;
        SigSet::empty().thread_set_mask()?;
        Ok(Self { delivery, pending })
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        loop {
            if let Some(origin) = self.pending.next() {
                return Poll::Ready(event(&origin));
            }
            let mut byte = [0];
            let mut buffer = ReadBuf::new(&mut byte);
            // The socket has no end: the handlers hold the other side. A failure to read it is one
            // of the runtime, which is ending then.
            if ready!(Pin::new(self.delivery.get_read_mut()).poll_read(context, &mut buffer))
                .is_err()
            {
                return Poll::Pending;
            }
            self.pending = self.delivery.pending();
        }
    }

    pub(super) fn try_next(&mut self) -> Option<Event> {
        let next = self.pending.next().or_else(|| {
            self.pending = self.delivery.pending();
            self.pending.next()
        });
        next.as_ref().map(event)
    }
}

fn event(origin: &Origin) -> Event {
    match u8::try_from(origin.signal) {
        Ok(number) if origin.signal != SIGCHLD => Event::Signal(Signal {
            number,
            was_sent: matches!(origin.cause, Cause::Sent(_)),
        }),
        _ => Event::Child,
    }
}

fn interrupts() -> Vec<i32> {
    let ignored = ignored_at_start();
    let respected = INTERRUPTS.into_iter();
    respected
        .filter(|signal| !contains(ignored, *signal))
        .collect()
}

/// The signals that end a process by default and can be handled.
///
/// Three can't, without unsafe code: ILL, FPE and SEGV report a fault of the program itself. PIPE
/// is left out too: Rust has a program ignore it from its start on, so that it ends nothing.
fn terminating() -> Vec<i32> {
    let ignored = ignored_at_start();
    let harmless = [
        Named::SIGKILL,
        Named::SIGSTOP,
        Named::SIGILL,
        Named::SIGFPE,
        Named::SIGSEGV,
        Named::SIGPIPE,
        Named::SIGCHLD,
        Named::SIGCONT,
        Named::SIGTSTP,
        Named::SIGTTIN,
        Named::SIGTTOU,
        Named::SIGURG,
        Named::SIGWINCH,
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        Named::SIGINFO,
    ];
    let named = Named::iterator().filter(|signal| !harmless.contains(signal));
    named
        .map(|signal| signal as i32)
        .chain(real_time())
        .filter(|signal| !contains(ignored, *signal))
        .collect()
}

#[cfg(target_os = "linux")]
fn real_time() -> impl Iterator<Item = i32> {
    use rustix::process::Signal;
    use rustix_libc_wrappers::process::SignalExt as _;

    Signal::rt_min().as_raw()..=Signal::rt_max().as_raw()
}

/// Other systems have none, or don't tell which.
#[cfg(not(target_os = "linux"))]
fn real_time() -> impl Iterator<Item = i32> {
    std::iter::empty()
}

/// The signals that this process was started to ignore, such as by `nohup`, the lowest bit being
/// signal 1. Its children are to ignore them too, and do so as long as they aren't handled here.
///
/// Only Linux tells (proc_pid_status(5), `SigIgn`). What is handled here later is not ignored any
/// more: the first look counts.
fn ignored_at_start() -> u64 {
    static IGNORED: OnceLock<u64> = OnceLock::new();
    *IGNORED.get_or_init(|| {
        std::fs::read_to_string("/proc/self/status")
            .unwrap_or_default()
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or_default()
    })
}

fn contains(mask: u64, signal: i32) -> bool {
    u32::try_from(signal - 1)
        .ok()
        .and_then(|bit| mask.checked_shr(bit))
        .is_some_and(|shifted| shifted & 1 == 1)
}

/// The mask that this process was started with: that of the first look.
fn original_mask() -> io::Result<SigSet> {
    static ORIGINAL: OnceLock<SigSet> = OnceLock::new();
    match ORIGINAL.get() {
        Some(mask) => Ok(*mask),
        None => {
            let mask = SigSet::thread_get_mask()?;
            Ok(*ORIGINAL.get_or_init(|| mask))
        }
    }
}

/// Calls with the mask that this process was started with; a child that is started inherits it.
pub(super) fn with_original_mask<T>(call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    with_mask(original_mask()?, call)
}

/// Calls with every signal blocked; a child that is started inherits that.
#[cfg(target_os = "linux")]
pub(super) fn with_all_blocked<T>(call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    with_mask(SigSet::all(), call)
}

fn with_mask<T>(mask: SigSet, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = mask.thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let outcome = call();
    before.thread_set_mask()?;
    outcome
}

/// Sends a signal to a process.
pub(super) fn send(signal: Signal, process: Pid) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    use rustix_libc_wrappers::process::SignalExt as _;

    #[cfg(target_os = "linux")]
    let signal = rustix::process::Signal::from_raw(signal.number.into());
    #[cfg(not(target_os = "linux"))]
    let signal = rustix::process::Signal::from_named_raw(signal.number.into());
    kill_process(process, signal.ok_or(io::ErrorKind::InvalidInput)?)?;
    Ok(())
}

/// Whether a signal with a handler does what it does by default.
static BY_DEFAULT: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));

pub(super) fn act_by_default(yes: bool) {
    BY_DEFAULT.store(yes, Ordering::SeqCst);
}

/// A handler stays for good once there is one: has those of the interrupts do what the signals do
/// by default while nothing watches. A command that watches for more signals is the last thing that
/// a process does.
fn keep_defaults() -> io::Result<()> {
    static KEPT: Mutex<bool> = Mutex::new(false);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if !*kept {
        for signal in interrupts() {
            flag::register_conditional_default(signal, Arc::clone(&BY_DEFAULT))?;
        }
        *kept = true;
    }
    Ok(())
}

/// The last interrupt that came while this exists.
pub(super) struct Noted {
    handlers: Vec<SigId>,
    number: Arc<AtomicUsize>,
}

impl Noted {
    pub(super) fn begin() -> io::Result<Self> {
        keep_defaults()?;
        let mut noted = Self {
            handlers: Vec::new(),
            number: Arc::default(),
        };
        for signal in interrupts() {
            let number = usize::try_from(signal).unwrap_or_default();
            let handler = flag::register_usize(signal, Arc::clone(&noted.number), number)?;
            noted.handlers.push(handler);
        }
        Ok(noted)
    }

    pub(super) fn number(&self) -> Option<u8> {
        let number = u8::try_from(self.number.load(Ordering::SeqCst)).ok();
        number.filter(|number| *number != 0)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
    }
}

/// Interrupts that are held back: the first is noted, the second ends the process.
pub(super) struct Held {
    handlers: Vec<SigId>,
    /// The number of the interrupt that came; 0 if none did.
    noted: Arc<AtomicUsize>,
}

impl Held {
    /// Where handlers can't be set up, interrupts are not held back.
    pub(super) fn begin() -> Self {
        let mut held = Self {
            handlers: Vec::new(),
            noted: Arc::default(),
        };
        if keep_defaults().and_then(|()| held.set_up()).is_err() {
            held.let_go();
        }
        held
    }

    fn set_up(&mut self) -> io::Result<()> {
        let came = Arc::new(AtomicBool::new(false));
        for signal in interrupts() {
            let number = usize::try_from(signal).unwrap_or_default();
            // In this order: the first signal only sets what the second one finds.
            self.handlers.extend([
                flag::register_conditional_default(signal, Arc::clone(&came))?,
                flag::register(signal, Arc::clone(&came))?,
                flag::register_usize(signal, Arc::clone(&self.noted), number)?,
            ]);
        }
        Ok(())
    }

    fn let_go(&mut self) {
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
    }

    /// The handlers end the process at the second interrupt.
    pub(super) fn look(&mut self, _: &mut Context<'_>) {}

    /// Ends the process by the interrupt that came, if one did.
    pub(super) fn end(mut self) {
        self.let_go();
        let noted = i32::try_from(self.noted.load(Ordering::SeqCst)).unwrap_or_default();
        if noted != 0 {
            // It fails only for signals that don't exist.
            let _ = emulate_default_handler(noted);
        }
    }
}
