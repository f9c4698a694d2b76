//! At a terminal, with job control.

use rustix::process::Signal;

use super::signals::counting;
use crate::people::{ANAS_OWN, CERAMICS};
use crate::support::{Home, Key, Portal, Terminal, begun, exec, wait_until};

#[test]
fn the_terminal_is_the_commands() {
    let (home, portal) = (Home::new(), Portal::start());
    let script =
        "test -t 0 && test -t 1 && test -t 2 && echo all of it; read line; echo \"$line!\"";
    let mut terminal = exec(&home, &portal, CERAMICS, script).in_terminal(24, 80);
    terminal.wait_for("all of it");
    terminal.type_text("typed\r");
    terminal.wait_for("typed!");
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn typed_signal_reaches_the_command_once() {
    let (home, portal) = (Home::new(), Portal::start());
    for (signal, key) in [(Signal::INT, "\x03"), (Signal::QUIT, "\x1c")] {
        let mut terminal = exec(&home, &portal, CERAMICS, &counting(signal)).in_terminal(24, 80);
        terminal.wait_for("begun");
        for count in 1..=2 {
            terminal.type_text(key);
            terminal.wait_for(&format!("got {count}"));
            assert_eq!(portal.current(), CERAMICS);
        }
        terminal.type_text("\r");
        terminal.wait_for("2 in all");
        assert_eq!(terminal.finish(), 3);
        assert_eq!(portal.current(), ANAS_OWN);
    }
}

#[test]
fn the_end_of_the_terminal_ends_the_command_and_switches_back() {
    let (home, portal) = (Home::new(), Portal::start());
    let script = "echo be''gun; while test -d $HOME; do sleep 0.01; done";
    let Some(terminal) = in_shell(&home, &portal, script) else {
        return;
    };
    terminal.wait_for("\nbegun");
    terminal.signal(Signal::KILL);
    wait_until("the way back", || portal.current() == ANAS_OWN);
}

#[test]
fn a_pager_after_it_keeps_the_terminal() {
    let (home, portal) = (Home::new(), Portal::start());
    let Some(shell) = home.program("bash", ["--norc", "--noprofile", "-i"]) else {
        return;
    };
    if home.program("less", []).is_none() {
        return;
    }
    let mut terminal = shell.at(&portal).env("PS1", "READY> ").in_terminal(24, 100);
    terminal.wait_for("READY>");
    terminal.type_text("nxp profiles exec 14190688 -- printf 'a page\\n%.0s' {1..40} | less\r");
    terminal.wait_until("the page", |screen| screen.matches("a page\n").count() > 15);
    terminal.type_text("q");
    terminal.wait_until("the shell", |screen| !screen.contains("a page\n"));
    terminal.type_text("exit\r");
    terminal.finish();
    wait_until("the way back", || portal.current() == ANAS_OWN);
}

#[test]
fn ctrl_c_ends_a_command_that_lets_it() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut terminal = exec(&home, &portal, CERAMICS, "echo begun; read line").in_terminal(24, 80);
    terminal.wait_for("begun");
    terminal.press(Key::CtrlC);
    assert_eq!(terminal.finish(), 130);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn ctrl_c_in_line_leaves_it() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let mut terminal = exec(&home, &portal, CERAMICS, "echo ran").in_terminal(24, 80);
    terminal.wait_for("Waiting: an exec on");
    terminal.press(Key::CtrlC);
    assert_eq!(terminal.finish(), 130);
    assert!(terminal.screen().contains("cancelled; nothing was changed"));
    assert!(!terminal.screen().contains("ran"));
    first.finish();
}

/// A shell with job control runs the command `script` through nxp.
fn in_shell(home: &Home, portal: &Portal, script: &str) -> Option<Terminal> {
    let shell = home.program("bash", ["--norc", "--noprofile", "-i"])?;
    let call = shell.at(portal).env("PS1", "READY> ").env("SCRIPT", script);
    let mut terminal = call.in_terminal(24, 100);
    terminal.wait_for("READY>");
    terminal.type_text("nxp profiles exec 14190688 -- sh -c \"$SCRIPT\"\r");
    Some(terminal)
}

/// Once the shell has seen the command stop and reads on, has it go on with the command.
fn fg(terminal: &mut Terminal) {
    terminal.wait_until("a prompt after the stop", |screen| {
        screen
            .split_once("Stopped")
            .is_some_and(|(_, after)| after.contains("READY>"))
    });
    terminal.type_text("fg\r");
}

#[test]
fn ctrl_z_stops_both_and_fg_takes_both_up_again() {
    let (home, portal) = (Home::new(), Portal::start());
    let Some(mut terminal) = in_shell(&home, &portal, "echo be''gun; read line; echo \"$line!\"")
    else {
        return;
    };
    terminal.wait_for("\nbegun");
    terminal.type_text("\x1a");
    fg(&mut terminal);
    terminal.wait_until("the command again", |screen| {
        screen.matches("nxp profiles exec").count() >= 3
    });
    terminal.type_text("typed\r");
    terminal.wait_for("typed!");
    terminal.type_text("exit\r");
    terminal.finish();
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn stopped_command_gives_the_terminal_back() {
    let (home, portal) = (Home::new(), Portal::start());
    let Some(mut terminal) = in_shell(&home, &portal, "kill -STOP $$; echo on ''again") else {
        return;
    };
    fg(&mut terminal);
    terminal.wait_for("on again");
    terminal.type_text("exit\r");
    terminal.finish();
    assert_eq!(portal.current(), ANAS_OWN);
}
