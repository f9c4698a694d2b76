//! `nxp profiles`, as clap reads it.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// List all your profiles
    #[command(visible_alias = "ls", after_long_help = LIST_HELP)]
    List(ListArgs),
    /// Switch to another profile, then show the list
    #[command(visible_alias = "use", after_long_help = SWITCH_HELP)]
    Switch(SwitchArgs),
    /// Show the profile that you act as
    #[command(after_long_help = CURRENT_HELP)]
    Current(CurrentArgs),
    /// Show what the current profile can spend
    #[command(after_long_help = BENEFITS_HELP)]
    Benefits,
    /// Switch, run a command, and switch back
    #[command(after_long_help = EXEC_HELP)]
    Exec(ExecArgs),
    /// Record the profile for this directory
    #[command(after_long_help = PIN_HELP)]
    Pin(PinArgs),
}

impl ProfilesCommand {
    /// The PROFILE in it, if there is one.
    pub fn profile_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Switch(args) => args.profile.as_mut(),
            Self::Current(args) => args.expect.as_mut(),
            Self::Exec(args) => Some(&mut args.profile),
            Self::Pin(args) => args.profile.as_mut(),
            Self::List(_) | Self::Benefits => None,
        }
    }
}

const LIST_HELP: &str = "\
Examples:
  nxp profiles list                          all of them, the current one marked
  nxp profiles list --active -o id           the ids that one can switch to
  nxp profiles list --type company -o json   the companies, for a program";

const SWITCH_HELP: &str = "\
PROFILE is an id, the whole name of a person or a company (in upper or lower case, if only one
active profile answers to it), `-` for the profile before this one, or `.` for the profile of this
directory (see `nxp profiles pin --help`).

Examples:
  nxp profiles switch 14190688               by id, as scripts should
  nxp profiles switch \"duarte ceramics\"      by name
  nxp profiles switch -                      back to where you were
  nxp profiles switch .                      to the profile of this directory
  nxp profiles switch                        pick one; type to filter";

const CURRENT_HELP: &str = "\
Examples:
  nxp profiles current                       ask the portal
  nxp profiles current --expect 14190688     exit code 3 if it is another: the first line of a script
  nxp profiles current --expect .            exit code 3 if it is not that of this directory
  nxp profiles current --cached -o id        as last seen, at once: for a shell prompt";

const BENEFITS_HELP: &str = "\
Columns of tsv and csv: Scope (personal|team), Kind (credit|service|pass), Id, Name, Remaining,
Total, Period, FromTariff, ExpireDate. An empty Remaining or Total is no limit. Dates are the
space's own time, as the portal writes them.

Examples:
  nxp profiles benefits                      booking credits, services and passes
  nxp profiles benefits -o json              the same for a program";

const EXEC_HELP: &str = "\
COMMAND runs as if it were alone: the terminal, the standard streams and the signals are its own, and
its exit code is that of nxp. 128+n stands for signal n, 127 for a program that isn't found, 126 for
one that can't be run. If switching back fails, 0 becomes 1.

COMMAND is given NXP_SPACE, NXP_ACCOUNT and NXP_PROFILE_ID, and no token. With --with-token it gets
the token as well, renewed first if it is about to expire, so that nxp, curl and others work in it
without a keyring. The price: every program that COMMAND starts can read the token, a log of the
environment shows it, and it stays valid after COMMAND has ended. `nxp api` in COMMAND needs no
token where the keyring can be used.

One at a time runs for an account on this machine; the others wait in line.

Examples:
  nxp profiles exec 14190688 -- ./book-rooms.sh monday
  nxp profiles exec --wait 60 \"duarte ceramics\" -- make invoices";

const PIN_HELP: &str = "\
Writes the file .nxp.toml, which gives PROFILE `.` its meaning in this directory and below, unless
NXP_PROFILE is set. The nearest file applies. No command switches because of the file alone, and it
can choose only among the accounts that are signed in here. Commit it to share it.

Examples:
  nxp profiles pin 14190688                  record this profile
  nxp profiles pin                           record the current one
  nxp profiles switch .                      switch to the recorded profile
  nxp profiles exec . -- make invoices       run a command as the recorded profile
  nxp profiles pin --remove                  remove the file again";

/// Which profiles to list. Each option leaves out more.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only those that one can switch to
    #[arg(long)]
    pub active: bool,
    /// Only those of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<TypeFilter>,
    /// Only those that hold a virtual office, paused or not
    #[arg(long)]
    pub virtual_office: bool,
}

/// The types that profiles can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TypeFilter {
    /// People
    Individual,
    /// Companies
    Company,
}

/// Which profile to switch to.
#[derive(Args, Debug)]
pub struct SwitchArgs {
    /// An id, a whole name, - for the one before or . for that of this directory; without it, pick one
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Switch to the one active profile that holds a virtual office
    #[arg(long, conflicts_with = "profile")]
    pub virtual_office: bool,
    /// Switch although an exec holds the account
    #[arg(long)]
    pub force: bool,
}

/// What to know of the current profile.
#[derive(Args, Debug)]
pub struct CurrentArgs {
    /// Fail with exit code 3 if another profile is current
    #[arg(long, value_name = "PROFILE")]
    pub expect: Option<String>,
    /// As last seen, without network and keyring
    #[arg(long)]
    pub cached: bool,
}

/// What to run as which profile.
#[derive(Args, Debug)]
pub struct ExecArgs {
    /// Wait so long for others, in seconds; 0: not at all [default: as long as it takes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub wait: Option<Duration>,
    /// Give COMMAND the access token, in NXP_TOKEN or in this variable
    #[arg(
        long,
        value_name = "VAR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "NXP_TOKEN",
        value_parser = token_variable
    )]
    pub with_token: Option<String>,
    /// An id, a whole name, - for the one before or . for that of this directory
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// What to run, with its arguments
    #[arg(value_name = "COMMAND", last = true, required = true)]
    pub command: Vec<OsString>,
}

/// Which profile to record.
#[derive(Args, Debug)]
pub struct PinArgs {
    /// An id, a whole name, or - for the one before [default: the current profile]
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Remove the .nxp.toml of this directory
    #[arg(long, conflicts_with = "profile")]
    pub remove: bool,
}

/// The name of a variable (POSIX.1-2024, XBD 8.1) that has no other meaning in COMMAND.
fn token_variable(given: &str) -> Result<String, String> {
    let has_form = !given.starts_with(|first: char| first.is_ascii_digit())
        && !given.is_empty()
        && given
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !has_form {
        return Err("expected the name of a variable, such as API_TOKEN".to_owned());
    }
    if given.starts_with("NXP_") && given != "NXP_TOKEN" {
        return Err("variables that begin with NXP_ have a meaning of their own".to_owned());
    }
    Ok(given.to_owned())
}

fn seconds(given: &str) -> Result<Duration, String> {
    let seconds = given.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "give seconds, such as 60".to_owned())
}
