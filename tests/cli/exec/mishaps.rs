//! What keeps an `exec` from switching back, and what the next command says of it.

use rustix::process::Signal;

use crate::people::{ANA, ANAS_OWN, CERAMICS, TIDEWATER};
use crate::support::BuildProfile as _;
use crate::support::{Home, Keyring, Output, PASSWORD, Portal, Running, begun, exec, people};

const WAS_CURRENT: &str =
    "Ana Duarte #14190271 was current before it, and `nxp profiles switch -` ";

/// Kills nxp itself, and with it all knowledge of what is to be done.
fn kill(run: Running) {
    run.signal(Signal::KILL);
    run.finish().code(137);
}

fn nxp(home: &Home, portal: &Portal, words: &[&str]) -> Output {
    home.nxp(words).at(portal).run()
}

#[test]
fn after_a_kill_the_next_command_says_so_and_how_to_return() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    kill(run);
    assert_eq!(portal.current(), CERAMICS);
    let warning = format!(
        "warning: an exec on Ana Duarte — Duarte Ceramics #14190688 did not switch back; \
         {WAS_CURRENT}switches back\n"
    );
    for command in ["list", "current"] {
        let said = nxp(&home, &portal, &["profiles", command]).code(0).stderr;
        assert_eq!(said, warning, "{command}");
    }
    let said = nxp(&home, &portal, &["status"]).code(0).stderr;
    assert_eq!(said, warning);
    let back = nxp(&home, &portal, &["profiles", "switch", "-"]).code(0);
    assert!(back.stderr.starts_with(&warning), "{back:?}");
    assert_eq!(portal.current(), ANAS_OWN);
    assert_eq!(nxp(&home, &portal, &["profiles", "list"]).stderr, "");
    assert_eq!(home.pending_switch(), None);
}

#[test]
fn the_first_command_after_a_kill_can_be_the_switch_back() {
    let (home, portal) = (Home::new(), Portal::start());
    kill(begun(&home, &portal, CERAMICS));
    nxp(&home, &portal, &["profiles", "switch", "-"]).code(0);
    assert_eq!(portal.current(), ANAS_OWN);
    assert_eq!(nxp(&home, &portal, &["profiles", "list"]).stderr, "");
}

#[test]
fn a_kill_frees_the_account() {
    let (home, portal) = (Home::new(), Portal::start());
    kill(begun(&home, &portal, CERAMICS));
    let next = exec(&home, &portal, TIDEWATER, "true").run().code(0);
    assert!(next.stderr.contains("did not switch back"), "{next:?}");
    assert_eq!(portal.current(), CERAMICS);
    let said = nxp(&home, &portal, &["profiles", "list"]).stderr;
    assert!(said.contains("did not switch back"), "{said}");
}

#[test]
fn switch_back_after_two_killed_execs_undoes_the_last_one() {
    let (home, portal) = (Home::new(), Portal::start());
    kill(begun(&home, &portal, CERAMICS));
    let second = begun(&home, &portal, TIDEWATER);
    second.says(WAS_CURRENT);
    kill(second);
    nxp(&home, &portal, &["profiles", "switch", "-"]).code(0);
    assert_eq!(portal.current(), CERAMICS);
    assert_eq!(nxp(&home, &portal, &["profiles", "list"]).stderr, "");
}

#[test]
fn a_switch_after_a_kill_ends_the_warning() {
    for chosen in [CERAMICS, TIDEWATER] {
        let (home, portal) = (Home::new(), Portal::start());
        kill(begun(&home, &portal, CERAMICS));
        nxp(&home, &portal, &["profiles", "switch", &chosen.to_string()]).code(0);
        assert_eq!(nxp(&home, &portal, &["profiles", "list"]).stderr, "");
    }
}

#[test]
fn killed_exec_is_not_reported_after_a_switch_elsewhere() {
    for elsewhere in [ANAS_OWN, TIDEWATER] {
        let (home, portal) = (Home::new(), Portal::start());
        kill(begun(&home, &portal, CERAMICS));
        portal.update(|data| data.set_current(ANA, elsewhere));
        assert_eq!(nxp(&home, &portal, &["profiles", "list"]).stderr, "");
    }
}

#[test]
fn another_client_that_switched_meanwhile_is_left_alone() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    portal.update(|data| data.set_current(ANA, TIDEWATER));
    let run = run.finish().code(0);
    assert_eq!(
        run.stderr,
        "warning: Ana Duarte — Tidewater Imports #14512340 is current now, so \
         nothing was switched back; `nxp profiles switch 14190271` switches to \
         Ana Duarte #14190271\n"
    );
    assert_eq!(portal.current(), TIDEWATER);
}

#[test]
fn another_client_switched_back() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    portal.update(|data| data.set_current(ANA, ANAS_OWN));
    assert_eq!(run.finish().code(0).stderr, "");
}

