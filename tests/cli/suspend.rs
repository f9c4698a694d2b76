//! Prompts that are stopped and go on, under shells with job control.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use crate::people::{ANA, CERAMICS};
use crate::support::{Call, Home, Key, Keyring, PASSWORD, Portal, Terminal};

const PROMPT: &str = "READY> ";

/// bash sets the terminal's modes itself around each job; sh, where it is dash, leaves them alone.
const SHELLS: [(&str, &[&str]); 2] = [
    ("bash", &["--norc", "--noprofile", "-i"]),
    ("sh", &["-i", "-m"]),
];

/// A shell at work on a command line.
fn shell(call: Call, command: &str) -> Terminal {
    let mut terminal = call
        .env("PS1", PROMPT)
        .env("NO_COLOR", "1")
        .in_terminal(24, 100);
    terminal.wait_for(PROMPT.trim_end());
    terminal.type_text(&format!("{command}\r"));
    terminal
}

fn shells(home: &Home) -> impl Iterator<Item = Call> {
    SHELLS.into_iter().filter_map(|(name, words)| match *words {
        [one, two] => home.program(name, [one, two]),
        [one, two, three] => home.program(name, [one, two, three]),
        _ => None,
    })
}

/// Waits until the shell has seen its job stop and reads on.
fn wait_for_stop(terminal: &Terminal) {
    terminal.wait_until("a prompt after the stop", |screen| {
        screen
            .rsplit_once("Stopped")
            .is_some_and(|(_, after)| after.trim_end().ends_with(PROMPT.trim_end()))
    });
}

/// Whether programs that the shell starts find a terminal that shows what is typed.
fn assert_restored(terminal: &mut Terminal) {
    terminal.type_text("stty -a; echo d''one\r");
    terminal.wait_for("done");
    let screen = terminal.screen();
    for mode in [" echo ", " icanon ", "isig "] {
        assert!(screen.contains(mode), "no {mode:?}:\n{screen}");
    }
    terminal.type_text("clear\r");
    terminal.wait_until("an empty screen", |screen| !screen.contains("done"));
}

#[test]
fn a_password_stays_hidden_after_ctrl_z_and_fg() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let (first, rest) = PASSWORD.split_at(PASSWORD.len() / 2);
    for call in shells(&home) {
        let login = format!("nxp login --space {} --email {ANA}", portal.address());
        let mut terminal = shell(call, &login);
        terminal.wait_for("Password");
        terminal.type_text(first);
        terminal.press(Key::CtrlZ);
        wait_for_stop(&terminal);
        assert_restored(&mut terminal);
        terminal.type_text("fg\r");
        terminal.wait_for("Password");
        terminal.wait_for_echo(false);
        terminal.type_text(rest);
        terminal.press(Key::Enter);
        terminal.wait_for("Signed in");
        let shown = String::from_utf8(terminal.raw()).unwrap();
        assert!(!shown.contains(first) && !shown.contains(rest), "{shown}");
        assert_restored(&mut terminal);
        terminal.type_text("exit\r");
        terminal.finish();
    }
}

#[test]
fn a_question_keeps_its_answer_over_ctrl_z_and_fg() {
    let home = Home::new();
    for call in shells(&home) {
        let mut terminal = shell(call, "nxp login; echo code $?");
        terminal.wait_for("Space (such as acme):");
        terminal.type_text("acm");
        terminal.wait_for("acme): acm");
        terminal.press(Key::CtrlZ);
        wait_for_stop(&terminal);
        assert!(!terminal.screen().contains("acme): acm"));
        terminal.type_text("fg\r");
        terminal.wait_for("Space (such as acme): acm");
        terminal.press(Key::Escape);
        terminal.wait_for("Cancelled.");
        assert_restored(&mut terminal);
        terminal.type_text("exit\r");
        terminal.finish();
    }
}

