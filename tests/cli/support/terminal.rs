//! A real terminal, and the keys that a person presses in it.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{ChildKiller, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::LocalModes;

use super::running::PATIENCE;
use super::{Call, leaks};

/// A terminal in which nxp runs. All that ever appears in it is searched for secrets.
pub(crate) struct Terminal {
    view: Arc<View>,
    keyboard: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    pid: Option<Pid>,
    code: Receiver<u32>,
    typed: Option<String>,
}

/// A key that stands for no character.
#[derive(Clone, Copy)]
pub(crate) enum Key {
    Enter,
    Escape,
    Up,
    Down,
    CtrlC,
    CtrlD,
    CtrlZ,
    Home,
    End,
    PageUp,
    PageDown,
    F1,
    CtrlLeft,
}

/// What is on the screen, and who waits for it to change.
struct View {
    seen: Mutex<Seen>,
    changed: Condvar,
}

struct Seen {
    screen: vt100::Parser,
    raw: Vec<u8>,
    over: bool,
}

impl Terminal {
    pub(super) fn start(call: Call, rows: u16, columns: u16) -> Self {
        let pair = native_pty_system().openpty(size(rows, columns)).unwrap();
        let mut command = CommandBuilder::new(&call.program);
        command.args(&call.arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        for (name, value) in &call.environment {
            command.env(name, value);
        }
        command.cwd(&call.folder);
        let mut child = pair.slave.spawn_command(command).unwrap();
        let view = Arc::new(View {
            seen: Mutex::new(Seen {
                screen: vt100::Parser::new(cells(rows), cells(columns), 0),
                raw: Vec::new(),
                over: false,
            }),
            changed: Condvar::new(),
        });
        let reader = pair.master.try_clone_reader().unwrap();
        let shown = Arc::clone(&view);
        thread::spawn(move || shown.follow(reader));
        let killer = child.clone_killer();
        let pid = child
            .process_id()
            .and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
        let (send_code, code) = mpsc::channel();
        thread::spawn(move || send_code.send(child.wait().unwrap().exit_code()));
        Self {
            view,
            keyboard: pair.master.take_writer().unwrap(),
            master: pair.master,
            killer,
            pid,
            code,
            typed: None,
        }
    }

    /// Waits until this is on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// Waits until the screen is as `condition` wants it.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) {
        let waiting = |seen: &mut Seen| !condition(&seen.text()) && !seen.over;
        let (seen, _) = self
            .view
            .changed
            .wait_timeout_while(self.view.lock(), PATIENCE, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(
            condition(&seen.text()),
            "no {what:?} on the screen:\n{}",
            seen.text()
        );
    }

    /// Types a text that may well be seen, secret or not.
    pub(crate) fn type_in_plain_sight(&mut self, text: &str) {
        self.typed = Some(text.to_owned());
        self.type_text(text);
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    pub(crate) fn press(&mut self, key: Key) {
        self.send(match key {
            Key::Enter => b"\r",
            Key::Escape => b"\x1b",
            Key::Up => b"\x1b[A",
            Key::Down => b"\x1b[B",
            Key::CtrlC => b"\x03",
            Key::CtrlD => b"\x04",
            Key::CtrlZ => b"\x1a",
            Key::Home => b"\x1b[H",
            Key::End => b"\x1b[F",
            Key::PageUp => b"\x1b[5~",
            Key::PageDown => b"\x1b[6~",
            Key::F1 => b"\x1bOP",
            Key::CtrlLeft => b"\x1b[1;5D",
        });
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid.unwrap(), signal).unwrap();
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let mut seen = self.view.lock();
        let screen = seen.screen.screen_mut();
        screen.set_size(cells(rows), cells(columns));
        self.master.resize(size(rows, columns)).unwrap();
    }

    /// Waits until the terminal shows what is typed, or doesn't.
    #[track_caller]
    pub(crate) fn wait_for_echo(&self, wanted: bool) {
        let deadline = Instant::now() + PATIENCE;
        while self.echoes() != wanted {
            assert!(Instant::now() < deadline, "echo stays {}", !wanted);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many times this has been written, be it gone from the screen.
    pub(crate) fn written(&self, text: &str) -> usize {
        self.view.lock().written(text)
    }

    /// Waits until this has been written so many times.
    #[track_caller]
    pub(crate) fn wait_until_written(&self, text: &str, times: usize) {
        let waiting = |seen: &mut Seen| seen.written(text) < times && !seen.over;
        let (seen, _) = self
            .view
            .changed
            .wait_timeout_while(self.view.lock(), PATIENCE, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        let count = seen.written(text);
        assert!(
            count >= times,
            "{text:?} was written {count} times; on the screen:\n{}",
            seen.text()
        );
    }

    /// The text on the screen.
    pub(crate) fn screen(&self) -> String {
        self.view.lock().text()
    }

    /// The screen with its colors.
    pub(crate) fn looks(&self) -> vt100::Screen {
        self.view.lock().screen.screen().clone()
    }

    pub(crate) fn shows_cursor(&self) -> bool {
        !self.view.lock().screen.screen().hide_cursor()
    }

    /// Whether the terminal shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        let modes = self.master.get_termios().unwrap().local_flags.bits();
        modes & LocalModes::ECHO.bits() != 0
    }

    /// All that ever came out, escape sequences too.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.view.lock().raw.clone()
    }

    /// Waits for the end and gives the exit code.
    #[track_caller]
    pub(crate) fn finish(&mut self) -> i32 {
        let Ok(code) = self.code.recv_timeout(PATIENCE) else {
            panic!("no end in time; on the screen:\n{}", self.screen());
        };
        let ended = self
            .view
            .changed
            .wait_timeout_while(self.view.lock(), PATIENCE, |seen| !seen.over);
        drop(ended);
        code.try_into().unwrap()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).unwrap();
        self.keyboard.flush().unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended already in most tests.
        let _ = self.killer.kill();
        let seen = self.view.lock();
        let leaks = leaks::in_print(&seen.raw, self.typed.as_deref());
        if !thread::panicking() {
            assert!(leaks.is_empty(), "showed {leaks:?}:\n{}", seen.text());
        }
    }
}

impl View {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what the process writes, up to its end.
    fn follow(&self, mut reader: impl Read) {
        let mut buffer = [0; 4096];
        loop {
            // On Linux a read fails once no process has the terminal open.
            let count = reader.read(&mut buffer).unwrap_or_default();
            let mut seen = self.lock();
            seen.raw.extend(&buffer[..count]);
            seen.screen.process(&buffer[..count]);
            seen.over = count == 0;
            self.changed.notify_all();
            if seen.over {
                return;
            }
        }
    }
}

impl Seen {
    fn written(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.raw).matches(text).count()
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

#[test]
#[should_panic(expected = "showed [\"typed-too-openly\"]")]
fn shown_secret_fails_the_test() {
    super::is_secret("typed-too-openly");
    let home = super::Home::new();
    let mut terminal = home.nxp(["login"]).in_terminal(24, 80);
    terminal.wait_for("Space");
    terminal.type_text("typed-too-openly");
    terminal.wait_for("typed-too-openly");
    terminal.press(Key::CtrlC);
    assert_eq!(terminal.finish(), 130);
}
