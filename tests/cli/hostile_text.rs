//! Names that are meant to do something to the terminal do nothing.

use nxp::sandbox::Profile;

use crate::support::BuildProfile as _;
use crate::support::{Home, Key, Portal, people};

/// What a terminal would obey, or a reader be fooled by, each with the text around it.
const HOSTILE: [&str; 9] = [
    "red\u{1b}[31m",
    "title\u{1b}]0;owned\u{7}",
    "csi\u{9b}2J",
    "tab\tbell\u{7}back\u{8}",
    "new\nline\r\n",
    "bidi\u{202e}reversed\u{2066}\u{2069}",
    "separator\u{2028}\u{2029}",
    "nul\u{0}del\u{7f}",
    "family 👩\u{200d}👩\u{200d}👧\u{200d}👦",
];

fn portal() -> Portal {
    let mut model = people();
    let name = |id: usize| HOSTILE[id - 1];
    let mut profiles: Vec<Profile> = (1..=HOSTILE.len())
        .map(|id| Profile::company(id as u64, "Ana", name(id), 0))
        .collect();
    profiles.push(Profile::company(
        10,
        &"long ".repeat(2_000),
        &HOSTILE.concat(),
        0,
    ));
    let user = &mut model.users[0];
    user.current = Some(9);
    user.profiles = profiles;
    user.full_name = HOSTILE.concat();
    Portal::with_model(model)
}

/// Whether text is free of all that a terminal obeys; color and line ends are nxp's own.
#[track_caller]
fn assert_harmless(text: &str) {
    let found: Vec<char> = text
        .chars()
        .filter(|char| {
            (char.is_control() && !"\r\n\t".contains(*char))
                || ('\u{202a}'..='\u{202e}').contains(char)
                || ('\u{2066}'..='\u{2069}').contains(char)
                || ('\u{2028}'..='\u{2029}').contains(char)
        })
        .collect();
    assert!(found.is_empty(), "{found:?} in {text:?}");
}

#[test]
fn every_format_is_harmless_and_keeps_its_rows() {
    for (format, rows) in [
        ("table", 11),
        ("tsv", 10),
        ("csv", 11),
        ("id", 10),
        ("json", 1),
    ] {
        let (home, portal) = (Home::new(), portal());
        let answer = home
            .nxp(["profiles", "list", "-o", format])
            .at(&portal)
            .run()
            .answer();
        assert_harmless(&answer);
        assert_eq!(answer.lines().count(), rows, "{format}:\n{answer}");
        assert!(
            format == "id" || answer.contains("👩\u{200d}👩\u{200d}👧\u{200d}👦"),
            "{format}"
        );
    }
}

#[test]
fn tsv_has_seven_columns_and_cuts_nothing() {
    let (home, portal) = (Home::new(), portal());
    let answer = home
        .nxp(["profiles", "list", "-o", "tsv"])
        .at(&portal)
        .run()
        .answer();
    for row in answer.lines() {
        assert_eq!(row.split('\t').count(), 7, "{row:?}");
    }
    assert!(answer.contains("tab bell\u{fffd}back\u{fffd}"), "{answer}");
    assert!(answer.contains("new line  \t"), "{answer}");
    assert!(answer.contains(&"long ".repeat(2_000)));
}

#[test]
fn json_is_exact() {
    let (home, portal) = (Home::new(), portal());
    let list = home
        .nxp(["profiles", "list", "-o", "json"])
        .at(&portal)
        .run()
        .json();
    for (index, name) in HOSTILE.iter().enumerate() {
        assert_eq!(list["Profiles"][index]["CompanyName"], *name);
    }
}

#[test]
fn messages_and_errors_are_harmless_and_not_endless() {
    let (home, portal) = (Home::new(), portal());
    for arguments in [
        &["switch", "10"][..],
        &["switch", "77"],
        &["switch", "77", "-o", "json"],
        &["switch", "ana"],
    ] {
        let output = home
            .nxp(["profiles"].iter().chain(arguments))
            .at(&portal)
            .run();
        assert_harmless(&output.stderr);
        assert!(output.stderr.lines().count() <= 2, "{output:?}");
        assert!(output.stderr.len() < 4_000, "{output:?}");
    }
}

#[test]
fn an_argument_is_no_more_trusted_than_a_name() {
    let (home, portal) = (Home::new(), portal());
    let output = home
        .nxp(["profiles", "switch", "\u{1b}[31mred\u{202e}"])
        .at(&portal)
        .run()
        .code(3);
    assert_harmless(&output.stderr);
    let output = home
        .nxp(["profiles", "\u{1b}[31mred\u{202e}"])
        .run()
        .code(2);
    assert_harmless(&output.stderr);
}

#[test]
fn a_table_on_a_terminal_lets_nothing_through() {
    let (home, portal) = (Home::new(), portal());
    let list = home
        .nxp(["profiles", "list", "--color", "never"])
        .at(&portal);
    let mut terminal = list.in_terminal(20, 80);
    assert_eq!(terminal.finish(), 0);
    assert_harmless(&String::from_utf8(terminal.raw()).unwrap());
    assert_eq!(
        terminal.screen().lines().count(),
        11,
        "{}",
        terminal.screen()
    );
}

#[test]
fn the_picker_lets_nothing_through_and_shows_a_line_for_each() {
    let (home, portal) = (Home::new(), portal());
    let switch = home
        .nxp(["profiles", "switch"])
        .at(&portal)
        .env("NO_COLOR", "1");
    let mut terminal = switch.in_terminal(20, 60);
    terminal.wait_for("#10");
    let shown = String::from_utf8(terminal.raw()).unwrap();
    for harmful in [
        "\u{1b}[31m",
        "\u{1b}]0",
        "\u{9b}",
        "\u{202e}",
        "\u{7}",
        "\u{8}",
        "\t",
    ] {
        assert!(!shown.contains(harmful), "{harmful:?} in {shown:?}");
    }
    let lines = terminal
        .screen()
        .lines()
        .filter(|line| line.contains('#'))
        .count();
    assert_eq!(lines, 10, "{}", terminal.screen());
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
}
