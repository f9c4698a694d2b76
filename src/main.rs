//! The binary `nxp`: reads the command line, runs the command, leaves with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    nxp::main(std::env::args_os())
}
