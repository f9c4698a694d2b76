//! `nxp completions`: the script that completes nxp's command line in a shell.

use clap::CommandFactory as _;

use crate::answer::Answer;
use crate::args::{Cli, CompletionsArgs};

pub(super) fn run(args: &CompletionsArgs) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "nxp", &mut script);
    Answer::Text(String::from_utf8_lossy(&script).into_owned())
}
