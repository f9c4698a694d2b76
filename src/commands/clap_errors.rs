//! Command lines that run no command: help, the version, and mistakes.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::help;
use crate::args::Cli;
use crate::command_output::CommandOutput;
use crate::config::Appearance;
use crate::error::{CommandLine, Error};
use crate::output::Console;

/// Writes help or the version to standard output, or reports the mistake.
pub(super) fn explain(refusal: &clap::Error, words: &[OsString]) -> ExitCode {
    let console = Console::new(Appearance::guess(words));
    match refusal.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let help = refusal.render();
            let text = if console.has_color() {
                help.ansi().to_string()
            } else {
                help.to_string()
            };
            show(&CommandOutput::Text(text), console)
        }
        ErrorKind::MissingSubcommand => show(&help::of_incomplete_line(words, console), console),
        _ => console.report(&mistake(refusal, words)),
    }
}

fn show(help: &CommandOutput, console: Console) -> ExitCode {
    match console.show(help) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => console.report(&error),
    }
}

/// Commands that are typed without `profiles`, and their names after it.
const WITHOUT_PROFILES: [(&str, &str); 9] = [
    ("list", "list"),
    ("ls", "list"),
    ("switch", "switch"),
    ("use", "switch"),
    ("current", "current"),
    ("whoami", "current"),
    ("benefits", "benefits"),
    ("exec", "exec"),
    ("pin", "pin"),
];

/// Splits clap's message: the first paragraph is the mistake, a tip is what to do.
fn mistake(refusal: &clap::Error, words: &[OsString]) -> Error {
    let rendered = refusal.render().to_string();
    let mut paragraphs = rendered.split("\n\n").map(|paragraph| {
        paragraph
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    });
    let first = paragraphs.next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(&first).to_owned();
    if refusal.kind() == ErrorKind::ArgumentConflict {
        return Error::usage(message, conflict_hint(refusal));
    }
    let given: Vec<String> = words
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(meant) = corrected(refusal, &given) {
        let command = CommandLine::of(meant);
        return Error::usage(message, format!("run `{command}`"));
    }
    let rest: Vec<String> = paragraphs.collect();
    let find = |prefix| {
        rest.iter()
            .find_map(|paragraph| paragraph.strip_prefix(prefix))
    };
    // "to pass '-x' as a value" is never what was meant.
    let tip = find("tip: ").filter(|tip| !tip.starts_with("to pass"));
    let hint = match (tip, find("Usage: ")) {
        (Some(tip), _) => tip.to_owned(),
        (None, Some(usage)) => format!("usage: `{usage}`; try `--help`"),
        (None, None) => "try `--help`".to_owned(),
    };
    Error::usage(message, hint)
}

/// What to do about options that exclude each other. The usage that clap shows has them all.
fn conflict_hint(refusal: &clap::Error) -> &'static str {
    let first = context(refusal, ContextKind::InvalidArg);
    if first.is_some() && first == context(refusal, ContextKind::PriorArg) {
        "give it once"
    } else {
        "leave out one of them"
    }
}

/// The corrected command line: with `profiles` before its commands, and with `-o json` for `--json`.
/// `None` if it has neither mistake.
fn corrected(refusal: &clap::Error, words: &[String]) -> Option<Vec<String>> {
    let (given, meant) = match refusal.kind() {
        ErrorKind::InvalidSubcommand => {
            let given = context(refusal, ContextKind::InvalidSubcommand)?;
            let (_, meant) = WITHOUT_PROFILES.iter().find(|(name, _)| *name == given)?;
            (given, ["profiles", *meant])
        }
        ErrorKind::UnknownArgument if context(refusal, ContextKind::InvalidArg)? == "--json" => {
            ("--json", ["-o", "json"])
        }
        _ => return None,
    };
    // If the word is the value of an option, replacing it does not remove the mistake.
    let mut corrections = (0..words.len()).filter_map(|index| {
        let mut words = words.to_vec();
        if words.get(index)? != given {
            return None;
        }
        words.splice(index..=index, meant.map(str::to_owned));
        let found = read(&words);
        let is_same = |found: &clap::Error| found.to_string() == refusal.to_string();
        (!found.as_ref().is_some_and(is_same)).then_some((words, found))
    });
    let (words, found) = corrections.next()?;
    // A line can have both mistakes.
    let further = found.and_then(|found| corrected(&found, &words));
    Some(further.unwrap_or(words))
}

/// What clap finds wrong with a command line.
fn read(words: &[String]) -> Option<clap::Error> {
    let name = std::iter::once("nxp").map(OsString::from);
    let words: Vec<OsString> = name.chain(words.iter().map(OsString::from)).collect();
    Cli::read(&words).err()
}

fn context(refusal: &clap::Error, kind: ContextKind) -> Option<&str> {
    match refusal.get(kind) {
        Some(ContextValue::String(name)) => Some(name),
        _ => None,
    }
}
