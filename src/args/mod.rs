//! The command line, as clap parses it, and the help texts. No I/O.

/// The examples of a command, as its help shows them.
macro_rules! examples {
    ($command:literal) => {
        include_str!(concat!("examples/", $command, ".txt")).trim_ascii_end()
    };
}

mod api;
mod profiles;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use reqwest::Method;

use crate::help;
pub(crate) use api::{ApiArgs, TokenArgs};
pub(crate) use profiles::{
    BenefitsArgs, CurrentArgs, ExecArgs, ListArgs, PinArgs, ProfilesCommand, SwitchArgs, TypeFilter,
};

/// The order of a help text: examples before options.
const TEMPLATE: &str = "{about-with-newline}\n{usage-heading} {usage}{after-help}\n\n{all-args}\n\n\
    Options for every command: `nxp help options`";

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
    after_long_help = examples(),
    help_template = format!("{TEMPLATE}\n\n{}", topics()),
    mut_args = |arg| arg.hide(true),
    mut_subcommands = with_template
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A command that shows its help in the order of the template. The short forms of the commands of
/// `profiles` are not listed.
fn with_template(command: clap::Command) -> clap::Command {
    let is_short_form = ProfilesCommand::has_subcommand(command.get_name());
    command
        .hide(is_short_form)
        .help_template(TEMPLATE)
        .mut_subcommands(|below| below.help_template(TEMPLATE))
}

/// The options for every command, which the help of a command does not show.
pub(crate) fn options_for_every_command() -> clap::Command {
    GlobalArgs::augment_args(clap::Command::new("nxp"))
        .disable_help_flag(true)
        .max_term_width(80)
        .help_template("Options for every command:\n{options}")
}

/// The examples of `nxp --help`. Only a build that has the sandbox offers it.
fn examples() -> String {
    let lines = examples!("nxp").lines();
    let is_offered = |line: &&str| cfg!(feature = "sandbox") || !line.contains("sandbox");
    lines.filter(is_offered).collect::<Vec<_>>().join("\n")
}

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GlobalArgs {
    /// Space: name (acme), host, or https address
    #[arg(long, global = true, value_name = "SPACE", conflicts_with = "sandbox")]
    pub(crate) space: Option<String>,
    /// Stored account to use, if a space has several
    #[arg(long, global = true, value_name = "EMAIL", conflicts_with = "sandbox")]
    pub(crate) account: Option<String>,
    /// Use the built-in sandbox: no network, account, or keyring
    #[arg(long, global = true, hide = !cfg!(feature = "sandbox"))]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal that supports it
    Auto,
    /// Also in a pipe
    Always,
    /// No color
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in and store the tokens in the OS keyring
    ///
    /// nxp checks the new token with one request before it stores the token. It never reads
    /// passwords, links, or tokens from the command line, where other users of the machine can see
    /// them.
    #[command(after_long_help = examples!("login"))]
    Login(LoginArgs),
    /// Delete stored tokens from the OS keyring
    #[command(after_long_help = examples!("logout"))]
    Logout(LogoutArgs),
    /// Show accounts and whether the portal accepts their tokens
    #[command(after_long_help = examples!("status"))]
    Status(StatusArgs),
    /// Print a valid access token for other programs
    ///
    /// Until it expires, the token gives the same access as your password: don't print it to a log,
    /// and don't pass it as an argument to a program, where other users can see it. `nxp api` sends
    /// a request without showing it, and `nxp profiles exec --with-token` passes it to one command.
    #[command(after_long_help = examples!("token"))]
    Token(TokenArgs),
    /// Send a request to the API of the space
    ///
    /// The response body goes to stdout, unchanged but for the access token, which is replaced by
    /// `[redacted]`. On a terminal JSON is indented. nxp exits with 1 if a JSON object in a 200
    /// response reports a failure (`WasSuccessful: false`, or a `Status` of 400 or more); a body
    /// over 8 MiB is not checked.
    ///
    /// PATH is on the space's own host. Redirects are not followed. Only GET and rate-limited
    /// requests are retried. To switch, use `nxp profiles switch`.
    ///
    /// The endpoints below were observed and may change. Nexudus documents only the one that books,
    /// in its older reference and with another body.
    #[command(after_long_help = examples!("api"))]
    Api(ApiArgs),
    /// List accounts and choose the default one
    #[command(subcommand, arg_required_else_help = true, after_long_help = examples!("accounts"))]
    Accounts(AccountsCommand),
    /// List profiles and switch between them
    #[command(subcommand, arg_required_else_help = true, after_long_help = examples!("profiles"))]
    Profiles(ProfilesCommand),
    // The short forms: the commands of `profiles` without that word. `with_template` leaves them
    // out of the list of commands.
    #[command(flatten)]
    Short(ProfilesCommand),
    /// Diagnose setup problems
    #[command(after_long_help = examples!("doctor"))]
    Doctor,
    /// Print a shell completion script
    ///
    /// PROFILE is completed from the profiles that were last seen, without network or keyring. bash
    /// loads the script if the package bash-completion is installed.
    #[command(after_long_help = examples!("completions"))]
    Completions(CompletionsArgs),
    /// Print the man page, or write all man pages
    ///
    /// `man` finds a page by the folder of its program: for ~/.cargo/bin/nxp it looks in
    /// ~/.cargo/share/man. The Debian package installs the pages. The topics are in `nxp help
    /// TOPIC`.
    #[command(after_long_help = examples!("man"))]
    Man(ManArgs),
    /// Show help for a command or a topic
    #[command(after_long_help = format!("{}\n\n{}", examples!("help"), topics()))]
    Help(HelpArgs),
    /// Serve or reset the sandbox
    #[cfg(feature = "sandbox")]
    #[command(subcommand, arg_required_else_help = true, after_long_help = examples!("sandbox"))]
    Sandbox(SandboxCommand),
}

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

