//! `nxp completions`: prints the script with which a shell completes command lines, and responds to
//! these scripts.
//!
//! A script sets `_NXP_COMPLETE` to the name of its shell and passes the words up to the cursor, the
//! last of them unfinished. The candidates come from the definitions of the command line, the stored
//! accounts, and the profiles in the cache: completion uses neither the network nor the keyring.

mod values;

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _};
use clap_complete::engine::{CompletionCandidate, complete};

use crate::args::{Cli, CompletionsArgs, GlobalArgs, Shell};
use crate::command_output::CommandOutput;
use crate::config::Settings;
use crate::output::{Console, clean};

use super::app::App;

/// The variable with which a script names its shell.
const VARIABLE: &str = "_NXP_COMPLETE";

/// The script for a shell, the same on every machine.
pub(super) fn run(args: &CompletionsArgs) -> CommandOutput {
    let script = match args.shell {
        Shell::Bash => include_str!("../../../completions/nxp.bash"),
        Shell::Zsh => include_str!("../../../completions/_nxp"),
        Shell::Fish => include_str!("../../../completions/nxp.fish"),
        Shell::Powershell => include_str!("../../../completions/_nxp.ps1"),
        Shell::Elvish => include_str!("../../../completions/nxp.elv"),
    };
    CommandOutput::Text(script.to_owned())
}

/// The response to a completion script, if it started this process: a line for each candidate, with a
/// tab and the first line of its description.
pub(super) fn respond(words: &[OsString]) -> Option<CommandOutput> {
    let shell = crate::config::completing_shell(VARIABLE)?;
    let words = words.iter().skip(1).skip_while(|word| *word == "--");
    let words: Vec<String> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let lines = candidates(&words).into_iter().map(|candidate| {
        let value = candidate.get_value().to_string_lossy();
        let value = match shell.as_str() {
            "powershell" => quoted_for_powershell(&value),
            _ => value.into_owned(),
        };
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let help = clean(help.lines().next().unwrap_or_default());
        format!("{value}\t{help}").trim_end().to_owned() + "\n"
    });
    Some(CommandOutput::Text(lines.collect()))
}

/// The candidates for the last of these words.
fn candidates(words: &[String]) -> Vec<CompletionCandidate> {
    let Some(index) = words.len().checked_sub(1) else {
        return Vec::new();
    };
    let values = values::values(words, context(words).as_ref());
    let mut command = Cli::command();
    command.build();
    let mut command = values::attached(command, &values, words);
    let typed = words.iter().map(OsString::from).collect();
    let folder = std::env::current_dir().ok();
    complete(&mut command, typed, index, folder.as_deref()).unwrap_or_default()
}

/// The settings that the words before the last one give.
fn context(words: &[String]) -> Option<App> {
    let (_, before) = words.split_last()?;
    let read = Cli::command()
        .ignore_errors(true)
        .try_get_matches_from(before);
    let global = read.and_then(|matches| GlobalArgs::from_arg_matches(&matches));
    let global = global.unwrap_or_default();
    let console = Console::read(&global).ok()?;
    Some(App::new(Settings::read(&global).ok()?, console))
}

/// A value quoted for PowerShell. The scripts of the other shells quote values themselves.
fn quoted_for_powershell(value: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "._-,".contains(char);
    if value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test runs PowerShell, so its script is the one that clap_complete maintains.
    #[test]
    fn the_script_for_powershell_is_that_of_clap_complete() {
        use clap_complete::env::Shells;
        let mut script = Vec::new();
        let shells = Shells::builtins();
        let completer = shells.completer("powershell").unwrap();
        completer
            .write_registration(VARIABLE, "nxp", "nxp", "nxp", &mut script)
            .unwrap();
        let ours = include_str!("../../../completions/_nxp.ps1");
        assert_eq!(String::from_utf8(script).unwrap().trim(), ours.trim());
    }
}
