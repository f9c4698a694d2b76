//! What nxp says besides the answer, and what it keeps to itself.

use std::io::Read as _;
use std::process::Stdio;
use std::sync::{Mutex, mpsc};
use std::thread;

use crate::people::CERAMICS;
use crate::support::{Home, Key, PATIENCE, Portal, serving};

#[test]
fn quiet_says_only_what_went_wrong() {
    let (home, portal) = (Home::new(), Portal::start());
    let switched = home
        .nxp(["-q", "profiles", "switch", "14190688", "-o", "id"])
        .at(&portal)
        .run()
        .code(0);
    assert_eq!(switched.stderr, "");
    let refused = home
        .nxp(["-q", "profiles", "switch", "7"])
        .at(&portal)
        .run()
        .code(3);
    assert!(refused.stderr.starts_with("error: "), "{refused:?}");
}

#[test]
fn closed_stdout_is_no_failure() {
    for format in ["table", "json", "tsv", "csv", "id"] {
        let (home, portal) = (Home::new(), Portal::start());
        let mut command = home
            .nxp(["profiles", "list", "-o", format])
            .at(&portal)
            .command();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), said.as_str()),
            (Some(0), ""),
            "{format}"
        );
    }
}

/// A portal that reports a request, and answers when it is told to.
fn slow_portal() -> (String, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (ask, asked) = mpsc::channel();
    let (answer, told) = mpsc::channel();
    let told = Mutex::new(told);
    let address = serving(move |_| {
        let _ = ask.send(());
        // The test is over once the sender is gone.
        let _ = told.lock().unwrap().recv();
        let body =
            r#"{"User":{"Id":1},"Profiles":[{"Id":7,"Active":true,"IsDefaultProfile":true}]}"#;
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    });
    (format!("http://{address}"), asked, answer)
}

#[test]
fn spinner_turns_and_disappears() {
    let home = Home::new();
    let (address, _, answer) = slow_portal();
    let list = home
        .nxp(["profiles", "list", "-o", "id"])
        .env("NXP_TOKEN", "t")
        .env("NXP_SPACE", &address);
    let mut terminal = list.in_terminal(10, 60);
    terminal.wait_for("Waiting for 127.0.0.1");
    answer.send(()).unwrap();
    assert_eq!(terminal.finish(), 0);
    assert_eq!(terminal.screen().trim(), "7");
    assert!(terminal.shows_cursor());
}

#[test]
fn no_spinner_when_quiet_or_on_a_dumb_terminal() {
    for (arguments, term) in [
        (&["-q", "profiles", "list"][..], "xterm"),
        (&["profiles", "list"], "dumb"),
    ] {
        let home = Home::new();
        let (address, asked, answer) = slow_portal();
        let call = home
            .nxp(arguments)
            .env("NXP_TOKEN", "t")
            .env("NXP_SPACE", &address)
            .env("TERM", term);
        let mut terminal = call.in_terminal(10, 60);
        asked.recv_timeout(PATIENCE).unwrap();
        // No condition shows that a spinner stays away: wait for longer than it would take to appear.
        thread::sleep(std::time::Duration::from_millis(500));
        answer.send(()).unwrap();
        assert_eq!(terminal.finish(), 0);
        assert_eq!(terminal.written("Waiting"), 0, "{arguments:?} {term}");
    }
}

#[test]
fn the_picker_draws_on_standard_error_alone() {
    let (home, portal) = (Home::new(), Portal::start());
    let answer = home.path().join("answer");
    let script = format!("nxp profiles switch -o id > {}", answer.display());
    let shell = home.program("sh", ["-c", &script]).unwrap();
    let mut terminal = shell.at(&portal).in_terminal(24, 80);
    terminal.wait_for("Duarte Ceramics");
    terminal.type_text("ceram");
    terminal.wait_until("one line left", |screen| !screen.contains("Tidewater"));
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(std::fs::read_to_string(answer).unwrap(), "14190688\n");
    assert_eq!(portal.current(), CERAMICS);
}
