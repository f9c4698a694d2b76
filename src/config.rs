//! What the command line and the environment settle before a command begins. Every environment
//! variable of our own is read here.

mod guess;

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum as _;
use etcetera::BaseStrategy as _;

use crate::args::{ColorChoice, Format, GlobalArgs};
use crate::error::{Error, Result};
use crate::secret::BearerToken;
use crate::session::{Choice, Preferred, StoreKind};

/// The time for all network work of a command, unless somebody says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The variables that tell the command of an `exec` as whom it acts; the last one names each `exec`
/// that it runs within.
pub mod variable {
    #![allow(missing_docs, reason = "their names say all")]
    pub const SANDBOX: &str = "NXP_SANDBOX";
    pub const SPACE: &str = "NXP_SPACE";
    pub const ACCOUNT: &str = "NXP_ACCOUNT";
    pub const PROFILE_ID: &str = "NXP_PROFILE_ID";
    pub const PROFILE: &str = "NXP_PROFILE";
    pub const TOKEN: &str = "NXP_TOKEN";
    pub const EXECS: &str = "NXP_EXECS";
}

/// What holds for one run of the program.
#[derive(Clone)]
pub struct Settings {
    /// Which account is meant.
    pub choice: Choice,
    /// Whether a person can be asked for what is missing.
    pub may_ask: bool,
    /// The time for all network work.
    pub timeout: Duration,
    /// How many times `-v` was given.
    pub verbose: u8,
    /// The store of the OS keyring that new accounts go to (`NXP_KEYRING`), if one is named.
    pub keyring: Option<StoreKind>,
}

/// How answers and messages are written.
#[derive(Clone, Copy, Debug)]
pub struct Appearance {
    /// The format of the answer.
    pub format: Format,
    /// Whether standard output gets colour.
    pub color_stdout: bool,
    /// Whether standard error gets colour.
    pub color_stderr: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal that can move its cursor.
    pub stderr_is_terminal: bool,
    /// Whether notes are left out.
    pub quiet: bool,
}

impl Settings {
    /// Settles what the command line leaves open from the environment.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`], [`Error::MalformedToken`], and [`Error::Usage`] for a time-out that
    /// is no positive number and a keyring that there is none of.
    pub fn read(global: &GlobalArgs) -> Result<Self> {
        let named_on_command_line = global.space.is_some() || global.account.is_some();
        let sandbox = global.sandbox || (flag(variable::SANDBOX) && !named_on_command_line);
        let space = global
            .space
            .clone()
            .or_else(|| text(variable::SPACE))
            .filter(|_| !sandbox);
        // The practice portal has a token of its own, and no keyring.
        let real = |name| text(name).filter(|_| !sandbox);
        let token = real(variable::TOKEN).map(|token| {
            BearerToken::parse(&token).ok_or(Error::MalformedToken {
                source_name: "NXP_TOKEN",
            })
        });
        Ok(Self {
            choice: Choice {
                sandbox,
                space: space.map(|space| space.parse()).transpose()?,
                email: global.account.clone().or_else(|| text(variable::ACCOUNT)),
                token: token.transpose()?,
                preferred: preferred(global),
            },
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
    /// Settles how to write from the command line, the environment and the terminal.
    ///
    /// # Errors
    /// [`Error::Usage`] where `NXP_OUTPUT` names no format.
    pub fn read(global: &GlobalArgs) -> Result<Self> {
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
            color_stdout: wants_color(color, stdout_is_terminal),
            color_stderr: wants_color(color, stderr().is_terminal()),
            stdout_is_terminal,
            stderr_is_terminal: stderr().is_terminal()
                && text("TERM").is_some_and(|term| term != "dumb"),
            quiet,
        }
    }
}

/// The folder for what is remembered between commands (XDG: `$XDG_STATE_HOME/nxp`).
///
/// # Errors
/// Where this user has no home folder.
pub fn state_folder() -> Result<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy()
        .context("can't tell where to keep the state")?;
    Ok(folders
        .state_dir()
        .unwrap_or_else(|| folders.data_dir())
        .join("nxp"))
}

/// The folder for what can be fetched again (XDG: `$XDG_CACHE_HOME/nxp`).
///
/// # Errors
/// Where this user has no home folder.
pub fn cache_folder() -> Result<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy()
        .context("can't tell where to keep a cache")?;
    Ok(folders.cache_dir().join("nxp"))
}

/// The profile that `.` means, where the environment names one (`NXP_PROFILE`).
#[must_use]
pub fn directory_profile() -> Option<String> {
    text(variable::PROFILE)
}

/// The directory in which the program runs.
///
/// # Errors
/// Where it has been removed or can't be reached.
pub fn working_directory() -> Result<PathBuf> {
    Ok(env::current_dir().context("can't tell the current directory")?)
}

/// The shell whose completion script asks, if one does: what `variable` holds.
#[must_use]
pub fn completing_shell(variable: &str) -> Option<String> {
    text(variable)
}

/// The folders that programs are looked for in.
#[must_use]
pub fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect()
}

/// The ids of the `exec`s that this process runs within, the outermost first.
#[must_use]
pub fn enclosing_execs() -> Vec<String> {
    text(variable::EXECS)
        .iter()
        .flat_map(|ids| ids.split(','))
        .map(str::to_owned)
        .collect()
}

/// Whom the environment by itself chooses, as far as it does; no token of his.
pub fn environment_choice() -> Choice {
    Choice {
        sandbox: flag(variable::SANDBOX),
        space: text(variable::SPACE).and_then(|space| space.parse().ok()),
        email: text(variable::ACCOUNT),
        token: None,
        preferred: Preferred::Neither,
    }
}

/// What of the choice of an account the command line overrules without naming it.
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
            format!("NXP_KEYRING names no keyring: \"{word}\""),
            "set it to secret-service or keyutils, or unset it",
        )
    })
}

/// Whether the keyring could ask a person on this machine to unlock it.
#[must_use]
pub fn keyring_may_prompt() -> bool {
    cfg!(any(windows, target_os = "macos"))
        || text("DISPLAY").is_some()
        || text("WAYLAND_DISPLAY").is_some()
}

/// The variable that names the proxy for https, and its value.
#[must_use]
pub fn proxy() -> Option<(&'static str, OsString)> {
    [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]]
        .into_iter()
        .find_map(|variables| {
            let mut set = variables
                .into_iter()
                .filter_map(|variable| Some((variable, env::var_os(variable)?)));
            set.next().filter(|(_, value)| !value.is_empty())
        })
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
            format!("{name} \"{given}\" is no time"),
            format!("give seconds, such as `{example}`"),
        )
    })
}

fn format_named(name: &str) -> Result<Format> {
    Format::from_str(name, true).map_err(|_| {
        Error::usage(
            format!("NXP_OUTPUT names no format: \"{name}\""),
            "set it to table, json, tsv, csv or id",
        )
    })
}

/// <https://no-color.org>, <https://bixense.com/clicolors>.
fn wants_color(choice: ColorChoice, is_terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if text("NO_COLOR").is_some() => false,
        ColorChoice::Auto if flag("CLICOLOR_FORCE") => true,
        ColorChoice::Auto => is_terminal && text("TERM").as_deref() != Some("dumb"),
    }
}

/// A variable's value; an empty one counts as not set.
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
