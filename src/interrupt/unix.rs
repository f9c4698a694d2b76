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
use signal_hook::low_level::{emulate_default_handler, signal_name, unregister};
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
        // Last: now pending signals that were blocked are delivered.
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
            // The handlers keep the other end of the socket open. Reading fails only when the runtime
            // shuts down.
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
/// Without ILL, FPE and SEGV, which can't be handled without unsafe code, and without PIPE, which Rust
/// programs ignore.
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

/// Other systems have none, or no way to list them.
#[cfg(not(target_os = "linux"))]
fn real_time() -> impl Iterator<Item = i32> {
    std::iter::empty()
}

/// The signals that were ignored when this process started, as with `nohup`; the lowest bit is signal 1.
/// Children inherit this unless a handler is set here.
///
/// Only Linux reports them (proc_pid_status(5), `SigIgn`). They are read once, before any handler is set.
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

impl Signal {
    /// Sends this signal to another process.
    ///
    /// # Errors
    /// What kill(2) fails with.
    pub(crate) fn send(self, process: Pid) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        use rustix_libc_wrappers::process::SignalExt as _;

        #[cfg(target_os = "linux")]
        let signal = rustix::process::Signal::from_raw(self.number.into());
        #[cfg(not(target_os = "linux"))]
        let signal = rustix::process::Signal::from_named_raw(self.number.into());
        kill_process(process, signal.ok_or(io::ErrorKind::InvalidInput)?)?;
        Ok(())
    }
}

/// Whether a signal with a handler has its default effect.
static BY_DEFAULT: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));

pub(super) fn act_by_default(yes: bool) {
    BY_DEFAULT.store(yes, Ordering::SeqCst);
}

/// Sets handlers that have the default effect of a signal while nothing watches: a handler that was set
/// once is never removed. A command that watches for more signals is the last that a process runs.
fn keep_defaults() -> io::Result<()> {
    static KEPT: Mutex<bool> = Mutex::new(false);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if !*kept {
        for signal in terminating() {
            // Signals without a name have no default effect that can be emulated.
            if signal_name(signal).is_some() {
                flag::register_conditional_default(signal, Arc::clone(&BY_DEFAULT))?;
            }
        }
        *kept = true;
    }
    Ok(())
}

/// Records the last signal that came while this exists.
pub(super) struct Noted {
    handlers: Vec<SigId>,
    /// The number of the interrupt; 0 if none came.
    number: Arc<AtomicUsize>,
}

impl Noted {
    /// No signal ends the process, if it can be handled.
    pub(super) fn every() -> io::Result<Self> {
        Self::begin(terminating(), false)
    }

    /// The second interrupt ends the process.
    pub(super) fn first() -> io::Result<Self> {
        Self::begin(interrupts(), true)
    }

    fn begin(signals: Vec<i32>, second_ends: bool) -> io::Result<Self> {
        keep_defaults()?;
        let mut noted = Self {
            handlers: Vec::new(),
            number: Arc::default(),
        };
        let came = Arc::new(AtomicBool::new(false));
        for signal in signals {
            if second_ends {
                // In this order: the first signal sets the flag that the second one checks.
                noted.handlers.extend([
                    flag::register_conditional_default(signal, Arc::clone(&came))?,
                    flag::register(signal, Arc::clone(&came))?,
                ]);
            }
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

    /// The handlers end the process at the second interrupt.
    pub(super) fn look(&mut self, _: &mut Context<'_>) {}

    /// Ends the process by the interrupt that came, if one did.
    pub(super) fn end(self) {
        let number = self.number();
        drop(self);
        if let Some(number) = number {
            // It fails only for signals that don't exist.
            let _ = emulate_default_handler(number.into());
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
    }
}
