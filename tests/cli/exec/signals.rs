//! Signals, and who dies first.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use crate::people::{ANAS_OWN, CERAMICS};
use crate::support::{Call, Home, Portal, begun, exec, wait_until};

/// Those that nxp forwards.
const SIGNALS: [Signal; 7] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::TERM,
];

/// Those that nxp may handle: a test that runs in the background of a script is started to ignore
/// some, and so is nxp.
fn signals() -> impl Iterator<Item = Signal> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    let is_handled = move |signal: &Signal| ignored & (1 << (signal.as_raw() - 1)) == 0;
    SIGNALS.into_iter().filter(is_handled)
}

/// A command that counts a signal, and ends when it reads a line.
pub(super) fn counting(signal: Signal) -> String {
    format!(
        "count=0; trap 'count=$((count + 1)); echo got $count' {}; echo be''gun; \
         until read line; do test -d $HOME || exit; done; echo $count in all; exit 3",
        signal.as_raw(),
    )
}

#[test]
fn a_signal_to_nxp_reaches_the_command_once() {
    let (home, portal) = (Home::new(), Portal::start());
    for signal in signals() {
        let mut run = exec(&home, &portal, CERAMICS, &counting(signal)).start();
        assert_eq!(run.line(), "begun");
        for count in 1..=2 {
            run.signal(signal);
            assert_eq!(run.line(), format!("got {count}"), "{signal:?}");
        }
        run.enter("");
        assert_eq!(run.line(), "2 in all", "{signal:?}");
        run.finish().code(3);
        assert_eq!(portal.current(), ANAS_OWN, "{signal:?}");
    }
}

/// It may reach it twice: by itself, and from nxp.
#[test]
fn a_signal_to_the_process_group_reaches_the_command() {
    let (home, portal) = (Home::new(), Portal::start());
    let script =
        "trap 'echo got it; exit 3' TERM; echo begun; while test -d $HOME; do sleep 0.01; done";
    let mut run = exec(&home, &portal, CERAMICS, script)
        .in_own_group()
        .start();
    assert_eq!(run.line(), "begun");
    run.signal_group(Signal::TERM);
    assert_eq!(run.line(), "got it");
    run.finish().code(3);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn command_outside_the_group_gets_signals() {
    let (home, portal) = (Home::new(), Portal::start());
    let script =
        "trap 'echo got it; exit 3' TERM; echo begun; while test -d $HOME; do sleep 0.01; done";
    let words = [
        "profiles", "exec", "14190688", "--", "setsid", "/bin/sh", "-c", script,
    ];
    let mut run = home
        .nxp(words)
        .at(&portal)
        .env("PATH", "/usr/bin:/bin")
        .in_own_group()
        .start();
    assert_eq!(run.line(), "begun");
    run.signal_group(Signal::TERM);
    assert_eq!(run.line(), "got it");
    run.finish().code(3);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn a_command_that_dies_of_it_gives_its_code() {
    let (home, portal) = (Home::new(), Portal::start());
    for signal in signals() {
        let endless = "ulimit -c 0; echo begun; while test -d $HOME; do sleep 0.01; done";
        let mut run = exec(&home, &portal, CERAMICS, endless).start();
        assert_eq!(run.line(), "begun");
        assert_eq!(portal.current(), CERAMICS);
        run.signal(signal);
        run.finish().code(128 + signal.as_raw());
        assert_eq!(portal.current(), ANAS_OWN, "{signal:?}");
    }
}

#[test]
fn a_command_that_will_not_die_is_waited_for() {
    let (home, portal) = (Home::new(), Portal::start());
    let stubborn = "trap 'echo not yet' TERM; echo begun; read line; read line; echo over";
    let mut run = exec(&home, &portal, CERAMICS, stubborn).start();
    assert_eq!(run.line(), "begun");
    run.signal(Signal::TERM);
    assert_eq!(run.line(), "not yet");
    assert_eq!(portal.current(), CERAMICS);
    run.finish();
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn command_dies_before_nxp_gets_the_signal() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut run = exec(&home, &portal, CERAMICS, "echo $$; read line").start();
    let command = Pid::from_raw(run.line().parse().unwrap()).unwrap();
    run.signal(Signal::STOP);
    kill_process(command, Signal::KILL).unwrap();
    run.signal(Signal::TERM);
    run.signal(Signal::CONT);
    run.finish().code(137);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn a_signal_on_the_way_back_does_not_cut_it_short() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = begun(&home, &portal, CERAMICS);
    portal.fail("switch:throttle=1,1");
    let before = portal.calls().len();
    run.signal(Signal::TERM);
    wait_until("the way back has begun", || portal.calls().len() > before);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        run.signal(signal);
    }
    run.finish().code(143);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn a_signal_during_the_switch_runs_nothing_and_takes_it_back() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("switch:throttle=1,1");
    let run = exec(&home, &portal, CERAMICS, "echo ran").start();
    wait_until("the switch is on its way", || {
        portal.calls().iter().any(|call| call.starts_with("PUT"))
    });
    run.signal(Signal::TERM);
    let run = run.finish().code(143);
    assert_eq!(
        run.stderr,
        "Interrupted; verifying the switch. Interrupt again to stop now.\n\
         error: cancelled; nothing was changed\n"
    );
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn signal_during_switch_and_failed_way_back() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("switch+1:refuse");
    portal.fail("switch:answer-after=500");
    let run = exec(&home, &portal, CERAMICS, "echo ran").start();
    wait_until("the switch is on its way", || {
        portal.calls().iter().any(|call| call.starts_with("PUT"))
    });
    run.signal(Signal::TERM);
    let output = run.finish().code(1);
    assert_eq!(output.stdout, "");
    assert_eq!(portal.current(), CERAMICS);
    let said = output.stderr;
    assert!(
        said.contains("warning: cancelled before the command was started\nerror: "),
        "{said}"
    );
    assert!(said.contains("may still be current"), "{said}");
}

#[test]
fn what_nxp_is_to_ignore_the_command_ignores_too() {
    let (home, portal) = (Home::new(), Portal::start());
    let script =
        "trap '' HUP; exec nxp profiles exec 14190688 -- sh -c 'kill -HUP $$ $PPID; echo alive'";
    let Some(call) = home.program("sh", ["-c", script]) else {
        return;
    };
    assert_eq!(call.at(&portal).run().answer(), "alive\n");
    assert_eq!(portal.current(), ANAS_OWN);
}

/// `grep ^Sig` with some signals blocked and others ignored, through these words.
fn signal_setup(home: &Home, portal: &Portal, through: &[&str]) -> Option<String> {
    let setup = ["--block-signal=CHLD,TERM,USR2", "--ignore-signal=HUP,USR1"];
    let look = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"];
    let call = home.program("env", [])?.at(portal);
    let words = [&setup, through, &look].concat();
    let call = words.into_iter().fold(call, Call::arg);
    Some(call.run().answer())
}

#[test]
fn the_command_finds_signals_blocked_and_ignored_as_nxp_did() {
    let (home, portal) = (Home::new(), Portal::start());
    let through = ["nxp", "profiles", "exec", "14190688", "--"];
    let Some(found) = signal_setup(&home, &portal, &through) else {
        return;
    };
    assert_eq!(Some(found), signal_setup(&home, &portal, &[]));
    assert_eq!(portal.current(), ANAS_OWN);
}
