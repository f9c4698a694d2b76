//! Errors and exit codes, and which space a command is for.

use crate::people::{ANAS_OWN, SLOW_TYPE};
use crate::support::{Home, Output, Portal};

/// The object on standard error of a command that ran with `-o json`.
#[track_caller]
fn error(output: &Output) -> serde_json::Value {
    assert_eq!(output.stdout, "");
    assert_eq!(output.stderr.lines().count(), 1, "{output}");
    let document: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(document.as_object().unwrap().len(), 1);
    let error = document["error"].clone();
    assert_eq!(error["exit_code"], output.code);
    error
}

#[test]
fn with_json_an_error_is_one_line_of_json() {
    let (home, portal) = (Home::new(), Portal::start());
    let call = |words: &[&str]| home.nxp(words).arg("-ojson");
    let wrong = call(&["profiles", "lsit"]).run();
    let missing = call(&["profiles", "switch"]).at(&portal).run();
    let inactive = call(&["profiles", "switch", &SLOW_TYPE.to_string()]);
    let inactive = inactive.at(&portal).run();
    let signed_out = call(&["profiles", "list"]).run();
    let away = call(&["profiles", "list"]).at(&portal);
    let away = away.env("NXP_SPACE", "http://127.0.0.1:1").run();
    let keyring = call(&["login", "--email", "a@b.example", "--password-stdin"]);
    let keyring = keyring.args(["--space", portal.address()]).stdin("x").run();
    portal.fail("switch:refuse");
    let refused = call(&["profiles", "switch", "14190688"]).at(&portal).run();
    portal.fail("throttle=99,60");
    let throttled = call(&["profiles", "list", "--timeout", "1"]).at(&portal);
    let throttled = throttled.run();
    for (output, code, word) in [
        (refused, 1, "failed"),
        (wrong, 2, "usage"),
        (missing, 2, "usage"),
        (inactive, 3, "profile"),
        (signed_out, 4, "auth"),
        (away, 5, "network"),
        (throttled, 6, "throttled"),
        (keyring, 7, "keyring"),
    ] {
        let error = error(&output);
        assert_eq!((output.code, &error["code"]), (code, &word.into()));
        assert!(!error["message"].as_str().unwrap().is_empty());
        let hint = &error["hint"];
        assert!(hint.is_null() || hint.as_str().is_some_and(|hint| !hint.is_empty()));
    }
    assert_eq!(portal.current(), ANAS_OWN);
}

/// The host that a value of `--space` leads to, from the message of a command that sends no request.
fn host(given: &str) -> String {
    let home = Home::new();
    let output = home
        .nxp(["profiles", "list", "--space", given])
        .run()
        .code(4);
    let from_environment = home.nxp(["profiles", "list"]).env("NXP_SPACE", given);
    assert_eq!(from_environment.run(), output);
    let first = output.stderr.lines().next().unwrap().to_owned();
    first.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_space_is_a_name_a_host_or_an_address() {
    for (given, expected) in [
        ("acme", "acme.spaces.nexudus.com"),
        ("acme.spaces.nexudus.com", "acme.spaces.nexudus.com"),
        (
            "https://acme.spaces.nexudus.com/",
            "acme.spaces.nexudus.com",
        ),
        ("https://portal.acme.example/en/home", "portal.acme.example"),
        ("https://acme.example:8443", "acme.example:8443"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://localhost:8080", "localhost:8080"),
    ] {
        assert_eq!(host(given), expected, "{given}");
    }
}

#[test]
fn a_token_goes_nowhere_where_it_could_be_read_on_the_way() {
    let home = Home::new();
    for given in [
        "http://acme.spaces.nexudus.com",
        "http://127.0.0.1.evil.example",
        "ftp://acme.example",
        "https://acme.spaces.nexudus.com@evil.example",
        "acme/../evil",
        "ac me",
    ] {
        let list = home.nxp(["profiles", "list", "--space", given]);
        let output = list.env("NXP_TOKEN", "abc").run().code(2);
        assert!(
            output.stderr.contains("hint: give a name (acme)"),
            "{output}"
        );
    }
}

#[test]
fn the_command_line_beats_the_environment() {
    let (home, portal) = (Home::new(), Portal::start());
    let list = || {
        let list = home.nxp(["profiles", "list", "--space", portal.address()]);
        list.at(&portal)
    };
    // A token without a space of its own belongs to the one that is named.
    list().env("NXP_SPACE", "").run().code(0);
    let elsewhere = list().env("NXP_SPACE", "http://127.0.0.1:1");
    elsewhere.run().code(4);
    assert_eq!(portal.calls().len(), 1);
}

#[test]
fn a_token_that_no_header_can_carry_is_not_sent() {
    let (home, portal) = (Home::new(), Portal::untouched());
    for token in ["with space", "with\nbreak", "Bearer abc"] {
        let list = home.nxp(["profiles", "list"]).at(&portal);
        let output = list.env("NXP_TOKEN", token).run().code(2);
        assert!(!output.stderr.contains(token), "{output}");
    }
}

#[test]
fn a_timeout_is_a_positive_number_of_seconds() {
    let (home, portal) = (Home::new(), Portal::start());
    for given in ["0", "-1", "soon", ""] {
        let list = home.nxp(["profiles", "list"]).at(&portal);
        list.arg(&format!("--timeout={given}")).run().code(2);
    }
    let list = home.nxp(["profiles", "list", "--timeout", "2.5"]);
    list.at(&portal).run().code(0);
}

#[test]
fn invalid_timeout_error_names_its_option_or_variable() {
    let home = Home::new();
    let list = || home.nxp(["--sandbox", "profiles", "list"]);
    list().env("NXP_TIMEOUT", "bad").run().refusal(
        2,
        "invalid NXP_TIMEOUT \"bad\": expected seconds",
        Some("give seconds, for example `NXP_TIMEOUT=60`"),
    );
    let both = list().env("NXP_TIMEOUT", "bad").arg("--timeout=worse");
    both.run().refusal(
        2,
        "invalid --timeout \"worse\": expected seconds",
        Some("give seconds, for example `--timeout 60`"),
    );
}

#[test]
fn failure_to_write_the_answer_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let (home, portal) = (Home::new(), Portal::start());
    let mut list = home.nxp(["profiles", "list"]).at(&portal).command();
    let list = list.stdin(std::process::Stdio::null()).stdout(full);
    assert_eq!(list.output().unwrap().status.code(), Some(1));
}

/// The options of one command may stand before it and after it.
#[test]
fn options_count_wherever_they_stand() {
    let home = Home::new();
    for words in [
        &[
            "--sandbox",
            "--output",
            "json",
            "profiles",
            "list",
            "-o",
            "id",
        ][..],
        &["-o", "json", "profiles", "-o", "id", "--sandbox", "list"],
        &["profiles", "--sandbox", "-o", "table", "list", "-o", "id"],
        &["-o", "id", "list", "--sandbox"],
    ] {
        let listed = home.nxp(words).run().answer();
        assert!(listed.starts_with("14190271\n"), "{words:?}: {listed}");
    }
    for words in [
        &["--space", "acme", "list", "--sandbox"][..],
        &[
            "--sandbox",
            "profiles",
            "list",
            "--account",
            "ana@x.example",
        ],
        &["list", "--sandbox", "--space=acme"],
    ] {
        home.nxp(words).run().refusal(
            2,
            "`--sandbox` can't be used with `--space` or `--account`",
            Some("leave out one of them"),
        );
    }
}
