//! Switches and execs that meet each other, a slow portal, a signal or a kill: what is reported of
//! a switch is what happened, and `exec` leaves things as it found them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::people::{ANA, ANAS_OWN, CERAMICS, TIDEWATER};
use crate::support::{
    Home, Keyring, LIST, Output, Portal, Running, UNTIL_TOLD, begun, exec, make_fifo, switch,
    wait_until,
};

fn list(home: &Home, portal: &Portal) -> Output {
    home.nxp(["profiles", "list"]).at(portal).run()
}

/// A switch whose request has reached the portal.
fn sent(home: &Home, portal: &Portal, profile: u64) -> Running {
    let before = portal.switches();
    let run = switch(home, portal, profile).start();
    wait_until("the switch is sent", || portal.switches() > before);
    run
}

#[test]
fn an_exec_waits_for_a_switch_that_waits_for_the_portal() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:throttle=1,1");
    let switch = sent(&home, &portal, TIDEWATER);
    let script = "NXP_TOKEN=$TOKEN $nxp profiles current -o id";
    let exec = exec(&home, &portal, CERAMICS, script)
        .env("TOKEN", portal.token())
        .start();
    exec.says("Waiting: a switch to Ana Duarte — Tidewater Imports");
    switch.finish().code(0);
    assert_eq!(exec.finish().answer(), format!("{CERAMICS}\n"));
    assert_eq!(portal.current(), TIDEWATER);
}

#[test]
fn a_switch_waits_for_another_one_and_both_take_effect() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:throttle=1,1");
    let first = sent(&home, &portal, TIDEWATER);
    let second = switch(&home, &portal, CERAMICS).start();
    second.says("Waiting: a switch to Ana Duarte — Tidewater Imports");
    first.finish().code(0);
    second.finish().code(0);
    assert_eq!(portal.current(), CERAMICS);
    switch(&home, &portal, "-").run().code(0);
    assert_eq!(portal.current(), TIDEWATER);
}

#[test]
fn a_switch_waits_for_another_one_no_longer_than_its_timeout() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:hang=9");
    let first = sent(&home, &portal, TIDEWATER);
    let second = switch(&home, &portal, CERAMICS);
    let second = second.args(["--timeout", "0.3"]).run().code(8);
    assert!(
        second.stderr.contains("a switch to Ana Duarte — Tidewater"),
        "{second}"
    );
    assert!(second.stderr.contains("`--timeout SECONDS`"), "{second}");
    first.kill();
    first.finish();
}

#[test]
fn late_switch_is_unknown_then_settled() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:apply-after=2500,hang");
    let run = switch(&home, &portal, CERAMICS).args(["--timeout", "1"]);
    let run = run.run().code(5);
    assert!(run.stderr.contains("may still take effect"), "{run}");
    assert_eq!(portal.current(), ANAS_OWN);
    let early = list(&home, &portal).code(0);
    assert!(early.stderr.contains("has not taken effect yet"), "{early}");
    wait_until("it lands", || portal.current() == CERAMICS);
    let settled = list(&home, &portal).code(0);
    assert!(settled.stderr.contains("took effect"), "{settled}");
    assert_eq!(list(&home, &portal).code(0).stderr, "");
    // It hangs as well, for as long as it may.
    let back = switch(&home, &portal, "-").args(["--timeout", "5"]);
    back.run().code(0);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn a_list_that_lags_for_seconds_is_waited_for() {
    let (home, portal) = Home::at_portal();
    portal.fail("late=5");
    switch(&home, &portal, CERAMICS).run().code(0);
}

#[test]
fn late_exec_switch_leaves_a_way_back() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:apply-after=2500,hang");
    let run = exec(&home, &portal, CERAMICS, "echo ran");
    let run = run.env("NXP_TIMEOUT", "1").run().code(5);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("may still take effect"), "{run}");
    // It was sent back at once, although the list showed the old profile.
    assert_eq!(portal.switches(), 2);
    wait_until("it lands", || portal.current() == CERAMICS);
    let next = list(&home, &portal).code(0);
    assert!(next.stderr.contains("did not switch back"), "{next}");
    // It hangs as well, for as long as it may.
    let back = switch(&home, &portal, "-").args(["--timeout", "5"]);
    back.run().code(0);
    assert_eq!(portal.current(), ANAS_OWN);
    assert_eq!(list(&home, &portal).code(0).stderr, "");
}

