//! Settings from the command line and the environment. Every variable is read here.

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args as _, ColorChoice, ValueEnum as _};

use crate::api::{Network, Space};
use crate::args::{Format, GlobalArgs};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::{BearerToken, is_jwt, trimmed};
use crate::session::{AccountName, Choice, KeyringKind};

/// The default of `--timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The variables that choose an account and a profile, which `exec` sets or removes for its command.
/// `NXP_EXECS` holds the ids of the `exec`s that a process runs inside.
pub(crate) mod variable {
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
    /// Whether nxp may prompt for missing input.
    pub(crate) may_ask: bool,
    /// The time limit for all network work.
    pub(crate) timeout: Duration,
    /// The number of `-v` options.
    pub(crate) verbose: u8,
    /// The keyring for new accounts (`NXP_KEYRING`), if set.
    pub(crate) keyring: Option<KeyringKind>,
}

/// Standard output and standard error, and how to write to them. `output` writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    /// The output format.
    pub(crate) format: Format,
    /// Whether standard output gets color.
    pub(crate) color_stdout: bool,
    /// Whether standard error gets color.
    pub(crate) color_stderr: bool,
    /// Whether standard output is a terminal.
    pub(crate) stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub(crate) stderr_is_terminal: bool,
    /// Whether that terminal can move its cursor.
    pub(crate) can_redraw: bool,
    /// Whether prompts are plain lines, for screen readers: `NXP_PICKER=plain` or `ACCESSIBLE`.
    pub(crate) plain_prompts: bool,
    /// Whether messages are suppressed (`--quiet`).
    pub(crate) quiet: bool,
    /// Whether messages leave out `profiles` in commands, as the user did: `nxp switch`.
    pub(crate) is_short: bool,
}

impl Settings {
    /// Reads the settings. Options beat variables.
    ///
    /// # Errors
    /// A usage error for an invalid value.
    pub(crate) fn read(global: &GlobalArgs) -> Result<Self> {
        let choice = choice(global)?;
        let keyring = match choice.sandbox {
            true => None,
            false => checked_text("NXP_KEYRING")?,
        };
        Ok(Self {
            may_ask: may_ask(global),
            timeout: timeout(global)?,
            verbose: global.verbose,
            keyring: keyring.map(keyring_kind).transpose()?,
            choice,
        })
    }
}

/// Which account the command line and the environment choose.
fn choice(global: &GlobalArgs) -> Result<Choice> {
    let arguments = AccountName {
        space: address("--space", global.space.as_deref())?,
        email: checked("--account", global.account.as_deref())?,
    };
    if global.sandbox && !arguments.is_empty() {
        return Err(Error::usage(
            "`--sandbox` can't be used with `--space` or `--account`",
            "leave out one of them",
        ));
    }
    // An account on the command line beats the variable. The sandbox has its own token.
    if global.sandbox || is_sandbox_set() && arguments.is_empty() {
        return Ok(Choice {
            sandbox: true,
            ..Choice::default()
        });
    }
    let mut choice = Choice {
        arguments,
        ..Choice::default()
    };
    let named = text(variable::SPACE);
    choice.variables.email = checked_text(variable::ACCOUNT)?;
    choice.variables.space = match address(variable::SPACE, named.as_deref()) {
        // The command line beats it.
        Err(_) if choice.arguments.space.is_some() => None,
        space => space?,
    };
    // A token in the environment belongs to the space in the environment.
    let (space, email) = (&choice.arguments.space, &choice.arguments.email);
    let is_for_another = named.is_some() && *space != choice.variables.space;
    if email.is_none() && !(space.is_some() && is_for_another) {
        let token = text(variable::TOKEN).map(|token| token_of(&token, variable::TOKEN));
        choice.token = token.transpose()?;
    }
    Ok(choice)
}

