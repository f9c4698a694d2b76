//! The picker in terminals and on lists of every kind.

use nxp::sandbox::Profile;

use crate::people::ANAS_OWN;
use crate::support::BuildProfile as _;
use crate::support::{Home, Key, LIST, Portal, Terminal};

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
        Portal::with_profiles(
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
        screen.starts_with("Ana #1 is your only active profile.")
            && screen.ends_with("Already on Ana #1."),
        "{screen}"
    );
    assert!(!portal.calls().iter().any(|call| call.starts_with("PUT")));
}

#[test]
fn only_active_profile_is_switched_to() {
    let (home, portal) = (
        Home::new(),
        Portal::with_profiles(
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
        Portal::with_profiles(1, vec![Profile::individual(1, "Ana", 0).suspended()]),
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
    let (home, portal) = (Home::new(), Portal::with_profiles(3, many(5)));
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
            .ends_with("Already on Ana Duarte — Company 3 #3."),
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
    let (home, portal) = (Home::new(), Portal::with_profiles(1, twins));
    let mut terminal = switch(&home, &portal, 10, 80);
    terminal.wait_for("#3");
    terminal.press(Key::Down);
    terminal.press(Key::Down);
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 3);
}

#[test]
fn fits_forty_columns_and_ten_rows() {
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
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
    let shell = home
        .program("sh", ["-c", "echo before; nxp profiles switch"])
        .unwrap();
    let mut terminal = shell.at(&portal).env("NO_COLOR", "1").in_terminal(10, 40);
    terminal.wait_for("#1");
    for _ in 0..12 {
        terminal.press(Key::Down);
    }
    wait_for_arrow_on(&terminal, "#13");
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
fn short_lists_keep_the_lines_above() {
    let profiles = vec![
        Profile::company(1, "株式会社サンプル東京支店営業部第三課", "東京", 0),
        Profile::company(2, "株式会社サンプル東京支店営業部第四課", "大阪", 0),
    ];
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
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
        terminal.screen().starts_with("one\ntwo\nCancelled."),
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
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
    let mut terminal = switch(&home, &portal, 10, 60);
    terminal.wait_for("#3");
    let column =
        |line: &str, mark: char| console::measure_text_width(line.split(mark).next().unwrap());
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
fn typing_filters() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(12)));
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
fn leaving_sends_nothing() {
    for (key, arguments, expected) in [
        (Key::Escape, &["profiles", "switch"][..], "Cancelled."),
        (Key::CtrlC, &["profiles", "switch"], "Cancelled."),
        (
            Key::CtrlC,
            &["profiles", "switch", "-o", "json"],
            "{\"error\":{\"code\":\"cancelled\",\"exit_code\":130,\"message\":\"cancelled; nothing was changed\",\"hint\":null}}",
        ),
    ] {
        let (home, portal) = (Home::new(), Portal::with_profiles(1, many(3)));
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
        assert_eq!(portal.calls(), [LIST]);
    }
}

#[test]
fn long_open_picker_keeps_newer_cache() {
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

/// Ana, and so many companies of hers.
fn with_companies(names: &[&str]) -> Vec<Profile> {
    let companies = (2..).zip(names);
    std::iter::once(Profile::individual(1, "Ana Duarte", 0))
        .chain(companies.map(|(id, name)| Profile::company(id, "Ana Duarte", name, 0)))
        .collect()
}

/// The line that the arrow is on.
fn arrow(screen: &str) -> Option<&str> {
    let mut lines = screen.lines().filter(|line| line.starts_with('>'));
    lines.next().filter(|_| lines.next().is_none())
}

#[track_caller]
fn wait_for_arrow_on(terminal: &Terminal, id: &str) {
    terminal.wait_until(&format!("the arrow on {id}"), |screen| {
        arrow(screen).is_some_and(|line| line.ends_with(id))
    });
}

#[test]
fn the_filter_looks_at_the_whole_text_whatever_is_shown() {
    let long = "Gesellschaft für außerordentlich lange Firmennamen Zebra";
    let profiles = with_companies(&[long, "株式会社サンプル東京支店営業部", "Café Olé"]);
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
    for width in [40, 80, 120] {
        for (filter, id) in [
            ("zebra", "#2"),
            ("ZEBRA gesell", "#2"),
            ("東京", "#3"),
            ("営業 ana", "#3"),
            ("cafe", "#4"),
            ("olé CAFÉ", "#4"),
        ] {
            let mut terminal = switch(&home, &portal, 10, width);
            terminal.wait_for("4/4");
            terminal.type_text(filter);
            terminal.wait_for("1/4");
            wait_for_arrow_on(&terminal, id);
            let screen = terminal.screen();
            let widest = screen.lines().map(console::measure_text_width);
            assert!(widest.max() < Some(width.into()), "{screen}");
            terminal.press(Key::Escape);
            assert_eq!(terminal.finish(), 130);
        }
    }
}

#[test]
fn the_key_after_a_resize_draws_the_picker_anew() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(203)));
    let mut terminal = switch(&home, &portal, 24, 80);
    terminal.wait_for("203/203");
    terminal.press(Key::End);
    wait_for_arrow_on(&terminal, "#203");
    terminal.resize(15, 50);
    terminal.press(Key::End);
    terminal.wait_until("the arrow in a smaller window", |screen| {
        arrow(screen).is_some_and(|line| line.ends_with("#203"))
            && screen.lines().count() == 15
            && screen.lines().last() == Some("203/203  ↑↓ move  Enter select  Esc cancel")
    });
    terminal.type_text("20");
    terminal.wait_for("Switch to: 20");
    // 20, 120, and 200 to 203.
    terminal.wait_for("6/203");
    wait_for_arrow_on(&terminal, "#20");
    terminal.resize(40, 120);
    terminal.press(Key::PageDown);
    wait_for_arrow_on(&terminal, "#203");
    terminal.type_text("\u{7f}");
    terminal.wait_until("more of them in a larger window", |screen| {
        screen.contains("Switch to: 2\n") && screen.lines().count() == 40
    });
    terminal.resize(5, 30);
    terminal.type_text("03");
    terminal.wait_until("the last one alone", |screen| {
        arrow(screen).is_some_and(|line| line.ends_with("#203")) && screen.contains("1/203")
    });
    assert_eq!(portal.calls().len(), 1);
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 203);
}

