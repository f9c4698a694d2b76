//! The command lines that switch profiles.

use std::fmt::Display;

use super::{Call, Home, Portal, Running};

/// Prints `begun`, and runs until its input ends.
pub(crate) const UNTIL_TOLD: &str = "echo begun; read line; exit 0";

/// `nxp profiles switch PROFILE` at a portal.
pub(crate) fn switch(home: &Home, portal: &Portal, profile: impl Display) -> Call {
    home.nxp(["profiles", "switch", &profile.to_string()])
        .at(portal)
}

/// `nxp profiles exec PROFILE -- sh -c SCRIPT` at a portal, with nxp itself in `$nxp`.
pub(crate) fn exec(home: &Home, portal: &Portal, profile: u64, script: &str) -> Call {
    exec_with(home, portal, &[&profile.to_string()], script)
}

/// The same, with these words before the command.
pub(crate) fn exec_with(home: &Home, portal: &Portal, words: &[&str], script: &str) -> Call {
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

/// An exec that has switched and runs its command.
pub(crate) fn begun(home: &Home, portal: &Portal, profile: u64) -> Running {
    let mut exec = exec(home, portal, profile, UNTIL_TOLD).start();
    assert_eq!(exec.line(), "begun");
    exec
}
