//! A sign of life on standard error while the portal takes its time.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use console::Term;

use super::width::cut;

/// What a portal may take before anything is shown.
const PATIENCE: Duration = Duration::from_millis(300);

/// The time between two pictures.
const TICK: Duration = Duration::from_millis(100);

/// The pictures.
const PICTURES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Spins until it is dropped, and leaves no trace.
pub(crate) struct Spinner {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// Spins, once the patience is over, with this sentence.
    pub(super) fn start(sentence: String) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || spin(&sentence, &stopped));
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

/// Draws until there is an answer or the end of the program, which look alike from here. There is
/// nobody to tell that a picture can't be drawn.
fn spin(sentence: &str, stopped: &Receiver<()>) {
    let waits = |time| stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !waits(PATIENCE) {
        return;
    }
    let terminal = Term::stderr();
    for picture in PICTURES.iter().cycle() {
        let width = usize::from(terminal.size().1).saturating_sub(1);
        let line = format!("{picture} {sentence}");
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
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A spinner that failed has nothing left to clear.
            let _ = thread.join();
        }
    }
}
