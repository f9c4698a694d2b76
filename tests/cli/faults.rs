//! A portal that fails, or the way to it: the exit code is the promised one, and what is reported
//! of a switch is what happened.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Home, Output, Portal};

const OWN: u64 = 14_190_271;
const COMPANY: u64 = 14_190_688;

/// What a portal with these faults leads to.
struct Case {
    faults: &'static [&'static str],
    code: i32,
    says: &'static str,
}

const fn case(faults: &'static [&'static str], code: i32, says: &'static str) -> Case {
    Case { faults, code, says }
}

fn with_faults(faults: &[&str]) -> Portal {
    let portal = Portal::start();
    faults.iter().for_each(|fault| portal.fail(fault));
    portal
}

/// Runs each case by itself and all at a time; `look` sees the portal afterwards.
fn each(words: &[&str], cases: &[Case], look: impl Fn(&Case, &Portal, &Output) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            let look = &look;
            scope.spawn(move || {
                let (home, portal) = (Home::new(), with_faults(case.faults));
                let output = home.nxp(words).at(&portal).run();
                let faults = case.faults;
                assert_eq!(output.code, case.code, "{faults:?}: {output:#?}");
                assert!(output.stderr.contains(case.says), "{faults:?}: {output:#?}");
                look(case, &portal, &output);
            });
        }
    });
}

fn list(cases: &[Case]) {
    each(
        &["profiles", "list", "--timeout", "20"],
        cases,
        |case, _, output| {
            assert_eq!(output.stdout.is_empty(), case.code != 0, "{output:#?}");
        },
    );
}

/// Whatever the portal did, the report agrees with it, or says that it doesn't know.
fn switch(timeout: &str, cases: &[Case]) {
    let words = ["profiles", "switch", "14190688", "--timeout", timeout];
    each(&words, cases, |_, portal, output| {
        let says = |words: &str| output.stderr.contains(words);
        match (output.code, portal.current()) {
            (0, COMPANY) => assert!(output.stdout.contains("14190688"), "{output:#?}"),
            (1.., OWN) => {}
            (1.., COMPANY) => assert!(
                says("whether it took is not known") && says("nxp profiles list"),
                "a switch was hidden: {output:#?}"
            ),
            (code, current) => panic!("exit code {code}, but {current} is current: {output:#?}"),
        }
    });
}

#[test]
fn a_list_is_fetched_again_after_faults_that_pass() {
    list(&[
        case(&["throttle=2,1"], 0, ""),
        case(&["throttle=1"], 0, ""),
        case(&["throttle-until=1,1"], 0, ""),
        case(&["throttle=3,0"], 0, ""),
        case(&["server-error=2,500"], 0, ""),
        case(&["server-error=1,502", "reset-before=1"], 0, ""),
        case(&["reset-connect=2"], 0, ""),
        case(&["reset-after=2"], 0, ""),
        case(&["reset-midway=2"], 0, ""),
    ]);
}

#[test]
fn a_list_that_goes_on_failing_ends_with_the_code_of_its_fault() {
    list(&[
        case(&["throttle=99,60"], 6, "wants a pause of 60 s"),
        case(&["throttle-until=99,3600"], 6, "min\nhint: try again in "),
        case(&["server-error=99,504"], 5, "HTTP 504"),
        case(&["reset-before=99"], 5, "the connection was broken off"),
        case(&["reset-after=99"], 5, "the connection was broken off"),
        case(&["reset-midway=99"], 5, "the connection was"),
        case(&["unauthorized=99"], 4, "rejects the token in NXP_TOKEN"),
        case(&["firewall"], 5, "hint: try another network"),
        case(&["web-page"], 1, "hint: check --space"),
        case(
            &["conflict"],
            1,
            "HTTP 409 Conflict: Somebody is changing this user just now.",
        ),
        case(&["redirect"], 1, "https://elsewhere.example"),
    ]);
}