/// Reads an access token from `source`.
///
/// # Errors
/// A usage error that says what is wrong with it.
pub(crate) fn token_of(given: &str, source: &str) -> Result<BearerToken> {
    BearerToken::read(given).map_err(|problem| {
        Error::usage(
            format!("invalid access token in {source}: {problem}; nothing was sent"),
            format!("put only the access token in {source}: one line, without \"Bearer\""),
        )
    })
}

/// Whether `NXP_SANDBOX` is set.
pub(crate) fn is_sandbox_set() -> bool {
    flag(variable::SANDBOX)
}

/// Whether `NXP_TOKEN` is set, whether a command uses it or not.
pub(crate) fn is_token_set() -> bool {
    text(variable::TOKEN).is_some()
}

/// Whether `NXP_TOKEN` is set to nothing.
pub(crate) fn is_token_empty() -> bool {
    env::var_os(variable::TOKEN).is_some() && !is_token_set()
}

/// A value that `source` may give, as [`no_secret`].
pub(crate) fn checked(source: &str, given: Option<&str>) -> Result<Option<String>> {
    let value = given.map(|given| no_secret(source, given)).transpose()?;
    Ok(value.map(str::to_owned))
}

fn address(source: &str, given: Option<&str>) -> Result<Option<Space>> {
    let given = checked(source, given)?;
    given.map(|given| given.parse()).transpose()
}

/// A value, trimmed, that is no access token: messages show it.
///
/// # Errors
/// A usage error for an access token.
pub(crate) fn no_secret<'a>(source: &str, given: &'a str) -> Result<&'a str> {
    let value = trimmed(given);
    let is_token = || text(variable::TOKEN).is_some_and(|token| token == value);
    if is_jwt(value) || is_token() {
        return Err(Error::usage(
            format!("{source} holds an access token"),
            "give access tokens in NXP_TOKEN, and nowhere else",
        ));
    }
    Ok(value)
}

impl Console {
    /// Reads the command line, the environment and the properties of the terminal.
    ///
    /// # Errors
    /// A usage error for an invalid `NXP_OUTPUT`.
    pub(crate) fn read(global: &GlobalArgs) -> Result<Self> {
        let format = match global.output {
            Some(format) => Some(format),
            None => checked_text("NXP_OUTPUT")?.map(format_named).transpose()?,
        };
        Ok(Self::new(format, global))
    }

    /// Reads the format and the color of a command line that can't be parsed, so that the mistake is
    /// reported in that format.
    pub(crate) fn guess(words: &[OsString]) -> Self {
        let global = output_and_color(words);
        let format = global
            .output
            .or_else(|| format_named(text("NXP_OUTPUT")?).ok());
        Self::new(format, &global)
    }

    fn new(format: Option<Format>, global: &GlobalArgs) -> Self {
        let color = global.color.unwrap_or(ColorChoice::Auto);
        let stdout_is_terminal = stdout().is_terminal();
        let stderr_is_terminal = stderr().is_terminal();
        let default = if stdout_is_terminal {
            Format::Table
        } else {
            Format::Tsv
        };
        Self {
            format: format.unwrap_or(default),
            color_stdout: use_color(color, stdout_is_terminal),
            color_stderr: use_color(color, stderr_is_terminal),
            stdout_is_terminal,
            stderr_is_terminal,
            can_redraw: stderr_is_terminal && terminal_is_capable(),
            plain_prompts: text("NXP_PICKER").as_deref() == Some("plain") || flag("ACCESSIBLE"),
            quiet: global.quiet,
            is_short: false,
        }
    }
}

/// Whether nxp may prompt for missing input.
fn may_ask(global: &GlobalArgs) -> bool {
    !global.no_input && !flag("NXP_NO_INPUT") && stdin().is_terminal() && stderr().is_terminal()
}

