//! `nxp completions`: prints the script with which a shell completes command lines, and responds to
//! these scripts.
//!
//! A script sets `_NXP_COMPLETE` to the name of its shell and passes the words up to the cursor, the
//! last of them unfinished. The candidates come from the definitions of the command line, the stored
//! accounts, and the profiles in the cache: completion uses neither the network nor the keyring.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use clap::{Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::app::App;
use super::help::command_named;
use super::profiles::directory;
use crate::args::{Cli, CompletionsArgs, GlobalArgs, Shell};
use crate::command_output::CommandOutput;
use crate::config::Settings;
use crate::help;
use crate::output::{Console, clean, folded};
use crate::session::Account;

/// The script for a shell, the same on every machine.
pub(super) fn run(args: &CompletionsArgs) -> CommandOutput {
    let script = match args.shell {
        Shell::Bash => include_str!("../../completions/nxp.bash"),
        Shell::Zsh => include_str!("../../completions/_nxp"),
        Shell::Fish => include_str!("../../completions/nxp.fish"),
        Shell::Powershell => include_str!("../../completions/_nxp.ps1"),
        Shell::Elvish => include_str!("../../completions/nxp.elv"),
    };
    CommandOutput::Text(script.to_owned())
}

/// The response to the completion script of a shell: a line for each candidate, with a tab and the first
/// line of its description.
pub(super) fn respond(shell: &str, words: &[OsString]) -> CommandOutput {
    let words = words.iter().skip(1).skip_while(|word| *word == "--");
    let words: Vec<OsString> = words.cloned().collect();
    let lines = candidates(words).into_iter().flatten().map(|candidate| {
        let value = candidate.get_value().to_string_lossy();
        let value = match shell {
            "powershell" => quoted_for_powershell(&value),
            _ => value.into_owned(),
        };
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let help = clean(help.lines().next().unwrap_or_default());
        format!("{value}\t{help}").trim_end_matches('\t').to_owned() + "\n"
    });
    CommandOutput::Text(lines.collect())
}

/// The candidates for the last of these words.
fn candidates(words: Vec<OsString>) -> Option<Vec<CompletionCandidate>> {
    let (typed, before) = words.split_last()?;
    let index = before.len();
    let values = values(before, app(before).as_ref());
    let mut command = Cli::command();
    command.build();
    // Options are candidates once a dash is typed, or where there is nothing else.
    let hides_options = !typed.as_encoded_bytes().starts_with(b"-");
    let mut command = attached(command, &values, hides_options);
    let folder = std::env::current_dir().ok();
    complete(&mut command, words, index, folder.as_deref()).ok()
}

/// The settings that these words give.
fn app(words: &[OsString]) -> Option<App> {
    let read = Cli::command()
        .ignore_errors(true)
        .try_get_matches_from(words);
    let global = read.map(|matches| GlobalArgs::read(&matches));
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

/// Values for arguments, by the names that help gives to these.
type Values = BTreeMap<&'static str, Vec<Value>>;

/// A value and its description.
type Value = (String, String);

/// The values after these words, for the account that they choose.
fn values(words: &[OsString], app: Option<&App>) -> Values {
    let accounts = app.and_then(accounts).unwrap_or_default();
    let accounts = accounts.iter().map(|it| {
        let email = (it.email.clone(), it.space.host());
        (email, (it.space.short_name(), it.email.clone()))
    });
    let (emails, spaces): (Vec<Value>, Vec<Value>) = accounts.unzip();
    let mut profiles = app.and_then(profiles).unwrap_or_default();
    let here = app.map(|app| directory::directory_choice(&app.settings.choice));
    if let Some(Ok(Some(_))) = here {
        let about = "the profile of this directory";
        profiles.push((directory::HERE.to_owned(), about.to_owned()));
    }
    Values::from([
        ("EMAIL|SPACE", [emails.clone(), spaces.clone()].concat()),
        ("EMAIL", emails),
        ("SPACE", spaces),
        ("PROFILE", profiles),
        ("COMMAND|TOPIC", topics_of_help(words)),
        #[cfg(feature = "sandbox")]
        (
            "FAULT",
            crate::sandbox::listed_faults()
                .map(|(name, _, meaning)| (name.to_owned(), meaning.to_owned()))
                .collect(),
        ),
    ])
}

/// The command line with these values for all its arguments.
fn attached(command: Command, values: &Values, hides_options: bool) -> Command {
    // Help lists neither the short forms nor the options for every command.
    let command = command.hide(false).mut_args(|arg| {
        let name = arg.get_value_names().and_then(|names| names.first());
        let values = name.and_then(|name| values.get(name.as_str())).cloned();
        let is_hidden = hides_options && !arg.is_positional();
        let arg = arg.hide(is_hidden);
        match values.filter(|values| !values.is_empty()) {
            Some(values) => arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                starting_with(typed, &values)
            })),
            None => arg,
        }
    });
    command.mut_subcommands(|below| attached(below, values, hides_options))
}

