//! Settings from the command line and the environment. Every `NXP_…` variable is read here.

mod guess;

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum as _;
use etcetera::BaseStrategy as _;

use crate::api::Network;
use crate::args::{ColorChoice, Format, GlobalArgs};
use crate::error::{Error, Result};
use crate::secret::BearerToken;
use crate::session::{Choice, Preferred, StoreKind};

/// The default of `--timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The variables that choose an account and a profile, which `exec` sets or removes for its command.
/// `NXP_EXECS` holds the ids of the `exec`s that a process runs inside.
pub(crate) mod variable {
    #![allow(missing_docs, reason = "the names say it")]
    pub(crate) const SANDBOX: &str = "NXP_SANDBOX";
    pub(crate) const SPACE: &str = "NXP_SPACE";
    pub(crate) const ACCOUNT: &str = "NXP_ACCOUNT";
    pub(crate) const PROFILE_ID: &str = "NXP_PROFILE_ID";
    pub(crate) const PROFILE: &str = "NXP_PROFILE";
    pub(crate) const TOKEN: &str = "NXP_TOKEN";
    pub(crate) const EXECS: &str = "NXP_EXECS";
}

/// The settings of one run.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Which account to use.
    pub(crate) choice: Choice,
    /// The part of it that the command line gives.
    pub(crate) given: Choice,
    /// Whether nxp may prompt for missing input.
    pub(crate) may_ask: bool,
    /// The time limit for all network work.
    pub(crate) timeout: Duration,
    /// The number of `-v` options.
    pub(crate) verbose: u8,
    /// The keyring for new accounts (`NXP_KEYRING`), if set.
    pub(crate) keyring: Option<StoreKind>,
}

/// How output and messages are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appearance {
    /// The output format.
    pub(crate) format: Format,
    /// Whether standard output gets color.
    pub(crate) color_stdout: bool,
    /// Whether standard error gets color.
    pub(crate) color_stderr: bool,
    /// Whether standard output is a terminal.
    pub(crate) stdout_is_terminal: bool,
    /// Whether standard error is a terminal that can move its cursor.
    pub(crate) stderr_is_terminal: bool,
    /// Whether messages are suppressed (`--quiet`).
    pub(crate) quiet: bool,
}

impl Settings {
    /// Reads the settings. Options beat variables.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`], [`Error::MalformedToken`], and A usage error for an invalid timeout
    /// or keyring.
    pub(crate) fn read(global: &GlobalArgs) -> Result<Self> {
        let named_on_command_line = global.space.is_some() || global.account.is_some();
        let sandbox = global.sandbox || (flag(variable::SANDBOX) && !named_on_command_line);
        let space = global
            .space
            .clone()
            .or_else(|| text(variable::SPACE))
            .filter(|_| !sandbox);
        // The sandbox has its own token and no keyring.
        let real = |name| text(name).filter(|_| !sandbox);
        let token = real(variable::TOKEN).map(|token| {
            BearerToken::parse(&token).ok_or(Error::MalformedToken {
                source_name: "NXP_TOKEN",
            })
        });
        let choice = Choice {
            sandbox,
            space: space.map(|space| space.parse()).transpose()?,
            email: global.account.clone().or_else(|| text(variable::ACCOUNT)),
            token: token.transpose()?,
            preferred: preferred(global),
        };
        Ok(Self {
            given: Choice {
                sandbox: global.sandbox,
                space: choice.space.clone().filter(|_| global.space.is_some()),
                email: global.account.clone(),
                token: None,
                preferred: Preferred::Neither,
            },
            choice,
            may_ask: !global.no_input
                && !flag("NXP_NO_INPUT")
                && stdin().is_terminal()
                && stderr().is_terminal(),
            timeout: timeout(global)?,
            verbose: global.verbose,
            keyring: real("NXP_KEYRING").as_deref().map(keyring).transpose()?,
        })
    }
}

impl Appearance {
    /// Reads the command line, the environment and the properties of the terminal.
    ///
    /// # Errors
    /// A usage error for an invalid `NXP_OUTPUT`.
    pub(crate) fn read(global: &GlobalArgs) -> Result<Self> {
        let format = match (global.output, text("NXP_OUTPUT")) {
            (Some(format), _) => Some(format),
            (None, Some(name)) => Some(format_named(&name)?),
            (None, None) => None,
        };
        Ok(Self::new(
            format,
            global.color.unwrap_or(ColorChoice::Auto),
            global.quiet,
        ))
    }

    fn new(format: Option<Format>, color: ColorChoice, quiet: bool) -> Self {
        let stdout_is_terminal = stdout().is_terminal();
        let default = if stdout_is_terminal {
            Format::Table
        } else {
            Format::Tsv
        };
        Self {
            format: format.unwrap_or(default),
            color_stdout: use_color(color, stdout_is_terminal),
            color_stderr: use_color(color, stderr().is_terminal()),
            stdout_is_terminal,
            stderr_is_terminal: stderr().is_terminal()
                && text("TERM").map_or(cfg!(windows), |term| term != "dumb"),
            quiet,
        }
    }
}

/// The folder for state (XDG: `$XDG_STATE_HOME/nxp`).
///
/// # Errors
/// If the user has no home directory.
pub(crate) fn state_folder() -> Result<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy()
        .context("can't find a directory for state")?;
    if cfg!(windows) {
        // The data folder roams to other machines, where locks and accounts are of no use.
        return Ok(folders.cache_dir().join("nxp").join("state"));
    }
    Ok(folders
        .state_dir()
        .unwrap_or_else(|| folders.data_dir())
        .join("nxp"))
}