const DENIALS: [&str; 7] = [
    "switch:applied-then=400",
    "switch:applied-then=401",
    "switch:applied-then=404",
    "switch:applied-then=408",
    "switch:applied-then=409",
    "switch:applied-then=422",
    "switch:applied-refused",
];

#[test]
fn denied_switch_that_took_effect() {
    for denial in DENIALS {
        let (home, portal) = Home::at_portal();
        portal.fail(denial);
        let run = switch(&home, &portal, CERAMICS).args(["-o", "id"]).run();
        assert_eq!(run.code, 0, "{denial}: {run}");
        assert_eq!(run.stdout, format!("{CERAMICS}\n"), "{denial}");
        // A request that timed out at the server is no refusal.
        let warns = run
            .stderr
            .contains("warning: the switch took effect, although ");
        assert_eq!(warns, !denial.ends_with("408"), "{denial}: {run}");
        switch(&home, &portal, "-").run();
        assert_eq!(portal.current(), ANAS_OWN, "{denial}");
    }
}

#[test]
fn denied_exec_switch_that_took_effect() {
    for denial in DENIALS {
        let (home, portal) = Home::at_portal();
        portal.fail(denial);
        let run = exec(&home, &portal, CERAMICS, "echo ran").run();
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (0, "ran\n"),
            "{denial}: {run}"
        );
        assert_eq!(portal.current(), ANAS_OWN, "{denial}");
    }
}

#[test]
fn a_switch_that_is_refused_says_why_and_is_over() {
    for (refusal, code) in [("400", 1), ("404", 3), ("422", 1), ("401", 4)] {
        let (home, portal) = Home::at_portal();
        portal.fail(&format!("switch:not-applied-then={refusal},9"));
        let run = switch(&home, &portal, CERAMICS).run();
        assert_eq!(run.code, code, "{refusal}: {run}");
        assert!(!run.stderr.contains("may still"), "{refusal}: {run}");
        assert_eq!(home.pending_switch(), None, "{refusal}");
    }
}

#[test]
fn previous_profile_after_a_killed_switch() {
    for (fault, lands, timeout, code) in [
        ("switch:hang", true, "2", 0),
        // Tidewater is current all the time, and the portal confirms nothing.
        ("switch:apply-after=60000,hang", false, "6", 5),
    ] {
        let (home, portal) = Home::at_portal();
        switch(&home, &portal, TIDEWATER).run().code(0);
        portal.fail(fault);
        let run = sent(&home, &portal, CERAMICS);
        wait_until("it is applied", || !lands || portal.current() == CERAMICS);
        run.kill();
        run.finish();
        let back = switch(&home, &portal, "-").args(["--timeout", timeout]);
        back.run().code(code);
        assert_eq!(portal.current(), TIDEWATER, "{fault}");
    }
}

#[test]
fn an_interrupt_waits_for_the_outcome() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:answer-after=500");
    let run = sent(&home, &portal, CERAMICS);
    run.interrupt();
    let run = run.finish().code(0);
    assert!(run.stderr.contains("Switched from"), "{run}");
}

#[test]
fn an_interrupt_stops_the_wait_for_a_response_but_not_the_look() {
    let interrupted = [Signal::INT, Signal::TERM, Signal::HUP].map(|signal| {
        let (home, portal) = Home::at_portal();
        portal.fail("switch:hang");
        let run = sent(&home, &portal, CERAMICS);
        run.signal(signal);
        (home, portal, run)
    });
    for (_home, _portal, run) in interrupted {
        let run = run.finish().code(0);
        assert!(run.stderr.contains("Switched from"), "{run}");
    }
}

#[test]
fn interrupt_of_an_invisible_switch() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:apply-after=60000,hang");
    let run = sent(&home, &portal, CERAMICS);
    run.interrupt();
    let run = run.finish().code(1);
    assert!(
        run.stderr.contains("may still take effect: interrupted"),
        "{run}"
    );
}

#[test]
fn second_interrupt_ends_at_once() {
    for words in [
        &["profiles", "switch", "14190688"][..],
        &["profiles", "exec", "14190688", "--", "true"],
    ] {
        let (home, portal) = Home::at_portal();
        portal.fail("switch:hang=9");
        let before = portal.calls().len();
        let run = home.nxp(words).at(&portal).start();
        wait_until("the switch is sent", || portal.switches() > 0);
        run.interrupt();
        run.says("Interrupted");
        run.interrupt();
        let run = run.finish().code(1);
        assert!(run.stderr.contains("may still take effect"), "{run}");
        assert!(home.pending_switch().is_some());
        // The list was fetched before the switch, and nothing was requested after it.
        assert_eq!(portal.calls().len(), before + 2, "{words:?}");
    }
}

