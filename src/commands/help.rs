//! `nxp help`: the help of a command, or a topic.

use std::ffi::OsStr;

use clap::CommandFactory as _;
use clap::builder::StyledStr;

use crate::args::{Cli, HelpArgs};
use crate::command_output::CommandOutput;
use crate::error::{Error, Result};
use crate::help::{TOPICS, Topic};
use crate::output::Console;

/// Finds the topic or the command that the words name.
pub(super) fn run(args: &HelpArgs, console: Console) -> Result<CommandOutput> {
    if let [name] = args.words.as_slice()
        && let Some(topic) = Topic::named(name)
    {
        return Ok(CommandOutput::Topic(topic));
    }
    of_command(&args.words, true, console)
}

/// The short help of the last command in an incomplete command line.
pub(super) fn of_incomplete_line(words: &[impl AsRef<OsStr>], console: Console) -> CommandOutput {
    let words = words.iter().filter_map(|word| word.as_ref().to_str());
    let mut known: Vec<&str> = Vec::new();
    for word in words.skip(1) {
        if of_command(&[known.as_slice(), &[word]].concat(), false, console).is_ok() {
            known.push(word);
        }
    }
    of_command(&known, false, console).unwrap_or(CommandOutput::Nothing)
}

fn of_command(words: &[impl AsRef<str>], is_long: bool, console: Console) -> Result<CommandOutput> {
    let mut command = Cli::command();
    command.build();
    let mut found = &mut command;
    for word in words {
        found = found
            .find_subcommand_mut(word.as_ref())
            .ok_or_else(|| unknown(words))?;
    }
    let help = if is_long {
        found.render_long_help()
    } else {
        found.render_help()
    };
    Ok(styled(&help, console))
}

/// Text with the styles of clap, if the console has color.
pub(super) fn styled(text: &StyledStr, console: Console) -> CommandOutput {
    CommandOutput::Text(if console.appearance.color_stdout {
        text.ansi().to_string()
    } else {
        text.to_string()
    })
}

fn unknown(words: &[impl AsRef<str>]) -> Error {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let topics: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    Error::usage(
        format!("no command or help topic \"{}\"", words.join(" ")),
        format!(
            "`nxp --help` lists the commands; topics: {}",
            topics.join(", ")
        ),
    )
}
