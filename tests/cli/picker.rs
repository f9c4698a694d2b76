//! `nxp profiles switch` without a profile: the picker.

use rustix::process::Signal;

use crate::people::{ANAS_OWN, CERAMICS};
use crate::support::{Home, Key, LIST, Portal, Terminal};

fn picker(home: &Home, portal: &Portal) -> Terminal {
    let switch = home.nxp(["profiles", "switch"]).at(portal);
    let terminal = switch.env("NO_COLOR", "1").in_terminal(24, 100);
    terminal.wait_until("the whole list", |screen| {
        screen.contains("Northlight Audio")
    });
    terminal
}

#[test]
fn without_a_terminal_there_is_no_picker() {
    let (home, portal) = (Home::new(), Portal::untouched());
    insta::assert_snapshot!(home.nxp(["profiles", "switch"]).at(&portal).run());
    let switch = home.nxp(["profiles", "switch", "--no-input"]).at(&portal);
    assert_eq!(switch.in_terminal(24, 80).finish(), 2);
}

#[test]
fn it_shows_the_active_profiles_with_the_current_one_chosen() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut terminal = picker(&home, &portal);
    let screen = terminal.screen();
    assert!(!screen.contains("Slow Type Press"), "{screen}");
    insta::assert_snapshot!(screen);
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), ANAS_OWN);
    // While the picker was open, the profile may have changed.
    assert_eq!(portal.calls(), [LIST, LIST]);
}

#[test]
fn enter_switches_to_the_profile_under_the_arrow() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut terminal = picker(&home, &portal);
    terminal.press(Key::Down);
    terminal.press(Key::Enter);
    terminal.wait_for("Switched");
    assert_eq!(terminal.finish(), 0);
    assert!(terminal.shows_cursor());
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn a_signal_gives_the_terminal_back_too() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut terminal = picker(&home, &portal);
    terminal.signal(Signal::TERM);
    assert_ne!(terminal.finish(), 0);
    assert!(terminal.shows_cursor());
    assert!(terminal.echoes());
    assert!(!terminal.screen().contains("Northlight Audio"));
    assert_eq!(portal.calls(), [LIST]);
}

#[test]
fn esc_and_ctrl_c_change_nothing_and_give_the_terminal_back() {
    let (home, portal) = (Home::new(), Portal::start());
    for (count, key) in [Key::Escape, Key::CtrlC].into_iter().enumerate() {
        let mut terminal = picker(&home, &portal);
        terminal.press(Key::Down);
        terminal.press(key);
        assert_eq!(terminal.finish(), 130);
        assert!(terminal.shows_cursor());
        assert!(terminal.echoes());
        assert!(
            terminal.screen().contains("Cancelled."),
            "{}",
            terminal.screen()
        );
        assert_eq!(portal.calls(), vec![LIST; count + 1]);
    }
}