#[test]
fn an_interrupt_before_anything_is_sent_changes_nothing() {
    let (home, portal) = Home::at_portal();
    portal.fail("profiles:hang");
    let run = switch(&home, &portal, CERAMICS).start();
    wait_until("it lists", || !portal.calls().is_empty());
    run.interrupt();
    run.finish().code(130);
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
    assert_eq!(home.pending_switch(), None);
}

#[test]
fn signing_out_during_an_exec_lets_no_other_go_ahead() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let words = [
        "profiles",
        "exec",
        &CERAMICS.to_string(),
        "--",
        "/bin/sh",
        "-c",
        UNTIL_TOLD,
    ];
    let mut run = home.nxp(words).start();
    assert_eq!(run.line(), "begun");
    home.nxp(["logout"]).run().code(0);
    switch(&home, &portal, TIDEWATER).run().code(8);
    let words = [
        "profiles",
        "exec",
        "--wait",
        "0",
        &TIDEWATER.to_string(),
        "--",
        "true",
    ];
    home.nxp(words).at(&portal).run().code(8);
    run.finish().code(0);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn a_forced_switch_within_an_exec_leaves_its_record_alone() {
    let (home, portal) = Home::at_portal();
    let run = begun(&home, &portal, CERAMICS);
    let record = home.pending_switch();
    let forced = switch(&home, &portal, TIDEWATER).arg("--force");
    forced.run().code(0);
    assert_eq!(home.pending_switch(), record);
    let run = run.finish().code(0);
    assert!(run.stderr.contains("nothing was switched back"), "{run}");
    assert_eq!(home.pending_switch(), None);
}

/// Also while the first one fetches its list, before its name is in the journal.
#[test]
fn a_forced_switch_waits_for_another_switch() {
    let (home, portal) = Home::at_portal();
    portal.fail("profiles:answer-after=400");
    let before = portal.calls().len();
    let first = switch(&home, &portal, CERAMICS).start();
    wait_until("its list is fetched", || portal.calls().len() > before);
    let forced = switch(&home, &portal, TIDEWATER).arg("--force");
    forced.run().code(0);
    first.finish().code(0);
    let calls = portal.calls().split_off(before);
    let is_list: Vec<bool> = calls.iter().map(|call| call == LIST).collect();
    assert_eq!(is_list, [true, false, true, true, false, true], "{calls:?}");
    assert_eq!(portal.current(), TIDEWATER);
}

#[test]
fn previous_profile_after_a_forced_switch() {
    let (home, portal) = Home::at_portal();
    let mut run = exec(&home, &portal, CERAMICS, UNTIL_TOLD).start();
    assert_eq!(run.line(), "begun");
    portal.fail("switch:apply-after=2000,hang");
    let forced = switch(&home, &portal, TIDEWATER).args(["--force", "--timeout", "1"]);
    forced.run().code(5);
    wait_until("it lands", || portal.current() == TIDEWATER);
    run.finish().code(0);
    switch(&home, &portal, "-")
        .args(["--timeout", "4"])
        .run()
        .code(0);
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn odd_files_in_place_of_its_own_keep_no_switch_waiting() {
    let (home, portal) = Home::at_portal();
    switch(&home, &portal, CERAMICS).run().code(0);
    let folders = ["state/nxp", "cache/nxp"].map(|folder| home.path().join(folder));
    for path in folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
    {
        let path = path.unwrap().path();
        fs::remove_file(&path).unwrap();
        make_fifo(&path);
    }
    let words = ["--timeout", "5"];
    switch(&home, &portal, TIDEWATER).args(words).run().code(0);
    assert_eq!(portal.current(), TIDEWATER);
}

#[test]
fn unwritable_record_hides_an_earlier_exec() {
    let (home, portal) = Home::at_portal();
    let run = begun(&home, &portal, CERAMICS);
    run.kill();
    run.finish();
    let journal = home.journal_file().unwrap();
    let allow = |mode| fs::set_permissions(&journal, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o400);
    let words = ["profiles", "switch", &TIDEWATER.to_string()];
    let Some(switch_without) = home.unprivileged(&words) else {
        return;
    };
    let said = switch_without.at(&portal).run().code(0).stderr;
    assert!(
        said.contains("warning: can't lock against other switches: "),
        "{said}"
    );
    allow(0o600);
    list(&home, &portal).code(0);
    // Which profile was current before that switch is not known.
    assert_eq!(home.pending_switch(), None);
    switch(&home, &portal, "-").run().code(3);
}

#[test]
fn a_clock_that_was_set_back_keeps_no_switch_waiting() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:throttle=1,20");
    let run = sent(&home, &portal, CERAMICS);
    run.kill();
    run.finish();
    home.change_pending_switch(|record| record["sent_at"] = 4_000_000_000_u64.into());
    switch(&home, &portal, TIDEWATER).run().code(0);
    assert_eq!(portal.current(), TIDEWATER);
}

