//! The command: what it is given, and how it ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use nxp::sandbox::Model;

use crate::people::{ANA, ANAS_OWN, CERAMICS};
use crate::support::{
    Home, Keyring, LIST, Output, PASSWORD, Portal, SWITCH, exec, exec_with, people,
};

#[test]
fn runs_as_the_profile_and_switches_back() {
    let (home, portal) = (Home::new(), Portal::start());
    let token = portal.token();
    let run = exec(
        &home,
        &portal,
        CERAMICS,
        "NXP_TOKEN=$TOKEN $nxp profiles current -o id; env | grep ^NXP_ | grep -v -e EXECS -e KEYRING -e TOKEN | sort",
    )
    .env("TOKEN", token)
    .run();
    assert_eq!(run.stderr, "");
    let space = portal.address();
    assert_eq!(
        run.answer(),
        format!(
            "{CERAMICS}\nNXP_ACCOUNT=ana@sandbox.example\nNXP_PROFILE_ID={CERAMICS}\nNXP_SPACE={space}\n"
        )
    );
    assert_eq!(portal.current(), ANAS_OWN);
    let there = [LIST, LIST, SWITCH, LIST];
    let back = [LIST, SWITCH, LIST];
    assert_eq!(portal.calls(), [&there[..], &[LIST], &back].concat());
}

#[test]
fn nothing_of_it_stays() {
    let (home, portal) = (Home::new(), Portal::start());
    exec(&home, &portal, CERAMICS, "true").run().code(0);
    assert_eq!(home.pending_switch(), None);
    let previous = home.nxp(["profiles", "switch", "-"]).at(&portal);
    previous.run().code(3);
}

#[test]
fn its_exit_code_is_that_of_nxp() {
    let (home, portal) = (Home::new(), Portal::start());
    for (script, code) in [("exit 7", 7), ("kill -9 $$", 137), ("kill -TERM $$", 143)] {
        let run = exec(&home, &portal, CERAMICS, script).run().code(code);
        assert_eq!(run.stderr, "", "{script}");
        assert_eq!(portal.current(), ANAS_OWN);
    }
    let script = home.path().join("script");
    fs::write(&script, "#!/no/such\n").unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
    let missing = "command or its interpreter not found";
    for (program, code, why) in [
        ("/no/such", 127, "command not found"),
        ("no-such-program", 127, "command not found"),
        ("/etc", 126, "not executable"),
        (script.to_str().unwrap(), 127, missing),
        ("/etc/passwd", 126, "not executable"),
    ] {
        let id = CERAMICS.to_string();
        let words = ["profiles", "exec", &id, "--", program];
        let run = home.nxp(words).at(&portal).run();
        run.refusal(code, &format!("can't run {program}: {why}"), None);
        assert_eq!(portal.current(), ANAS_OWN);
    }
}

/// What can't be run is noticed before anything is switched, and a script without `#!` is run by `sh`.
#[test]
fn the_command_is_looked_up_before_the_switch() {
    let (home, portal) = (Home::new(), Portal::start());
    exec_program(&home, &portal, "no-such-program").code(127);
    assert_eq!(portal.calls(), [""; 0]);
    let script = home.path().join("script");
    fs::write(&script, "echo \"ran as $NXP_PROFILE_ID\"\n").unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
    let run = exec_program(&home, &portal, script.to_str().unwrap());
    assert_eq!(run.answer(), format!("ran as {CERAMICS}\n"));
    assert_eq!(portal.current(), ANAS_OWN);
}

fn exec_program(home: &Home, portal: &Portal, program: &str) -> Output {
    let words = ["profiles", "exec", "14190688", "--", program];
    home.nxp(words).at(portal).run()
}

#[test]
fn its_standard_streams_are_its_own() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = exec(&home, &portal, CERAMICS, "cat; echo aside >&2")
        .stdin("all of\nthe input")
        .run();
    assert_eq!(run.stdout, "all of\nthe input");
    assert_eq!(run.stderr, "aside\n");
}

#[test]
fn a_refused_switch_runs_nothing() {
    let (home, portal) = (Home::new(), Portal::with_faults(["refuse"]));
    let run = exec(&home, &portal, CERAMICS, "echo ran").run().code(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("refused by the portal: "), "{run:?}");
    for (profile, code) in [("14388925", 3), ("nobody at all", 3), ("-", 3)] {
        let run = exec_with(&home, &portal, &[profile], "echo ran").run();
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{profile}");
    }
    assert_eq!(portal.current(), ANAS_OWN);
    assert_eq!(home.pending_switch(), None);
}

#[test]
fn a_switch_that_does_not_show_runs_nothing_and_is_taken_back() {
    // The list goes on to show the old profile for longer than it is looked at.
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("late=7");
    let run = exec(&home, &portal, CERAMICS, "echo ran").run().code(1);
    assert_eq!(run.stdout, "");
    assert_eq!(portal.current(), ANAS_OWN, "{run:?}");
}

#[test]
fn where_the_profile_is_current_already_nothing_is_switched() {
    let (home, portal) = (Home::new(), Portal::start());
    exec(&home, &portal, ANAS_OWN, "true").run().code(0);
    assert_eq!(portal.calls(), [LIST, LIST]);
}

#[test]
fn where_none_is_current_there_is_no_way_back_and_nothing_is_switched() {
    let mut model: Model = people();
    model.users[0].current = None;
    let (home, portal) = (Home::new(), Portal::with_model(model));
    let run = exec(&home, &portal, CERAMICS, "echo ran").run();
    assert_eq!(run.stdout, "");
    let hint = "choose one with `nxp profiles switch`";
    run.refusal(3, "no profile is current", Some(hint));
    assert_eq!(portal.switches(), 0);
}

#[test]
fn within_it_a_stored_account_is_the_same_one() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let space = portal.address();
    let email = ANA;
    for email in ["two-factor@sandbox.example", email] {
        let code = ["--totp", crate::support::ONE_TIME_CODE];
        let login = [
            "login",
            "--space",
            space,
            "--email",
            email,
            "--password-stdin",
        ];
        home.nxp([&login[..], &code].concat())
            .stdin(PASSWORD)
            .run()
            .code(0);
    }
    let exec = ["--account", email, "profiles", "exec", "14190688", "--"];
    let nxp = env!("CARGO_BIN_EXE_nxp");
    let inner = [nxp, "profiles", "current", "-o", "id"];
    let run = home.nxp([&exec[..], &inner].concat()).run();
    assert_eq!(run.answer(), "14190688\n");
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn in_the_sandbox_its_own_calls_go_there_too() {
    let home = Home::new();
    let nxp = env!("CARGO_BIN_EXE_nxp");
    let exec = ["--sandbox", "profiles", "exec", "14190688", "--"];
    let inner = [nxp, "profiles", "current", "-o", "id"];
    let run = home.nxp([&exec[..], &inner].concat()).run();
    assert_eq!(run.answer(), "14190688\n");
    let after = home.nxp(["--sandbox", "profiles", "current", "-o", "id"]);
    assert_eq!(after.run().answer(), "14190271\n");
}

/// A job that has only the variable must be able to use nxp inside.
#[test]
fn a_token_that_nxp_was_given_is_the_commands_too() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = exec(&home, &portal, CERAMICS, "$nxp profiles current -o id").run();
    assert_eq!(run.answer(), "14190688\n");
}
