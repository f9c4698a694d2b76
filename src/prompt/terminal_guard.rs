//! Leaves the terminal as it was found, also when a prompt is cut short by a signal.
//!
//! A prompt hides the cursor or the echo; the signal would end the process before it shows them
//! again. So signals are handled while a prompt is open, and their handler has the last word.

use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use dialoguer::console::Term;

use crate::error::{Error, ErrorCode, Result};
use crate::interrupt;
use crate::output::Console;

static OPEN_PROMPT: Mutex<Option<OpenPrompt>> = Mutex::new(None);
/// The lines above the cursor that the open prompt will clear, should it come to that itself.
pub(super) static DRAWN_LINES: AtomicUsize = AtomicUsize::new(0);
static HANDLER: Once = Once::new();

/// How long a prompt that saw Ctrl-C waits for the signal's handler to end the process.
const HANDLER_DELAY: Duration = Duration::from_secs(1);

/// How the terminal is to be left, and who tells the user.
struct OpenPrompt {
    console: Console,
    #[cfg(unix)]
    termios: Option<rustix::termios::Termios>,
}

/// How a prompt reads.
#[derive(Clone, Copy)]
pub(super) enum InputMode {
    /// Key by key.
    Keys,
    /// A line at once, which the terminal lets the user edit but doesn't show.
    HiddenLine,
}

/// Runs a prompt. Ctrl-C in it restores the terminal, says so, and leaves with the code for
/// "cancelled".
///
/// # Errors
/// What `prompt` returns; [`Error::Unexpected`] where the signal can't be handled.
pub(super) fn guarded<T>(
    console: Console,
    input: InputMode,
    prompt: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let opened = OpenPrompt::new(console);
    opened.prepare_terminal(input);
    *open_prompt() = Some(opened);
    let mut outcome = Ok(());
    HANDLER.call_once(|| outcome = watch());
    outcome.context("can't watch for signals")?;
    let answer = prompt();
    if let Some(prompt) = open_prompt().take() {
        prompt.restore_terminal();
    }
    answer
}

/// Handles Ctrl-C, and whatever else asks the process to end, from now on.
#[cfg(unix)]
fn watch() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    interrupt::leave_to_thread();
    thread::spawn(move || {
        for signal in signals.forever() {
            if is_left_to_command() {
                continue;
            }
            if signal == SIGINT {
                on_interrupt();
            }
            leave(open_prompt().take().as_ref());
            // Whoever sent it is told by the way the process ends.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
    Ok(())
}

/// Handles Ctrl-C from now on.
#[cfg(not(unix))]
fn watch() -> Result<(), ctrlc::Error> {
    interrupt::leave_to_thread();
    ctrlc::set_handler(|| {
        if !is_left_to_command() {
            on_interrupt();
        }
    })
}

/// Whether no prompt is open any more and the command acts on signals itself. Work that must not
/// be cut short is waited for.
fn is_left_to_command() -> bool {
    open_prompt().is_none() && interrupt::is_watched()
}

fn on_interrupt() {
    let prompt = open_prompt().take();
    leave(prompt.as_ref());
    if let Some(prompt) = prompt {
        let _ = prompt.console.report(&Error::Cancelled);
    }
    process::exit(ErrorCode::Cancelled.exit_code().into());
}

/// Restores the terminal and takes away what the prompt drew, if one is open.
fn leave(prompt: Option<&OpenPrompt>) {
    if let Some(prompt) = prompt {
        prompt.restore_terminal();
        leave_lines();
    }
}

/// Clears what a list drew; a question keeps its line.
fn leave_lines() {
    let term = Term::stderr();
    // A terminal that is gone shows nothing any more.
    let _ = match DRAWN_LINES.load(Ordering::Relaxed) {
        0 => term.write_line(""),
        lines => term.clear_last_lines(lines),
    };
}

/// A prompt that saw Ctrl-C raises the signal before it returns: this lets the handler act on it.
pub(super) fn wait_for_handler() {
    thread::park_timeout(HANDLER_DELAY);
}

fn open_prompt() -> MutexGuard<'static, Option<OpenPrompt>> {
    OPEN_PROMPT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OpenPrompt {
    fn new(console: Console) -> Self {
        Self {
            console,
            #[cfg(unix)]
            termios: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// Sets the terminal before the prompt is seen: whatever is typed from then on must not be
    /// shown. A prompt that reads key by key sets the terminal for each key alone; keys that are
    /// pressed in between must not be edited or obeyed by the terminal either.
    #[cfg_attr(
        not(unix),
        allow(
            unused_variables,
            clippy::unused_self,
            reason = "there is nothing to set"
        )
    )]
    fn prepare_terminal(&self, input: InputMode) {
        #[cfg(unix)]
        if let Some(termios) = &self.termios {
            use rustix::termios::{LocalModes, OptionalActions, tcsetattr};
            let mut termios = termios.clone();
            termios.local_modes.remove(match input {
                InputMode::Keys => LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG,
                InputMode::HiddenLine => LocalModes::ECHO,
            });
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &termios);
        }
    }

    /// A terminal that is gone needs no restoring.
    fn restore_terminal(&self) {
        let _ = Term::stderr().show_cursor();
        #[cfg(unix)]
        if let Some(termios) = &self.termios {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, termios);
        }
    }
}
