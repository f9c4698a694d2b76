//! Taking turns.

use std::fs;

use rustix::process::Signal;

use crate::people::{ANAS_OWN, CERAMICS, TIDEWATER};
use crate::support::{Home, Portal, Running, begun, exec, exec_with, wait_until};

/// Starts one that writes its number to a file, and waits until it says that it waits.
fn waiting(home: &Home, portal: &Portal, number: usize) -> Running {
    let script = format!(
        "test ! -e running || echo overlap >> order; touch running; echo {number} >> order; rm running"
    );
    let run = exec(home, portal, TIDEWATER, &script).start();
    run.says("Waiting: an exec on Ana Duarte — Duarte Ceramics #14190688 is running (pid ");
    run
}

/// The numbers of those that ran, sorted.
fn ran(home: &Home) -> Vec<String> {
    let order = fs::read_to_string(home.path().join("order")).unwrap_or_default();
    let mut order: Vec<String> = order.lines().map(str::to_owned).collect();
    order.sort();
    order
}

#[test]
fn one_runs_at_a_time_and_says_for_which_it_waits() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let pid = first.pid();
    let waiting: Vec<Running> = (1..=4).map(|n| waiting(&home, &portal, n)).collect();
    assert_eq!(portal.current(), CERAMICS);
    first.finish().code(0);
    for run in waiting {
        let said = run.finish().code(0).stderr;
        assert!(
            said.contains(&format!(" is running (pid {pid}, for ")),
            "{said}"
        );
    }
    assert_eq!(ran(&home), ["1", "2", "3", "4"]);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn waiting_does_not_count_as_timeout() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let words = ["--timeout", "3", "14512340"];
    let second = exec_with(&home, &portal, &words, "echo ran").start();
    second.says("Waiting: an exec on");
    // Longer than that time.
    std::thread::sleep(std::time::Duration::from_millis(3_500));
    first.finish().code(0);
    assert_eq!(second.finish().answer(), "ran\n");
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn wait_that_runs_out_names_the_running_exec() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let pid = first.pid();
    for wait in ["0", "0.05"] {
        let words = ["--wait", wait, "14512340"];
        let run = exec_with(&home, &portal, &words, "echo ran").run().code(8);
        assert_eq!(run.stdout, "");
        let said = run.stderr.lines().rev().nth(1).unwrap();
        let error = format!(
            "error: an exec on Ana Duarte — Duarte Ceramics #14190688 is running (pid {pid}, for "
        );
        assert!(said.starts_with(&error), "{run:?}");
    }
    first.finish();
    let words = ["--wait", "0", "14512340"];
    exec_with(&home, &portal, &words, "true").run().code(0);
}

/// The journal of the only user of this home, locked by a process that has not named itself.
fn unnamed_holder(home: &Home, portal: &Portal) -> fs::File {
    exec(home, portal, CERAMICS, "true").run().code(0);
    let journal = fs::File::open(home.journal_file().unwrap()).unwrap();
    journal.lock().unwrap();
    journal
}

#[test]
fn a_lock_whose_holder_is_not_known_is_busy() {
    let (home, portal) = (Home::new(), Portal::start());
    let _holder = unnamed_holder(&home, &portal);
    let exec = exec_with(&home, &portal, &["--wait", "0", "14512340"], "true").run();
    let said = exec.code(8).stderr;
    assert!(
        said.starts_with("error: another nxp is switching (lock: "),
        "{said}"
    );
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn one_that_is_told_to_stop_while_it_waits_changes_nothing() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let (second, third) = (waiting(&home, &portal, 1), waiting(&home, &portal, 2));
    second.signal(Signal::TERM);
    let second = second.finish().code(143);
    assert!(
        second
            .stderr
            .ends_with("error: cancelled; nothing was changed\n"),
        "{second:?}"
    );
    first.finish();
    third.finish().code(0);
    assert_eq!(ran(&home), ["2"]);
}