#[test]
fn keys_move_the_arrow() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(50)));
    let mut terminal = switch(&home, &portal, 12, 80);
    terminal.wait_for("50/50");
    let steps: [(&str, &str); 12] = [
        ("\u{e}", "#2"),
        ("\u{1b}OB", "#3"),
        ("\u{10}", "#2"),
        ("\u{1b}[6~", "#12"),
        ("\u{1b}[6~", "#22"),
        ("\u{1b}[5~", "#12"),
        ("\u{1b}[F", "#50"),
        ("\u{1b}[6~", "#50"),
        ("\u{1b}[B", "#1"),
        ("\u{1b}[A", "#50"),
        ("\u{1b}[1~", "#1"),
        ("\u{1b}[5~", "#1"),
    ];
    for (keys, id) in steps {
        terminal.type_text(keys);
        wait_for_arrow_on(&terminal, id);
    }
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
}

#[test]
fn keys_edit_the_filter_and_unknown_ones_do_nothing() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(12)));
    let mut terminal = switch(&home, &portal, 20, 80);
    terminal.wait_for("12/12");
    for key in [Key::F1, Key::CtrlLeft] {
        terminal.press(key);
    }
    terminal.type_text("\u{1b}[15;2~\u{1b}f\u{1b}[<0;1;1M\t\u{1}\u{1c}");
    terminal.type_text("comp 12");
    terminal.wait_for("Switch to: comp 12");
    terminal.wait_for("1/12");
    terminal.type_text("\u{17}");
    terminal.wait_for("12/12");
    terminal.type_text("\u{15}");
    terminal.wait_for("type to filter");
    terminal.type_text("x\u{7f}11\u{1b}[D\u{1b}[3~\u{7f}\u{7f}#1");
    terminal.wait_for("Switch to: #1");
    terminal.wait_for("4/12");
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
}

#[test]
fn no_match_says_so_and_keeps_the_filter() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(12)));
    let mut terminal = switch(&home, &portal, 20, 80);
    terminal.wait_for("12/12");
    terminal.type_text("zzz\r");
    terminal.wait_for("no match");
    assert_eq!(
        terminal.screen(),
        "Switch to: zzz\n    no match; Ctrl-U clears the filter\n0/12  ↑↓ move  Enter select  Esc cancel"
    );
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
    assert_eq!(portal.calls().len(), 1);
}

#[test]
fn the_previous_profile_is_preselected() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(5)));
    let words = ["profiles", "switch", "4"];
    home.nxp(words).at(&portal).run().code(0);
    let mut terminal = switch(&home, &portal, 10, 80);
    terminal.wait_for("5/5");
    let screen = terminal.screen();
    assert!(screen.contains("  * Ana Duarte — Company 4"), "{screen}");
    wait_for_arrow_on(&terminal, "#1");
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 1);
}

#[test]
fn twenty_columns_are_enough() {
    let profiles = vec![
        Profile::individual(ANAS_OWN, "Ana Duarte", 0),
        Profile::company(8_590_114_207, "Ana Duarte", "Duarte Ceramics", 0),
        Profile::company(14_530_016, "Ana Duarte", "東京支店", 0),
    ];
    let (home, portal) = (Home::new(), Portal::with_profiles(ANAS_OWN, profiles));
    let mut terminal = switch(&home, &portal, 10, 20);
    terminal.wait_for("3/3");
    insta::assert_snapshot!(terminal.screen());
    terminal.type_text("ceram");
    terminal.wait_for("1/3");
    wait_for_arrow_on(&terminal, "D…");
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 8_590_114_207);
}

