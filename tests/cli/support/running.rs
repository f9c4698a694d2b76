//! A process that runs without a terminal, and may not run for ever.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ChildStdin, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::{Output, leaks};

/// Beyond this a process hangs. A test that is slower than a tenth of it is worth a look.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A process that was started. Dropping it kills it.
pub(crate) struct Running {
    pid: Pid,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    printed: String,
    stderr: Arc<Mutex<String>>,
    stderr_end: Receiver<()>,
    status: Receiver<ExitStatus>,
    over: bool,
    prints_token: bool,
}

impl Running {
    pub(super) fn start(mut command: Command, input: Vec<u8>, prints_token: bool) -> Self {
        let mut child = command.spawn().unwrap();
        let pid = Pid::from_child(&child);
        let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let errors = child.stderr.take().unwrap();
        let (send_line, lines) = mpsc::channel();
        thread::spawn(move || send_lines(stdout, &send_line));
        let (send_end, stderr_end) = mpsc::channel();
        let stderr = Arc::<Mutex<String>>::default();
        let text = Arc::clone(&stderr);
        thread::spawn(move || {
            for line in BufReader::new(errors).split(b'\n') {
                let line = String::from_utf8(line.unwrap()).unwrap();
                let mut text = text.lock().unwrap();
                *text += &line;
                text.push('\n');
            }
            let _ = send_end.send(());
        });
        let (send_status, status) = mpsc::channel();
        thread::spawn(move || send_status.send(child.wait().unwrap()));
        // A process that doesn't read its input may be gone by now.
        let _ = stdin.write_all(&input);
        Self {
            pid,
            stdin: Some(stdin),
            lines,
            printed: String::new(),
            stderr,
            stderr_end,
            status,
            over: false,
            prints_token,
        }
    }

    /// Waits for the next line on standard output.
    pub(crate) fn line(&mut self) -> String {
        let line = self.lines.recv_timeout(PATIENCE).expect("a line in time");
        self.printed += &line;
        line.trim_end_matches('\n').to_owned()
    }

    /// Waits for the next line on standard output, or for its end.
    pub(crate) fn try_line(&mut self) -> Option<String> {
        let line = match self.lines.recv_timeout(PATIENCE) {
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("no line in time"),
            line => line.ok()?,
        };
        self.printed += &line;
        Some(line.trim_end_matches('\n').to_owned())
    }

    /// Types a line on its standard input.
    pub(crate) fn enter(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
    }

    /// Ends its standard input.
    pub(crate) fn end_input(&mut self) {
        drop(self.stdin.take());
    }

    /// Waits until it has said this on standard error.
    pub(crate) fn says(&self, words: &str) {
        wait_until(&format!("it says {words:?}"), || {
            self.stderr.lock().unwrap().contains(words)
        });
    }

    /// What it has said on standard error so far.
    pub(crate) fn said(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Sends the signal of Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends it a signal, as `kill` does.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Sends a signal to the process group that it leads.
    pub(crate) fn signal_group(&self, signal: Signal) {
        kill_process_group(self.pid, signal).unwrap();
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Ends it at once, whatever it is doing, unless it has ended.
    pub(crate) fn kill(&self) {
        let _ = kill_process(self.pid, Signal::KILL);
    }

    /// Waits for its end and searches what it printed for secrets.
    pub(crate) fn finish(mut self) -> Output {
        drop(self.stdin.take());
        let status = self.status.recv_timeout(PATIENCE).expect("an end in time");
        self.over = true;
        let mut stdout = std::mem::take(&mut self.printed);
        stdout.extend(self.lines.iter());
        let output = Output {
            code: code_of(status),
            stdout,
            stderr: {
                let _ = self.stderr_end.recv();
                std::mem::take(&mut *self.stderr.lock().unwrap())
            },
        };
        check_hints(&output.stderr);
        let searched = [&output.stderr, &output.stdout];
        for text in &searched[..if self.prints_token { 1 } else { 2 }] {
            let leaks = leaks::in_print(text.as_bytes(), None);
            assert!(leaks.is_empty(), "printed {leaks:?}: {output:#?}");
        }
        output
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

/// Fails the test if a hint has a command that nxp would not accept. One that only names a command may
/// lack its arguments. A usage is no command.
#[track_caller]
fn check_hints(stderr: &str) {
    let hints = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("hint: "))
        .filter(|hint| !hint.starts_with("usage: "));
    for command in hints.flat_map(|hint| hint.split('`').skip(1).step_by(2)) {
        let Ok(words) = shell_words::split(command) else {
            panic!("unbalanced quotes in a hint: {command}");
        };
        if words.first().is_none_or(|word| word != "nxp") {
            continue;
        }
        let words: Vec<_> = words.into_iter().map(Into::into).collect();
        let parsed = nxp::testing::parse_command_line(&words);
        let is_accepted = parsed.is_ok()
            || parsed.as_ref().is_err_and(|kind| {
                kind.starts_with("MissingRequired") || kind.starts_with("DisplayHelp")
            });
        assert!(is_accepted, "the hint has `{command}`: {parsed:?}");
    }
}

fn send_lines(stdout: impl Read, lines: &mpsc::Sender<String>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        if stdout.read_until(b'\n', &mut line).unwrap() == 0 {
            return;
        }
        let _ = lines.send(String::from_utf8(line).unwrap());
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| Some(128 + status.signal()?))
        .unwrap()
}

#[test]
#[should_panic(expected = "printed")]
fn printed_secret_fails_the_test() {
    super::is_secret("said-out-loud");
    let mut command = Command::new("echo");
    command
        .arg("said-out-loud")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    Running::start(command, Vec::new(), false).finish();
}
