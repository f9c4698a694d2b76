//! `nxp completions`: the script that lets a shell ask nxp how a command line goes on, and the
//! answers to it.
//!
//! The answers come from the definitions of the command line and, for profiles and accounts, from
//! what was last seen: neither the portal nor the keyring is asked.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::context::Context as CommandContext;
use super::profiles::resolve::folded;
use crate::api::{Profile, ProfileList};
use crate::args::{Cli, CompletionsArgs, GlobalArgs, Shell};
use crate::command_output::CommandOutput;
use crate::config::{Appearance, Settings};
use crate::error::Result;
use crate::output::{Console, clean};

/// The variable with which a completion script names its shell when it asks.
const VARIABLE: &str = "_NXP_COMPLETE";

/// What zsh runs when it finds the script in its `fpath`: there, the script is the body of the
/// function that is to answer at once.
const ZSH_AUTOLOADED: &str = r#"
if [[ "$funcstack[1]" == _nxp ]]; then
    _clap_dynamic_completer_nxp "$@"
fi
"#;

/// The script for a shell, the same on every machine.
pub(super) fn run(args: &CompletionsArgs) -> Result<CommandOutput> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells
        .completer(args.shell.name())
        .context("this shell is not known")?;
    shell
        .write_registration(VARIABLE, "nxp", "nxp", "nxp", &mut script)
        .context("can't write the completion script")?;
    let mut script = format!("{}\n", String::from_utf8_lossy(&script).trim_end());
    if args.shell == Shell::Zsh {
        script.push_str(ZSH_AUTOLOADED);
    }
    Ok(CommandOutput::Text(script))
}

/// Answers a completion script, if that is who asks.
pub(super) fn answered(words: &[OsString]) -> bool {
    let Some(shell) = crate::config::completing_shell(VARIABLE) else {
        return false;
    };
    let global = global_options(words);
    CompleteEnv::with_factory(move || completing(shell.clone(), global.clone()))
        .var(VARIABLE)
        .bin("nxp")
        .completer("nxp")
        .try_complete(words, None)
        .unwrap_or(true)
}

/// The command line, with those who know the profiles that were last seen.
fn completing(shell: String, global: GlobalArgs) -> Command {
    let profiles = ArgValueCompleter::new(move |typed: &OsStr| candidates(typed, &shell, &global));
    Cli::command().mut_subcommand("profiles", |command| {
        let (for_switch, for_exec) = (profiles.clone(), profiles.clone());
        command
            .mut_subcommand("switch", |switch| {
                switch.mut_arg("profile", |arg| arg.add(for_switch))
            })
            .mut_subcommand("exec", |exec| {
                exec.mut_arg("profile", |arg| arg.add(for_exec))
            })
            .mut_subcommand("current", |current| {
                current.mut_arg("expect", |arg| arg.add(profiles))
            })
    })
}

/// The options in an unfinished command line that say whose profiles are meant.
fn global_options(words: &[OsString]) -> GlobalArgs {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let value = |option: &str| {
        words
            .iter()
            .enumerate()
            .find_map(|(index, word)| match word.strip_prefix(option)? {
                "" => words.get(index + 1).map(|value| (*value).to_owned()),
                rest => rest.strip_prefix('=').map(str::to_owned),
            })
    };
    GlobalArgs {
        sandbox: words.contains(&"--sandbox"),
        space: value("--space"),
        account: value("--account"),
        ..GlobalArgs::default()
    }
}

/// The ids, then the names that one profile alone answers to.
fn candidates(typed: &OsStr, shell: &str, global: &GlobalArgs) -> Vec<CompletionCandidate> {
    let Some(list) = last_seen(global) else {
        return Vec::new();
    };
    let typed = typed.to_string_lossy().replace('\\', "").to_lowercase();
    let ids = list
        .active()
        .map(|profile| (profile.id.to_string(), described(profile)));
    let names = unique_names(&list)
        .into_iter()
        .map(|(name, profile)| (name.to_owned(), format!("#{}", profile.id)));
    ids.chain(names)
        .filter(|(value, _)| value.to_lowercase().starts_with(&typed))
        .map(|(value, help)| {
            CompletionCandidate::new(quoted(&value, shell))
                .help(Some(clean(&help).into_owned().into()))
        })
        .collect()
}

fn last_seen(global: &GlobalArgs) -> Option<ProfileList> {
    let console = Console::new(Appearance::read(global).ok()?);
    let context = CommandContext::new(Settings::read(global).ok()?, console);
    let identity = context.identity().ok()?;
    Some(
        context
            .profile_cache()
            .ok()?
            .load(&identity.cache_key())?
            .into_list(),
    )
}

fn described(profile: &Profile) -> String {
    let mark = if profile.is_current() {
        " (current)"
    } else {
        ""
    };
    format!("{}{mark}", profile.title())
}

/// The names that lead to one active profile alone, and hold nothing that a shell or a terminal
/// would take for more than text.
fn unique_names(list: &ProfileList) -> Vec<(&str, &Profile)> {
    let mut bearers: HashMap<String, usize> = HashMap::new();
    let named = || {
        list.active()
            .flat_map(|profile| profile.names().map(move |name| (name, profile)))
    };
    for (name, _) in named() {
        *bearers.entry(folded(name)).or_default() += 1;
    }
    named()
        .filter(|(name, _)| bearers.get(&folded(name)) == Some(&1))
        .filter(|(name, _)| {
            name.chars()
                .all(|char| char.is_alphanumeric() || " .,&'-_".contains(char))
        })
        .filter(|(name, _)| !name.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

/// A value as it is typed in a shell. The scripts of the others quote by themselves.
fn quoted(value: &str, shell: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "._-,".contains(char);
    match shell {
        _ if value.chars().all(plain) => value.to_owned(),
        "bash" => value
            .chars()
            .flat_map(|char| (!plain(char)).then_some('\\').into_iter().chain([char]))
            .collect(),
        "powershell" => format!("'{}'", value.replace('\'', "''")),
        _ => value.to_owned(),
    }
}