#[test]
fn a_connection_that_is_reset_at_once_is_tried_three_times() {
    let (home, portal) = (Home::new(), Portal::untouched());
    portal.fail("reset-connect=99");
    home.nxp(["profiles", "list"]).at(&portal).run().refusal(
        5,
        &format!(
            "can't reach {}: the connection was broken off",
            portal.host()
        ),
        Some("check the connection and the name of the space; -v shows each request"),
    );
    assert_eq!(portal.connections(), 3);
}

#[test]
fn throttling_without_an_end_is_waited_for_within_the_time() {
    let (home, portal) = (Home::new(), with_faults(&["throttle=999"]));
    let start = Instant::now();
    let output = home
        .nxp(["profiles", "list", "--timeout", "4"])
        .at(&portal)
        .run()
        .code(6);
    let (took, calls) = (start.elapsed(), portal.calls().len());
    assert!(output.stderr.contains("still throttling after waiting"));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!((3..=5).contains(&calls), "{calls} calls in {took:?}");
}

#[test]
fn a_wait_is_told_on_a_terminal_and_nowhere_else() {
    let (home, portal) = (Home::new(), with_faults(&["throttle=1,1"]));
    let call = home.nxp(["profiles", "list"]).at(&portal);
    let mut terminal = call.in_terminal(24, 100);
    terminal.wait_for(&format!("{} throttles; trying again in 1 s", portal.host()));
    assert_eq!(terminal.finish(), 0);
    portal.fail("throttle=1,1");
    let output = home.nxp(["profiles", "list"]).at(&portal).run();
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
}

#[test]
fn a_switch_is_sent_again_or_found_in_the_list_when_its_answer_is_lost() {
    switch(
        "20",
        &[
            case(&["switch:throttle=2,1"], 0, "Switched"),
            case(&["switch:server-error=2"], 0, "Switched"),
            case(&["switch:reset-before=2"], 0, "Switched"),
            case(&["switch:reset-before=99"], 5, "did not take"),
            case(&["switch:reset-after=99"], 0, "Switched"),
            case(&["switch:reset-midway=99"], 0, "Switched"),
            case(&["switch:server-error=99"], 5, "did not take"),
            case(
                &["switch:reset-after=1", "switch:server-error=99"],
                0,
                "Switched",
            ),
            case(
                &["switch:reset-after=1", "switch:throttle=99,60"],
                0,
                "Switched",
            ),
            case(
                &["switch:reset-after=1", "switch:unauthorized=9"],
                0,
                "Switched",
            ),
            case(&["switch:reset-after=1", "switch:conflict"], 0, "Switched"),
            case(
                &["switch:reset-before=1", "switch:unauthorized=9"],
                4,
                "rejects the token",
            ),
            case(
                &["switch:reset-before=1", "refuse"],
                1,
                "can't be switched to",
            ),
            case(&["switch:reset-after=99", "applied-late=2"], 0, "Switched"),
            case(&["switch:firewall"], 5, "did not take"),
            case(
                &["switch:web-page"],
                1,
                "did not take, Ana Duarte #14190271 is current",
            ),
            case(&["switch:redirect"], 1, "https://elsewhere.example"),
            case(
                &["switch:conflict"],
                1,
                "Somebody is changing this user just now.",
            ),
            case(&["switch:throttle=99,60"], 6, "wants a pause"),
            case(&["switch:unauthorized=9"], 4, "rejects the token"),
        ],
    );
}

#[test]
fn a_switch_that_nobody_can_see_is_said_to_be_unknown() {
    const UNSEEN: &str = "whether it took is not known";
    switch(
        "20",
        &[
            case(&["profiles+1:unauthorized=99"], 4, UNSEEN),
            case(&["profiles+1:server-error=99"], 5, UNSEEN),
            case(&["profiles+1:reset-before=99"], 5, UNSEEN),
            case(&["profiles+1:throttle=99,60"], 6, UNSEEN),
            case(&["profiles+1:firewall"], 5, UNSEEN),
            case(&["profiles+1:web-page"], 1, UNSEEN),
            case(&["profiles+1:wrong-json"], 1, UNSEEN),
            case(&["profiles+1:huge-body=20"], 1, UNSEEN),
            case(&["profiles+1:bomb"], 1, UNSEEN),
            case(
                &["switch:reset-after=99", "profiles+1:reset-before=99"],
                5,
                UNSEEN,
            ),
            case(
                &["switch:reset-before=99", "profiles+1:reset-before=99"],
                5,
                UNSEEN,
            ),
            case(
                &["switch:reset-after=99", "profiles+1:unauthorized=99"],
                4,
                UNSEEN,
            ),
            case(
                &["switch:server-error=99", "profiles+1:throttle=99,60"],
                6,
                UNSEEN,
            ),
            case(&["applied-late=9", "profiles+2:unauthorized=9"], 4, UNSEEN),
        ],
    );
}

