//! The command line, as clap parses it, and the help texts. No I/O.

mod api;
mod grammar;
mod profiles;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

pub(crate) use api::ApiArgs;
pub(crate) use profiles::{
    CurrentArgs, ExecArgs, ListArgs, PinArgs, ProfilesCommand, SwitchArgs, TypeFilter,
};

/// Switch between your profiles at a Nexudus-run coworking space.
///
/// Bookings and payments count for the current profile. nxp shows which profile that is and switches
/// to another one, on a terminal and in scripts. It is an independent client.
#[derive(Debug, Parser)]
#[command(
    name = "nxp",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_long_help = AFTER_HELP
)]
pub(crate) struct Cli {
    /// The options for every command.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The first example of the help, in a build that has the sandbox.
#[cfg(feature = "sandbox")]
macro_rules! sandbox_example {
    () => {
        "  Try it in the sandbox: no network, no account, no keyring
    nxp --sandbox profiles list\n"
    };
}

#[cfg(not(feature = "sandbox"))]
macro_rules! sandbox_example {
    () => {
        ""
    };
}

/// The help topics, in the order of `crate::help`.
macro_rules! topics {
    () => {
        "  environment      Environment variables and files
  exit-codes       Exit codes and error messages
  scripting        Output formats, fields, and exec
  ci               Recipes for CI jobs
  security         What is stored and sent, and known limits
  troubleshooting  Messages and what to do about them"
    };
}

const AFTER_HELP: &str = concat!(
    "Examples:\n",
    sandbox_example!(),
    "  Sign in
    nxp login --space acme
  Pick a profile to switch to
    nxp profiles switch
  Switch in a script
    nxp profiles switch 14190688

Help topics (nxp help TOPIC):\n",
    topics!()
);

/// The options that work on every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct GlobalArgs {
    /// Space: name (acme), host, or https address
    #[arg(long, global = true, value_name = "SPACE", conflicts_with = "sandbox")]
    pub(crate) space: Option<String>,
    /// Stored account to use, if a space has several
    #[arg(long, global = true, value_name = "EMAIL", conflicts_with = "sandbox")]
    pub(crate) account: Option<String>,
    /// Use the built-in sandbox: no network, account, or keyring
    #[arg(long, global = true, hide = cfg!(not(feature = "sandbox")))]
    pub(crate) sandbox: bool,
    /// Output format [default: table on a terminal, else tsv]
    #[arg(short, long, global = true, value_name = "FORMAT", ignore_case = true)]
    pub(crate) output: Option<Format>,
    /// When to use color [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    pub(crate) color: Option<ColorChoice>,
    /// Never prompt
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Seconds for all network requests together [default: 30]
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        allow_negative_numbers = true
    )]
    pub(crate) timeout: Option<String>,
    /// Suppress notes and progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Trace requests on stderr; -vv adds headers
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// One document with the portal's field names
    Json,
    /// Tab-separated values without a header
    Tsv,
    /// Comma-separated values with a header
    Csv,
    /// Ids only
    Id,
}

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal that supports it
    Auto,
    /// Also in a pipe
    Always,
    /// No color
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in and store the tokens in the OS keyring
    #[command(after_long_help = LOGIN_HELP)]
    Login(LoginArgs),
    /// Delete stored tokens from the OS keyring
    Logout(LogoutArgs),
    /// Show accounts and whether the portal accepts their tokens
    Status(StatusArgs),
    /// Print a valid access token for other programs
    #[command(after_long_help = api::TOKEN_HELP)]
    Token,
    /// Send a request to the API of the space
    #[command(after_long_help = api::API_HELP)]
    Api(ApiArgs),
    /// List accounts and choose the default one
    #[command(subcommand, arg_required_else_help = true)]
    Accounts(AccountsCommand),
    /// List profiles and switch between them
    #[command(subcommand, arg_required_else_help = true)]
    Profiles(ProfilesCommand),
    /// Diagnose setup problems
    Doctor,
    /// Print a shell completion script
    #[command(after_long_help = COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// Print the man page, or write all man pages
    #[command(after_long_help = MAN_HELP)]
    Man(ManArgs),
    /// Show help for a command or a topic
    #[command(after_long_help = HELP_HELP)]
    Help(HelpArgs),
    /// Serve or reset the sandbox
    #[cfg(feature = "sandbox")]
    #[command(subcommand, arg_required_else_help = true)]
    Sandbox(SandboxCommand),
}

const LOGIN_HELP: &str = "\
nxp checks the new token with one request before it stores the token. It never reads passwords, \
links, or tokens from the command line, where other users of the machine can see them.

