//! What the README promises.

use std::path::Path;

use nxp::error::Word;

use crate::support::Home;

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_exit_codes_are_those_of_the_program_and_of_its_help() {
    let readme = readme();
    let help = Home::new().nxp(["--help"]).run().answer();
    for word in Word::ALL {
        let (code, word) = (word.exit_code(), word.as_str());
        assert!(
            readme.contains(&format!("| {code} | `{word}` |")),
            "{code} {word} in README.md"
        );
        assert!(
            help.contains(&format!("{code} {word}")),
            "{code} {word} in --help"
        );
    }
}

#[test]
fn the_first_command_shows_the_profiles_and_a_switch() {
    let readme = readme();
    let command = readme
        .lines()
        .find_map(|line| line.strip_prefix("cargo run -q -- "))
        .unwrap();
    let home = Home::new();
    let run = home.nxp(command.split_whitespace()).run().code(0);
    assert!(run.stderr.starts_with("Switched from "), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 6, "{run:?}");
}

#[test]
fn the_terminal_session_is_what_the_program_shows() {
    let readme = readme();
    let session = readme
        .split_once("```console\n")
        .unwrap()
        .1
        .split_once("```")
        .unwrap()
        .0;
    let home = Home::new();
    let list = home
        .nxp(["--sandbox", "profiles", "list", "-o", "table"])
        .run()
        .answer();
    assert!(session.contains(&list), "{list}");
    let switch = [
        "--sandbox",
        "profiles",
        "switch",
        "tidewater imports",
        "-o",
        "id",
    ];
    let run = home.nxp(switch).run().code(0);
    assert!(
        session.contains(&format!("{}{}", run.stderr, run.stdout)),
        "{run:?}"
    );
}
