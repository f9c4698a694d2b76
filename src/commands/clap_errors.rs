//! Command lines that clap doesn't run: help, version, and mistakes.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::command_output::CommandOutput;
use crate::config::Appearance;
use crate::error::Error;
use crate::output::Console;

/// Shows help or version on standard output, or says what is wrong with the command line.
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
            match console.show(&CommandOutput::Text(text)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => console.report(&error),
            }
        }
        _ => console.report(&mistake(refusal, words)),
    }
}

/// Takes clap's message apart: the first paragraph is what is wrong, a tip is what to do.
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
        return Error::usage(message, way_out(refusal));
    }
    let rest: Vec<String> = paragraphs.collect();
    let usage = rest
        .iter()
        .find_map(|paragraph| paragraph.strip_prefix("Usage: "));
    let tip = rest
        .iter()
        .find_map(|paragraph| paragraph.strip_prefix("tip: "))
        .filter(|tip| !tip.starts_with("to pass") || may_follow_dashes(refusal, words, usage));
    let hint = match (tip, usage) {
        (Some(tip), _) => tip.to_owned(),
        (None, Some(usage)) => format!("it goes `{usage}`; `--help` says more"),
        (None, None) => "`--help` says how it goes".to_owned(),
    };
    Error::usage(message, hint)
}

/// What to do about options that exclude each other. The usage that clap shows has them all.
fn way_out(refusal: &clap::Error) -> &'static str {
    let named = |kind| match refusal.get(kind) {
        Some(ContextValue::String(name)) => Some(name),
        _ => None,
    };
    let first = named(ContextKind::InvalidArg);
    if first.is_some() && first == named(ContextKind::PriorArg) {
        "give it once"
    } else {
        "leave out one of them"
    }
}

/// Whether what was refused could be meant, after `--`, as clap has it: not where it is to be the
/// value of the option before it, nor where a command to run follows `--`.
fn may_follow_dashes(refusal: &clap::Error, words: &[OsString], usage: Option<&str>) -> bool {
    let Some(ContextValue::String(refused)) = refusal.get(ContextKind::InvalidArg) else {
        return false;
    };
    let begins = |word: &OsString, with: &str| word.to_string_lossy().starts_with(with);
    let follows_option = words
        .iter()
        .zip(words.iter().skip(1))
        .any(|(before, word)| begins(word, refused) && begins(before, "-"));
    !follows_option && usage.is_none_or(|usage| !usage.contains(" -- "))
}
