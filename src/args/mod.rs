//! The command line, as clap reads it. Nothing here does anything.

mod api;
mod grammar;
mod profiles;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

pub use api::ApiArgs;
pub use profiles::{
    CurrentArgs, ExecArgs, ListArgs, PinArgs, ProfilesCommand, SwitchArgs, TypeFilter,
};

/// Switch between your profiles at a Nexudus-run coworking space.
///
/// Whatever you book or pay counts for the profile that is current. nxp shows which one that is
/// and makes another one current, for you and in scripts. It is an independent client.
#[derive(Debug, Parser)]
#[command(name = "nxp", version, arg_required_else_help = true, after_long_help = AFTER_HELP)]
pub struct Cli {
    /// What goes for every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  nxp --sandbox profiles list     look around, on a practice portal inside nxp
  nxp login --space acme          sign in; the tokens go into the OS keyring
  nxp profiles switch             pick one of your active profiles
  nxp profiles switch 14190688    switch to the profile with this id

Environment:
  NXP_SPACE, NXP_ACCOUNT          as --space and --account
  NXP_PROFILE                     the profile that `.` means, in place of .nxp.toml
  NXP_TOKEN                       a bearer token to use instead of the keyring's
  NXP_SANDBOX=1, NXP_NO_INPUT=1   as --sandbox and --no-input
  NXP_OUTPUT, NXP_TIMEOUT         as --output and --timeout
  NXP_KEYRING                     secret-service or keyutils: where `login` keeps tokens
  NO_COLOR, CLICOLOR_FORCE        no colour; colour also into a pipe

Exit codes:
  0 done  1 failed  2 usage  3 profile  4 auth  5 network  6 throttled  7 keyring
  8 busy  130 cancelled";

/// The options that work on every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options for every command")]
pub struct GlobalArgs {
    /// The space: its name (acme), host or https address
    #[arg(long, global = true, value_name = "SPACE", conflicts_with = "sandbox")]
    pub space: Option<String>,
    /// Which stored account, when there are several at a space
    #[arg(long, global = true, value_name = "EMAIL", conflicts_with = "sandbox")]
    pub account: Option<String>,
    /// Use the practice portal inside nxp: no network, no account, no keyring
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// How to write the answer [default: table on a terminal, else tsv]
    #[arg(short, long, global = true, value_name = "FORMAT")]
    pub output: Option<Format>,
    /// Whether to use colour [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<ColorChoice>,
    /// Never ask for anything
    #[arg(long, global = true)]
    pub no_input: bool,
    /// How long all network work may take, in seconds [default: 30]
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        allow_negative_numbers = true
    )]
    pub timeout: Option<String>,
    /// Say less
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Trace each request on standard error, without secrets
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One document in the portal's own field names
    Json,
    /// Columns set apart by tabs, without a header
    Tsv,
    /// Comma-separated, with a header
    Csv,
    /// Ids alone
    Id,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal that can show it
    Auto,
    /// Also into a pipe
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in and keep the tokens in the OS keyring
    #[command(after_long_help = LOGIN_HELP)]
    Login(LoginArgs),
    /// Delete tokens from the OS keyring
    Logout(LogoutArgs),
    /// Show the stored accounts and whether the portal accepts them
    Status(StatusArgs),
    /// Print a valid access token for other programs
    #[command(after_long_help = api::TOKEN_HELP)]
    Token,
    /// Send a request to the space's API
    #[command(after_long_help = api::API_HELP)]
    Api(ApiArgs),
    /// List the accounts on this machine and choose the default
    #[command(subcommand, arg_required_else_help = true)]
    Accounts(AccountsCommand),
    /// List your profiles and switch between them
    #[command(subcommand, arg_required_else_help = true)]
    Profiles(ProfilesCommand),
    /// Check what nxp needs, and say what to do about what is wrong
    Doctor,
    /// Print a completion script
    #[command(after_long_help = COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// Print the man page, or write all of them
    Man(ManArgs),
    /// Run the practice portal, or set it back
    #[cfg(feature = "sandbox")]
    #[command(subcommand, arg_required_else_help = true)]
    Sandbox(SandboxCommand),
}

const LOGIN_HELP: &str = "\
Examples:
  nxp login                                  asks for all that it needs
  nxp login --space acme --email ana@acme.example --password-stdin < password-file
  nxp login --space acme --link-stdin < link-file
  nxp login --space acme --token-stdin < token-file

The token is tried before it is stored. Passwords, links and tokens are never taken from the command
line, where others can see them.";

/// How to sign in.
#[derive(Args, Debug)]
pub struct LoginArgs {
    /// Who signs in
    #[arg(long, value_name = "EMAIL", value_parser = NonEmptyStringValueParser::new())]
    pub email: Option<String>,
    /// Read the password from standard input
    #[arg(long, conflicts_with_all = ["token_stdin", "link_stdin"])]
    pub password_stdin: bool,
    /// The one-time code, for users with a second factor
    #[arg(long, value_name = "CODE", conflicts_with_all = ["token_stdin", "link_stdin"])]
    pub totp: Option<String>,
    /// Read the sign-in link that the portal emailed from standard input
    #[arg(long, conflicts_with = "token_stdin")]
    pub link_stdin: bool,
    /// Read an access token that you have already from standard input
    #[arg(long)]
    pub token_stdin: bool,
}

/// Whom to sign out.
#[derive(Args, Debug)]
pub struct LogoutArgs {
    /// Every account on this machine
    #[arg(long)]
    pub all: bool,
}

/// What to show of the accounts.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Don't ask the portal
    #[arg(long)]
    pub offline: bool,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountsCommand {
    /// List the accounts on this machine
    #[command(visible_alias = "ls")]
    List,
    /// Make an account the default
    Use(UseArgs),
}

/// Which account to use.
#[derive(Args, Debug)]
pub struct UseArgs {
    /// The account's email, or its space where it is the only one there [default: ask]
    #[arg(value_name = "EMAIL|SPACE", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
}

/// For which shell.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// The shells that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "their names say all")]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Elvish,
}

impl Shell {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
            Self::Elvish => "elvish",
        }
    }
}

const COMPLETIONS_HELP: &str = "\
Examples:
  nxp completions bash > ~/.local/share/bash-completion/completions/nxp
  nxp completions zsh > \"${fpath[1]}/_nxp\"
  nxp completions fish > ~/.config/fish/completions/nxp.fish";

/// Where man pages go.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The folder to write one page a command to
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// What to do with the practice portal.
#[cfg(feature = "sandbox")]
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Serve the practice portal on this machine until Ctrl-C
    Serve(ServeArgs),
    /// Set the practice portal back to its first state
    Reset,
}

/// The faults of the sandbox, for its help and for completion.
#[cfg(feature = "sandbox")]
pub const FAULTS: &str = include_str!("faults.txt");

/// How to serve the practice portal.
#[cfg(feature = "sandbox")]
#[derive(Args, Debug)]
#[command(after_help = FAULTS)]
pub struct ServeArgs {
    /// The port [default: any that is free]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    pub port: Option<u16>,
    /// Go wrong in this way, to rehearse a script; repeatable, and listed below
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,
}