#[derive(Args, Debug)]
pub(crate) struct LogoutArgs {
    /// Email of the account, or its space [default: the chosen one]
    #[arg(value_name = "EMAIL|SPACE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// Sign out all accounts on this machine
    #[arg(long, conflicts_with = "name")]
    pub(crate) all: bool,
}

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Don't contact the portal
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// List the accounts on this machine
    #[command(visible_alias = "ls", after_long_help = examples!("accounts-list"))]
    List,
    /// Choose the default account
    #[command(visible_alias = "switch", after_long_help = examples!("accounts-use"))]
    Use(UseArgs),
}

#[derive(Args, Debug)]
pub(crate) struct UseArgs {
    /// Email of the account, or its space [default: pick one]
    #[arg(value_name = "EMAIL|SPACE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete in
    pub(crate) shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

/// The list of the help topics.
fn topics() -> String {
    let topics = help::topics().map(|(name, title)| format!("\n  {name:<15}  {title}"));
    format!(
        "Help topics (nxp help TOPIC):{}",
        topics.collect::<String>()
    )
}

#[derive(Args, Debug)]
pub(crate) struct HelpArgs {
    /// Command, or one of the topics
    #[arg(value_name = "COMMAND|TOPIC")]
    pub(crate) words: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Folder to write the pages to, one per command
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

#[cfg(feature = "sandbox")]
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve the sandbox on this machine until Ctrl-C
    Serve(ServeArgs),
    /// Restore the initial state of the sandbox
    #[command(after_long_help = examples!("sandbox-reset"))]
    Reset,
}

#[cfg(feature = "sandbox")]
#[derive(Args, Debug)]
#[command(after_help = crate::sandbox::FAULTS)]
pub(crate) struct ServeArgs {
    /// Port to listen on [default: any free port]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    pub(crate) port: Option<u16>,
    /// Fault to inject, as listed above; repeatable
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<String>,
}

impl Command {
    /// Whether it changes something at the portal, which `NXP_READ_ONLY` refuses.
    pub(crate) fn changes_portal(&self) -> bool {
        match self {
            Self::Profiles(command) | Self::Short(command) => match command {
                ProfilesCommand::Switch(_) => true,
                ProfilesCommand::Exec(args) => !args.no_switch,
                _ => false,
            },
            Self::Api(args) => args.method() != Method::GET,
            Self::Login(args) => args.send_link,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_help_offers_the_sandbox_only_where_it_is_built_in() {
        let help = Cli::command().render_long_help().to_string();
        assert_eq!(help.contains("andbox"), cfg!(feature = "sandbox"), "{help}");
    }

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
