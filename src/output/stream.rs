//! Standard output and standard error: writes that wait, whole lines, and the spinner.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context as _;
use console::Term;

use super::text::cut;
use crate::error::Result;

/// A standard stream that another program may have made non-blocking: waits for it and goes on.
pub(crate) struct Blocking<S>(pub(crate) S);

impl<S> Blocking<S> {
    fn wait<T>(&mut self, mut attempt: impl FnMut(&mut S) -> io::Result<T>) -> io::Result<T> {
        loop {
            match attempt(&mut self.0) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    thread::sleep(Duration::from_millis(5));
                }
                outcome => return outcome,
            }
        }
    }
}

impl<R: Read> Read for Blocking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wait(|stream| stream.read(buffer))
    }
}

impl<W: Write> Write for Blocking<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait(|stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wait(|stream| stream.flush())
    }
}

/// Writes to standard output; `false` if its reader has closed it.
pub(super) fn write_stdout(bytes: &[u8]) -> Result<bool> {
    let mut stdout = Blocking(io::stdout().lock());
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        error => Ok(error
            .context("can't write to standard output")
            .map(|()| true)?),
    }
}

/// Whether the spinner is in the last line of the terminal. A line that is written takes its place,
/// and the spinner reappears below it.
static SPINS: Mutex<bool> = Mutex::new(false);

fn clear_spinner() -> MutexGuard<'static, bool> {
    let mut spins = SPINS.lock().unwrap_or_else(PoisonError::into_inner);
    if *spins {
        // If this fails, the line follows the spinner.
        let _ = Term::stderr().clear_line();
        *spins = false;
    }
    spins
}

/// Writes a line to standard error. A failure can't be reported anywhere.
pub(super) fn say(line: &str) {
    let _written = clear_spinner();
    let _ = Blocking(io::stderr()).write_all(format!("{line}\n").as_bytes());
}

/// The delay before the spinner appears.
const DELAY: Duration = Duration::from_millis(300);

/// The time between two frames.
const TICK: Duration = Duration::from_millis(100);

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
        let mut spins = clear_spinner();
        *spins = terminal.write_str(&cut(&line, width)).is_ok();
        drop(spins);
        if !waits(TICK) {
            break;
        }
    }
    drop(clear_spinner());
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
