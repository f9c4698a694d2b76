//! The picker in terminals and on lists of every kind.

use nxp::sandbox::{Profile, User};

use crate::support::{Home, Key, Portal, Terminal, people};

fn portal(current: u64, profiles: Vec<Profile>) -> Portal {
    let mut model = people();
    model.users[0] = User {
        current: Some(current),
        profiles,
        ..model.users[0].clone()
    };
    Portal::with_model(model)
}

fn switch(home: &Home, portal: &Portal, rows: u16, columns: u16) -> Terminal {
    home.nxp(["profiles", "switch"])
        .at(portal)
        .env("NO_COLOR", "1")
        .in_terminal(rows, columns)
}

fn many(count: u64) -> Vec<Profile> {
    (1..=count)
        .map(|id| Profile::company(id, "Ana Duarte", &format!("Company {id}"), 0))
        .collect()
}

#[test]
fn one_active_profile_needs_no_picking() {
    let (home, portal) = (
        Home::new(),
        portal(
            1,
            vec![
                Profile::individual(1, "Ana", 0),
                Profile::individual(2, "Bo", 0).suspended(),
            ],
        ),
    );
    let mut terminal = switch(&home, &portal, 10, 80);
    assert_eq!(terminal.finish(), 0);
    let screen = terminal.screen();
    assert!(
        screen.contains("Ana #1 is your only active profile.\nAlready on Ana #1."),
        "{screen}"
    );
    assert!(!portal.calls().iter().any(|call| call.starts_with("PUT")));
}

#[test]
fn the_only_active_profile_is_switched_to_where_it_is_not_current() {
    let (home, portal) = (
        Home::new(),
        portal(
            2,
            vec![
                Profile::individual(1, "Ana", 0),
                Profile::individual(2, "Bo", 0).suspended(),
            ],
        ),
    );
    assert_eq!(switch(&home, &portal, 10, 80).finish(), 0);
    assert_eq!(portal.current(), 1);
}

#[test]
fn no_active_profile_leaves_nothing_to_pick() {
    let (home, portal) = (
        Home::new(),
        portal(1, vec![Profile::individual(1, "Ana", 0).suspended()]),
    );
    let mut terminal = switch(&home, &portal, 10, 80);
    assert_eq!(terminal.finish(), 3);
    assert!(
        terminal
            .screen()
            .starts_with("error: none of your profiles is active\nhint: ")
    );
}

#[test]
fn the_current_profile_comes_first_marked_and_preselected() {
    let (home, portal) = (Home::new(), portal(3, many(5)));
    let mut terminal = switch(&home, &portal, 10, 80);
    terminal.wait_for("#5");
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines[1], "> * Ana Duarte — Company 3  company  #3");
    assert_eq!(lines[2], "    Ana Duarte — Company 1  company  #1");
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert!(
        terminal
            .screen()
            .starts_with("Already on Ana Duarte — Company 3 #3."),
        "{}",
        terminal.screen()
    );
}

#[test]
fn twins_are_told_apart_by_their_ids() {
    let twins = vec![
        Profile::individual(1, "Ana", 0),
        Profile::individual(2, "Ana", 0),
        Profile::individual(3, "Ana", 0),
    ];
    let (home, portal) = (Home::new(), portal(1, twins));
    let mut terminal = switch(&home, &portal, 10, 80);
    terminal.wait_for("#3");
    terminal.press(Key::Down);
    terminal.press(Key::Down);
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 3);
}

#[test]
fn it_fits_forty_columns_and_ten_rows_and_leaves_the_lines_above_alone() {
    let names = [
        "Ana Duarte de Albuquerque e Vasconcelos",
        "株式会社サンプル東京支店営業部",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 Family Office Ltd",
    ];
    let profiles = (1..=30)
        .map(|id| {
            Profile::company(
                id,
                names[id as usize % 3],
                &format!("Gesellschaft für Dinge Nr. {id}"),
                0,
            )
        })
        .collect();
    let (home, portal) = (Home::new(), portal(1, profiles));
    let shell = home
        .program("sh", ["-c", "echo before; nxp profiles switch"])
        .unwrap();
    let mut terminal = shell.at(&portal).env("NO_COLOR", "1").in_terminal(10, 40);
    terminal.wait_for("#1");
    for _ in 0..12 {
        terminal.press(Key::Down);
    }
    terminal.wait_for("#13");
    let screen = terminal.screen();
    assert!(
        screen.lines().all(|line| line.chars().count() <= 40),
        "{screen}"
    );
    let picked: Vec<&str> = screen
        .lines()
        .filter(|line| line.starts_with('>'))
        .collect();
    assert_eq!(picked.len(), 1, "{screen}");
    assert!(picked[0].ends_with("#13"), "{screen}");
    terminal.type_text("\u{1b}");
    assert_eq!(terminal.finish(), 130);
    assert!(terminal.shows_cursor());
}

