//! `nxp profiles exec`.

mod mishaps;
mod running;
mod signals;
mod terminal;
mod turns;

use std::time::{Duration, Instant};

use crate::support::{Call, Home, Portal, Running};

/// Where the main user is at first.
const HOME_PROFILE: u64 = 14_190_271;
/// Two others that one can switch to.
const CERAMICS: u64 = 14_190_688;
const TIDEWATER: u64 = 14_512_340;

/// Says that it has begun, and goes on until its input ends or it is told to by the test.
const UNTIL_TOLD: &str = "echo begun; read line; exit 0";

/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(5);

/// `nxp profiles exec PROFILE -- sh -c SCRIPT` at a portal, with nxp itself in `$nxp`.
fn exec(home: &Home, portal: &Portal, profile: u64, script: &str) -> Call {
    exec_with(home, portal, &[&profile.to_string()], script)
}

/// The same, with these words before the command.
fn exec_with(home: &Home, portal: &Portal, words: &[&str], script: &str) -> Call {
    let words = [
        &["profiles", "exec"],
        words,
        &["--", "/bin/sh", "-c", script],
    ]
    .concat();
    home.nxp(words)
        .at(portal)
        .env("nxp", env!("CARGO_BIN_EXE_nxp"))
}

/// One that has switched and runs its command.
fn begun(home: &Home, portal: &Portal, profile: u64) -> Running {
    let mut exec = exec(home, portal, profile, UNTIL_TOLD).start();
    assert_eq!(exec.line(), "begun");
    exec
}

#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(LOOK);
    }
}