/// The values of `--output` and `--color`, whatever else is wrong in the words. Options end at `--`.
fn output_and_color(words: &[OsString]) -> GlobalArgs {
    let words = words.split(|word| word == "--").next().unwrap_or_default();
    let command = GlobalArgs::augment_args(clap::Command::new("nxp").no_binary_name(true));
    let parse = |words: &[OsString]| {
        let matches = command.clone().try_get_matches_from(words).ok()?;
        Some(GlobalArgs::read(&matches))
    };
    // An option is one word, or two with its value.
    let places = 0..words.len();
    let options = places.flat_map(|at| [words.get(at..=at), words.get(at..at + 2)]);
    let mut all = GlobalArgs::default();
    for found in options.flatten().filter_map(parse) {
        all.output = found.output.or(all.output);
        all.color = found.color.or(all.color);
    }
    all
}

/// The folder for state (XDG: `$XDG_STATE_HOME/nxp`).
///
/// # Errors
/// If there is no place for it.
pub(crate) fn state_folder() -> Result<PathBuf> {
    folder(
        "XDG_STATE_HOME",
        ".local/state",
        "Library/Application Support",
        "state",
    )
}

/// The folder for data that can be fetched again (XDG: `$XDG_CACHE_HOME/nxp`).
///
/// # Errors
/// If there is no place for it.
pub(crate) fn cache_folder() -> Result<PathBuf> {
    folder("XDG_CACHE_HOME", ".cache", "Library/Caches", "cache")
}

/// nxp's folder in that of `variable`, or else in the home directory. On Windows all is in one folder,
/// which does not roam to other machines, where locks and accounts are of no use.
fn folder(variable: &str, on_unix: &str, on_macos: &str, on_windows: &str) -> Result<PathBuf> {
    let (variable, below_home, own) = if cfg!(windows) {
        let own = Path::new("nxp").join(on_windows);
        ("LOCALAPPDATA", "AppData/Local", own)
    } else if cfg!(target_os = "macos") {
        (variable, on_macos, "nxp".into())
    } else {
        (variable, on_unix, "nxp".into())
    };
    // XDG ignores relative paths, and an empty `HOME` is none.
    let is_absolute = |path: &PathBuf| path.is_absolute();
    let set = env::var_os(variable).map(PathBuf::from).filter(is_absolute);
    let home = || env::home_dir().filter(is_absolute);
    let folder = set.or_else(|| Some(home()?.join(below_home)));
    let folder = folder.ok_or_else(|| {
        let message = "no folder for nxp's files: there is no home directory";
        Error::new(ErrorCode::Failed, message)
            .with_hint(format!("set {variable} to a folder that can be written to"))
    })?;
    Ok(folder.join(own))
}

/// The value of `NXP_PROFILE`, which `.` refers to.
///
/// # Errors
/// A usage error for a secret.
pub(crate) fn directory_profile() -> Result<Option<String>> {
    checked_text(variable::PROFILE)
}

/// The current directory.
///
/// # Errors
/// If it was removed or can't be accessed.
pub(crate) fn working_directory() -> Result<PathBuf> {
    Ok(env::current_dir().context("can't find the current directory")?)
}

/// The id of the user who became root with sudo.
pub(crate) fn sudo_user() -> Option<u32> {
    text("SUDO_UID")?.parse().ok()
}

/// The shell whose completion script started this process.
pub(crate) fn completing_shell() -> Option<String> {
    text("_NXP_COMPLETE")
}

/// The directories in `PATH`.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH");
    // Without it, the C library has a default (execvp(3)).
    let path = path.unwrap_or_else(|| if cfg!(unix) { "/bin:/usr/bin" } else { "" }.into());
    env::split_paths(&path).collect()
}

/// What `status` and `doctor` say where [`is_read_only`].
pub(crate) const READ_ONLY: &str =
    "NXP_READ_ONLY is set: nxp refuses commands that change something at the portal";

/// Whether commands that change something at the portal are refused.
pub(crate) fn is_read_only() -> bool {
    flag("NXP_READ_ONLY")
}

/// The user's shell.
pub(crate) fn shell() -> OsString {
    let (variable, default) = if cfg!(windows) {
        ("COMSPEC", "cmd.exe")
    } else {
        ("SHELL", "/bin/sh")
    };
    text(variable).map_or(default.into(), OsString::from)
}