#[test]
fn short_lists_leave_the_lines_above_alone_whatever_their_letters() {
    let profiles = vec![
        Profile::company(1, "株式会社サンプル東京支店営業部第三課", "東京", 0),
        Profile::company(2, "株式会社サンプル東京支店営業部第四課", "大阪", 0),
    ];
    let (home, portal) = (Home::new(), portal(1, profiles));
    let shell = home
        .program("sh", ["-c", "echo one; echo two; nxp profiles switch"])
        .unwrap();
    let mut terminal = shell.at(&portal).env("NO_COLOR", "1").in_terminal(10, 60);
    terminal.wait_for("#2");
    for key in [Key::Down, Key::Up, Key::Down] {
        terminal.press(key);
    }
    terminal.type_text("#2");
    terminal.wait_until("one line left", |screen| !screen.contains("#1"));
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
    assert!(
        terminal
            .screen()
            .starts_with("one\ntwo\nerror: cancelled; nothing was changed"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn wide_letters_line_up() {
    let profiles = vec![
        Profile::company(1, "株式会社", "東京", 0),
        Profile::company(2, "Ana", "Harbour", 0),
        Profile::individual(3, "👩\u{200d}👩\u{200d}👧\u{200d}👦 Emoji", 0),
    ];
    let (home, portal) = (Home::new(), portal(1, profiles));
    let mut terminal = switch(&home, &portal, 10, 60);
    terminal.wait_for("#3");
    let column = |line: &str, mark: char| {
        unicode_width::UnicodeWidthStr::width(line.split(mark).next().unwrap())
    };
    let screen = terminal.screen();
    let ends: Vec<usize> = screen
        .lines()
        .filter(|line| line.contains('#'))
        .map(|line| column(line, '#'))
        .collect();
    assert_eq!(ends.len(), 3, "{screen}");
    assert!(
        ends.iter().all(|end| *end == ends[0]),
        "{ends:?} in:\n{screen}"
    );
    terminal.press(Key::CtrlC);
    assert_eq!(terminal.finish(), 130);
}

#[test]
fn typing_filters_and_a_filter_that_nothing_passes_switches_nothing() {
    let (home, portal) = (Home::new(), portal(1, many(12)));
    let mut terminal = switch(&home, &portal, 20, 80);
    terminal.wait_for("#12");
    terminal.type_text("zzz");
    terminal.wait_until("an empty list", |screen| !screen.contains('#'));
    terminal.press(Key::Enter);
    terminal.type_text("\u{7f}\u{7f}\u{7f}#11");
    terminal.wait_until("one profile left", |screen| {
        screen.matches("Company").count() == 1
    });
    assert_eq!(portal.calls().len(), 1);
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 11);
}

#[test]
fn leaving_sends_nothing_and_says_so_in_the_format_that_was_asked_for() {
    for (key, arguments, expected) in [
        (
            Key::Escape,
            &["profiles", "switch"][..],
            "error: cancelled; nothing was changed",
        ),
        (
            Key::CtrlC,
            &["profiles", "switch"],
            "error: cancelled; nothing was changed",
        ),
        (
            Key::CtrlC,
            &["profiles", "switch", "-o", "json"],
            "{\"error\":{\"code\":\"cancelled\",\"exit_code\":130,\"message\":\"cancelled; nothing was changed\",\"hint\":null}}",
        ),
    ] {
        let (home, portal) = (Home::new(), portal(1, many(3)));
        let mut terminal = home
            .nxp(arguments)
            .at(&portal)
            .env("NO_COLOR", "1")
            .in_terminal(10, 150);
        terminal.wait_for("#3");
        terminal.press(key);
        assert_eq!(terminal.finish(), 130);
        assert_eq!(terminal.screen().trim(), expected);
        assert!(terminal.shows_cursor());
        assert_eq!(portal.calls(), ["GET /api/public/coworkers/profiles"]);
    }
}

#[test]
fn a_picker_that_was_open_long_does_not_hide_what_was_seen_since() {
    let home = Home::new();
    let practise = |words: &[&str]| home.nxp([&["--sandbox", "profiles"], words].concat());
    let mut terminal = practise(&["switch"]).in_terminal(20, 80);
    terminal.wait_for("Northlight Audio");
    practise(&["switch", "14190688"]).run().code(0);
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
    let seen = practise(&["current", "--cached", "-o", "id"]).run();
    assert_eq!(seen.answer(), "14190688\n");
}
