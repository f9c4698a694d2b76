//! `nxp help`: the help of a command, or a topic. And what clap reports instead of a command to run:
//! help, the version, and mistakes.

use std::ffi::{OsStr, OsString};

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _};

use crate::args::{Cli, HelpArgs, options_for_every_command};
use crate::command_output::CommandOutput;
use crate::error::{Error, Result};
use crate::help::{topic, topics};
use crate::output::Console;

/// Finds the topic or the command that the words name.
pub(super) fn run(args: &HelpArgs, console: Console) -> Result<CommandOutput> {
    if let [name] = args.words.as_slice()
        && let Some(topic) = topic(name)
    {
        return Ok(CommandOutput::Text(console.topic(topic)));
    }
    let mut command = match args.words.as_slice() {
        [name] if name == "options" => options_for_every_command(),
        words => command_named(words).ok_or_else(|| {
            let topics: Vec<&str> = topics().map(|(name, _)| name).collect();
            let topics = topics.join(", ");
            Error::usage(
                format!("no command or help topic \"{}\"", words.join(" ")),
                format!("`nxp --help` lists the commands; topics: {topics}"),
            )
        })?,
    };
    Ok(styled(&command.render_long_help(), console))
}

/// The command with these words after `nxp`.
pub(super) fn command_named(words: &[impl AsRef<OsStr>]) -> Option<Command> {
    let mut command = Cli::command();
    command.build();
    words.iter().try_fold(command, |command, word| {
        command.find_subcommand(word).cloned()
    })
}

/// Text with the styles of clap, if the console has color.
fn styled(text: &StyledStr, console: Console) -> CommandOutput {
    CommandOutput::Text(if console.color_stdout {
        text.ansi().to_string()
    } else {
        text.to_string()
    })
}

/// The help or the version that the words ask for.
///
/// # Errors
/// What is wrong with the words.
pub(super) fn explain(
    refusal: &clap::Error,
    words: &[OsString],
    console: Console,
) -> Result<CommandOutput> {
    let text = match refusal.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => refusal.render(),
        ErrorKind::MissingSubcommand => command_in(words).render_help(),
        _ => return Err(mistake(refusal, words)),
    };
    Ok(styled(&text, console))
}

/// The command that a line names, whatever else is in it.
fn command_in(words: &[OsString]) -> Command {
    let mut command = Cli::command();
    command.build();
    let words = words.iter().take_while(|word| *word != "--");
    words.fold(command, |command, word| {
        command.find_subcommand(word).cloned().unwrap_or(command)
    })
}

/// What clap says, in one line, with its tip or the usage as the hint.
fn mistake(refusal: &clap::Error, words: &[OsString]) -> Error {
    let rendered = refusal.render().to_string();
    let (message, rest) = rendered.split_once("\n\n").unwrap_or((&rendered, ""));
    let message = message.trim_start_matches("error: ");
    let message: Vec<&str> = message.split_whitespace().collect();
    let mut tips = rest
        .lines()
        .filter_map(|line| line.trim().strip_prefix("tip: "));
    // How to pass `--x` as a value is never what was asked.
    let tip = tips.find(|tip| !tip.starts_with("to pass"));
    let hint = match (refusal.kind(), tip) {
        (ErrorKind::ArgumentConflict, _) => "leave out one of them".to_owned(),
        _ if message.contains(&"'--json'") => "give `-o json`".to_owned(),
        (_, Some(tip)) => tip.to_owned(),
        (_, None) => {
            let usage = command_in(words).render_usage().to_string();
            let usage = usage.trim_start_matches("Usage: ");
            format!("usage: `{usage}`; try `--help`")
        }
    };
    Error::usage(message.join(" "), hint)
}
