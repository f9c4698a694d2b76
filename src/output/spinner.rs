//! The spinner on standard error while nxp waits for a response.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use console::Term;

use super::width::cut;

/// The delay before the spinner appears.
const DELAY: Duration = Duration::from_millis(300);

/// The time between two frames.
const TICK: Duration = Duration::from_millis(100);

/// The frames.
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// A spinner. When it is dropped, it clears its line.
pub(crate) struct Spinner(Option<(Sender<()>, JoinHandle<()>)>);

impl Spinner {
    /// Starts a spinner with this sentence, which appears after a delay. Without a thread there is no
    /// spinner.
    pub(super) fn start(sentence: String) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().spawn(move || spin(&sentence, &stopped));
        Self(thread.ok().map(|thread| (stop, thread)))
    }
}

/// Draws until the spinner is dropped. Failures to draw are ignored.
fn spin(sentence: &str, stopped: &Receiver<()>) {
    let waits = |time| stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !waits(DELAY) {
        return;
    }
    let terminal = Term::stderr();
    for frame in FRAMES.iter().cycle() {
        let width = usize::from(terminal.size().1).saturating_sub(1);
        let line = format!("{frame} {sentence}");
        let _ = terminal.clear_line();
        let _ = terminal.write_str(&cut(&line, width));
        if !waits(TICK) {
            break;
        }
    }
    let _ = terminal.clear_line();
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            // If the thread panicked, there is nothing to clear.
            let _ = thread.join();
        }
    }
}
