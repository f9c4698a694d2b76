//! Leaves the terminal as it was found, also when a prompt is cut short by Ctrl-C.
//!
//! A prompt hides the cursor or the echo; the signal would end the process before it shows them
//! again.

use std::process;
use std::sync::{Mutex, Once, PoisonError};

use anyhow::Context as _;
use dialoguer::console::Term;

use crate::error::{Error, Result, Word};
use crate::output;

/// While it lives, Ctrl-C restores the terminal, says so, and leaves with the code for "cancelled".
pub(super) struct Guard;

static OPEN: Mutex<Option<Settings>> = Mutex::new(None);
static HANDLER: Once = Once::new();

impl Guard {
    /// Remembers how the terminal is set.
    pub(super) fn new() -> Result<Self> {
        *open() = Some(Settings::read());
        let mut outcome = Ok(());
        HANDLER.call_once(|| outcome = ctrlc::set_handler(on_interrupt));
        outcome.context("can't watch for Ctrl-C")?;
        Ok(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(settings) = open().take() {
            settings.restore();
        }
    }
}

fn on_interrupt() {
    if let Some(settings) = open().take() {
        settings.restore();
        output::report_bare(&Error::Cancelled);
    }
    process::exit(Word::Cancelled.exit_code().into());
}

fn open() -> std::sync::MutexGuard<'static, Option<Settings>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Settings {
    #[cfg(unix)]
    termios: Option<rustix::termios::Termios>,
}

impl Settings {
    fn read() -> Self {
        Self {
            #[cfg(unix)]
            termios: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    fn restore(&self) {
        // A terminal that is gone needs no restoring.
        let _ = Term::stderr().show_cursor();
        #[cfg(unix)]
        if let Some(termios) = &self.termios {
            let _ = rustix::termios::tcsetattr(
                std::io::stdin(),
                rustix::termios::OptionalActions::Now,
                termios,
            );
        }
    }
}
