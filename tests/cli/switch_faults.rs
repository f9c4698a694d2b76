//! A switch at a portal that fails: what is reported of it is what happened.

use std::thread;
use std::time::Duration;

use crate::faults::{Case, case, each};
use crate::people::{ANAS_OWN, CERAMICS};
use crate::support::{Home, Key, Portal, Route, switch as switch_to};

/// Whatever the portal did, the report agrees with it, or says that it doesn't know.
fn switch(timeout: &str, cases: &[Case]) {
    let words = ["profiles", "switch", "14190688", "--timeout", timeout];
    each(&words, cases, |_, portal, output| {
        let says = |words: &str| output.stderr.contains(words);
        match (output.code, portal.current()) {
            (0, CERAMICS) => assert!(output.stdout.contains("14190688"), "{output:#?}"),
            (1.., ANAS_OWN) => {}
            (1.., CERAMICS) => assert!(
                says("may still take effect") && says("nxp profiles list"),
                "a switch was hidden: {output:#?}"
            ),
            (code, current) => panic!("exit code {code}, but {current} is current: {output:#?}"),
        }
    });
}

#[test]
fn lost_response_is_retried_or_found() {
    switch(
        "20",
        &[
            case(&["switch:throttle=2,1"], 0, "Switched"),
            case(&["switch:unavailable=2"], 0, "Switched"),
            case(&["switch:reset-before=2"], 0, "Switched"),
            case(&["switch:reset-before=99"], 5, "may still take effect"),
            case(&["switch:reset=99"], 0, "Switched"),
            case(&["switch:reset-midway=99"], 0, "Switched"),
            case(&["switch:unavailable=99"], 5, "may still take effect"),
            case(&["switch:reset=1", "switch:unavailable=99"], 0, "Switched"),
            case(&["switch:reset=1", "switch:throttle=99,60"], 0, "Switched"),
            case(&["switch:reset=1", "switch:expire=9"], 0, "Switched"),
            case(&["switch:reset=1", "switch:conflict"], 0, "Switched"),
            case(
                &["switch:reset-before=1", "switch:expire=9"],
                4,
                "rejects the token",
            ),
            case(
                &["switch:reset-before=1", "refuse"],
                1,
                "can't be switched to",
            ),
            case(&["switch:reset=99", "late=2"], 0, "Switched"),
            case(&["switch:firewall"], 5, "may still take effect"),
            case(&["switch:web-page"], 1, "Ana Duarte #14190271 is current"),
            case(&["switch:redirect"], 1, "https://elsewhere.example"),
            case(
                &["switch:conflict"],
                1,
                "This user is being changed right now.",
            ),
            case(&["switch:throttle=99,60"], 6, "rate-limited by"),
            case(&["switch:expire=9"], 4, "rejects the token"),
        ],
    );
}

#[test]
fn unseen_switch_is_unknown() {
    const UNSEEN: &str = "may still take effect";
    switch(
        "20",
        &[
            case(&["profiles+1:expire=99"], 4, UNSEEN),
            case(&["profiles+1:unavailable=99"], 5, UNSEEN),
            case(&["profiles+1:reset-before=99"], 5, UNSEEN),
            case(&["profiles+1:throttle=99,60"], 6, UNSEEN),
            case(&["profiles+1:firewall"], 5, UNSEEN),
            case(&["profiles+1:web-page"], 1, UNSEEN),
            case(&["profiles+1:wrong-json"], 1, UNSEEN),
            case(&["profiles+1:huge-body=20"], 1, UNSEEN),
            case(&["profiles+1:bomb"], 1, UNSEEN),
            case(
                &["switch:reset=99", "profiles+1:reset-before=99"],
                5,
                UNSEEN,
            ),
            case(
                &["switch:reset-before=99", "profiles+1:reset-before=99"],
                5,
                UNSEEN,
            ),
            case(&["switch:reset=99", "profiles+1:expire=99"], 4, UNSEEN),
            case(
                &["switch:unavailable=99", "profiles+1:throttle=99,60"],
                6,
                UNSEEN,
            ),
            case(&["late=9", "profiles+2:expire=9"], 4, UNSEEN),
        ],
    );
}