Examples:
  Answer prompts
    nxp login
  Sign in from a script
    nxp login --space acme --email ana@acme.example --password-stdin < file
  Sign in with the link that the portal emailed
    nxp login --space acme --link-stdin < file
  Store an access token that you already have
    nxp login --space acme --token-stdin < file";

/// The arguments of `login`.
#[derive(Args, Debug)]
pub(crate) struct LoginArgs {
    /// Email to sign in with
    #[arg(long, value_name = "EMAIL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) email: Option<String>,
    /// Only have the portal email a sign-in link
    #[arg(long, conflicts_with_all = ["password_stdin", "totp", "link_stdin", "token_stdin"])]
    pub(crate) send_link: bool,
    /// Read the password from stdin
    #[arg(long, conflicts_with_all = ["token_stdin", "link_stdin"])]
    pub(crate) password_stdin: bool,
    /// One-time code, for users with two-factor sign-in
    #[arg(long, value_name = "CODE", conflicts_with_all = ["token_stdin", "link_stdin"])]
    pub(crate) totp: Option<String>,
    /// Read the sign-in link of the portal's email from stdin
    #[arg(long, conflicts_with = "token_stdin")]
    pub(crate) link_stdin: bool,
    /// Read an access token from stdin
    #[arg(long)]
    pub(crate) token_stdin: bool,
}

/// The arguments of `logout`.
#[derive(Args, Debug)]
pub(crate) struct LogoutArgs {
    /// Email of the account, or its space [default: the chosen one]
    #[arg(value_name = "EMAIL|SPACE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// Sign out all accounts on this machine
    #[arg(long, conflicts_with = "name")]
    pub(crate) all: bool,
}

/// The arguments of `status`.
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Don't contact the portal
    #[arg(long)]
    pub(crate) offline: bool,
}

/// The commands of `accounts`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// List the accounts on this machine
    #[command(visible_alias = "ls")]
    List,
    /// Choose the default account
    Use(UseArgs),
}

/// The arguments of `accounts use`.
#[derive(Args, Debug)]
pub(crate) struct UseArgs {
    /// Email of the account, or its space [default: pick one]
    #[arg(value_name = "EMAIL|SPACE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
}

/// The arguments of `completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete in
    pub(crate) shell: Shell,
}

/// The shells that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

const COMPLETIONS_HELP: &str = "\
PROFILE is completed from the profiles that were last seen, without network or keyring.

Examples:
  bash
    nxp completions bash > ~/.local/share/bash-completion/completions/nxp
  zsh, with fpath+=(~/.zfunc) before compinit in ~/.zshrc
    nxp completions zsh > ~/.zfunc/_nxp
  fish
    nxp completions fish > ~/.config/fish/completions/nxp.fish
  PowerShell, in $PROFILE
    nxp completions powershell | Out-String | Invoke-Expression
  Elvish, in rc.elv
    eval (nxp completions elvish | slurp)";

const MAN_HELP: &str = "\
`man` finds a page by the folder of its program: for ~/.cargo/bin/nxp it looks in ~/.cargo/share/man. \
The Debian package installs the pages.

Examples:
  Read the page of nxp
    nxp man | man -l -
  Install the pages next to a program from `cargo install`
    nxp man --out ~/.cargo/share/man";

const HELP_HELP: &str = concat!(
    "Topics:\n",
    topics!(),
    "

Examples:
  nxp help profiles switch
  nxp help scripting"
);

/// The arguments of `help`.
#[derive(Args, Debug)]
pub(crate) struct HelpArgs {
    /// Command, or one of the topics below
    #[arg(value_name = "COMMAND|TOPIC")]
    pub(crate) words: Vec<String>,
}

/// The arguments of `man`.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Folder to write the pages to, one per command and topic
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

/// The commands of `sandbox`.
#[cfg(feature = "sandbox")]
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve the sandbox on this machine until Ctrl-C
    Serve(ServeArgs),
    /// Restore the initial state of the sandbox
    Reset,
}

/// The arguments of `sandbox serve`.
#[cfg(feature = "sandbox")]
#[derive(Args, Debug)]
#[command(after_help = crate::sandbox::FAULTS)]
pub(crate) struct ServeArgs {
    /// Port to listen on [default: any free port]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    pub(crate) port: Option<u16>,
    /// Fault to inject, see below; repeatable
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    /// clap would break longer lines, and a command that is broken can't be pasted.
    #[test]
    fn examples_fit_into_80_columns_as_written() {
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            let help = command.get_after_long_help().map(ToString::to_string);
            for line in help.unwrap_or_default().lines() {
                let is_example = line.starts_with("  ");
                assert!(!is_example || line.chars().count() <= 80, "{line}");
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }
}
