//! `nxp man`: the man pages, from the same definitions as the help.

use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::args::{Cli, ManArgs};
use crate::command_output::CommandOutput;
use crate::error::Result;

/// Prints the page of `nxp` itself, or writes one page a command.
pub(super) fn run(args: &ManArgs) -> Result<CommandOutput> {
    let mut command = Cli::command().disable_help_subcommand(true);
    match &args.out {
        Some(folder) => write_all(command, folder),
        None => {
            command.build();
            let mut page = Vec::new();
            Man::new(command)
                .render(&mut page)
                .context("can't write the man page")?;
            Ok(CommandOutput::Text(
                String::from_utf8_lossy(&page).into_owned(),
            ))
        }
    }
}

fn write_all(command: clap::Command, folder: &Path) -> Result<CommandOutput> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .with_context(|| format!("can't write man pages to {}", folder.display()))?;
    Ok(CommandOutput::Nothing)
}