#[test]
fn a_token_of_another_user_than_expected_takes_that_users_lock() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    // As if the account had been another user's when it signed in.
    let state = fs::read_to_string(home.state_file()).unwrap();
    let user = home.state()["accounts"][0]["user"].to_string();
    fs::write(home.state_file(), state.replace(&user, "7")).unwrap();
    let run = begun(&home, &portal, CERAMICS);
    home.nxp(["profiles", "switch", &TIDEWATER.to_string()])
        .run()
        .code(8);
    run.finish().code(0);
}

/// Twenty switches and execs at once, some of them killed, at a portal that takes its time.
#[test]
fn race_of_switches_execs_and_kills() {
    const CHOICES: [u64; 3] = [ANAS_OWN, CERAMICS, TIDEWATER];
    let seed = 20_261_124;
    let (home, portal) = Home::at_portal();
    portal.fail("delay=5-60");
    let mut random = fastrand::Rng::with_seed(seed);
    let script = "a=$(NXP_TOKEN=$TOKEN $nxp profiles current -o id); \
        b=$(NXP_TOKEN=$TOKEN $nxp profiles current -o id); echo $NXP_PROFILE_ID $a $b";
    let runs: Vec<(bool, u64, Option<Duration>, Running)> = (0..20)
        .map(|_| {
            let is_exec = random.bool();
            let profile = CHOICES[random.usize(..CHOICES.len())];
            let kill = (random.u32(..4) == 0).then(|| Duration::from_millis(random.u64(20..2500)));
            let call = if is_exec {
                exec(&home, &portal, profile, script).env("TOKEN", portal.token())
            } else {
                switch(&home, &portal, profile).args(["-o", "json"])
            };
            (
                is_exec,
                profile,
                kill,
                call.env("NXP_TIMEOUT", "120").start(),
            )
        })
        .collect();
    let outputs: Vec<(bool, u64, bool, Output)> = thread::scope(|scope| {
        let runs = runs.into_iter().map(|(is_exec, profile, kill, run)| {
            scope.spawn(move || {
                if let Some(after) = kill {
                    thread::sleep(after);
                    run.kill();
                }
                (is_exec, profile, kill.is_some(), run.finish())
            })
        });
        let runs: Vec<_> = runs.collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let mut done = 0;
    for (is_exec, profile, killed, output) in &outputs {
        match (is_exec, output.code) {
            (_, 137) if *killed => {}
            // Refused because an exec was running.
            (false, 8) => {}
            (false, 0) => {
                let switched: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
                assert_eq!(switched["Switched"]["To"], *profile, "{output}");
                let current = switched["Profiles"].as_array().unwrap().iter();
                let mut current = current.filter(|profile| profile["IsDefaultProfile"] == true);
                assert_eq!(current.next().unwrap()["Id"], *profile, "{output}");
                done += 1;
            }
            (true, 0) => {
                assert_eq!(
                    output.stdout,
                    format!("{profile} {profile} {profile}\n"),
                    "{output}"
                );
                done += 1;
            }
            (_, code) => panic!("exit code {code} (seed {seed}): {output}"),
        }
    }
    assert!(done > 0, "{outputs:?}");
    // Whatever a killed one left is said, and leads back.
    let left = home.pending_switch();
    let said = list(&home, &portal).code(0).stderr;
    let is_left = left
        .as_ref()
        .is_some_and(|record| record["is_exec"] == true && record["to"]["id"] == portal.current());
    assert_eq!(
        said.contains("did not switch back"),
        is_left,
        "{left:?} {said}"
    );
}
