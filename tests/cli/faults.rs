//! A portal that fails, or the way to it: the exit code is the promised one.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::thread;

use crate::support::{Home, Output, Portal, resetting, responding};

/// What a portal with these faults leads to.
pub(crate) struct Case {
    faults: &'static [&'static str],
    code: i32,
    says: &'static str,
}

pub(crate) const fn case(faults: &'static [&'static str], code: i32, says: &'static str) -> Case {
    Case { faults, code, says }
}

pub(crate) fn with_faults(faults: &[&str]) -> Portal {
    let portal = Portal::start();
    faults.iter().for_each(|fault| portal.fail(fault));
    portal
}

/// Runs each case by itself and all at a time; `look` sees the portal afterwards.
pub(crate) fn each(words: &[&str], cases: &[Case], look: impl Fn(&Case, &Portal, &Output) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            let look = &look;
            scope.spawn(move || {
                let (home, portal) = Home::at_portal();
                case.faults.iter().for_each(|fault| portal.fail(fault));
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

#[test]
fn list_is_retried() {
    list(&[
        case(&["throttle=2,1"], 0, ""),
        case(&["throttle=1"], 0, ""),
        case(&["throttle=3,0"], 0, ""),
        case(&["unavailable=2,500"], 0, ""),
        case(&["unavailable=1,502", "reset-before=1"], 0, ""),
        case(&["reset=2"], 0, ""),
        case(&["reset-midway=2"], 0, ""),
    ]);
}

#[test]
fn failing_list_has_the_code_of_its_fault() {
    list(&[
        case(&["throttle=99,60"], 6, "it asks to retry in 60 s"),
        case(
            &["throttle=99,99999999"],
            6,
            "it asks for a pause of more than a day\nhint: try again later",
        ),
        case(&["unavailable=99,504"], 5, "HTTP 504"),
        case(&["reset-before=99"], 5, "connection broken"),
        case(&["reset=99"], 5, "connection broken"),
        case(&["reset-midway=99"], 5, "connection broken"),
        case(&["expire=99"], 4, "rejects the token in NXP_TOKEN"),
        case(&["firewall"], 5, "hint: try another network"),
        case(&["web-page"], 1, "hint: check `--space`"),
        case(
            &["conflict"],
            1,
            "HTTP 409 Conflict: This user is being changed right now.",
        ),
        case(&["redirect"], 1, "https://elsewhere.example"),
    ]);
}

/// The list of a portal behind an address that resets its first connections; how many it has had.
fn list_through(portal: &Portal, resets: usize) -> (Output, SocketAddr, usize) {
    let (address, count) = resetting(portal.host(), resets);
    let home = Home::new();
    let list = home.nxp(["profiles", "list"]).at(portal);
    let output = list.env("NXP_SPACE", format!("http://{address}")).run();
    (output, address, count.load(Ordering::SeqCst))
}

#[test]
fn reset_connection_is_tried_three_times() {
    let (output, _, connections) = list_through(&Portal::start(), 2);
    assert_eq!((output.code, connections), (0, 3), "{output}");
    let (output, address, connections) = list_through(&Portal::untouched(), 99);
    output.refusal(
        5,
        &format!("can't reach {address}: connection broken"),
        Some("check the connection and the space's name; `-v` shows each request"),
    );
    assert_eq!(connections, 3);
}

#[test]
fn endless_throttling_ends_with_the_timeout() {
    for (fault, most_calls) in [("throttle=999", 5), ("throttle=999,0", 8)] {
        let (home, portal) = (Home::new(), with_faults(&[fault]));
        let output = home
            .nxp(["profiles", "list", "--timeout", "4"])
            .at(&portal)
            .run()
            .code(6);
        let calls = portal.calls().len();
        assert!(output.stderr.contains("still rate-limited"), "{output}");
        assert!((2..=most_calls).contains(&calls), "{calls} calls");
    }
}

#[test]
fn retry_after_is_waited_for_if_there_is_time() {
    let home = Home::new();
    for (seconds, timeout, waits) in [(1, "30", 2), (20, "10", 0)] {
        let response =
            format!("HTTP/1.1 503 Busy\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n");
        let at = responding(response, "");
        let output = home
            .nxp(["profiles", "list", "-v", "--timeout", timeout])
            .env("NXP_SPACE", format!("http://{at}"))
            .env("NXP_TOKEN", "any")
            .run()
            .code(5);
        assert!(output.stderr.contains("HTTP 503"), "{output}");
        assert_eq!(output.stderr.matches("> GET ").count(), waits + 1);
    }
}

#[test]
fn waits_are_shown_on_terminals_only() {
    let (home, portal) = (Home::new(), with_faults(&["throttle=1,1"]));
    let call = home.nxp(["profiles", "list"]).at(&portal);
    let mut terminal = call.in_terminal(24, 100);
    terminal.wait_for(&format!(
        "rate-limited by {}; retrying in 1 s",
        portal.host()
    ));
    assert_eq!(terminal.finish(), 0);
    portal.fail("throttle=1,1");
    let output = home.nxp(["profiles", "list"]).at(&portal).run();
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
}

#[test]
fn serve_takes_faults() {
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
            &format!("rate-limited by {address}; it asks to retry in 7 s"),
            Some("try again in 7 s, or allow more time with `--timeout SECONDS`"),
        );
    serving.interrupt();
    let refused = home.nxp(["sandbox", "serve", "--fault", "nope"]).run();
    let message = refused.code(2).stderr;
    for name in ["unknown fault `nope`", "throttle", "reset", "many-profiles"] {
        assert!(message.contains(name), "{message}");
    }
}
