//! What nxp says besides the answer, and what it keeps to itself.

use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::{Mutex, mpsc};
use std::thread;

use nxp::sandbox::Profile;
use rustix::process::Signal;

use crate::people::CERAMICS;
use crate::support::BuildProfile as _;
use crate::support::{Call, Home, Key, PATIENCE, Portal, serving, wait_until};

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
fn a_message_takes_the_spinners_line() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("switch:answer-after=5000");
    let words = ["profiles", "switch", "14190688"];
    let mut terminal = home.nxp(words).at(&portal).in_terminal(10, 100);
    terminal.wait_for("Waiting for 127.0.0.1");
    terminal.signal(Signal::INT);
    terminal.wait_until("the note in a line of its own", |screen| {
        let mut lines = screen.lines();
        lines.any(|line| line.starts_with("Interrupted; verifying the switch."))
    });
    terminal.finish();
    assert!(
        !terminal.screen().contains("Waiting"),
        "{}",
        terminal.screen()
    );
}

/// A portal with a list that fills every buffer on its way.
fn long_list() -> Portal {
    let profiles = (1..=3_000).map(|id| Profile::company(id, "Ana Duarte", "Harbour Works", 0));
    Portal::with_profiles(1, profiles.collect())
}

/// The call with this as its standard output and standard error.
fn started_with_output(call: &Call, output: &UnixStream) -> std::process::Child {
    let end = || Stdio::from(OwnedFd::from(output.try_clone().unwrap()));
    let mut command = call.command();
    command.stdin(Stdio::null()).stdout(end()).stderr(end());
    command.spawn().unwrap()
}

#[test]
fn output_that_would_block_is_waited_for() {
    let (home, portal) = (Home::new(), long_list());
    let list = home.nxp(["profiles", "list", "-o", "json"]).at(&portal);
    let expected = list.run().answer();
    for words in [
        &["profiles", "list", "-o", "json"][..],
        &["api", "/api/public/coworkers/profiles"],
    ] {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let mut child = started_with_output(&home.nxp(words).at(&portal), &theirs);
        wait_until("output that nothing reads", || {
            rustix::io::ioctl_fionread(&ours).unwrap() > 0
        });
        drop(theirs);
        let mut given = String::new();
        ours.read_to_string(&mut given).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{words:?}");
        assert!(
            given.len() >= expected.len(),
            "{words:?}: {} bytes",
            given.len()
        );
    }
}

#[test]
fn input_that_would_block_is_waited_for() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let words = ["login", "--token-stdin", "--space", portal.address()];
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    ours.write_all(b" ").unwrap();
    let mut command = home.nxp(words).command();
    let mut child = command
        .stdin(Stdio::from(OwnedFd::from(theirs.try_clone().unwrap())))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the first part is read", || {
        rustix::io::ioctl_fionread(&theirs).unwrap() == 0
    });
    ours.write_all(b"no token at all").unwrap();
    drop(ours);
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(
        said.starts_with("error: invalid access token in standard input"),
        "{said}"
    );
}

#[test]
fn a_terminal_of_unknown_kind_gets_no_color_and_keeps_its_lines() {
    for term in ["", "dumb"] {
        let (home, portal) = (Home::new(), Portal::start());
        let words = ["profiles", "switch", "14190688"];
        let call = home.nxp(words).at(&portal).env("TERM", term);
        let mut terminal = call.in_terminal(24, 90);
        assert_eq!(terminal.finish(), 0);
        let raw = String::from_utf8(terminal.raw()).unwrap();
        assert!(!raw.contains('\u{1b}'), "TERM={term}: {raw:?}");
        assert!(raw.contains("Undo:"), "TERM={term}: {raw}");
        assert!(
            raw.lines()
                .all(|line| console::measure_text_width(line) <= 90),
            "TERM={term}: {raw}"
        );
    }
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