#[test]
fn what_the_terminal_itself_types_neither_filters_nor_chooses() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(12)));
    let mut terminal = switch(&home, &portal, 20, 80);
    terminal.wait_for("12/12");
    // A cursor report, focus events, the background's color, a mouse click, terminal attributes.
    for report in [
        "\u{1b}[12;5R",
        "\u{1b}[I",
        "\u{1b}[O\u{1b}[I",
        "\u{1b}[<0;13;13M",
        "\u{1b}[?62;22c",
        // Enter with Alt.
        "\u{1b}\r",
    ] {
        terminal.type_text(report);
    }
    terminal.press(Key::Down);
    terminal.wait_until("the whole list and one step", |screen| {
        arrow(screen).is_some_and(|line| line.ends_with("#2"))
            && screen.starts_with("Switch to: type to filter")
            && screen.contains("12/12")
    });
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
}

#[test]
fn a_dumb_terminal_has_no_picker() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(3)));
    let call = home.nxp(["profiles", "switch"]).at(&portal);
    let mut terminal = call.env("TERM", "dumb").in_terminal(10, 150);
    assert_eq!(terminal.finish(), 2);
    assert_eq!(
        terminal.screen(),
        "error: this terminal can't show the picker: TERM is dumb or not set\n\
         hint: name what to choose in the command, or set NXP_PICKER=plain to get a numbered list"
    );
}

#[test]
fn a_numbered_list_takes_the_place_of_the_picker_on_request() {
    let (home, portal) = (Home::new(), Portal::with_profiles(1, many(25)));
    let switch = |name, value, term| {
        let call = home.nxp(["profiles", "switch"]).at(&portal);
        let call = call.env("NO_COLOR", "1").env(name, value);
        call.env("TERM", term).in_terminal(40, 80)
    };
    let mut terminal = switch("NXP_PICKER", "plain", "dumb");
    terminal.wait_for("(Enter: 1): ");
    // A number that isn't listed chooses nothing: it is text to filter by.
    terminal.type_text("22\r");
    terminal.wait_until("the filtered list", |screen| {
        screen.contains("\n   1   Ana Duarte — Company 22  company  #22\nNumber")
    });
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);

    let mut terminal = switch("NXP_PICKER", "plain", "dumb");
    terminal.wait_for("(Enter: 1): ");
    terminal.type_text("ny 2\r");
    terminal.wait_until("the filtered list", |screen| {
        screen.matches("(Enter: 1): ").count() == 2
    });
    insta::assert_snapshot!(terminal.screen());
    assert!(!terminal.raw().contains(&0x1b));
    terminal.type_text("3\r");
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 20);

    let mut terminal = switch("ACCESSIBLE", "1", "xterm");
    terminal.wait_for(": ");
    terminal.type_text("zzz\r");
    terminal.wait_for("no match");
    let raw = String::from_utf8(terminal.raw()).unwrap();
    assert!(!raw.contains("\u{1b}[0J"), "redrawn: {raw:?}");
    terminal.type_text("company 3");
    terminal.wait_for("by: company 3");
    terminal.press(Key::CtrlD);
    assert_eq!(terminal.finish(), 130);
    assert!(terminal.echoes());
    assert_eq!(portal.current(), 20);
}

fn filtered(home: &Home, portal: &Portal, text: &str) -> Terminal {
    let call = home.nxp(["profiles", "switch", text]).at(portal);
    call.env("NO_COLOR", "1").in_terminal(20, 100)
}

#[test]
fn a_part_of_a_name_opens_the_picker_filtered_by_it() {
    let (home, portal) = (
        Home::new(),
        Portal::with_profiles(1, with_companies(&["Café Olé", "Harbour"])),
    );
    let mut terminal = filtered(&home, &portal, "cafe");
    terminal.wait_for("Switch to: cafe");
    terminal.wait_for("1/3");
    assert_eq!(portal.current(), 1);
    terminal.press(Key::Enter);
    terminal.wait_for("Switched");
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 2);

    let mut terminal = filtered(&home, &portal, "nothing like it");
    terminal.wait_for("no match");
    terminal.wait_for("Switch to: nothing like it");
    terminal.press(Key::Enter);
    terminal.type_text("\u{15}harb");
    terminal.wait_for("1/3");
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert_eq!(portal.current(), 3);

    let mut terminal = filtered(&home, &portal, "café olé");
    assert_eq!(terminal.finish(), 0);
    assert!(!terminal.screen().contains("Switch to"));
    assert_eq!(portal.current(), 2);
}

#[test]
fn a_script_never_gets_the_filtered_picker() {
    let (home, portal) = (
        Home::new(),
        Portal::with_profiles(1, with_companies(&["Café Olé"])),
    );
    let words = ["profiles", "switch", "cafe"];
    home.nxp(words).at(&portal).run().code(3);
    let call = home.nxp([&words[..], &["--no-input"]].concat()).at(&portal);
    assert_eq!(call.in_terminal(20, 100).finish(), 3);
    for id in ["77", "#77"] {
        assert_eq!(filtered(&home, &portal, id).finish(), 3);
    }
    assert_eq!(portal.current(), 1);
}
