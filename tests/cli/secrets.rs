//! Where secrets are kept, and what becomes of nxp where they can't be. That none of them is
//! printed or written anywhere else is looked for in every test, by what the tests stand on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::login::login;
use crate::people::{ANA, CERAMICS};
use crate::support::{Home, Keyring, Portal};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .flat_map(|entry| match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path()),
            _ => vec![entry.path()],
        })
        .collect()
}

#[test]
fn the_trace_shows_each_request_and_strikes_secrets_out() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let signed_in = login(&home, &portal, ANA).arg("-vv").run().code(0);
    let switch = ["-vv", "profiles", "switch", &CERAMICS.to_string()];
    let switched = home.nxp(switch).run().code(0);
    for (output, request) in [
        (&signed_in, "POST"),
        (&signed_in, "GET"),
        (&switched, "GET"),
        (&switched, "PUT"),
    ] {
        assert!(output.stderr.contains(request), "{output}");
    }
}

#[test]
fn files_are_private() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let switch = ["profiles", "switch", &CERAMICS.to_string()];
    home.nxp(switch).run().code(0);
    home.nxp(["--sandbox", "profiles", "list"]).run().code(0);
    let files = files(home.path());
    assert!(files.contains(&home.state_file()), "{files:?}");
    for file in files {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", file.display());
    }
}

#[test]
fn the_state_is_where_people_look_for_it_without_xdg_variables() {
    let (home, portal) = (Home::new(), Portal::start());
    let switch = home.nxp(["profiles", "switch", &CERAMICS.to_string()]);
    let switch = switch.at(&portal).env("XDG_STATE_HOME", "");
    switch.run().code(0);
    assert!(home.path().join(".local/state/nxp").exists());
}

/// What is said of a keyring that was good at the sign-in and then breaks. A token in the
/// environment does without it.
fn told(break_it: impl FnOnce(&mut Keyring)) -> Option<String> {
    let mut keyring = Keyring::unlocked()?;
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let before = portal.calls().len();
    break_it(&mut keyring);
    let list = home.nxp(["profiles", "list"]).start();
    let again = login(&home, &portal, ANA).start();
    let (list, again) = (list.finish(), again.finish());
    assert_eq!((again.code, &again.stderr), (list.code, &list.stderr));
    assert_eq!(portal.calls().len(), before, "asked without a token");
    home.nxp(["profiles", "list"]).at(&portal).run().code(0);
    Some(list.at(&portal))
}

#[test]
fn absent_locked_and_silent_keyrings() {
    let Some(locked) = told(|keyring| keyring.lock()) else {
        return;
    };
    let silent = told(|keyring| keyring.hang()).unwrap();
    let absent = told(Keyring::end).unwrap();
    insta::assert_snapshot!(format!(
        "# locked\n{locked}\n# silent\n{silent}\n# absent\n{absent}"
    ));
}

#[test]
fn damaged_item_is_replaced_by_login() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    keyring.store(&format!("nxp/{}", portal.host()), ANA, "something else");
    let calls = portal.calls().len();
    let output = home.nxp(["profiles", "list"]).run().code(7);
    assert!(output.stderr.contains("nxp login"), "{output}");
    assert_eq!(portal.calls().len(), calls);
    login(&home, &portal, ANA).run().code(0);
    home.nxp(["profiles", "list"]).run().code(0);
}

/// A token in the wrong place is not shown.
#[test]
fn a_token_in_the_wrong_variable_or_option_is_not_echoed() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.c2lnbmVk";
    crate::support::is_secret(jwt);
    crate::support::is_secret("0paque-t0ken");
    for name in [
        "NXP_SPACE",
        "NXP_ACCOUNT",
        "NXP_PROFILE",
        "NXP_KEYRING",
        "NXP_TIMEOUT",
        "NXP_OUTPUT",
    ] {
        for token in [jwt, "0paque-t0ken"] {
            let call = home.nxp(["profiles", "current", "--expect", "."]);
            let call = call.env("NXP_TOKEN", "0paque-t0ken");
            let call = call.env("NXP_SPACE", portal.address()).env(name, token);
            call.run().refusal(
                2,
                &format!("{name} holds an access token"),
                Some("give access tokens in NXP_TOKEN, and nowhere else"),
            );
        }
    }
    for option in ["--space", "--account"] {
        let call = home.nxp(["profiles", "list", option, jwt]).run().code(2);
        assert!(
            call.stderr
                .contains(&format!("{option} holds an access token")),
            "{call}"
        );
    }
    for (words, what) in [
        (&["profiles", "switch", jwt][..], "PROFILE"),
        (&["profiles", "current", "--expect", jwt], "PROFILE"),
        (&["accounts", "use", jwt], "EMAIL|SPACE"),
        (&["logout", jwt], "EMAIL|SPACE"),
    ] {
        let refused = home.nxp(words).at(&portal).run().code(2);
        let message = format!("{what} holds an access token");
        assert!(refused.stderr.contains(&message), "{refused}");
    }
    let login = home.nxp([
        "login",
        "--space",
        "acme",
        "--email",
        jwt,
        "--password-stdin",
    ]);
    let login = login.stdin("x").run().code(2);
    assert!(
        login.stderr.contains("--email holds an access token"),
        "{login}"
    );
    let doctor = home.nxp(["doctor"]).env("NXP_SPACE", jwt).run().code(1);
    assert!(
        doctor.stdout.contains("NXP_SPACE holds an access token"),
        "{doctor}"
    );
}
