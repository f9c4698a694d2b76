//! `nxp help`: the help of a command, or a topic. And what clap reports instead of a command to run:
//! help, the version, and mistakes.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};

use crate::args::{Cli, HelpArgs, options_for_every_command};
use crate::command_output::CommandOutput;
use crate::config::Appearance;
use crate::error::{Error, Result};
use crate::help::{Topic, topics};
use crate::output::Console;

/// Finds the topic or the command that the words name.
pub(super) fn run(args: &HelpArgs, console: Console) -> Result<CommandOutput> {
    if let [name] = args.words.as_slice()
        && let Some(topic) = Topic::named(name)
    {
        return Ok(CommandOutput::Topic(topic));
    }
    let mut command = match args.words.as_slice() {
        [name] if name == "options" => options_for_every_command(),
        words => command_named(words).ok_or_else(|| unknown(words))?,
    };
    Ok(styled(&command.render_long_help(), console))
}

fn unknown(words: &[String]) -> Error {
    let topics: Vec<&str> = topics().map(|(name, _)| name).collect();
    Error::usage(
        format!("no command or help topic \"{}\"", words.join(" ")),
        format!(
            "`nxp --help` lists the commands; topics: {}",
            topics.join(", ")
        ),
    )
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
    CommandOutput::Text(if console.appearance.color_stdout {
        text.ansi().to_string()
    } else {
        text.to_string()
    })
}

/// Writes the help or the version that the words ask for, or reports what is wrong with them.
pub(super) fn explain(refusal: &clap::Error, words: &[OsString]) -> ExitCode {
    let console = Console::new(Appearance::guess(words));
    let text = match refusal.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => refusal.render(),
        ErrorKind::MissingSubcommand => help_of_incomplete_line(words),
        _ => return console.report(&mistake(refusal)),
    };
    match console.show(&styled(&text, console)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => console.report(&error),
    }
}

/// The short help of the last command in a line that lacks another one.
fn help_of_incomplete_line(words: &[OsString]) -> StyledStr {
    let mut known: Vec<&OsString> = Vec::new();
    for word in words.iter().skip(1) {
        known.push(word);
        if command_named(&known).is_none() {
            known.pop();
        }
    }
    let command = command_named(&known);
    command.unwrap_or_else(Cli::command).render_help()
}

/// What clap says, in one line, with its tip or the usage as the hint.
fn mistake(refusal: &clap::Error) -> Error {
    let rendered = refusal.render().to_string();
    let (first, rest) = rendered.split_once("\n\n").unwrap_or((&rendered, ""));
    let message = first.trim_start_matches("error: ");
    let message: Vec<&str> = message.split_whitespace().collect();
    let mut lines = rest.lines().map(str::trim);
    // How to pass `--x` as a value is never what was asked.
    let mut tips = lines.clone().filter_map(|line| line.strip_prefix("tip: "));
    let tip = tips.find(|tip| !tip.starts_with("to pass"));
    let given = |kind| match refusal.get(kind) {
        Some(ContextValue::String(given)) => Some(given.as_str()),
        _ => None,
    };
    let hint = match (refusal.kind(), given(ContextKind::InvalidArg)) {
        (ErrorKind::ArgumentConflict, Some(twice))
            if given(ContextKind::PriorArg) == Some(twice) =>
        {
            "give it once".to_owned()
        }
        // The usage has both.
        (ErrorKind::ArgumentConflict, _) => "leave out one of them".to_owned(),
        (_, Some("--json")) => "give `-o json`".to_owned(),
        _ => match tip {
            Some(tip) => tip.to_owned(),
            None => {
                let usage = usage(lines.find_map(|line| line.strip_prefix("Usage: ")));
                format!("usage: `{usage}`; try `--help`")
            }
        },
    };
    Error::usage(message.join(" "), hint)
}

/// The usage of the command in clap's line, which also requires the options that were given.
fn usage(line: Option<&str>) -> String {
    let words = line.unwrap_or_default().split(' ').skip(1);
    let words: Vec<&str> = words
        .take_while(|word| !word.starts_with(['-', '<', '[']))
        .collect();
    let command = command_named(&words);
    let usage = command.unwrap_or_else(Cli::command).render_usage();
    usage.to_string().trim_start_matches("Usage: ").to_owned()
}
