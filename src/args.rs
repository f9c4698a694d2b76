//! The command line, as clap parses it, and the help texts. No I/O.

/// The examples of a command, as its help shows them.
macro_rules! examples {
    ($command:literal) => {
        include_str!(concat!("args/examples/", $command, ".txt")).trim_ascii_end()
    };
}

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser as _};
use clap::{
    ArgAction, ArgMatches, Args, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser,
    Subcommand, ValueEnum, ValueHint,
};
use reqwest::Method;

use crate::help;

/// The order of a help text: examples before options.
const TEMPLATE: &str = "{about-with-newline}\n{usage-heading} {usage}{after-help}\n\n{all-args}\n\n\
    Options for every command: `nxp help options`";

/// Switch between your profiles at a Nexudus-run coworking space.
///
/// Bookings and payments count for the current profile. nxp shows which profile that is and switches
/// to another one, on a terminal and in scripts. It is an independent client.
//
// `Cli::read` parses it: the derived functions miss the options that stand behind the command.
#[derive(Debug, Parser)]
#[command(
    name = "nxp",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_long_help = examples(),
    help_template = format!("{TEMPLATE}\n\n{}", help::LIST),
    mut_subcommands = listed
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Parses a command line.
    pub(crate) fn read(words: &[OsString]) -> Result<Self, clap::Error> {
        let mut matches = Self::command().try_get_matches_from(words)?;
        let global = GlobalArgs::read(&matches);
        let command = Command::from_arg_matches_mut(&mut matches)?;
        Ok(Self { global, command })
    }
}

/// A command of `nxp`, and those below it. The short forms of the commands of `profiles` are not listed.
fn listed(command: clap::Command) -> clap::Command {
    let is_short_form = ProfilesCommand::has_subcommand(command.get_name());
    with_options(command)
        .hide(is_short_form)
        .mut_subcommands(with_options)
}

/// A command with the options for every command, and with the order of its help text.
///
/// Only the command that is given gets the options: clap's own `global` copies them into all of
/// them, a fifth of the instructions of a `list`.
fn with_options(command: clap::Command) -> clap::Command {
    command
        .help_template(TEMPLATE)
        .defer(GlobalArgs::augment_args)
}

/// The options for every command, which the help of a command does not show.
pub(crate) fn options_for_every_command() -> clap::Command {
    GlobalArgs::augment_args(clap::Command::new("nxp"))
        .mut_args(|arg| arg.hide(false))
        .mut_arg("sandbox", |arg| arg.hide(!cfg!(feature = "sandbox")))
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
    #[arg(long, hide = true, value_name = "SPACE")]
    pub(crate) space: Option<String>,
    /// Stored account to use, if a space has several
    #[arg(long, hide = true, value_name = "EMAIL")]
    pub(crate) account: Option<String>,
    /// Use the built-in sandbox: no network, account, or keyring
    #[arg(long, hide = true)]
    pub(crate) sandbox: bool,
    /// Output format [default: table on a terminal, else tsv]
    #[arg(short, long, hide = true, value_name = "FORMAT", ignore_case = true)]
    pub(crate) output: Option<Format>,
    /// When to use color [default: auto]
    #[arg(long, hide = true, value_name = "WHEN")]
    pub(crate) color: Option<ColorChoice>,
    /// Never prompt
    #[arg(long, hide = true)]
    pub(crate) no_input: bool,
    /// Seconds for all network requests together [default: 30]
    #[arg(
        long,
        hide = true,
        value_name = "SECONDS",
        allow_negative_numbers = true
    )]
    pub(crate) timeout: Option<String>,
    /// Suppress notes and progress
    #[arg(short, long, hide = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Trace requests on stderr; -vv adds headers
    #[arg(short, long, hide = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl GlobalArgs {
    /// The options for every command, before and after its name. The last one counts.
    pub(crate) fn read(matches: &ArgMatches) -> Self {
        let mut all = Self::default();
        let mut level = Some(matches);
        while let Some(matches) = level {
            all.add(matches);
            level = matches.subcommand().map(|(_, below)| below);
        }
        all
    }

    fn add(&mut self, matches: &ArgMatches) {
        let text = |name: &str| matches.get_one(name).cloned();
        self.space = text("space").or(self.space.take());
        self.account = text("account").or(self.account.take());
        self.sandbox |= matches.get_flag("sandbox");
        self.output = matches.get_one("output").copied().or(self.output);
        self.color = matches.get_one("color").copied().or(self.color);
        self.no_input |= matches.get_flag("no_input");
        self.timeout = text("timeout").or(self.timeout.take());
        self.quiet |= matches.get_flag("quiet");
        self.verbose = self.verbose.saturating_add(matches.get_count("verbose"));
    }
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
    // The short forms: the commands of `profiles` without that word. `listed` leaves them
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
    #[command(after_long_help = format!("{}\n\n{}", examples!("help"), help::LIST))]
    Help(HelpArgs),
    /// Serve or reset the sandbox
    #[cfg(feature = "sandbox")]
    #[command(subcommand, arg_required_else_help = true, after_long_help = examples!("sandbox"))]
    Sandbox(SandboxCommand),
}

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

/// The methods of `nxp api`: CONNECT and TRACE make no request of an API.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    /// Print a token that acts as this profile; don't switch
    #[arg(long = "as", value_name = "PROFILE")]
    pub(crate) act_as: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ApiArgs {
    /// Send the request as this profile; don't switch
    #[arg(long = "as", value_name = "PROFILE")]
    pub(crate) act_as: Option<String>,
    /// HTTP method [default: GET; POST with -f or --input]
    #[arg(
        short = 'X',
        long,
        ignore_case = true,
        hide_possible_values = true,
        value_name = "METHOD",
        value_parser = PossibleValuesParser::new(METHODS).try_map(|it| it.to_uppercase().parse::<Method>())
    )]
    pub(crate) method: Option<Method>,
    /// Header to add; repeatable
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// String field of the JSON body or GET query; repeatable
    #[arg(short = 'f', long = "field", value_name = "KEY=VALUE")]
    pub(crate) fields: Vec<String>,
    /// File to send as the body; - for stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input: Option<PathBuf>,
    /// Path on the host of the space, beginning with /
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
}

impl ApiArgs {
    /// The method of the request.
    pub(crate) fn method(&self) -> Method {
        let sends = self.input.is_some() || !self.fields.is_empty();
        match &self.method {
            Some(method) => method.clone(),
            None if sends => Method::POST,
            None => Method::GET,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// List the accounts on this machine
    #[command(visible_alias = "ls", after_long_help = examples!("accounts-list"))]
    List,
    /// Choose the default account
    #[command(alias = "switch", after_long_help = examples!("accounts-use"))]
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
