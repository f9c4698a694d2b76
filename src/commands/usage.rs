//! Command lines that clap doesn't run: help, version, and mistakes.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::answer::Answer;
use crate::config::Appearance;
use crate::error::Error;
use crate::output::Console;

/// Shows help or version on standard output, or says what is wrong with the command line.
pub(super) fn explain(refusal: &clap::Error, words: &[OsString]) -> ExitCode {
    let words: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let console = Console::new(Appearance::guess(&words));
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
            match console.show(&Answer::Text(text)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => console.report(&error),
            }
        }
        _ => console.report(&mistake(&refusal.render().to_string())),
    }
}

/// Takes clap's message apart: the first paragraph is what is wrong, a tip is what to do.
fn mistake(rendered: &str) -> Error {
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
    let rest: Vec<String> = paragraphs.collect();
    let tip = rest
        .iter()
        .find_map(|paragraph| paragraph.strip_prefix("tip: "));
    let usage = rest
        .iter()
        .find_map(|paragraph| paragraph.strip_prefix("Usage: "));
    let hint = match (tip, usage) {
        (Some(tip), _) => tip.to_owned(),
        (None, Some(usage)) => format!("it goes `{usage}`; `--help` says more"),
        (None, None) => "`--help` says how it goes".to_owned(),
    };
    Error::usage(message, hint)
}
