//! `nxp profiles switch` to a profile that is named.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::people::{ANA, ANAS_OWN, CERAMICS, SLOW_TYPE};
use crate::support::{Home, LIST, Message, Portal, Request, SWITCH, serving, switch};

#[test]
fn it_lists_switches_lists_again_and_shows_that() {
    let (home, portal) = Home::at_portal();
    let output = switch(&home, &portal, CERAMICS).run();
    insta::assert_snapshot!(output);
    assert_eq!(portal.calls(), [LIST, SWITCH, LIST]);
    assert_eq!(portal.connections(), 1);
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn an_unknown_token_costs_one_request_more_once() {
    let (home, portal) = (Home::new(), Portal::start());
    let token = portal.token();
    for (profile, calls) in [
        (CERAMICS, &[LIST, LIST, SWITCH, LIST][..]),
        (ANAS_OWN, &[LIST, SWITCH, LIST]),
    ] {
        let before = portal.calls().len();
        let call = switch(&home, &portal, profile).env("NXP_TOKEN", &token);
        call.run().code(0);
        assert_eq!(portal.calls()[before..], *calls);
    }
}

#[test]
fn the_write_names_the_id_and_has_no_body() {
    let (home, portal) = Home::at_portal();
    switch(&home, &portal, CERAMICS).run().code(0);
    let requests = portal.requests();
    let write: &Request = &requests[1];
    assert_eq!(write.query, Some(format!("coworkerId={CERAMICS}")));
    assert_eq!(write.header("content-length"), Some("0"));
    assert!(write.body.is_empty());
    for request in &requests {
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(request.header("x-use-timezone"), Some("true"));
    }
}

#[test]
fn commands_use_one_connection() {
    let (home, portal) = Home::at_portal();
    for round in 1..=20 {
        let profile = if round % 2 == 0 { ANAS_OWN } else { CERAMICS };
        switch(&home, &portal, profile).run().code(0);
        assert_eq!(portal.connections(), round);
    }
}

#[test]
fn an_id_that_is_not_there_is_refused_with_those_that_are() {
    let (home, portal) = Home::at_portal();
    insta::assert_snapshot!(switch(&home, &portal, "1").run());
    assert_eq!(portal.calls(), [LIST]);
}

#[test]
fn a_profile_that_is_not_active_is_refused_with_those_that_are() {
    let (home, portal) = Home::at_portal();
    insta::assert_snapshot!(switch(&home, &portal, SLOW_TYPE).run());
    assert_eq!(portal.calls(), [LIST]);
}

#[test]
fn the_profile_that_is_current_already_is_left_alone() {
    let (home, portal) = Home::at_portal();
    let output = switch(&home, &portal, ANAS_OWN).args(["-o", "json"]).run();
    assert!(output.stderr.starts_with("Already on "), "{output}");
    let switched = &output.json()["Switched"];
    assert_eq!(
        *switched,
        serde_json::json!({"From": ANAS_OWN, "To": ANAS_OWN, "Changed": false})
    );
    assert_eq!(portal.calls(), [LIST]);
}

#[test]
fn a_refusal_is_a_failure_although_the_portal_answers_200() {
    let (home, portal) = Home::at_portal();
    portal.fail("refuse");
    insta::assert_snapshot!(switch(&home, &portal, CERAMICS).run());
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn an_empty_confirmation_is_one() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:no-body");
    switch(&home, &portal, CERAMICS).run().code(0);
    assert_eq!(portal.calls(), [LIST, SWITCH, LIST]);
}

#[test]
fn a_switch_that_shows_late_is_waited_for() {
    let (home, portal) = Home::at_portal();
    portal.fail("late=3");
    let call = switch(&home, &portal, CERAMICS).args(["-o", "json"]);
    let answer = call.run().json();
    assert_eq!(answer["Profiles"][1]["IsDefaultProfile"], true);
    assert_eq!(portal.calls(), [LIST, SWITCH, LIST, LIST, LIST, LIST]);
    assert_eq!(portal.connections(), 1);
}

#[test]
fn a_switch_that_never_shows_is_a_failure() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:not-applied");
    insta::assert_snapshot!(switch(&home, &portal, CERAMICS).run());
}

#[test]
fn a_switch_made_elsewhere_counts() {
    let (home, portal) = Home::at_portal();
    portal.update(|data| data.set_current(ANA, CERAMICS));
    switch(&home, &portal, CERAMICS).run().code(0);
    assert_eq!(portal.calls(), [LIST]);
}