#[test]
fn a_list_that_recovers_shows_the_switch_after_all() {
    switch(
        "20",
        &[
            case(&["profiles+1:server-error=2"], 0, "Switched"),
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
            case(&["switch:hang=9", "profiles+1:hang=9"], 5, "is not known"),
            case(
                &["profiles+1:hang=9"],
                5,
                "was confirmed, but whether it took is not known",
            ),
            case(&["profiles+1:drip"], 5, "is not known"),
            case(&["switch:slow-headers=9999"], 0, "Switched"),
            case(&["hang=9"], 5, "did not answer within 3 s"),
            case(
                &["switch:hang=9", "not-applied"],
                5,
                "not answer within 2.3 s",
            ),
        ],
    );
}

#[test]
fn a_confirmation_is_believed_when_the_list_agrees() {
    switch(
        "20",
        &[
            case(&["empty-confirmation"], 0, "Switched"),
            case(&["applied-late=3"], 0, "Switched"),
            case(
                &["not-applied"],
                1,
                "the portal confirmed the switch to Ana Duarte — Duarte Ceramics #14190688, but \
                 Ana Duarte #14190271 is still current",
            ),
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
            case(&["refuse=list"], 1, WHY),
            case(&["refuse=text"], 1, WHY),
            case(&["refuse=object"], 1, WHY),
            case(&["refuse=null"], 1, "and gives no reason"),
            case(
                &["refuse=escapes"],
                1,
                ": \u{fffd}]0;owned\u{fffd}\u{fffd}[31mThis profile can't be switched to.\u{fffd}\n",
            ),
        ],
    );
}

#[test]
fn a_lost_switch_is_looked_for_only_as_often_as_patience_has_it() {
    let (home, portal) = (Home::new(), with_faults(&["switch:reset-before=99"]));
    home.nxp(["profiles", "switch", "14190688"])
        .at(&portal)
        .run()
        .code(5);
    let calls = portal.calls();
    let puts = calls.iter().filter(|call| call.starts_with("PUT")).count();
    assert_eq!((puts, calls.len()), (3, 10), "{calls:#?}");
}

#[test]
fn the_practice_portal_rehearses_faults_by_name() {
    let home = Home::new();
    let mut serving = home
        .nxp([
            "sandbox",
            "serve",
            "--fault",
            "throttle=1,7",
            "--fault",
            "token:hang",
        ])
        .start();
    let address = loop {
        let line = serving.line();
        if let Some((_, rest)) = line.split_once("http://") {
            break rest.split(' ').next().unwrap().to_owned();
        }
    };
    home.nxp(["profiles", "list", "--timeout", "2"])
        .env("NXP_SPACE", format!("http://{address}"))
        .env("NXP_TOKEN", "any")
        .run()
        .refusal(
            6,
            &format!("{address} throttles, and wants a pause of 7 s"),
            Some("try again in 7 s, or give it longer with `--timeout SECONDS`"),
        );
    serving.interrupt();
    let refused = home.nxp(["sandbox", "serve", "--fault", "nope"]).run();
    let message = refused.code(2).stderr;
    for name in [
        "`nope` is no fault",
        "throttle",
        "reset-midway",
        "many-profiles",
    ] {
        assert!(message.contains(name), "{message}");
    }
    let help = home.nxp(["sandbox", "serve", "--help"]).run().answer();
    for entry in nxp::sandbox::Fault::CATALOGUE {
        assert!(
            help.contains(entry.name) && help.contains(entry.meaning),
            "{help}"
        );
    }
}
