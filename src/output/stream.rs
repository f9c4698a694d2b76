//! Standard output and standard error: writes that wait, whole lines, and the spinner.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
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
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => {
            written.context("can't write to standard output")?;
            Ok(true)
        }
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

/// A spinner, and whether it is still running. When it is dropped, it clears its line.
pub(crate) struct Spinner(Arc<AtomicBool>);

impl Spinner {
    /// Starts a spinner with this sentence, which appears after a delay. Without a thread there is no
    /// spinner.
    pub(super) fn start(sentence: String) -> Self {
        let is_running = Arc::new(AtomicBool::new(true));
        let spinner = Self(Arc::clone(&is_running));
        let _ = thread::Builder::new().spawn(move || spin(&sentence, &is_running));
        spinner
    }
}

/// Draws until the spinner is dropped. Failures to draw are ignored.
fn spin(sentence: &str, is_running: &AtomicBool) {
    thread::sleep(DELAY);
    let terminal = Term::stderr();
    for frame in FRAMES.iter().cycle() {
        let width = usize::from(terminal.size().1).saturating_sub(1);
        let line = format!("{frame} {sentence}");
        let mut spins = clear_spinner();
        if !is_running.load(Ordering::Relaxed) {
            break;
        }
        *spins = terminal.write_str(&cut(&line, width)).is_ok();
        drop(spins);
        thread::sleep(TICK);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
        drop(clear_spinner());
    }
}
