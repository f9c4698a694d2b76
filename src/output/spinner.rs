//! A sign of life on standard error while the portal takes its time.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What a portal may take before anything is shown.
const PATIENCE: Duration = Duration::from_millis(300);

/// The time between two pictures.
const TICK: Duration = Duration::from_millis(100);

/// Spins until it is dropped, and leaves no trace.
pub(crate) struct Spinner {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// Spins, once the patience is over, with this sentence.
    pub(super) fn start(sentence: String) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new_spinner().with_message(sentence);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            // An answer and the end of the program look alike from here.
            let _ = stopped.recv();
            bar.finish_and_clear();
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
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
