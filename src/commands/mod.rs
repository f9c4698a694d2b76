//! The commands: one verb, one file. Each takes its arguments and usually an `App`, and returns a
//! [`CommandOutput`]. One that fails although it has output, as `status` does, shows it first.

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

#[cfg(feature = "sandbox")]
use crate::args::SandboxCommand;
use crate::args::{AccountsCommand, Cli, Command, GlobalArgs, ProfilesCommand};
use crate::command_output::CommandOutput;
use crate::config::{self, Settings};
use crate::error::{Error, Result};
use crate::output::Console;
use crate::secret;
use app::App;
use profiles::{benefits, current, exec, list, pin, resolve, switch};

/// Runs a command line, and returns the exit code.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    secret::keep_out_of_core_dumps();
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(shell) = config::completing_shell() {
        let output = completions::respond(&shell, &words);
        return finish(Ok(output), Console::guess(&[]));
    }
    let Cli { global, command } = match Cli::read(&words) {
        Ok(cli) => cli,
        Err(refusal) => {
            let console = Console::guess(&words);
            return finish(help::explain(&refusal, &words, console), console);
        }
    };
    let mut console = match Console::read(&global) {
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
    console.is_short = matches!(command, Command::Short(_));
    finish(run(command, &global, console), console)
}

/// Writes the output or the error of a command line, and returns the exit code.
fn finish(output: Result<CommandOutput>, console: Console) -> ExitCode {
    let shown = output.and_then(|output| {
        console.show(&output)?;
        Ok(match output {
            CommandOutput::Ended(code) => code.into(),
            _ => ExitCode::SUCCESS,
        })
    });
    shown.unwrap_or_else(|error| console.report(&error))
}

fn run(command: Command, global: &GlobalArgs, console: Console) -> Result<CommandOutput> {
    let app = || Ok::<_, Error>(App::new(Settings::read(global)?, console));
    match command {
        Command::Login(args) => run_in(app()?, async |app| login::run(app, &args).await),
        Command::Logout(args) => run_in(app()?, async |app| logout::run(app, &args).await),
        Command::Status(args) => run_in(app()?, async |app| status::run(app, &args).await),
        Command::Token(args) => run_in(app()?, async |app| token::run(app, &args).await),
        Command::Api(args) => run_in(app()?, async |app| {
            api::run(app, &args, global.output).await
        }),
        Command::Accounts(command) => run_in(app()?, async |app| match command {
            AccountsCommand::List => accounts::list(app),
            AccountsCommand::Use(args) => accounts::set_default(app, &args).await,
        }),
        Command::Profiles(command) | Command::Short(command) => {
            run_in(app()?, async |app| run_profiles(app, command).await)
        }
        Command::Doctor => doctor::run(global, console),
        Command::Completions(args) => Ok(completions::run(&args)),
        Command::Man(args) => man::run(&args, console),
        Command::Help(args) => help::run(&args, console),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(SandboxCommand::Serve(args)) => {
            sandbox::serve(&console, &args, global.verbose > 0)
        }
        #[cfg(feature = "sandbox")]
        Command::Sandbox(SandboxCommand::Reset) => sandbox::reset(&console),
    }
}

/// Runs a command of `nxp profiles`.
async fn run_profiles(app: &mut App, mut command: ProfilesCommand) -> Result<CommandOutput> {
    if let Some(given) = command.profile_mut() {
        resolve::resolve_here(app, given)?;
    }
    match command {
        ProfilesCommand::List(args) => list::run(app, &args).await,
        ProfilesCommand::Switch(args) => switch::run(app, &args).await,
        ProfilesCommand::Current(args) => current::run(app, &args).await,
        ProfilesCommand::Benefits(args) => benefits::run(app, &args).await,
        ProfilesCommand::Exec(args) => exec::run(app, &args).await,
        ProfilesCommand::Pin(args) => pin::run(app, &args).await,
    }
}

/// Runs a command that needs an `App`, on this thread.
fn run_in(
    mut app: App,
    work: impl AsyncFnOnce(&mut App) -> Result<CommandOutput>,
) -> Result<CommandOutput> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .context("can't set up network input and output")?;
    let result = runtime.block_on(work(&mut app));
    // Otherwise the program would wait, past its timeout, for a DNS lookup that still runs.
    runtime.shutdown_background();
    app.with_deferred_error(result)
}
