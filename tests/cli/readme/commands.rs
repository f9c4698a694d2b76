//! The commands of the README, in the sandbox or on one that is signed in to.

use crate::people::{ANA, CERAMICS};
use crate::support::{Home, Keyring, PASSWORD, Portal, wait_until};

use super::{blocks, fences, file, prose, script, section};

#[test]
fn the_first_command_shows_the_profiles_and_a_switch() {
    let [first, _] = blocks::<2>("Try it", "sh");
    let words = first.strip_prefix("cargo run -- ").unwrap();
    let run = script(&Home::new(), &format!("nxp {words}")).run().code(0);
    assert!(
        run.stderr.starts_with("Switched (sandbox) from "),
        "{run:?}"
    );
    assert_eq!(run.stdout.lines().count(), 6, "{run:?}");
}

/// Commands that need a compiler or change the machine are run by the gate or by the release checks.
#[test]
fn what_no_test_can_run_is_run_by_scripts() {
    let [_, tests] = blocks::<2>("Try it", "sh");
    let [cargo, _, package, static_binary, _] = blocks::<5>("Install", "sh");
    let gate = file(".ci/run");
    let (build, install) = package.split_once('\n').unwrap();
    for (command, script) in [
        (tests.as_str(), ".ci/run"),
        (&cargo, "tests/package/try"),
        (&static_binary, "tests/package/static"),
    ] {
        let text = file(script);
        assert!(text.contains(command.trim_end()), "{command} in {script}");
    }
    assert_eq!(build, "tests/package/deb build");
    assert!(install.starts_with("sudo apt install ./target/debian/nxp_"));
    for script in [".ci/oldest-rust", "tests/package/deb"] {
        assert!(gate.contains(script), "{script} in .ci/run");
    }
}

#[test]
fn completions_and_man_pages_go_where_it_says_and_are_removed_from_there() {
    let home = Home::new();
    let [_, scripts, _, _, uninstall] = blocks::<5>("Install", "sh");
    let files = || {
        let found = script(&home, "find .local .zfunc .config .cargo -type f | sort");
        found.run().answer()
    };
    script(&home, &scripts).run().code(0);
    let written = files();
    for path in [
        ".local/share/bash-completion/completions/nxp",
        ".zfunc/_nxp",
        ".config/fish/completions/nxp.fish",
        ".cargo/share/man/man1/nxp.1",
        ".cargo/share/man/man1/nxp-profiles-switch.1",
    ] {
        assert!(
            written.lines().any(|line| line == path),
            "{path}: {written}"
        );
    }
    script(&home, &uninstall).run().code(0);
    assert_eq!(files(), "");
}

#[test]
fn one_signs_in_with_and_without_a_terminal() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let [asks, reads] = blocks::<2>("Sign in", "sh");
    let words: Vec<&str> = asks.split_whitespace().skip(1).collect();
    let mut login = home.nxp(words).in_terminal(24, 80);
    for (question, answer) in [
        ("Space", portal.address()),
        ("Email", ANA),
        ("Password", PASSWORD),
    ] {
        login.wait_for(question);
        login.type_text(&format!("{answer}\r"));
    }
    assert_eq!(login.finish(), 0);
    let reads = reads
        .replace("--space acme", &format!("--space {}", portal.address()))
        .replace("ana@acme.example", ANA);
    let login = script(&home, &reads).env("PASSWORD", PASSWORD).run();
    assert!(login.code(0).stderr.contains("Signed in"));
}

/// Runs the commands of a session and fails the test unless it goes as it says.
#[track_caller]
fn goes_as_it_says(home: &Home, session: &str) {
    let mut commands = String::new();
    for line in session.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            // The exit code is still there for the next command.
            let shown = "code=$?; printf '$ %s\\n'";
            let quoted = command.replace('\'', r"'\''");
            commands += &format!("{shown} '{quoted}'; (exit $code)\n{command}\n");
        }
    }
    let run = home.program("sh", ["-c", &format!("exec 2>&1\n{commands}")]);
    let run = run.unwrap().env("NXP_SANDBOX", "1").run();
    assert_eq!(run.code(0).stdout, session);
}

#[test]
fn console_example_of_the_readme_matches() {
    let [session] = blocks::<1>("Every day", "console");
    goes_as_it_says(&Home::new(), &session);
}

#[test]
fn the_examples_of_formats_and_fields_are_true() {
    let home = Home::new();
    if home.program("jq", []).is_none() {
        return;
    }
    let sections = [
        "Requests to the API",
        "Profiles",
        "Benefits",
        "Accounts and checks",
    ];
    let sessions = fences()
        .into_iter()
        .filter(|fence| fence.language == "console" && sections.contains(&fence.heading.as_str()));
    for session in sessions {
        goes_as_it_says(&Home::new(), &session.text);
    }
}

