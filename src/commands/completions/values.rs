//! The values that completion knows: profiles, accounts, faults and programs.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use crate::api::{Profile, ProfileList};
use crate::args::Cli;
use crate::commands::app::App;
use crate::commands::profiles::directory;
use crate::help::TOPICS;
use crate::output::{clean, folded};
use crate::session::Account;

/// The values for the arguments of a command line, by the names that help gives to them.
pub(super) struct Values {
    by_name: BTreeMap<&'static str, Vec<Value>>,
    /// Whether the word to complete is the command that `exec` runs, not an argument of it.
    is_program: bool,
}

/// A value and its description.
#[derive(Clone)]
struct Value {
    text: String,
    help: String,
}

impl Values {
    /// The values for the last of these words and for the account that they choose.
    pub(super) fn new(words: &[String], app: Option<App>) -> Self {
        let accounts = app.as_ref().and_then(accounts).unwrap_or_default();
        let profiles = app.as_ref().and_then(last_seen);
        let emails = accounts.iter().map(|account| Value {
            text: account.email.clone(),
            help: account.space.host(),
        });
        let spaces = accounts.iter().map(|account| Value {
            text: account.space.short_name(),
            help: account.email.clone(),
        });
        let (emails, spaces) = (unique(emails), unique(spaces));
        let named = profiles.as_ref().map(named).unwrap_or_default();
        let of_directory = app.as_ref().and_then(of_directory);
        let either = emails.iter().chain(&spaces).cloned().collect();
        let by_name = BTreeMap::from([
            ("EMAIL", emails),
            ("SPACE", spaces),
            ("EMAIL|SPACE", either),
            ("COMMAND|TOPIC", topics_of_help(words)),
            ("PROFILE", named.into_iter().chain(of_directory).collect()),
            #[cfg(feature = "sandbox")]
            ("FAULT", faults().collect()),
        ]);
        let before = words.iter().rev().nth(1);
        Self {
            by_name,
            is_program: before.is_some_and(|word| word == "--"),
        }
    }

    /// The command line with these values for all its arguments.
    pub(super) fn attached(&self, command: Command) -> Command {
        // Help does not list the short forms.
        command
            .hide(false)
            .mut_args(|arg| self.attached_to(arg))
            .mut_subcommands(|command| self.attached(command))
    }

    fn attached_to(&self, arg: Arg) -> Arg {
        // Help hides the options for every command.
        let arg = arg.hide(false);
        let name = arg.get_value_names().and_then(|names| names.first());
        match name.map(|name| name.as_str()) {
            Some("COMMAND") => {
                let is_program = self.is_program;
                arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                    program(typed, is_program)
                }))
            }
            name => match name.and_then(|name| self.by_name.get(name)).cloned() {
                Some(values) => arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                    starting_with(typed, &values)
                })),
                None => arg,
            },
        }
    }
}

/// The values that begin as typed, in any case.
fn starting_with(typed: &OsStr, values: &[Value]) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy().to_lowercase();
    values
        .iter()
        .filter(|value| is_typeable(&value.text))
        .filter(|value| value.text.to_lowercase().starts_with(&typed))
        .map(|value| {
            let help = clean(&value.help).into_owned();
            CompletionCandidate::new(&value.text).help(Some(help.into()))
        })
        .collect()
}

/// The values, each once, with all their descriptions.
fn unique(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut unique: Vec<Value> = Vec::new();
    for value in values {
        match unique.iter_mut().find(|known| known.text == value.text) {
            Some(known) => known.help = format!("{}, {}", known.help, value.help),
            None => unique.push(value),
        }
    }
    unique
}

fn accounts(app: &App) -> Option<Vec<Account>> {
    Some(app.state_file().ok()?.load().ok()?.accounts())
}

fn last_seen(app: &App) -> Option<ProfileList> {
    let identity = app.identity().ok()?;
    let cache = app.profile_cache(&identity).ok()?;
    Some(cache.load()?.into_list())
}

/// The ids, then the names that only one profile has.
fn named(list: &ProfileList) -> Vec<Value> {
    let ids = list.active().map(|profile| Value {
        text: profile.id.to_string(),
        help: format!(
            "{}{}",
            profile.title(),
            if profile.is_current() {
                " (current)"
            } else {
                ""
            }
        ),
    });
    let names = unique_names(list).into_iter().map(|(name, profile)| Value {
        text: name.to_owned(),
        help: format!("#{}", profile.id),
    });
    ids.chain(names).collect()
}

/// `.`, if this directory has a profile.
fn of_directory(app: &App) -> Option<Value> {
    directory::directory_choice(&app.settings.choice).ok()??;
    Some(Value {
        text: directory::HERE.to_owned(),
        help: "the profile of this directory".to_owned(),
    })
}

/// The names that only one active profile has and that are no id.
fn unique_names(list: &ProfileList) -> Vec<(&str, &Profile)> {
    let profiles = list.active();
    let mut named: Vec<(&str, &Profile)> = profiles
        .flat_map(|profile| profile.names().map(move |name| (name, profile)))
        .collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (name, _) in &named {
        *counts.entry(folded(name)).or_default() += 1;
    }
    named.retain(|(name, _)| {
        let is_id = name.bytes().all(|byte| byte.is_ascii_digit());
        counts.get(&folded(name)) == Some(&1) && !is_id
    });
    named
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
fn topics_of_help(words: &[String]) -> Vec<Value> {
    let Some((_, typed)) = words.split_last() else {
        return Vec::new();
    };
    let root = Cli::command();
    let mut command = &root;
    for word in typed.iter().skip_while(|word| *word != "help").skip(1) {
        let Some(below) = command.find_subcommand(word) else {
            return Vec::new();
        };
        command = below;
    }
    let commands = command.get_subcommands();
    let commands = commands.filter(|command| !command.is_hide_set());
    let commands = commands.map(|command| Value {
        text: command.get_name().to_owned(),
        help: command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default(),
    });
    let topics = TOPICS.iter().map(|topic| Value {
        text: topic.name.to_owned(),
        help: topic.title().to_owned(),
    });
    let options = Value {
        text: "options".to_owned(),
        help: "Options for every command".to_owned(),
    };
    let topics = std::iter::once(options).chain(topics);
    let is_root = command.get_name() == root.get_name();
    commands.chain(topics.filter(|_| is_root)).collect()
}

/// The faults of the sandbox, as `nxp sandbox serve --help` lists them.
#[cfg(feature = "sandbox")]
fn faults() -> impl Iterator<Item = Value> {
    crate::sandbox::listed_faults().map(|(name, _, meaning)| Value {
        text: name.to_owned(),
        help: meaning.to_owned(),
    })
}

/// The command that `exec` runs, or an argument of it.
fn program(typed: &OsStr, is_first: bool) -> Vec<CompletionCandidate> {
    let start = typed.to_string_lossy();
    let paths = PathCompleter::any().complete(typed);
    if !is_first || start.contains('/') {
        return paths;
    }
    let mut names: Vec<String> = crate::config::search_path()
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(&*start) && is_typeable(name))
        .collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(CompletionCandidate::new)
        .chain(paths)
        .collect()
}