/// What the name of a program may end in where it is left out: on Windows, the endings in `PATHEXT`.
pub(crate) fn program_suffixes() -> Vec<String> {
    if !cfg!(windows) {
        return vec![String::new()];
    }
    let suffixes = text("PATHEXT").unwrap_or_else(|| ".COM;.EXE;.BAT;.CMD".to_owned());
    let suffixes = suffixes.split(';').map(str::to_owned);
    std::iter::once(String::new()).chain(suffixes).collect()
}

/// The ids of the `exec`s that this process runs inside, the outermost first.
pub(crate) fn enclosing_execs() -> Vec<String> {
    text(variable::EXECS)
        .iter()
        .flat_map(|ids| ids.split(','))
        .map(str::to_owned)
        .collect()
}

fn keyring_kind(word: String) -> Result<KeyringKind> {
    serde_json::from_value(word.as_str().into()).map_err(|_| {
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

/// The settings of connections: the proxy for https, the hosts to reach without it, and what replaces the
/// system's certificate authorities.
pub(crate) fn network() -> Network {
    let set = |name| Some((name, env::var_os(name).filter(|value| !value.is_empty())?));
    let proxies = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let certificates = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter();
    let certificates = certificates.filter_map(set);
    Network {
        proxy: proxies.into_iter().find_map(set),
        no_proxy: text("NO_PROXY").or_else(|| text("no_proxy")),
        certificates: certificates
            .map(|(name, path)| (name, path.into()))
            .collect(),
    }
}

fn timeout(global: &GlobalArgs) -> Result<Duration> {
    let (name, example, given) = match (&global.timeout, text("NXP_TIMEOUT")) {
        (Some(given), _) => ("--timeout", "--timeout 60", given.clone()),
        (None, Some(given)) => ("NXP_TIMEOUT", "NXP_TIMEOUT=60", given),
        (None, None) => return Ok(DEFAULT_TIMEOUT),
    };
    let seconds = no_secret(name, &given)?
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

fn format_named(name: String) -> Result<Format> {
    Format::from_str(&name, true).map_err(|_| {
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
        ColorChoice::Auto => is_terminal && terminal_is_capable(),
    }
}

/// Whether a terminal of this kind understands escape sequences. Windows needs no `TERM`.
fn terminal_is_capable() -> bool {
    text("TERM").map_or(cfg!(windows), |term| term != "dumb")
}

/// The value of a variable, trimmed; empty means unset.
fn text(name: &str) -> Option<String> {
    let value = env::var_os(name)?;
    let value = trimmed(&value.to_string_lossy()).to_owned();
    (!value.is_empty()).then_some(value)
}

/// The value of a variable, as [`no_secret`].
fn checked_text(name: &str) -> Result<Option<String>> {
    checked(name, text(name).as_deref())
}

fn flag(name: &str) -> bool {
    text(name).is_some_and(|value| {
        !matches!(
            value.to_ascii_lowercase().as_str(),
            "0" | "false" | "no" | "off"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(line: &str) -> Option<Format> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        output_and_color(&words).output
    }

    #[test]
    fn a_format_is_found_however_it_is_given() {
        for line in [
            "nxp -o json nope",
            "nxp -o JSON nope",
            "nxp -ojson nope",
            "nxp -o=json nope",
            "nxp -qojson nope",
            "nxp -vvo json nope",
            "nxp --output json nope",
            "nxp nope --output=json",
            "nxp -o table nope -o json",
            "nxp -o json nope -o xml",
        ] {
            assert_eq!(guessed(line), Some(Format::Json), "{line}");
        }
        for line in [
            "nxp nope",
            "nxp nope -o",
            "nxp --outputs json nope",
            "nxp -xojson nope",
            "nxp profiles exec 1 -- ls -o json",
        ] {
            assert_eq!(guessed(line), None, "{line}");
        }
    }
}
