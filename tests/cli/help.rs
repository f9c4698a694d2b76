//! Help, man pages and version.

use insta::assert_snapshot;

use crate::support::Home;

/// Every command that there is, as its help names them.
fn commands(home: &Home) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut next = 0;
    while let Some(command) = found.get(next).cloned() {
        let help = home
            .nxp(command.iter().map(String::as_str).chain(["-h"]))
            .run()
            .answer();
        let listed = help
            .split_once("Commands:\n")
            .map(|(_, rest)| rest.split("\n\n").next().unwrap().to_owned());
        for line in listed.unwrap_or_default().lines() {
            let name = line.split_whitespace().next().unwrap();
            if name != "help" {
                found.push(command.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
        next += 1;
    }
    found
}

#[test]
fn every_command_has_a_short_and_a_long_help() {
    let home = Home::new();
    for command in commands(&home) {
        for option in ["-h", "--help"] {
            let words = command.iter().map(String::as_str).chain([option]);
            let help = home.nxp(words).run().answer();
            let name = format!(
                "{} {option}",
                [&["nxp".to_owned()], command.as_slice()].concat().join(" ")
            );
            assert_snapshot!(name.replace(' ', "_"), help, &name);
        }
    }
}

#[test]
fn the_long_help_names_what_scripts_need() {
    let help = Home::new().nxp(["--help"]).run().answer();
    for needed in [
        "NXP_TOKEN",
        "NXP_SPACE",
        "NO_COLOR",
        "Exit codes",
        "7 keyring",
        "Examples",
    ] {
        assert!(help.contains(needed), "no {needed} in:\n{help}");
    }
}

#[test]
fn nothing_at_all_asks_for_help() {
    let home = Home::new();
    assert_eq!(
        home.nxp([""; 0]).run().answer(),
        home.nxp(["-h"]).run().answer()
    );
    assert_eq!(
        home.nxp(["profiles"]).run().answer(),
        home.nxp(["profiles", "-h"]).run().answer()
    );
}

#[test]
fn a_mistyped_command_is_answered_with_the_right_one() {
    Home::new().nxp(["profile", "list"]).run().refusal(
        2,
        "unrecognized subcommand 'profile'",
        Some("a similar subcommand exists: 'profiles'"),
    );
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Home::new().nxp(["--version"]).run().answer();
    assert_eq!(version, concat!("nxp ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn there_is_a_man_page_for_every_command_and_none_tells_of_a_machine_or_a_day() {
    let home = Home::new();
    home.nxp(["man", "--out", "pages"]).run().code(0);
    let folder = home.path().join("pages");
    let mut expected: Vec<String> = commands(&home)
        .iter()
        .map(|command| {
            format!(
                "{}.1",
                [&["nxp".to_owned()], command.as_slice()].concat().join("-")
            )
        })
        .collect();
    let mut found: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    for name in found {
        let page = std::fs::read_to_string(folder.join(&name)).unwrap();
        assert!(page.contains(".SH NAME"), "{name}");
        assert!(!page.contains(home.path().to_str().unwrap()), "{name}");
        assert!(!page.contains("/root") && !page.contains("202"), "{name}");
    }
    let printed = home.nxp(["man"]).run().answer();
    assert_eq!(
        printed,
        std::fs::read_to_string(folder.join("nxp.1")).unwrap()
    );
}

#[test]
fn a_folder_that_can_not_be_written_is_named() {
    let home = Home::new();
    std::fs::write(home.path().join("file"), "").unwrap();
    home.nxp(["man", "--out", "file/pages"]).run().refusal(
        1,
        "can't write man pages to file/pages: Not a directory (os error 20)",
        None,
    );
}

#[test]
fn a_mistake_is_written_in_the_format_that_is_asked_for() {
    let home = Home::new();
    let said = |words: &[&str], variable: &str| {
        let call = home.nxp(words).env("NXP_OUTPUT", variable);
        call.run().code(2).stderr
    };
    for (words, variable, in_json) in [
        (&["-o", "table", "nope"][..], "json", false),
        (&["-qotsv", "nope"], "json", false),
        (&["--output=id", "nope"], "json", false),
        (&["-qojson", "nope"], "table", true),
        (&["nope"], "JSON", true),
    ] {
        let said = said(words, variable);
        assert_eq!(said.starts_with("{\"error\""), in_json, "{words:?}: {said}");
    }
}

#[test]
fn help_and_mistakes_have_the_colour_that_is_asked_for() {
    let home = Home::new();
    let has_color = |text: &str| text.contains('\x1b');
    for (when, expected) in [("always", true), ("never", false)] {
        let help = home
            .nxp(["--color", when, "--help"])
            .env("CLICOLOR_FORCE", "1");
        assert_eq!(has_color(&help.run().answer()), expected, "{when}");
        let option = format!("--color={when}");
        let wrong = home.nxp([&option, "nope"]).env("CLICOLOR_FORCE", "1");
        assert_eq!(has_color(&wrong.run().code(2).stderr), expected, "{when}");
    }
    let help = home.nxp(["--color", "always", "--help"]).run().answer();
    assert!(has_color(&help));
    let mut terminal = home.nxp(["--color", "never", "nope"]).in_terminal(24, 80);
    terminal.finish();
    assert!(!terminal.raw().windows(2).any(|bytes| bytes == b"\x1b["));
}

#[test]
fn no_hint_shows_the_mistake_again() {
    let home = Home::new();
    let hint = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let said = home.nxp(words).run().code(2).stderr;
        said.split_once("hint: ").unwrap().1.trim_end().to_owned()
    };
    for line in [
        "profiles switch --virtual-office 1",
        "status -q -v",
        "-q --verbose profiles list",
        "login --space acme --sandbox",
    ] {
        assert_eq!(hint(line), "leave out one of them", "{line}");
    }
    assert_eq!(hint("-q -q status"), "give it once");
    let exec = "usage: `nxp profiles exec [OPTIONS] <PROFILE> -- <COMMAND>...`; try `--help`";
    for line in [
        "profiles exec --wait -x 7 -- true",
        "profiles exec -x 7 -- true",
    ] {
        assert_eq!(hint(line), exec, "{line}");
    }
    for line in ["profiles switch --timeout -x", "profiles switch --dry-run"] {
        assert!(
            hint(line).starts_with("usage: `nxp profiles switch "),
            "{line}"
        );
    }
}

#[test]
fn a_profiles_command_without_profiles_is_told_the_whole_command() {
    let home = Home::new();
    for (words, corrected) in [
        (&["switch", "14190688"][..], "profiles switch 14190688"),
        (&["use", "-"], "profiles switch -"),
        (
            &["switch", "O'Brien & Sons"],
            r"profiles switch 'O'\''Brien & Sons'",
        ),
        (&["ls", "--active"], "profiles list --active"),
        (&["list", "-o", "id"], "profiles list -o id"),
        (&["whoami"], "profiles current"),
        (&["ls", "--json"], "profiles list -o json"),
        (&["profiles", "list", "--json"], "profiles list -o json"),
        (&["--json", "status"], "-o json status"),
        (
            &["--space", "switch", "switch", "1"],
            "--space switch profiles switch 1",
        ),
        (
            &["exec", "1", "--", "jq", "--json"],
            "profiles exec 1 -- jq --json",
        ),
    ] {
        let run = home.nxp(words).run().code(2);
        let hint = format!("\nhint: run `nxp {corrected}`\n");
        assert!(run.stderr.ends_with(&hint), "{words:?}: {run}");
    }
    let run = home.nxp(["lsit"]).run().code(2);
    assert!(!run.stderr.contains("nxp profiles"), "{run}");
}

#[test]
fn a_number_below_zero_is_a_value_all_the_same() {
    let home = Home::new();
    for (line, wrong) in [
        (
            "profiles exec --wait -1 7 -- true",
            "invalid value '-1' for '--wait <SECONDS>': give seconds, such as 60",
        ),
        ("--sandbox status --timeout -1", "--timeout \"-1\""),
        ("sandbox serve --port -1", "invalid value '-1' for '--port"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let said = home.nxp(words).run().code(2).stderr;
        assert!(said.contains(wrong), "{line}: {said}");
    }
}