/// The folder for data that can be fetched again (XDG: `$XDG_CACHE_HOME/nxp`).
///
/// # Errors
/// If the user has no home directory.
pub(crate) fn cache_folder() -> Result<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy()
        .context("can't find a directory for the cache")?;
    let folder = folders.cache_dir().join("nxp");
    Ok(if cfg!(windows) {
        folder.join("cache")
    } else {
        folder
    })
}

/// The value of `NXP_PROFILE`, which `.` refers to.
pub(crate) fn directory_profile() -> Option<String> {
    text(variable::PROFILE)
}

/// The current directory.
///
/// # Errors
/// If it was removed or can't be accessed.
pub(crate) fn working_directory() -> Result<PathBuf> {
    Ok(env::current_dir().context("can't find the current directory")?)
}

/// The shell that asks for completions, from `variable`.
pub(crate) fn completing_shell(variable: &str) -> Option<String> {
    text(variable)
}

/// The directories in `PATH`.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect()
}

/// Whether `NXP_TOKEN` is set, but empty, as by a CI job whose secret is missing.
pub(crate) fn is_token_empty() -> bool {
    env::var_os(variable::TOKEN).is_some_and(|token| token.is_empty())
}

/// The ids of the `exec`s that this process runs inside, the outermost first.
pub(crate) fn enclosing_execs() -> Vec<String> {
    text(variable::EXECS)
        .iter()
        .flat_map(|ids| ids.split(','))
        .map(str::to_owned)
        .collect()
}

/// The account that the environment alone chooses, without its token.
pub(crate) fn environment_choice() -> Choice {
    Choice {
        sandbox: flag(variable::SANDBOX),
        space: text(variable::SPACE).and_then(|space| space.parse().ok()),
        email: text(variable::ACCOUNT),
        token: None,
        preferred: Preferred::Neither,
    }
}

/// Which variable may be ignored because the command line names the other half of an account.
fn preferred(global: &GlobalArgs) -> Preferred {
    match (&global.space, &global.account) {
        (Some(_), None) => Preferred::Email,
        (None, Some(_)) => Preferred::Space,
        _ => Preferred::Neither,
    }
}

fn keyring(word: &str) -> Result<StoreKind> {
    word.parse().map_err(|()| {
        Error::usage(
            format!("invalid NXP_KEYRING \"{word}\""),
            "set it to secret-service or keyutils, or unset it",
        )
    })
}

/// Whether the keyring can show a prompt to unlock it.
pub(crate) fn keyring_may_prompt() -> bool {
    cfg!(any(windows, target_os = "macos"))
        || text("DISPLAY").is_some()
        || text("WAYLAND_DISPLAY").is_some()
}

/// The variable with the proxy for https, and its value.
pub(crate) fn proxy() -> Option<(&'static str, OsString)> {
    [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]]
        .into_iter()
        .find_map(|variables| {
            let mut set = variables
                .into_iter()
                .filter_map(|variable| Some((variable, env::var_os(variable)?)));
            set.next().filter(|(_, value)| !value.is_empty())
        })
}

/// The hosts to reach without the proxy.
pub(crate) fn no_proxy() -> Option<String> {
    text("NO_PROXY").or_else(|| text("no_proxy"))
}

/// The settings of connections.
pub(crate) fn network() -> Network {
    Network {
        proxy: proxy(),
        no_proxy: no_proxy(),
        certificates: certificate_variables(),
    }
}

/// The variables that replace the system's certificate authorities.
pub(crate) fn certificate_variables() -> Vec<(&'static str, PathBuf)> {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(|name| Some((name, PathBuf::from(env::var_os(name)?))))
        .filter(|(_, path)| !path.as_os_str().is_empty())
        .collect()
}

fn timeout(global: &GlobalArgs) -> Result<Duration> {
    let (name, example, given) = match (&global.timeout, text("NXP_TIMEOUT")) {
        (Some(given), _) => ("--timeout", "--timeout 60", given.clone()),
        (None, Some(given)) => ("NXP_TIMEOUT", "NXP_TIMEOUT=60", given),
        (None, None) => return Ok(DEFAULT_TIMEOUT),
    };
    let seconds = given
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or_else(|| {
        Error::usage(
            format!("invalid {name} \"{given}\": expected seconds"),
            format!("give seconds, for example `{example}`"),
        )
    })
}

fn format_named(name: &str) -> Result<Format> {
    Format::from_str(name, true).map_err(|_| {
        Error::usage(
            format!("invalid NXP_OUTPUT \"{name}\""),
            "set it to table, json, tsv, csv or id",
        )
    })
}

/// <https://no-color.org>, <https://bixense.com/clicolors>.
fn use_color(choice: ColorChoice, is_terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if text("NO_COLOR").is_some() => false,
        ColorChoice::Auto if flag("CLICOLOR_FORCE") => true,
        ColorChoice::Auto => is_terminal && text("TERM").as_deref() != Some("dumb"),
    }
}

/// The value of a variable; empty means unset.
fn text(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}

fn flag(name: &str) -> bool {
    text(name).is_some_and(|value| {
        !matches!(
            value.to_ascii_lowercase().as_str(),
            "0" | "false" | "no" | "off"
        )
    })
}
