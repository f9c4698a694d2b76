//! The values that completion knows: profiles, accounts, faults and programs.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use clap::Command;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::api::ProfileList;
use crate::commands::app::App;
use crate::commands::help::command_named;
use crate::commands::profiles::directory;
use crate::help;
use crate::output::folded;
use crate::session::Account;

/// Values for arguments, by the names that help gives to these.
pub(super) type Values = BTreeMap<&'static str, Vec<Value>>;

/// A value and its description.
type Value = (String, String);

/// The values for the last of these words and for the account that they choose.
pub(super) fn values(words: &[String], app: Option<&App>) -> Values {
    let accounts = app.and_then(accounts).unwrap_or_default();
    let emails = accounts
        .iter()
        .map(|it| (it.email.clone(), it.space.host()));
    let spaces = accounts
        .iter()
        .map(|it| (it.space.short_name(), it.email.clone()));
    let (emails, spaces): (Vec<Value>, Vec<Value>) = (emails.collect(), spaces.collect());
    let mut profiles = app
        .and_then(last_seen)
        .as_ref()
        .map(named)
        .unwrap_or_default();
    profiles.extend(app.and_then(of_directory));
    Values::from([
        ("EMAIL|SPACE", [emails.clone(), spaces.clone()].concat()),
        ("EMAIL", emails),
        ("SPACE", spaces),
        ("PROFILE", profiles),
        ("COMMAND|TOPIC", topics_of_help(words)),
        ("COMMAND", programs(words)),
        #[cfg(feature = "sandbox")]
        ("FAULT", faults()),
    ])
}

/// The command line with these values for all its arguments.
pub(super) fn attached(command: Command, values: &Values) -> Command {
    // Help lists neither the short forms nor the options for every command.
    let command = command.hide(false).mut_args(|arg| {
        let name = arg.get_value_names().and_then(|names| names.first());
        let values = name.and_then(|name| values.get(name.as_str())).cloned();
        let arg = arg.hide(false);
        match values.filter(|values| !values.is_empty()) {
            Some(values) => arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                starting_with(typed, &values)
            })),
            None => arg,
        }
    });
    command.mut_subcommands(|below| attached(below, values))
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

fn last_seen(app: &App) -> Option<ProfileList> {
    let identity = app.identity().ok()?;
    let cache = app.profile_cache(&identity).ok()?;
    cache.load()
}

/// The ids of the active profiles, then the names that only one of these has and that are no id.
fn named(list: &ProfileList) -> Vec<Value> {
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
    values
}

/// `.`, if this directory has a profile.
fn of_directory(app: &App) -> Option<Value> {
    directory::directory_choice(&app.settings.choice).ok()??;
    Some((
        directory::HERE.to_owned(),
        "the profile of this directory".to_owned(),
    ))
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
    let typed = words.split_last().map_or(&[][..], |(_, typed)| typed);
    let typed: Vec<&String> = typed
        .iter()
        .skip_while(|word| *word != "help")
        .skip(1)
        .collect();
    let command = command_named(&typed);
    let below = command.iter().flat_map(Command::get_subcommands);
    let below = below.filter(|command| !command.is_hide_set());
    let about = |it: &Command| it.get_about().map(ToString::to_string).unwrap_or_default();
    let commands = below.map(|it| (it.get_name().to_owned(), about(it)));
    let topics = help::topics().filter(|_| typed.is_empty());
    let topics = topics.map(|(name, title)| (name.to_owned(), title.to_owned()));
    commands.chain(topics).collect()
}

/// The faults of the sandbox, as `nxp sandbox serve --help` lists them.
#[cfg(feature = "sandbox")]
fn faults() -> Vec<Value> {
    let faults = crate::sandbox::listed_faults();
    faults
        .map(|(name, _, meaning)| (name.to_owned(), meaning.to_owned()))
        .collect()
}

/// The programs that `exec` can run, where the last word names one without a path.
fn programs(words: &[String]) -> Vec<Value> {
    let [.., separator, typed] = words else {
        return Vec::new();
    };
    if separator != "--" || typed.contains('/') {
        return Vec::new();
    }
    let mut names: Vec<String> = crate::config::search_path()
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(typed))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| (name, String::new()))
        .collect()
}
