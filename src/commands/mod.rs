//! The commands: one verb, one file. Each takes its arguments, and a `Context` where it acts for
//! somebody, and returns an [`CommandOutput`]; it writes nothing itself.

mod accounts;
mod api;
mod clap_errors;
mod completions;
mod context;
mod doctor;
mod help;
mod login;
mod logout;
mod man;
mod open_session;
mod profiles;
mod roff;
#[cfg(feature = "sandbox")]
mod sandbox;
mod status;
mod token;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context as _;

#[cfg(feature = "sandbox")]
use crate::args::SandboxCommand;
use crate::args::{AccountsCommand, Cli, Command, GlobalArgs, ProfilesCommand};
use crate::command_output::CommandOutput;
use crate::config::{Appearance, Settings};
use crate::error::{Error, Result};
use crate::output::Console;
use crate::secret;
use context::Context;
use profiles::directory::{HERE, profile_of_directory};

/// Runs the program with the words of a command line, and gives the code to leave with.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    secret::keep_out_of_core_dumps();
    let words: Vec<OsString> = words.into_iter().collect();
    #[cfg(target_os = "linux")]
    if profiles::exec::sentinel::run_if_sentinel(&words) {
        return ExitCode::SUCCESS;
    }
    if let Some(answer) = completions::answer(&words) {
        let console = Console::new(Appearance::guess(&[]));
        return match console.show(&answer) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => console.report(&error),
        };
    }
    let Cli { global, command } = match Cli::read(&words) {
        Ok(cli) => cli,
        Err(refusal) => return clap_errors::explain(&refusal, &words),
    };
    let console = match Appearance::read(&global) {
        Ok(appearance) => Console::new(appearance),
        Err(error) => return Console::new(Appearance::guess(&words)).report(&error),
    };
    match run(command, &global, console).and_then(|answer| answer.shown(console)) {
        Ok(code) => code,
        Err(error) => console.report(&error),
    }
}

/// What a command has to say, and whether all is well with it.
struct Outcome {
    answer: CommandOutput,
    /// What the answer shows to be wrong, such as a rejected token in `status`.
    failure: Option<Error>,
    /// What to leave with where nothing has failed: a command that ran has set it.
    code: Option<u8>,
}

impl From<CommandOutput> for Outcome {
    fn from(answer: CommandOutput) -> Self {
        Self {
            answer,
            failure: None,
            code: None,
        }
    }
}

impl Outcome {
    fn shown(self, console: Console) -> Result<ExitCode> {
        console.show(&self.answer)?;
        Ok(match self.failure {
            Some(failure) => console.report(&failure),
            None => self.code.unwrap_or_default().into(),
        })
    }
}

fn run(command: Command, global: &GlobalArgs, console: Console) -> Result<Outcome> {
    let caller = Caller { global, console };
    match command {
        Command::Login(args) => caller.act(async |context| login::run(context, args).await),
        Command::Logout(args) => caller.act(async |context| logout::run(context, &args).await),
        Command::Status(args) => caller.act(async |context| status::run(context, &args).await),
        Command::Token => caller.act(async |context| token::run(context).await),
        Command::Api(args) => caller.act(async |context| api::run(context, &args).await),
        Command::Accounts(command) => caller.act(async |context| match command {
            AccountsCommand::List => accounts::list::run(context),
            AccountsCommand::Use(args) => accounts::use_account::run(context, &args),
        }),
        Command::Profiles(mut command) => {
            let mut settings = Settings::read(global)?;
            let mut named_by = None;
            if let Some(given) = command.profile_mut().filter(|given| *given == HERE) {
                let found = profile_of_directory(&mut settings.choice)?;
                *given = found.profile;
                named_by = Some(found.named_by);
            }
            let outcome = caller.act_with(settings, async |context| match command {
                ProfilesCommand::List(args) => {
                    profiles::list::run(context, &args).await.map(Outcome::from)
                }
                ProfilesCommand::Current(args) if args.cached => {
                    profiles::current::last_seen(context, &args).map(Outcome::from)
                }
                ProfilesCommand::Current(args) => profiles::current::asked(context, &args)
                    .await
                    .map(Outcome::from),
                ProfilesCommand::Switch(args) => profiles::switch::run(context, &args)
                    .await
                    .map(Outcome::from),
                ProfilesCommand::Benefits => {
                    profiles::benefits::run(context).await.map(Outcome::from)
                }
                ProfilesCommand::Exec(args) => profiles::exec::run(context, &args).await,
                ProfilesCommand::Pin(args) => {
                    profiles::pin::run(context, &args).await.map(Outcome::from)
                }
            });
            outcome.map_err(|error| match (error, named_by) {
                (
                    Error::NoSuchProfile {
                        wanted,
                        close,
                        possible,
                    },
                    Some(source),
                ) => Error::NoSuchProfile {
                    wanted: format!("{wanted}, named by {source}"),
                    close,
                    possible,
                },
                (error, _) => error,
            })
        }
        Command::Doctor => doctor::run(global, console),
        Command::Completions(args) => Ok(completions::run(&args).into()),
        Command::Man(args) => man::run(&args, console).map(Outcome::from),
        Command::Help(args) => help::run(&args, console).map(Outcome::from),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(SandboxCommand::Serve(args)) => {
            sandbox::serve(&console, &args, global.verbose > 0).map(Outcome::from)
        }
        #[cfg(feature = "sandbox")]
        Command::Sandbox(SandboxCommand::Reset) => sandbox::reset(&console).map(Outcome::from),
    }
}

/// Whoever typed the command line.
struct Caller<'a> {
    global: &'a GlobalArgs,
    console: Console,
}

impl Caller<'_> {
    /// Runs a command that acts for somebody.
    fn act<T: Into<Outcome>>(
        &self,
        work: impl AsyncFnOnce(&Context) -> Result<T>,
    ) -> Result<Outcome> {
        self.act_with(Settings::read(self.global)?, work)
    }

    /// The same with these settings.
    fn act_with<T: Into<Outcome>>(
        &self,
        settings: Settings,
        work: impl AsyncFnOnce(&Context) -> Result<T>,
    ) -> Result<Outcome> {
        let context = Context::new(settings, self.console);
        let outcome = block_on(work(&context)).map(T::into);
        context.settle(outcome)
    }
}

/// Runs work that waits: for a portal, or for another process.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .context("can't set up network input and output")?;
    let outcome = runtime.block_on(work);
    // A name that is still being looked up would otherwise be waited for, past the time-out.
    runtime.shutdown_background();
    outcome
}