#[test]
fn picker_survives_a_stop() {
    for index in 0..SHELLS.len() {
        let (home, portal) = (Home::new(), Portal::start());
        let Some(call) = shells(&home).nth(index) else {
            continue;
        };
        let mut terminal = shell(call.at(&portal).env("NO_COLOR", "1"), "nxp profiles switch");
        terminal.wait_for("Northlight Audio");
        terminal.type_text("ceram");
        terminal.wait_for("1/5");
        terminal.press(Key::CtrlZ);
        wait_for_stop(&terminal);
        assert!(!terminal.screen().contains("Ceramics"));
        assert_restored(&mut terminal);
        terminal.type_text("fg\r");
        terminal.wait_for("Switch to: ceram");
        terminal.wait_for(">   Ana Duarte — Duarte Ceramics");
        terminal.press(Key::Enter);
        terminal.wait_for("Switched");
        assert_eq!(portal.current(), CERAMICS);
        assert_restored(&mut terminal);
        terminal.type_text("exit\r");
        terminal.finish();
    }
}

#[test]
fn a_password_stays_hidden_after_a_stop_from_outside() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    for call in shells(&home) {
        let file = home.path().join("pid");
        let login = format!(
            "sh -c 'echo $$ > {}; exec nxp login --space {} --email {ANA}'",
            file.display(),
            portal.address()
        );
        let mut terminal = shell(call, &login);
        terminal.wait_for("Password");
        let pid = fs::read_to_string(&file).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        terminal.wait_for("Stopped");
        let drawn = terminal.written("Password");
        terminal.type_text("\nfg\n");
        terminal.wait_until_written("Password", drawn + 1);
        terminal.wait_for_echo(false);
        terminal.type_text(PASSWORD);
        terminal.press(Key::Enter);
        terminal.wait_for("Signed in");
        let shown = String::from_utf8(terminal.raw()).unwrap();
        assert!(!shown.contains(PASSWORD), "{shown}");
        terminal.type_text("exit\n");
        terminal.finish();
    }
}

#[test]
fn the_picker_redraws_itself_when_it_goes_on() {
    let (home, portal) = (Home::new(), Portal::start());
    let switch = home.nxp(["profiles", "switch"]).at(&portal);
    let mut terminal = switch.env("NO_COLOR", "1").in_terminal(24, 100);
    terminal.wait_for("Esc cancel");
    let picker = terminal.screen();
    let before = terminal.written("Northlight Audio");
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.wait_until_written("Northlight Audio", before + 1);
    terminal.press(Key::Down);
    terminal.wait_until("one picker, in the same place", |screen| {
        screen.contains(">   Ana Duarte — Duarte Ceramics")
            && screen.lines().count() == picker.lines().count()
            && screen.lines().last() == picker.lines().last()
    });
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn ctrl_z_without_a_shell_to_go_back_to_stops_nothing() {
    let home = Home::new();
    let mut terminal = home
        .nxp(["login"])
        .env("NO_COLOR", "1")
        .in_terminal(24, 100);
    terminal.wait_for("Space");
    terminal.type_text("ac");
    terminal.press(Key::CtrlZ);
    terminal.type_text("me");
    terminal.wait_for("Space (such as acme): acme");
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
    assert!(terminal.echoes());
}

#[test]
fn a_prompt_started_in_the_background_waits_for_fg() {
    let home = Home::new();
    for call in shells(&home) {
        let mut terminal = shell(call, "nxp login &");
        loop {
            terminal.type_text("jobs; echo ask''ed\r");
            terminal.wait_for("asked");
            let stopped = terminal.screen().contains("Stopped");
            terminal.type_text("clear\r");
            terminal.wait_until("an empty screen", |screen| !screen.contains("asked"));
            if stopped {
                break;
            }
        }
        terminal.type_text("fg\r");
        terminal.wait_for("Space (such as acme):");
        terminal.press(Key::Escape);
        terminal.wait_for("Cancelled.");
        assert_restored(&mut terminal);
        terminal.type_text("exit\r");
        terminal.finish();
    }
}