/// The values that begin as typed, in any case.
fn starting_with(typed: &OsStr, values: &[Value]) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy().to_lowercase();
    let fits = |value: &str| is_typeable(value) && value.to_lowercase().starts_with(&typed);
    let values = values.iter().filter(|(value, _)| fits(value));
    values
        .map(|(value, help)| {
            // One with an id is offered once.
            let candidate = CompletionCandidate::new(value).id(Some(value.clone()));
            candidate.help(Some(help.into()))
        })
        .collect()
}

fn accounts(app: &App) -> Option<Vec<Account>> {
    Some(app.state_file().ok()?.load().ok()?.accounts())
}

/// Of the profiles that were last seen, the ids of the active ones, then the names that only one of these
/// has and that are no id.
fn profiles(app: &App) -> Option<Vec<Value>> {
    let identity = app.identity().ok()?;
    let list = app.profile_cache(&identity).ok()?.load()?;
    let mut names = BTreeMap::<String, Vec<Value>>::new();
    let mut values = Vec::new();
    for profile in list.active() {
        let mark = if profile.is_current() {
            " (current)"
        } else {
            ""
        };
        let help = format!("{}{mark}", profile.title());
        values.push((profile.id.to_string(), help));
        for name in profile.names() {
            let named = names.entry(folded(name)).or_default();
            named.push((name.to_owned(), format!("#{}", profile.id)));
        }
    }
    names.retain(|name, named| named.len() == 1 && !name.bytes().all(|it| it.is_ascii_digit()));
    values.extend(names.into_values().flatten());
    Some(values)
}

/// Whether a text can be completed safely: it has no character that could run a command in a shell
/// or control a terminal, even if a shell quotes it wrongly.
fn is_typeable(text: &str) -> bool {
    !text.starts_with('-')
        && text
            .chars()
            .all(|char| char.is_alphanumeric() || r" .,&'\-_:/@()+".contains(char))
}

/// What can follow in `nxp help`: the commands below those that are typed, and the topics.
fn topics_of_help(words: &[OsString]) -> Vec<Value> {
    let typed = words.iter().skip_while(|word| *word != "help").skip(1);
    let typed: Vec<&OsString> = typed.collect();
    let command = command_named(&typed);
    let below = command.iter().flat_map(Command::get_subcommands);
    let below = below.filter(|command| !command.is_hide_set());
    let about = |it: &Command| it.get_about().map(ToString::to_string).unwrap_or_default();
    let commands = below.map(|it| (it.get_name().to_owned(), about(it)));
    let topics = help::topics().filter(|_| typed.is_empty());
    let topics = topics.map(|(name, title)| (name.to_owned(), title.to_owned()));
    commands.chain(topics).collect()
}

#[cfg(test)]
mod tests {
    /// No test runs PowerShell, so its script is the one that clap_complete maintains.
    #[test]
    fn the_script_for_powershell_is_that_of_clap_complete() {
        use clap_complete::env::Shells;
        let mut script = Vec::new();
        let shells = Shells::builtins();
        let completer = shells.completer("powershell").unwrap();
        completer
            .write_registration("_NXP_COMPLETE", "nxp", "nxp", "nxp", &mut script)
            .unwrap();
        let ours = include_str!("../../completions/_nxp.ps1");
        assert_eq!(String::from_utf8(script).unwrap().trim(), ours.trim());
    }
}
