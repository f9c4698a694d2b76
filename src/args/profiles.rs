//! `nxp profiles`, as clap parses it.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

#[derive(Debug, Subcommand)]
pub(crate) enum ProfilesCommand {
    /// List your profiles
    #[command(visible_alias = "ls", after_long_help = examples!("list"))]
    List(ListArgs),
    /// Switch to another profile and print the list
    #[command(visible_alias = "use", after_long_help = examples!("switch"))]
    Switch(SwitchArgs),
    /// Print the current profile
    #[command(after_long_help = examples!("current"))]
    Current(CurrentArgs),
    /// Print remaining credits, services, and passes
    ///
    /// An empty Remaining or Total means no limit. Dates are the local time of the space. The
    /// columns and fields are listed in `nxp help scripting`.
    #[command(after_long_help = examples!("benefits"))]
    Benefits(BenefitsArgs),
    /// Run a command as another profile
    ///
    /// exec switches, runs COMMAND, and switches back, also if COMMAND fails or is interrupted. One
    /// such exec runs at a time for each user of a space on this machine. Others wait.
    ///
    /// With --no-switch, COMMAND gets an access token of its own that acts as PROFILE, and no other
    /// session is affected. nxp checks with the portal that the token acts as PROFILE before it
    /// runs COMMAND. Any number can run at the same time. Without COMMAND, a shell starts. Whether
    /// a space allows this is not confirmed yet: see `nxp help scripting`.
    ///
    /// COMMAND gets the terminal, the standard streams, and all signals. nxp exits with its exit
    /// code: 128+n for signal n, 127 if it is not found, 126 if it can't be run. If switching back
    /// fails, nxp reports that and exits with 1 instead of 0.
    ///
    /// COMMAND gets NXP_SPACE, NXP_ACCOUNT, and NXP_PROFILE_ID in its environment. It gets an
    /// access token only with --no-switch or --with-token, or if NXP_TOKEN is set. Every program
    /// that COMMAND starts can read that token, a log of the environment contains it, and it stays
    /// valid after COMMAND has ended. `nxp api` in COMMAND needs no token where the keyring works.
    #[command(after_long_help = examples!("exec"))]
    Exec(ExecArgs),
    /// Record the profile for this directory
    ///
    /// Writes .nxp.toml, which records the profile that `.` means in this directory and below.
    /// NXP_PROFILE takes precedence. The nearest file applies. The file alone never causes a
    /// switch, and it can only select accounts that are signed in on this machine. Commit it to
    /// share it.
    #[command(after_long_help = examples!("pin"))]
    Pin(PinArgs),
}

impl ProfilesCommand {
    /// The PROFILE in it, if there is one.
    pub(crate) fn profile_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Switch(args) => args.profile.as_mut(),
            Self::Current(args) => args.expect.as_mut(),
            Self::Exec(args) => Some(&mut args.profile),
            Self::Pin(args) => args.profile.as_mut(),
            Self::Benefits(args) => args.act_as.as_mut(),
            Self::List(_) => None,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Only profiles that you can switch to
    #[arg(long)]
    pub(crate) active: bool,
    /// Only profiles of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<TypeFilter>,
    /// Only profiles with a virtual office, paused or not
    #[arg(long)]
    pub(crate) virtual_office: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TypeFilter {
    /// People
    Individual,
    /// Companies
    Company,
}

#[derive(Args, Debug)]
pub(crate) struct SwitchArgs {
    /// Id, full name, - (previous), or . (of this directory)
    ///
    /// A name is the full name of a person or company, in any case, if exactly one active profile
    /// has it. The profile of this directory is the one in NXP_PROFILE or in the nearest .nxp.toml.
    #[arg(value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Switch to the only active profile with a virtual office
    #[arg(long, conflicts_with = "profile")]
    pub(crate) virtual_office: bool,
    /// Switch even while an exec is running
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CurrentArgs {
    /// Exit with 3 if another profile is current
    #[arg(long, value_name = "PROFILE")]
    pub(crate) expect: Option<String>,
    /// Print what was last seen, without network or keyring
    #[arg(long)]
    pub(crate) cached: bool,
}

#[derive(Args, Debug)]
pub(crate) struct BenefitsArgs {
    /// Profile to show, without switching to it
    #[arg(long = "as", value_name = "PROFILE")]
    pub(crate) act_as: Option<String>,
    /// Show those of all active profiles, without switching
    #[arg(long, conflicts_with = "act_as")]
    pub(crate) all: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ExecArgs {
    /// Give COMMAND a token that acts as PROFILE, don't switch
    #[arg(long, conflicts_with = "wait")]
    pub(crate) no_switch: bool,
    /// Seconds to wait for another exec; 0 fails immediately
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) wait: Option<Duration>,
    /// Pass the access token in NXP_TOKEN, or in VAR
    #[arg(
        long,
        value_name = "VAR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "NXP_TOKEN",
        value_parser = token_variable
    )]
    pub(crate) with_token: Option<String>,
    /// Id, full name, - (previous), or . (of this directory)
    ///
    /// A name is the full name of a person or company, in any case, if exactly one active profile
    /// has it. The profile of this directory is the one in NXP_PROFILE or in the nearest .nxp.toml.
    #[arg(value_name = "PROFILE")]
    pub(crate) profile: String,
    /// Command to run, with its arguments
    #[arg(
        value_name = "COMMAND",
        value_hint = ValueHint::AnyPath,
        last = true,
        required_unless_present = "no_switch"
    )]
    pub(crate) command: Vec<OsString>,
}

#[derive(Args, Debug)]
pub(crate) struct PinArgs {
    /// Id, full name, or - (previous) [default: current]
    #[arg(value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Remove the .nxp.toml of this directory
    #[arg(long, conflicts_with = "profile")]
    pub(crate) remove: bool,
}

/// The name of a variable (POSIX.1-2024, XBD 8.1) that has no other meaning in COMMAND.
fn token_variable(given: &str) -> Result<String, String> {
    let is_letter = |char: char| char.is_ascii_alphabetic() || char == '_';
    let is_in_name = |char: char| is_letter(char) || char.is_ascii_digit();
    if !given.starts_with(is_letter) || !given.chars().all(is_in_name) {
        return Err("expected the name of a variable, such as API_TOKEN".to_owned());
    }
    if given.starts_with("NXP_") && given != "NXP_TOKEN" {
        return Err("names that begin with NXP_ are reserved, except NXP_TOKEN".to_owned());
    }
    Ok(given.to_owned())
}

fn seconds(given: &str) -> Result<Duration, String> {
    let seconds = given.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected seconds, for example 60".to_owned())
}