#[test]
fn every_field_that_json_has_is_described() {
    let home = Home::new();
    let described = section("Profiles") + &section("Benefits") + &section("Accounts and checks");
    for words in [
        &["profiles", "list"][..],
        &["profiles", "switch", "14190688"],
        &["status"],
        &["doctor"],
    ] {
        let call = home.nxp(words).env("NXP_SANDBOX", "1");
        let document = call.args(["-o", "json"]).run().json();
        let mut values = vec![&document];
        while let Some(value) = values.pop() {
            for (name, value) in value.as_object().into_iter().flatten() {
                let is_described = described
                    .split(|char: char| !char.is_alphanumeric())
                    .any(|word| word == name);
                assert!(is_described, "{words:?}: {name}");
                values.push(value);
            }
            values.extend(value.as_array().into_iter().flatten());
        }
    }
}

#[test]
fn json_error_example_matches() {
    let [error] = blocks::<1>("Error messages", "json");
    let home = Home::new();
    let call = home.nxp(["profiles", "switch", "7", "-o", "json"]);
    let said = call.env("NXP_SANDBOX", "1").run().code(3).stderr;
    let [said, error] = [&said, &error].map(|text| serde_json::from_str(text).unwrap());
    let keys = |error: &serde_json::Value| {
        let error = error["error"].as_object().unwrap();
        error.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(keys(&said), keys(&error));
    assert_eq!(said["error"]["message"], error["error"]["message"]);
}

#[test]
fn pin_example_runs_as_the_pinned_profile() {
    let [pin] = blocks::<1>("Choose a profile for a directory", "sh");
    let home = Home::new();
    book(&home);
    script(&home, &pin).env("NXP_SANDBOX", "1").run().code(0);
    let booked = std::fs::read_to_string(home.path().join("booked")).unwrap();
    assert_eq!(booked, format!("{CERAMICS}\n"));
}

#[test]
fn a_script_acts_as_the_right_profile_or_ends_before_it_books() {
    let home = Home::new();
    let [no_switch, guard, exec] = blocks::<3>("Act as a profile", "sh");
    let guarded = |home: &Home| {
        let text = format!("{guard}echo booked");
        script(home, &text).env("NXP_SANDBOX", "1").run()
    };
    assert_eq!(guarded(&home).code(3).stdout, "");
    book(&home);
    for text in [&no_switch, &exec] {
        script(&home, text).env("NXP_SANDBOX", "1").run().code(0);
    }
    let booked = std::fs::read_to_string(home.path().join("booked")).unwrap();
    assert_eq!(booked, format!("{CERAMICS}\n{CERAMICS}\n"));
    assert_eq!(guarded(&home).code(3).stdout, "");
    let switch = ["--sandbox", "profiles", "switch", &CERAMICS.to_string()];
    home.nxp(switch).run().code(0);
    assert_eq!(guarded(&home).answer(), format!("{CERAMICS}\nbooked\n"));
}

#[test]
fn an_agent_looks_acts_and_practices() {
    let [look] = blocks::<1>("Look without changing", "sh");
    let [act, guard, exec] = blocks::<3>("Act as a profile for a person", "sh");
    let [practice] = blocks::<1>("Practice", "sh");
    let home = Home::new();
    book(&home);
    for text in [&look, &act, &guard, &exec] {
        script(&home, text).env("NXP_SANDBOX", "1").run().code(0);
    }
    let booked = std::fs::read_to_string(home.path().join("booked")).unwrap();
    assert_eq!(booked, format!("{CERAMICS}\n{CERAMICS}\n"));
    script(&home, &practice).run().code(0);
    let other = guard.replace("14190271", "14190688");
    script(&home, &other).env("NXP_SANDBOX", "1").run().code(3);
}

#[test]
fn the_rules_for_agents_are_a_skill() {
    let skill = Home::new().nxp(["help", "agents"]).run().answer();
    let mut lines = skill.lines();
    assert_eq!(lines.next(), Some("---"));
    assert_eq!(lines.next(), Some("name: nxp"));
    let description = lines.next().unwrap().strip_prefix("description: ").unwrap();
    assert!(
        !description.contains(": ") && description.len() < 1024,
        "{description}"
    );
    assert_eq!(lines.next(), Some("---"));
    assert!(skill.lines().count() <= 80);
}

#[test]
fn book_a_room_once() {
    let [pin_and_exec] = blocks::<1>("Choose a profile for a directory", "sh");
    let [book, list_and_cancel, _] = blocks::<3>("Requests to the API", "sh");
    let home = Home::new();
    if home.program("jq", []).is_none() {
        return;
    }
    program(&home, &book);
    let run = |text: &str| script(&home, text).env("NXP_SANDBOX", "1").run();
    assert_eq!(run(&pin_and_exec).code(0).stdout, "");
    assert!(run(&pin_and_exec).code(1).stdout.contains("\"Status\":500"));
    let (list, cancel) = list_and_cancel.split_once("echo").unwrap();
    let booked = |list: String| {
        let rows = list.lines().map(|row| row.split('\t').collect::<Vec<_>>());
        let mut own = rows.filter(|row| row[3] == "Ana Duarte");
        let booked = own.next().map(|row| (row[0].to_owned(), row[2].to_owned()));
        assert!(own.next().is_none(), "{list}");
        booked
    };
    let (id, room) = booked(run(list).answer()).unwrap();
    assert_eq!(room, "Mill Loft (12 seats)");
    run(&format!("booking={id}\necho{cancel}")).code(0);
    assert_eq!(booked(run(list).answer()), None);
}

#[test]
fn the_main_example_books_a_room_for_the_company_while_the_person_switches() {
    let [book, _] = blocks::<2>("Scripts", "sh");
    let home = Home::new();
    let in_sandbox = |text: &str| script(&home, text).env("NXP_SANDBOX", "1");
    let bookings = || {
        let path = "/en/bookings/fullCalendarBookings?start=2030-09-02&end=2030-09-03";
        let rows = in_sandbox(&format!("nxp api '{path}'")).run().json();
        let rows = rows.as_array().unwrap().clone();
        let of = |row: &serde_json::Value| row["coworkerId"] == "14190688";
        rows.iter().filter(|row| of(row)).count()
    };
    assert_eq!(bookings(), 0);
    let waiting = book.replace(
        "sh -c 'nxp api",
        "sh -c 'touch started; until [ -e switched ]; do sleep 0.01; done; nxp api",
    );
    let running = in_sandbox(&waiting).start();
    let is_there = |name: &str| home.path().join(name).exists();
    wait_until("the command runs", || is_there("started"));
    for id in ["8590114207", "14512340"] {
        home.nxp(["--sandbox", "switch", id]).run().code(0);
    }
    std::fs::write(home.path().join("switched"), "").unwrap();
    assert_eq!(running.finish().answer(), "");
    assert_eq!(bookings(), 1);
    let current = in_sandbox("nxp profiles current -o id").run().answer();
    assert_eq!(current, "14512340\n");
    // The room is taken now.
    let again = in_sandbox(&book).run().code(1);
    assert!(again.stdout.contains("\"Status\":500"), "{again:?}");
    assert!(again.stderr.contains("not available"), "{again:?}");
    assert_eq!(bookings(), 1);
}

#[test]
fn a_directory_is_pinned_once() {
    let [_, pin_and_exec] = blocks::<2>("Scripts", "sh");
    let home = Home::new();
    book(&home);
    let run = script(&home, &pin_and_exec).env("NXP_SANDBOX", "1").run();
    run.code(0);
    let booked = std::fs::read_to_string(home.path().join("booked")).unwrap();
    assert_eq!(booked, format!("{CERAMICS}\n"));
}

#[test]
fn other_programs_get_the_token_on_standard_input() {
    let [.., curl] = blocks::<3>("Requests to the API", "sh");
    let (home, portal) = (Home::new(), Portal::start());
    let list = curl.replace("https://acme.spaces.nexudus.com", portal.address());
    assert_ne!(list, curl);
    if home.program("curl", []).is_none() {
        // A portal that is never called fails its test.
        home.nxp(["profiles", "list"]).at(&portal).run().code(0);
        return;
    }
    // The portal repeats the token unless it is asked not to.
    let quiet = format!("{list} > /dev/null");
    script(&home, &quiet.replace('\n', ""))
        .at(&portal)
        .run()
        .code(0);
    assert_eq!(portal.calls().len(), 1);
}

/// Puts the program there that the README runs. It records the profile that it books for.
pub(super) fn book(home: &Home) {
    program(home, "#!/bin/sh\necho \"$NXP_PROFILE_ID\" >> booked\n");
}

/// Puts a program of this text there.
pub(super) fn program(home: &Home, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = home.path().join("book-the-room");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Every command between backquotes in the text, in the order of the README.
fn in_the_text() -> Vec<String> {
    let prose = prose();
    let spans = prose.split('`').skip(1).step_by(2);
    spans
        .filter(|span| span.starts_with("nxp "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_in_the_text_is_one() {
    let home = Home::new();
    book(&home);
    let commands = in_the_text();
    assert!(commands.len() > 20, "{commands:#?}");
    for command in commands {
        let code = match command.as_str() {
            // These need a terminal or an argument.
            "nxp profiles switch" | "nxp switch" | "nxp profiles exec" | "nxp api" => 2,
            "nxp profiles exec --no-switch" => 2,
            // The sandbox needs no account.
            "nxp logout --all" | "nxp logout" => 2,
            words if words.starts_with("nxp login") => 2,
            // The test of the curl example prints no token.
            words if words.starts_with("nxp token") => continue,
            words if words.starts_with("nxp accounts use") => 2,
            "nxp sandbox serve" => {
                let mut server = home.nxp(["sandbox", "serve"]).start();
                assert!(server.line().contains("http://127.0.0.1:"));
                continue;
            }
            _ => 0,
        };
        let command = command.replace("COMMAND", "profiles");
        let run = script(&home, &command).env("NXP_SANDBOX", "1").run();
        assert_eq!(run.code, code, "{command}: {run:#?}");
        let parsed = !run.stderr.contains("unexpected argument");
        assert!(parsed && !run.stderr.contains("unrecognized"), "{command}");
    }
}
