//! Command lines that run no command: help, the version, and mistakes.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};

use super::help;
use crate::args::Cli;
use crate::config::Appearance;
use crate::error::{CommandLine, Error};
use crate::output::Console;

/// Writes help or the version to standard output, or reports the mistake.
pub(super) fn explain(refusal: &clap::Error, words: &[OsString]) -> ExitCode {
    let console = Console::new(Appearance::guess(words));
    let help = match refusal.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            help::styled(&refusal.render(), console)
        }
        ErrorKind::MissingSubcommand => help::of_incomplete_line(words, console),
        _ => return console.report(&mistake(refusal, words)),
    };
    match console.show(&help) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => console.report(&error),
    }
}

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
    // The usage that clap shows has all options, also those that exclude each other.
    if refusal.kind() == ErrorKind::ArgumentConflict {
        let first = context(refusal, ContextKind::InvalidArg);
        let is_repeated = first.is_some() && first == context(refusal, ContextKind::PriorArg);
        let hint = if is_repeated {
            "give it once"
        } else {
            "leave out one of them"
        };
        return Error::usage(message, hint);
    }
    let given: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(meant) = corrected(refusal, &given) {
        let command = CommandLine::of(meant.iter().skip(1));
        return Error::usage(message, format!("run `{command}`"));
    }
    if let Some(name) = variable_after_space(refusal, &given) {
        return Error::usage(message, format!("write `--with-token={name}`"));
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
        (None, Some(usage)) => format!("usage: `{}`; try `--help`", usage_of(usage)),
        (None, None) => "try `--help`".to_owned(),
    };
    Error::usage(message, hint)
}

/// The usage of the command in clap's usage line, which also requires the options that were given.
fn usage_of(line: &str) -> String {
    let mut command = Cli::command();
    command.build();
    let mut found = &mut command;
    for word in line.split(' ').skip(1) {
        if found.find_subcommand(word).is_none() {
            break;
        }
        let Some(below) = found.find_subcommand_mut(word) else {
            return line.to_owned();
        };
        found = below;
    }
    let usage = found.render_usage().to_string();
    usage.trim_start_matches("Usage: ").to_owned()
}

/// The name of a variable that follows `--with-token` and a space, and so was read as PROFILE.
fn variable_after_space<'a>(refusal: &clap::Error, words: &'a [String]) -> Option<&'a str> {
    if refusal.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let mut after = words.iter().skip_while(|word| *word != "--with-token");
    let name = after.nth(1)?;
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_name.then_some(name)
}

/// The corrected command line: with `profiles` before its commands, and with `-o json` for `--json`.
/// `None` if it has neither mistake.
fn corrected(refusal: &clap::Error, words: &[String]) -> Option<Vec<String>> {
    let (given, meant) = match refusal.kind() {
        ErrorKind::InvalidSubcommand => {
            let given = context(refusal, ContextKind::InvalidSubcommand)?;
            (given, ["profiles".to_owned(), profiles_command(given)?])
        }
        ErrorKind::UnknownArgument if context(refusal, ContextKind::InvalidArg)? == "--json" => {
            ("--json", ["-o".to_owned(), "json".to_owned()])
        }
        _ => return None,
    };
    // If the word is the value of an option, replacing it does not remove the mistake.
    let mut corrections = (0..words.len()).filter_map(|index| {
        let mut words = words.to_vec();
        if words.get(index)? != given {
            return None;
        }
        words.splice(index..=index, meant.clone());
        let typed: Vec<OsString> = words.iter().map(OsString::from).collect();
        let found = Cli::try_parse_from(&typed).err();
        let is_same = |found: &clap::Error| found.to_string() == refusal.to_string();
        (!found.as_ref().is_some_and(is_same)).then_some((words, found))
    });
    let (words, found) = corrections.next()?;
    // A line can have both mistakes.
    let further = found.and_then(|found| corrected(&found, &words));
    Some(further.unwrap_or(words))
}

/// The command of `profiles` with this name or alias.
fn profiles_command(name: &str) -> Option<String> {
    let root = Cli::command();
    let found = root.find_subcommand("profiles")?.find_subcommand(name)?;
    Some(found.get_name().to_owned())
}

fn context(refusal: &clap::Error, kind: ContextKind) -> Option<&str> {
    match refusal.get(kind) {
        Some(ContextValue::String(name)) => Some(name),
        _ => None,
    }
}
