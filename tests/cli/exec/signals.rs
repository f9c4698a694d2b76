//! Signals, and who dies first.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use super::{CERAMICS, HOME_PROFILE, begun, exec, wait_until};
use crate::support::{Home, Portal, people};

/// Those that are passed on, with what a shell calls them.
const SIGNALS: [(Signal, &str); 6] = [
    (Signal::HUP, "HUP"),
    (Signal::INT, "INT"),
    (Signal::QUIT, "QUIT"),
    (Signal::TERM, "TERM"),
    (Signal::USR1, "USR1"),
    (Signal::USR2, "USR2"),
];

/// Those that nxp may handle: a test that runs in the background of a script is started to ignore
/// some, and so is nxp.
fn signals() -> impl Iterator<Item = (Signal, &'static str)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    SIGNALS
        .into_iter()
        .filter(move |(signal, _)| ignored & (1 << (signal.as_raw() - 1)) == 0)
}

/// A command that takes a signal in its own way; it can't end before the signal is there.
fn trapping(name: &str) -> String {
    format!(
        "trap 'echo got {name}; exit 3' {name}; echo begun; while test -d $HOME; do sleep 0.01; done"
    )
}

#[test]
fn a_signal_to_nxp_goes_to_the_command_first() {
    let (home, portal) = (Home::new(), Portal::start());
    for (signal, name) in signals() {
        let mut run = exec(&home, &portal, CERAMICS, &trapping(name)).start();
        assert_eq!(run.line(), "begun");
        run.signal(signal);
        assert_eq!(run.line(), format!("got {name}"));
        run.finish().code(3);
        assert_eq!(portal.current(), HOME_PROFILE, "{name}");
    }
}

#[test]
fn a_command_that_dies_of_it_gives_its_code() {
    let (home, portal) = (Home::new(), Portal::start());
    for (signal, name) in signals() {
        let endless = "echo begun; while test -d $HOME; do sleep 0.01; done";
        let mut run = exec(&home, &portal, CERAMICS, endless).start();
        assert_eq!(run.line(), "begun");
        assert_eq!(portal.current(), CERAMICS);
        run.signal(signal);
        run.finish().code(128 + signal.as_raw());
        assert_eq!(portal.current(), HOME_PROFILE, "{name}");
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
    assert_eq!(portal.current(), HOME_PROFILE);
}

#[test]
fn a_command_that_dies_before_nxp_hears_of_a_signal_is_followed_by_the_way_back() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut run = exec(&home, &portal, CERAMICS, "echo $$; read line").start();
    let command = Pid::from_raw(run.line().parse().unwrap()).unwrap();
    run.signal(Signal::STOP);
    kill_process(command, Signal::KILL).unwrap();
    run.signal(Signal::TERM);
    run.signal(Signal::CONT);
    run.finish().code(137);
    assert_eq!(portal.current(), HOME_PROFILE);
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
    assert_eq!(portal.current(), HOME_PROFILE);
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
    assert_eq!(portal.current(), HOME_PROFILE);
}

/// What an exec says that is signalled during its switch.
fn stopped_during_the_switch(portal: &Portal) -> String {
    let home = Home::new();
    portal.fail("switch:throttle=1,1");
    let run = exec(&home, portal, CERAMICS, "echo ran").start();
    wait_until("the switch is on its way", || {
        portal.calls().iter().any(|call| call.starts_with("PUT"))
    });
    run.signal(Signal::TERM);
    let output = run.finish().code(143);
    assert_eq!(output.stdout, "");
    assert_eq!(portal.current(), CERAMICS);
    output.stderr
}

#[test]
fn a_signal_during_the_switch_is_not_said_to_change_nothing_where_the_way_back_fails() {
    let portal = Portal::start();
    portal.fail("switch+2:refuse");
    let said = stopped_during_the_switch(&portal);
    assert!(
        said.contains("error: cancelled before the command was started\nerror: "),
        "{said}"
    );
    assert!(said.contains("may still be current"), "{said}");
}

#[test]
fn a_signal_during_the_switch_is_not_said_to_change_nothing_where_there_is_no_way_back() {
    let mut model = people();
    model.users[0].current = None;
    let said = stopped_during_the_switch(&Portal::with_model(model));
    assert!(said.contains("stays current\n"), "{said}");
    assert!(
        said.ends_with("error: cancelled before the command was started\n"),
        "{said}"
    );
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
    assert_eq!(portal.current(), HOME_PROFILE);
}
