//! `nxp man`: the man pages, from the definitions of the command line.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::{Cli, ManArgs, options_for_every_command};
use crate::command_output::CommandOutput;
use crate::error::Result;
use crate::output::Console;

/// The day of the release, in the footer of the pages. It changes with the version.
const DATE: &str = "2026-11-24";

/// Prints the page of `nxp` itself, or writes one page for each command.
pub(super) fn run(args: &ManArgs, console: Console) -> Result<CommandOutput> {
    let mut command = Cli::command();
    command.build();
    if let Some(folder) = &args.out {
        let folder = folder.join("man1");
        let written = fs::create_dir_all(&folder).and_then(|()| write(&command, &folder));
        written.with_context(|| format!("can't write man pages to {}", folder.display()))?;
        return Ok(CommandOutput::Nothing);
    }
    if console.stdout_is_terminal {
        console.suggest(
            "`nxp man | man -l -` shows the man page; `nxp man --out DIR` writes all pages",
        );
        return Ok(CommandOutput::Text(command.render_long_help().to_string()));
    }
    let page = page(&command).context("can't write the man page")?;
    Ok(CommandOutput::Text(
        String::from_utf8_lossy(&page).into_owned(),
    ))
}

/// Writes the pages of a command and of all below it.
fn write(command: &Command, folder: &Path) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or("nxp");
    fs::write(folder.join(format!("{name}.1")), page(command)?)?;
    let mut below = command.get_subcommands().filter(|it| !it.is_hide_set());
    below.try_for_each(|below| write(below, folder))
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let is_root = command.get_name() == "nxp";
    let man = Man::new(command.clone())
        .date(DATE)
        .source(concat!("nxp ", env!("CARGO_PKG_VERSION")))
        .manual("nxp manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    let mut roff = Roff::default();
    let help = command.get_after_long_help().or(command.get_after_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    for part in help.trim_end().split("\n\n") {
        let examples = part.strip_prefix("Examples:\n");
        match examples {
            Some(_) => roff.control("SH", ["EXAMPLES"]),
            None => roff.control("PP", []),
        };
        // Lines are shown as they are.
        roff.control("nf", []);
        roff.text([roman(examples.unwrap_or(part))]);
        roff.control("fi", []);
    }
    roff.to_writer(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if is_root {
        Man::new(options_for_every_command()).render_options_section(&mut page)?;
    }
    let mut roff = Roff::default();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        bold("nxp help"),
        roman(" lists the topics: options for every command, environment, exit codes and more."),
    ]);
    roff.to_writer(&mut page)?;
    Ok(page)
}
