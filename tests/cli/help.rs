//! Help, man pages and version.

use insta::assert_snapshot;

use crate::support::{Home, help_topics};

/// Every command that there is, as its help names them.
pub(crate) fn commands(home: &Home) -> Vec<Vec<String>> {
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
            found.push(command.iter().cloned().chain([name.to_owned()]).collect());
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
fn help_fits_into_80_columns_and_summaries_into_60() {
    let home = Home::new();
    for command in commands(&home) {
        for option in ["-h", "--help"] {
            let words = command.iter().map(String::as_str).chain([option]);
            let help = home.nxp(words).run().answer();
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{command:?} {option}: {line}");
            }
            let summary = help.lines().next().unwrap();
            assert!(summary.chars().count() < 66, "{command:?}: {summary}");
        }
    }
}

#[test]
fn help_wraps_between_words_at_the_width_of_the_terminal() {
    let home = Home::new();
    for words in [
        &["profiles", "exec", "--help"][..],
        &["--help"],
        &["help", "environment"],
        &["help", "exit-codes"],
    ] {
        let mut terminal = home.nxp(words).in_terminal(200, 64);
        assert_eq!(terminal.finish(), 0);
        let wide = home.nxp(words).run().answer();
        let shown: Vec<String> = terminal
            .screen()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let screen = terminal.screen();
        for line in screen
            .lines()
            .filter(|line| !line.trim_start().starts_with('{'))
        {
            assert!(line.chars().count() <= 64, "{words:?}: {line}");
        }
        for word in wide.split([' ', '\n', '|']).filter(|word| word.len() < 30) {
            let is_markup = word.starts_with(['#', '-']) || word.starts_with("```");
            let is_there = word.is_empty() || shown.iter().any(|shown| shown == word);
            assert!(is_markup || is_there, "{words:?}: {word}");
        }
    }
}

#[test]
fn each_topic_is_written_once_and_shown_in_each_way() {
    let home = Home::new();
    let listed = home.nxp(["--help"]).run().answer();
    for (name, text) in help_topics() {
        let title = text.lines().find_map(|line| line.strip_prefix("# "));
        let title = title.unwrap();
        let line = format!("  {name:<15}  {title}\n");
        assert!(
            listed.ends_with(line.trim_end()) || listed.contains(&line),
            "{listed}"
        );
        assert_eq!(home.nxp(["help", &name]).run().answer(), text);
        let mut terminal = home.nxp(["help", &name]).in_terminal(24, 80);
        assert_eq!(terminal.finish(), 0);
        let screen = terminal.screen();
        assert!(
            !screen.contains("##") && !screen.contains("description:"),
            "{screen}"
        );
    }
    home.nxp(["help", "nope"]).run().refusal(
        2,
        "no command or help topic \"nope\"",
        Some(
            "`nxp --help` lists the commands; topics: options, environment, exit-codes, \
             scripting, ci, security, agents, troubleshooting",
        ),
    );
}

#[test]
fn examples_come_before_options_and_the_shared_options_are_shown_once() {
    let home = Home::new();
    for command in commands(&home) {
        let words = command.iter().map(String::as_str).chain(["--help"]);
        let help = home.nxp(words).run().answer();
        let place = |text: &str| help.find(text).unwrap_or_else(|| panic!("{text}: {help}"));
        assert!(place("\nExamples:\n") < place("\nOptions:\n"), "{help}");
        place("\nOptions for every command: `nxp help options`\n");
        assert!(!help.contains("--timeout <"), "{help}");
    }
    let options = home.nxp(["help", "options"]).run().answer();
    assert_snapshot!("nxp_help_options", options, "nxp help options");
}