#[test]
fn a_list_that_recovers_shows_the_switch_after_all() {
    switch(
        "20",
        &[
            case(&["profiles+1:unavailable=2"], 0, "Switched"),
            case(&["profiles+1:reset-midway=2"], 0, "Switched"),
            case(&["profiles+1:throttle=1,1"], 0, "Switched"),
        ],
    );
}

#[test]
fn a_switch_whose_time_is_over_keeps_some_for_the_list() {
    switch(
        "3",
        &[
            case(&["switch:hang=9"], 0, "Switched"),
            case(&["switch:drip"], 0, "Switched"),
            case(
                &["switch:hang=9", "profiles+1:hang=9"],
                5,
                "may still take effect",
            ),
            case(
                &["profiles+1:hang=9"],
                5,
                "was confirmed and may still take effect",
            ),
            case(&["profiles+1:drip"], 5, "may still take effect"),
            case(&["switch:answer-after=9999"], 0, "Switched"),
            case(&["hang=9"], 5, "did not answer within 3 s"),
            case(
                &["switch:apply-after=60000,hang"],
                5,
                "did not answer within ",
            ),
        ],
    );
}

#[test]
fn a_confirmation_is_believed_when_the_list_agrees() {
    switch(
        "20",
        &[
            case(&["switch:no-body"], 0, "Switched"),
            case(&["late=3"], 0, "Switched"),
            case(&["switch:no-body"], 0, "Switched"),
            case(&["switch:truncated-json"], 0, "Switched"),
            case(&["switch:wrong-json"], 0, "Switched"),
            case(&["switch:wrong-types"], 0, "Switched"),
            case(&["switch:invalid-utf8"], 0, "Switched"),
            case(&["switch:huge-numbers"], 0, "Switched"),
            case(&["switch:deep-nesting"], 0, "Switched"),
            case(&["switch:huge-body=20"], 0, "Switched"),
            case(&["switch:compressed"], 0, "Switched"),
            case(&["switch:bomb"], 0, "Switched"),
        ],
    );
}

#[test]
fn a_refusal_gives_its_reasons_whatever_their_shape() {
    const WHY: &str = ": This profile can't be switched to.\n";
    switch(
        "20",
        &[
            case(&["refuse"], 1, WHY),
            case(&["switch:refuse-with=text"], 1, WHY),
            case(&["switch:refuse-with=object"], 1, WHY),
            case(&["switch:refuse-with=null"], 1, "no reason given"),
            case(
                &["switch:refuse-with=escapes"],
                1,
                ": \u{fffd}]0;owned\u{fffd}\u{fffd}[31mThis profile can't be switched to.\u{fffd}\n",
            ),
        ],
    );
}

#[test]
fn lost_switch_is_looked_for_seven_times() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:reset-before=99");
    switch_to(&home, &portal, CERAMICS).run().code(5);
    let calls = portal.calls();
    assert_eq!((portal.switches(), calls.len()), (3, 11), "{calls:#?}");
}

#[test]
fn a_connection_that_died_while_a_person_chose_is_replaced() {
    let (home, portal) = (Home::new(), Portal::start());
    let route = Route::to(portal.host());
    let switch = home.nxp(["profiles", "switch"]).at(&portal);
    let switch = switch.env("NXP_SPACE", format!("http://{}", route.address));
    let mut terminal = switch.in_terminal(24, 100);
    terminal.wait_for("Northlight Audio");
    route.cut();
    // Longer than nxp keeps an idle connection.
    thread::sleep(Duration::from_millis(2_100));
    terminal.press(Key::Down);
    terminal.press(Key::Enter);
    terminal.wait_for("Switched");
    assert_eq!(terminal.finish(), 0);
    assert_eq!((portal.current(), portal.switches()), (CERAMICS, 1));
}