#[test]
fn a_portal_with_a_passing_fault_is_tried_until_it_is_over() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    // One request alone is given up after fewer.
    portal.fail("unavailable=5");
    assert_eq!(run.finish().code(0).stderr, "");
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn portal_dies_before_the_way_back() {
    for (own, code) in [(0, 1), (5, 5)] {
        let (home, portal) = (Home::new(), Portal::start());
        let script = format!("echo begun; read line; exit {own}");
        let mut run = exec(&home, &portal, CERAMICS, &script)
            .env("NXP_TIMEOUT", "1")
            .start();
        assert_eq!(run.line(), "begun");
        let address = portal.address().to_owned();
        drop(portal);
        let host = address.strip_prefix("http://").unwrap();
        let run = run.finish().code(code);
        assert_eq!(
            run.stderr,
            format!(
                "error: could not switch back to Ana Duarte #14190271, so Ana Duarte — Duarte Ceramics \
                 #14190688 may still be current: can't reach {host}: connection refused\n\
                 hint: switch back with `nxp profiles switch 14190271`\n"
            )
        );
    }
}

#[test]
fn next_command_tells_of_a_failed_way_back() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    portal.update(|data| data.expire_access_tokens());
    let run = run.finish().code(1);
    assert!(
        run.stderr.contains("rejects the token in NXP_TOKEN"),
        "{run:?}"
    );
    assert!(
        run.stderr
            .contains("\nhint: switch back with `nxp profiles switch 14190271`\n"),
        "{run:?}"
    );
    assert_eq!(portal.current(), CERAMICS);
    let next = nxp(&home, &portal, &["profiles", "list"]).code(0);
    assert!(next.stderr.contains(WAS_CURRENT), "{next:?}");
    nxp(&home, &portal, &["profiles", "switch", "-"]).code(0);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn a_token_that_is_dead_is_not_tried_again() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    portal.update(|data| data.expire_access_tokens());
    let before = portal.calls().len();
    run.finish().code(1);
    assert_eq!(portal.calls().len(), before + 1);
}

#[test]
fn where_the_profile_before_is_gone_it_says_so() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    portal.update(|data| {
        let user = data.model.user_mut(ANA).unwrap();
        user.profile_mut(ANAS_OWN).unwrap().set("Active", false);
    });
    let run = run.finish().code(1);
    assert!(run.stderr.contains("is not active"), "{run:?}");
}

#[test]
fn the_failure_is_one_line_of_json_where_that_is_asked_for() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut run = exec(&home, &portal, CERAMICS, "echo begun; read line; exit 6")
        .env("NXP_OUTPUT", "json")
        .env("NXP_TIMEOUT", "0.5")
        .start();
    assert_eq!(run.line(), "begun");
    portal.fail("unavailable=1000");
    let run = run.finish().code(6);
    let said: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(said["error"]["code"], "failed");
    assert_eq!(said["error"]["exit_code"], 6);
}

#[test]
fn two_failures_are_one_line_of_json() {
    let (home, portal) = Home::at_portal();
    portal.fail("profiles+1:unavailable=1000");
    let run = exec(&home, &portal, CERAMICS, "echo ran")
        .env("NXP_OUTPUT", "json")
        .env("NXP_TIMEOUT", "1")
        .run()
        .code(1);
    let (warning, json) = run.stderr.split_once('\n').unwrap();
    assert!(
        warning.starts_with(
            "warning: the switch to Ana Duarte — Duarte Ceramics #14190688 was confirmed"
        ),
        "{run}"
    );
    let said: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(said["error"]["code"], "failed", "{run}");
    assert_eq!(said["error"]["exit_code"], 1, "{run}");
    let message = said["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with(&format!(
            "could not switch back to Ana Duarte #14190271, so Ana Duarte — Duarte Ceramics \
             #14190688 may still be current: {}: server error",
            portal.host()
        )),
        "{message}"
    );
}

#[test]
fn an_inactive_profile_leaves_no_way_back() {
    let mut model = people();
    let own = model.users[0].profile_mut(ANAS_OWN).unwrap();
    own.set("Active", false);
    let (home, portal) = (Home::new(), Portal::with_model(model));
    let run = exec(&home, &portal, CERAMICS, "echo ran").run();
    assert_eq!(run.stdout, "");
    run.refusal(
        3,
        "the current profile Ana Duarte #14190271 is not active, so exec could not switch back",
        Some("switch first with `nxp profiles switch 14190688`"),
    );
    assert_eq!((portal.switches(), home.pending_switch()), (0, None));
}

#[test]
fn waiting_exec_runs_after_one_that_could_not_switch_back() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut first = exec(&home, &portal, CERAMICS, "echo begun; read line; exit 0")
        .env("NXP_TIMEOUT", "0.5")
        .start();
    assert_eq!(first.line(), "begun");
    let second = exec(&home, &portal, TIDEWATER, "true").start();
    second.says("Waiting: an exec");
    portal.fail("switch:unavailable=4");
    first.finish().code(1);
    let second = second.finish();
    assert!(second.stderr.contains("did not switch back"), "{second:?}");
}

#[test]
fn a_keyring_that_was_locked_meanwhile_is_no_hindrance() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let space = ["--space", portal.address()];
    let login = ["login", "--email", ANA, "--password-stdin"];
    home.nxp([&login[..], &space].concat())
        .stdin(PASSWORD)
        .run()
        .code(0);
    let script = "echo begun; read line; exit 0";
    let exec = [
        "profiles", "exec", "14190688", "--", "/bin/sh", "-c", script,
    ];
    let mut run = home.nxp(exec).start();
    assert_eq!(run.line(), "begun");
    keyring.lock();
    run.finish().code(0);
    assert_eq!(portal.current(), ANAS_OWN);
}
