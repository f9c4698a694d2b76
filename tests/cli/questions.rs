//! Questions at a terminal: `nxp login` asks most of them.

use rustix::process::Signal;

use crate::people::{ANA, TWO_FACTOR};
use crate::support::{Home, Key, Keyring, PASSWORD, Portal, Terminal};

const ENDING: [(Signal, i32); 7] = [
    (Signal::HUP, 129),
    (Signal::INT, 130),
    (Signal::QUIT, 131),
    (Signal::USR1, 138),
    (Signal::USR2, 140),
    (Signal::ALARM, 142),
    (Signal::TERM, 143),
];

fn login(home: &Home, portal: &Portal, email: &str) -> Terminal {
    let words = ["login", "--space", portal.address(), "--email", email];
    let terminal = home.nxp(words).env("NO_COLOR", "1").in_terminal(24, 100);
    terminal.wait_until("the question for the password", |screen| {
        screen.starts_with("Password") && screen.trim_end().ends_with(':')
    });
    terminal
}

#[track_caller]
fn assert_cancelled(terminal: &mut Terminal) {
    assert_eq!(terminal.finish(), 130);
    let screen = terminal.screen();
    assert!(screen.ends_with("\nCancelled."), "{screen}");
    assert!(terminal.echoes(), "what is typed next would not be seen");
}

#[test]
fn esc_ctrl_c_and_ctrl_d_cancel_at_any_question() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    for key in [Key::Escape, Key::CtrlC, Key::CtrlD] {
        let mut terminal = home
            .nxp(["login"])
            .env("NO_COLOR", "1")
            .in_terminal(24, 100);
        terminal.wait_for("Space (such as acme): ");
        terminal.type_text("acm");
        terminal.press(key);
        assert_cancelled(&mut terminal);

        let words = ["login", "--space", portal.address()];
        let mut terminal = home.nxp(words).env("NO_COLOR", "1").in_terminal(24, 100);
        terminal.wait_for("Email: ");
        terminal.press(key);
        assert_cancelled(&mut terminal);

        let mut terminal = login(&home, &portal, ANA);
        terminal.type_text("half");
        terminal.press(key);
        assert_cancelled(&mut terminal);

        let mut terminal = login(&home, &portal, TWO_FACTOR);
        terminal.type_text(PASSWORD);
        terminal.press(Key::Enter);
        terminal.wait_for("One-time code: ");
        terminal.press(key);
        assert_cancelled(&mut terminal);
    }
}

#[test]
fn unknown_keys_are_no_part_of_an_answer() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut terminal = login(&home, &portal, ANA);
    let (first, rest) = PASSWORD.split_at(3);
    terminal.type_text(first);
    for key in [Key::F1, Key::CtrlLeft, Key::PageUp] {
        terminal.press(key);
    }
    terminal.type_text("wrong");
    terminal.type_text("\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}");
    terminal.type_text(rest);
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
}

#[test]
fn answers_typed_ahead() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut terminal = home
        .nxp(["login"])
        .env("NO_COLOR", "1")
        .in_terminal(24, 100);
    terminal.wait_for("Space (such as acme): ");
    terminal.type_text(&format!("{}\r{ANA}\r{PASSWORD}\r", portal.address()));
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
    let screen = terminal.screen();
    let expected = format!(
        "Space (such as acme): {}\nEmail: {ANA}\nPassword",
        portal.address()
    );
    assert!(screen.starts_with(&expected), "{screen}");
}

#[test]
fn a_password_typed_key_by_key_is_never_shown() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut terminal = login(&home, &portal, ANA);
    let before = terminal.screen();
    for char in PASSWORD.chars() {
        terminal.type_text(&char.to_string());
        assert!(!terminal.echoes());
        assert_eq!(terminal.screen(), before);
    }
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
}

#[test]
fn an_answer_can_be_edited() {
    let home = Home::new();
    let mut terminal = home
        .nxp(["login"])
        .env("NO_COLOR", "1")
        .in_terminal(24, 100);
    let shows = |terminal: &Terminal, answer: &str| {
        let line = format!("Space (such as acme): {answer}");
        terminal.wait_until(&line, |screen| screen.trim_end() == line.trim_end());
    };
    terminal.wait_for("Space");
    terminal.type_text("one two");
    shows(&terminal, "one two");
    terminal.type_text("\u{17}");
    shows(&terminal, "one");
    // Keys that move the cursor do nothing.
    terminal.press(Key::Home);
    terminal.type_text("\u{1b}[D\u{1b}[3~x");
    shows(&terminal, "one x");
    terminal.type_text("\u{15}");
    shows(&terminal, "");
    terminal.press(Key::Enter);
    terminal.type_text("東京\u{7f}");
    shows(&terminal, "東");
    terminal.press(Key::Escape);
    assert_cancelled(&mut terminal);
}

#[test]
fn a_terminal_that_cannot_redraw_gets_plain_lines() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let call = home.nxp(["login"]).env("TERM", "dumb");
    let mut terminal = call.in_terminal(24, 100);
    terminal.wait_for("Space (such as acme): ");
    terminal.type_text(&format!("{}xy\u{7f}\u{7f}\r{ANA}\r", portal.address()));
    terminal.wait_for("Password");
    terminal.type_text(&format!("{PASSWORD}\r"));
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
    let screen = terminal.screen();
    assert!(screen.contains(&format!("Email: {ANA}\n")), "{screen}");
    assert!(!terminal.raw().contains(&0x1b), "{screen}");
}

#[test]
fn a_signal_restores_the_terminal_before_it_ends_the_process() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    for (signal, code) in ENDING {
        let mut terminal = login(&home, &portal, ANA);
        assert!(!terminal.echoes());
        terminal.signal(signal);
        assert_eq!(terminal.finish(), code, "{signal:?}");
        assert!(terminal.echoes(), "{signal:?}");

        let switch = home.nxp(["profiles", "switch"]).at(&portal);
        let mut terminal = switch.env("NO_COLOR", "1").in_terminal(24, 100);
        terminal.wait_for("Esc cancel");
        terminal.signal(signal);
        assert_eq!(terminal.finish(), code, "{signal:?}");
        assert!(terminal.echoes(), "{signal:?}");
        assert_eq!(
            terminal.screen().trim(),
            "error: cancelled; nothing was changed"
        );
    }
}
