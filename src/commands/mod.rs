//! The commands: one verb, one file. Each takes its arguments and usually an `App`, and returns a
//! [`CommandOutput`]; it writes nothing itself.

mod accounts;
mod api;
mod app;
mod completions;
mod doctor;
mod help;
mod login;
mod logout;
mod man;
mod profiles;
#[cfg(feature = "sandbox")]
mod sandbox;
mod status;
mod token;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

#[cfg(feature = "sandbox")]
use crate::args::SandboxCommand;
use crate::args::{AccountsCommand, Cli, Command, GlobalArgs};
use crate::command_output::CommandOutput;
use crate::config::{self, Settings};
use crate::error::{self, Error, Result};
use crate::output::Console;
use crate::secret;
use app::App;

/// Runs a command line, and returns the exit code.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    secret::keep_out_of_core_dumps();
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(output) = completions::respond(&words) {
        return finish(Ok(output.into()), Console::guess(&[]));
    }
    let Cli { global, command } = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(refusal) => {
            let console = Console::guess(&words);
            let explained = help::explain(&refusal, &words, console);
            return finish(explained.map(Outcome::from), console);
        }
    };
    let console = match Console::read(&global) {
        Ok(console) => console,
        Err(error) => return Console::guess(&words).report(&error),
    };
    if config::is_read_only() && command.changes_portal() {
        let error = Error::usage(
            "NXP_READ_ONLY is set: this command would change something at the portal",
            "unset NXP_READ_ONLY to allow it",
        );
        return console.report(&error);
    }
    if matches!(command, Command::Short(_)) {
        error::use_short_forms();
    }
    finish(run(command, &global, console), console)
}

/// Writes the output or the error of a command line, and returns the exit code.
fn finish(outcome: Result<Outcome>, console: Console) -> ExitCode {
    let shown = outcome.and_then(|outcome| {
        console.show(&outcome.output)?;
        Ok(outcome)
    });
    match shown {
        Err(error)
        | Ok(Outcome {
            failure: Some(error),
            ..
        }) => console.report(&error),
        Ok(Outcome { code, .. }) => code.unwrap_or_default().into(),
    }
}

/// How a command ended.
struct Outcome {
    output: CommandOutput,
    /// The failure that the output shows, such as a rejected token in `status`.
    failure: Option<Error>,
    /// The exit code without a failure, if it isn't 0: that of the command that `exec` ran.
    code: Option<u8>,
}

impl From<CommandOutput> for Outcome {
    fn from(output: CommandOutput) -> Self {
        Self {
            output,
            failure: None,
            code: None,
        }
    }
}

fn run(command: Command, global: &GlobalArgs, console: Console) -> Result<Outcome> {
    let runner = Runner { global, console };
    match command {
        Command::Login(args) => runner.run(async |app| login::run(app, &args).await),
        Command::Logout(args) => runner.run(async |app| logout::run(app, &args).await),
        Command::Status(args) => runner.run(async |app| status::run(app, &args).await),
        Command::Token(args) => runner.run(async |app| token::run(app, &args).await),
        Command::Api(args) => runner.run(async |app| api::run(app, &args, global.output).await),
        Command::Accounts(command) => runner.run(async |app| match command {
            AccountsCommand::List => accounts::list(app),
            AccountsCommand::Use(args) => accounts::set_default(app, &args).await,
        }),
        Command::Profiles(command) | Command::Short(command) => {
            runner.run(async |app| profiles::run(app, command).await)
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

/// Runs commands that need an `App`.
struct Runner<'a> {
    global: &'a GlobalArgs,
    console: Console,
}

impl Runner<'_> {
    fn run<T: Into<Outcome>>(
        &self,
        work: impl AsyncFnOnce(&mut App) -> Result<T>,
    ) -> Result<Outcome> {
        let mut app = App::new(Settings::read(self.global)?, self.console);
        let outcome = block_on(work(&mut app)).map(T::into);
        app.add_deferred_error(outcome)
    }
}

/// Runs asynchronous work on this thread.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .context("can't set up network input and output")?;
    let outcome = runtime.block_on(work);
    // Otherwise the program would wait, past its timeout, for a DNS lookup that still runs.
    runtime.shutdown_background();
    outcome
}