#[test]
fn help_of_a_command_is_what_the_command_says_itself() {
    let home = Home::new();
    for words in [&[][..], &["profiles"], &["profiles", "switch"], &["help"]] {
        let asked = ["help"].iter().chain(words);
        let said = words.iter().chain(&["--help"]);
        assert_eq!(
            home.nxp(asked).run().answer(),
            home.nxp(said).run().answer()
        );
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
    assert_eq!(
        home.nxp(["--sandbox"]).run().answer(),
        home.nxp(["-h"]).run().answer()
    );
    assert_eq!(
        home.nxp(["-o", "json", "profiles", "-q"]).run().answer(),
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
fn there_is_a_man_page_with_examples_for_every_command() {
    let home = Home::new();
    home.nxp(["man", "--out", "pages"]).run().code(0);
    let folder = home.path().join("pages/man1");
    let commands = commands(&home);
    let names = commands.iter().map(|command| {
        let name = [&["nxp".to_owned()], command.as_slice()].concat().join("-");
        format!("{name}.1")
    });
    let mut expected: Vec<String> = names.collect();
    let pages = std::fs::read_dir(&folder).unwrap();
    let mut found: Vec<String> = pages
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    for name in &found {
        let page = std::fs::read_to_string(folder.join(name)).unwrap();
        for section in ["NAME", "SYNOPSIS", "EXAMPLES", "OPTIONS", "\"SEE ALSO\""] {
            assert!(
                page.contains(&format!(".SH {section}\n")),
                "{name}: {section}"
            );
        }
        assert!(!page.contains(home.path().to_str().unwrap()), "{name}");
        assert!(!page.contains("/root"), "{name}");
        assert_eq!(page.contains("timeout"), name == "nxp.1", "{name}");
    }
    let printed = home.nxp(["man"]).run().answer();
    let written = std::fs::read_to_string(folder.join("nxp.1")).unwrap();
    assert_eq!(printed, written);
    assert!(
        printed.contains("nxp switch, use, list, ls, current,"),
        "{printed}"
    );
}

#[test]
fn man_pages_are_clean_and_show_commands_as_they_are_typed() {
    let home = Home::new();
    home.nxp(["man", "--out", "pages"]).run().code(0);
    let lint = "mandoc -T lint -W error pages/man1/*";
    if home.program("mandoc", ["-V"]).is_none() {
        return;
    }
    let found = home.program("sh", ["-c", lint]).unwrap().run();
    assert_eq!(found.code(0).stdout, "");
    let shown = |page: &str| {
        let mandoc = home.program("mandoc", ["-T", "ascii", page]).unwrap();
        // A letter in bold is printed twice, with a backspace between.
        let text = mandoc.run().answer();
        let mut plain = String::new();
        for char in text.chars() {
            if char == '\u{8}' {
                plain.pop();
            } else {
                plain.push(char);
            }
        }
        plain
    };
    let exec = shown("pages/man1/nxp-profiles-exec.1");
    for line in [
        "--with-token[=<VAR>]",
        "nxp profiles exec --wait 60 \"duarte ceramics\" -- make invoices",
    ] {
        assert!(exec.contains(&format!("{line}\n")), "{exec}");
    }
}

#[test]
fn man_on_a_terminal_shows_help() {
    let home = Home::new();
    let mut terminal = home.nxp(["man"]).in_terminal(100, 80);
    assert_eq!(terminal.finish(), 0);
    let screen = terminal.screen();
    assert!(screen.contains("`nxp man | man -l -`"), "{screen}");
    assert!(screen.contains("Usage: nxp <COMMAND>"), "{screen}");
    assert!(!screen.contains(".SH"), "{screen}");
}

#[test]
fn a_folder_that_can_not_be_written_is_named() {
    let home = Home::new();
    std::fs::write(home.path().join("file"), "").unwrap();
    home.nxp(["man", "--out", "file/pages"]).run().refusal(
        1,
        "can't write man pages to file/pages/man1: Not a directory (os error 20)",
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
        (&["-o", "JSON", "nope"], "table", true),
    ] {
        let said = said(words, variable);
        assert_eq!(said.starts_with("{\"error\""), in_json, "{words:?}: {said}");
    }
}

#[test]
fn help_and_mistakes_have_the_color_that_is_asked_for() {
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
        "-q -q status",
        "-q --verbose profiles list",
        "login --space acme --sandbox",
    ] {
        assert_eq!(hint(line), "leave out one of them", "{line}");
    }
    let exec = "usage: `nxp profiles exec [OPTIONS] <PROFILE> [-- <COMMAND>...]`; try `--help`";
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
fn a_usage_in_a_hint_requires_no_option_that_was_given() {
    let home = Home::new();
    for line in [
        "profiles list --output json --bad",
        "-o json profiles list --bad",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let said = home.nxp(words).run().code(2).stderr;
        let usage = "usage: `nxp profiles list [OPTIONS]`; try `--help`";
        assert!(said.contains(usage), "{line}: {said}");
    }
}

#[test]
fn the_format_can_be_given_in_any_case() {
    let home = Home::new();
    let status = home.nxp(["--sandbox", "status", "-o", "JSON"]).run();
    assert!(status.answer().starts_with("{\"Accounts\""));
}

#[test]
fn commands_of_profiles_need_no_profiles() {
    let (short_home, long_home) = (Home::new(), Home::new());
    for words in [
        &["list", "--active", "-o", "id"][..],
        &["ls", "--type", "company"],
        &["current", "-o", "json"],
        &["benefits", "-o", "csv"],
        &["switch", "14190688", "-o", "id"],
        &["use", "-", "-q"],
        &[
            "exec",
            "14190688",
            "--",
            "sh",
            "-c",
            "echo $NXP_PROFILE_ID; exit 3",
        ],
        &["pin", "14512340"],
        &["pin", "--remove"],
        &["exec", "--no-switch", "14190688", "--", "true"],
        &["switch", "no such profile"],
        &["exec", "1", "--", "true"],
        &["current", "--expect", "14190688"],
        &["list", "--type", "neither"],
        &["benefits", "--as", "14388925"],
        &["pin", "-", "--remove"],
    ] {
        let short = short_home.nxp([&["--sandbox"], words].concat()).run();
        let long = [&["--sandbox", "profiles"], words].concat();
        let long = long_home.nxp(long).run();
        assert_eq!(short.code, long.code, "{words:?}");
        assert_eq!(short.stdout, long.stdout, "{words:?}");
        let said = long.stderr.replace("nxp profiles ", "nxp ");
        let said = said.replace("--sandbox profiles ", "--sandbox ");
        let [here, there] = [&short_home, &long_home].map(|home| home.path().to_string_lossy());
        let said = said.replace(&*there, &here);
        assert_eq!(short.stderr, said, "{words:?}");
    }
}

#[test]
fn hints_name_the_form_that_was_typed() {
    let home = Home::new();
    let hint = |words: &[&str]| {
        let said = home.nxp(words).run().stderr;
        said.split_once("hint").unwrap().1.to_owned()
    };
    for (words, expected) in [
        (
            &["switch"][..],
            ": give its id: `nxp switch ID` (`nxp list` shows them)\n",
        ),
        (
            &["profiles", "switch"],
            ": give its id: `nxp profiles switch ID` (`nxp profiles list` shows them)\n",
        ),
        (
            &["--sandbox", "current", "--expect", "14190688"],
            ": switch with `nxp --sandbox switch 14190688`\n",
        ),
        (
            &["--sandbox", "current", "--expect", "14190688", "-ojson"],
            r#"":"switch with `nxp --sandbox switch 14190688`"}}"#,
        ),
    ] {
        assert_eq!(hint(words).trim_end(), expected.trim_end(), "{words:?}");
    }
}

#[test]
fn a_mistake_gets_a_hint_that_helps() {
    let home = Home::new();
    for (line, expected) in [
        (
            "profiles list --actve",
            "a similar argument exists: '--active'",
        ),
        (
            "accounts pin",
            "usage: `nxp accounts <COMMAND>`; try `--help`",
        ),
        (
            "sandbox list",
            "usage: `nxp sandbox <COMMAND>`; try `--help`",
        ),
        (
            "profiles lsit",
            "some similar subcommands exist: 'switch', 'ls', 'list'",
        ),
        ("list --json", "give `-o json`"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let said = home.nxp(words).run().code(2).stderr;
        assert!(
            said.ends_with(&format!("\nhint: {expected}\n")),
            "{line}: {said}"
        );
    }
}

#[test]
fn a_number_below_zero_is_a_value_all_the_same() {
    let home = Home::new();
    for (line, wrong) in [
        (
            "profiles exec --wait -1 7 -- true",
            "invalid value '-1' for '--wait <SECONDS>': expected seconds, for example 60",
        ),
        ("--sandbox status --timeout -1", "--timeout \"-1\""),
        ("sandbox serve --port -1", "invalid value '-1' for '--port"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let said = home.nxp(words).run().code(2).stderr;
        assert!(said.contains(wrong), "{line}: {said}");
    }
}