#[test]
fn use_means_switch() {
    let (home, portal) = Home::at_portal();
    let call = home
        .nxp(["profiles", "use", &CERAMICS.to_string()])
        .at(&portal);
    call.run().code(0);
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn undo_hint_and_sandbox_note() {
    let (home, portal) = Home::at_portal();
    let call = switch(&home, &portal, CERAMICS);
    let mut terminal = call.in_terminal(24, 200);
    terminal.wait_for("profiles switch -`.");
    assert_eq!(terminal.finish(), 0);
    let quiet = switch(&home, &portal, ANAS_OWN).arg("-q");
    let mut terminal = quiet.in_terminal(24, 200);
    assert_eq!(terminal.finish(), 0);
    assert!(!terminal.screen().contains("Undo"), "{}", terminal.screen());
    let elsewhere = switch(&home, &portal, CERAMICS).run().code(0);
    assert!(!elsewhere.stderr.contains("Undo"), "{elsewhere}");

    let words = ["--sandbox", "profiles", "switch", &CERAMICS.to_string()];
    let sandbox = home.nxp(words).run().code(0);
    let said = "Switched (sandbox) from Ana Duarte #14190271 to ";
    assert!(sandbox.stderr.starts_with(said), "{sandbox}");
}

#[test]
fn switch_to_one_of_several_current_profiles_says_what_it_did() {
    let list = |current: &str| {
        format!(
            r#"{{"User": {{"Id": 1}}, "Profiles": [
                {{"Id": 1, "FullName": "Ana", "Active": true, "IsDefaultProfile": true}},
                {{"Id": 2, "FullName": "Bo", "Active": true, "IsDefaultProfile": {current}}},
                {{"Id": 3, "FullName": "Cy", "IsDefaultProfile": false}}]}}"#
        )
    };
    let switched = AtomicBool::new(false);
    let address = serving(move |request| {
        let body = if request.start.starts_with("PUT") {
            switched.store(true, Ordering::SeqCst);
            r#"{"WasSuccessful": true}"#.to_owned()
        } else if switched.load(Ordering::SeqCst) {
            list("false")
        } else {
            list("true")
        };
        let response = Message::response(200, body.into_bytes());
        response
            .with_header("content-type", "application/json")
            .bytes()
    });
    let home = Home::new();
    let switch = |profile: &str| {
        home.nxp(["profiles", "switch", profile])
            .env("NXP_TOKEN", "abc")
            .env("NXP_SPACE", format!("http://{address}"))
            .run()
    };
    let run = switch("1").code(0);
    assert!(
        run.stderr
            .ends_with("Ana #1 is the only current profile now.\n"),
        "{run}"
    );
    // Nothing says why a profile without the field is not active.
    let run = switch("3").code(3);
    assert!(
        run.stderr.starts_with("error: Cy #3 is not active\n"),
        "{run}"
    );
}

#[test]
fn switch_that_may_still_take_effect_is_overridden() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:not-applied-then=408,1");
    let lost = switch(&home, &portal, CERAMICS).args(["--timeout", "1"]);
    lost.run().code(1);
    let sent = portal.switches();
    let run = switch(&home, &portal, ANAS_OWN).run().code(0);
    assert!(
        run.stderr.ends_with("Already on Ana Duarte #14190271.\n"),
        "{run}"
    );
    assert_eq!(portal.switches(), sent + 1);
}

#[test]
fn current_profile_is_no_proof_that_the_portal_keeps_it() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:not-applied-then=408,2");
    for profile in [CERAMICS, ANAS_OWN] {
        let lost = switch(&home, &portal, profile).args(["--timeout", "4"]);
        let run = lost.run().code(1);
        assert!(run.stderr.contains("may still take effect"), "{run}");
    }
    let run = home.nxp(["profiles", "list"]).at(&portal).run().code(0);
    let warning = "the earlier switch to Ana Duarte — Duarte Ceramics #14190688";
    assert!(run.stderr.contains(warning), "{run}");
}

#[test]
fn the_way_back_of_an_exec_survives_a_switch_back_whose_outcome_is_unknown() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch+1:unavailable=99");
    let ceramics = CERAMICS.to_string();
    let words = [
        "--timeout",
        "3",
        "profiles",
        "exec",
        &ceramics,
        "--",
        "true",
    ];
    home.nxp(words).at(&portal).run().code(1);
    let back = home.nxp(["--timeout", "3", "profiles", "switch", "-"]);
    back.at(&portal).run().code(5);
    let run = home.nxp(["profiles", "list"]).at(&portal).run().code(0);
    let warning = "did not switch back; Ana Duarte #14190271 was current before it";
    assert!(run.stderr.contains(warning), "{run}");
}

#[test]
fn switch_back_that_may_still_take_effect_is_overridden() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch+1:not-applied-then=408,99");
    let ceramics = CERAMICS.to_string();
    let words = [
        "profiles",
        "exec",
        &ceramics,
        "--timeout",
        "2",
        "--",
        "true",
    ];
    home.nxp(words).at(&portal).run().code(1);
    let sent = portal.switches();
    let again = switch(&home, &portal, CERAMICS).args(["--timeout", "4"]);
    again.run().code(1);
    assert!(portal.switches() > sent);
}