#[test]
fn killed_waiting_exec_does_not_release_the_lock() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let (second, third) = (waiting(&home, &portal, 1), waiting(&home, &portal, 2));
    second.signal(Signal::KILL);
    second.finish().code(137);
    let words = ["--wait", "0.05", "14512340"];
    exec_with(&home, &portal, &words, "true").run().code(8);
    assert_eq!(portal.current(), CERAMICS);
    assert!(ran(&home).is_empty());
    first.finish();
    let third = third.finish().code(0);
    assert!(!third.stderr.contains("did not switch back"), "{third:?}");
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn the_next_one_says_that_the_one_before_was_cut_short() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let second = waiting(&home, &portal, 1);
    first.signal(Signal::KILL);
    first.finish().code(137);
    let second = second.finish().code(0);
    assert!(second.stderr.contains("did not switch back"), "{second:?}");
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn a_switch_meanwhile_is_refused() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let pid = first.pid();
    for profile in ["14512340", "14190688"] {
        let run = home.nxp(["profiles", "switch", profile]).at(&portal).run();
        let run = run.code(8);
        let error = format!(
            "error: an exec on Ana Duarte — Duarte Ceramics #14190688 is running (pid {pid}, for "
        );
        assert!(run.stderr.starts_with(&error), "{run:?}");
        assert!(run.stderr.contains("\nhint: "), "{run:?}");
    }
    let words = ["profiles", "switch", "14512340", "-o", "json"];
    let refusal = home.nxp(words).at(&portal).run().code(8).stderr;
    let refusal: serde_json::Value = serde_json::from_str(&refusal).unwrap();
    assert_eq!(refusal["error"]["code"], "busy");
    assert_eq!(refusal["error"]["exit_code"], 8);
    assert_eq!(portal.current(), CERAMICS);
    first.finish();
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn a_forced_switch_goes_ahead_and_stands() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let words = ["profiles", "switch", "--force", "14512340"];
    home.nxp(words).at(&portal).run().code(0);
    let first = first.finish();
    assert!(
        first
            .stderr
            .contains("is current now, so nothing was switched back"),
        "{first:?}"
    );
    assert_eq!(portal.current(), TIDEWATER);
    let next = home.nxp(["profiles", "list"]).at(&portal).run().code(0);
    assert_eq!(next.stderr, "");
}

#[test]
fn other_accounts_do_not_wait() {
    let (home, portal, elsewhere) = (Home::new(), Portal::start(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    exec_with(&home, &elsewhere, &["--wait", "0", "14190688"], "true")
        .run()
        .code(0);
    first.finish();
}

#[test]
fn one_within_another_on_the_same_account_is_refused() {
    let (home, portal) = (Home::new(), Portal::start());
    let inner = "NXP_TOKEN=$TOKEN $nxp profiles exec 14512340 -- echo ran";
    let run = exec(&home, &portal, CERAMICS, inner)
        .env("TOKEN", portal.token())
        .run()
        .code(8);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.starts_with(
            "error: an exec on Ana Duarte — Duarte Ceramics #14190688 is running (pid "
        ),
        "{run:?}"
    );
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn nested_exec_is_found_across_accounts() {
    let (home, portal, elsewhere) = (Home::new(), Portal::start(), Portal::start());
    let innermost = "NXP_TOKEN=$TOKEN NXP_SPACE=$SPACE $nxp profiles exec 14512340 -- echo ran";
    let between = "NXP_TOKEN=$THERE NXP_SPACE=$ELSEWHERE $nxp profiles exec 14190688 -- \
        /bin/sh -c \"$INNERMOST\"";
    let run = exec(&home, &portal, CERAMICS, between)
        .env("INNERMOST", innermost)
        .env("TOKEN", portal.token())
        .env("SPACE", portal.address())
        .env("THERE", elsewhere.token())
        .env("ELSEWHERE", elsewhere.address())
        .run()
        .code(8);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("inside that exec"), "{run:?}");
    assert_eq!(elsewhere.current(), ANAS_OWN);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn stopped_between_its_turn_and_the_switch() {
    let (home, portal) = (Home::new(), Portal::start());
    let first = begun(&home, &portal, CERAMICS);
    let second = waiting(&home, &portal, 1);
    portal.fail("profiles:throttle=1,20");
    let before = portal.calls().len();
    first.signal(Signal::KILL);
    first.finish().code(137);
    wait_until("it looks again", || portal.calls().len() > before);
    second.signal(Signal::TERM);
    second.finish().code(143);
    assert_eq!(portal.calls().len(), before + 1);
}

#[test]
fn a_switch_within_an_exec_is_not_told_to_wait_for_its_end() {
    let within = format!("\"$nxp\" profiles switch {ANAS_OWN}");
    let words = [
        "--sandbox",
        "profiles",
        "exec",
        "14190688",
        "--",
        "/bin/sh",
        "-c",
        &within,
    ];
    let home = Home::new();
    let exec = home.nxp(words).env("nxp", env!("CARGO_BIN_EXE_nxp"));
    let run = exec.run().code(8);
    assert!(
        run.stderr
            .contains("hint: this runs inside that exec, which switches back when it ends; to switch anyway, add `--force`"),
        "{run:?}"
    );
}
