//! `nxp profiles exec`: switches, runs a command, and switches back; one at a time for a user.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::acting::act_as;
use super::resolve::resolve;
use super::transaction::{Purpose, SwitchOutcome, Transaction, outcome_unknown, send_and_verify};
use crate::api::{Profile, ProfileList};
use crate::args::ExecArgs;
use crate::command_output::CommandOutput;
use crate::commands::Outcome;
use crate::commands::app::App;
use crate::config::{self, variable};
use crate::error::{Error, ErrorCode, ErrorKind, Result, TokenOrigin};
use crate::interrupt::Watch;
use crate::session::{Identity, Session};

/// The pause between two attempts to switch back, or to see whether the command has ended.
const PAUSE: Duration = Duration::from_secs(1);

pub(in crate::commands) async fn run(app: &App, args: &ExecArgs) -> Result<Outcome> {
    if args.no_switch {
        return run_without_switching(app, args).await;
    }
    let mut command = find(&args.command)?;
    let mut watch = Watch::begin()?;
    let session = app.session()?;
    let begun = Transaction::begin(app, &session, Purpose::Exec { wait: args.wait });
    let begun = watch.bounded(begun, || false, || {}).await;
    let mut transaction = begun.unwrap_or_else(|signal| Err(Error::stopped(signal, false)))?;
    let profile = resolve(&args.profile, &transaction.list, || transaction.previous())?.clone();
    if transaction.is_settled_on(&profile) {
        transaction.name_holder(&profile)?;
        prepare(&mut command, args, &transaction, &profile).await?;
        return Ok(outcome_of(run_command(command, &mut watch).await?));
    }
    let current = transaction.list.current();
    if let Some(current) = current.filter(|current| !current.is_active()) {
        let switch = app.switch_command(&profile.id.to_string());
        let current = current.label();
        let message = format!(
            "the current profile {current} is not active, so exec could not switch back to it"
        );
        return Err(Error::new(ErrorCode::Profile, message)
            .with_hint(format!("switch first with `{switch}`")));
    }
    let SwitchOutcome { list, may_be_late } = transaction.switch_to(&profile, &mut watch).await;
    let result = match (list, watch.came()) {
        // Nothing was changed.
        (Err(error), _) if !may_be_late => return Err(error),
        (Err(error), _) => Err(error),
        (Ok(_), Some(signal)) => Err(Error::stopped(signal, true)),
        (Ok(_), None) => match prepare(&mut command, args, &transaction, &profile).await {
            Ok(()) => run_command(command, &mut watch).await,
            Err(error) => Err(error),
        },
    };
    let restored = switch_back(&mut transaction, &profile, may_be_late).await;
    match (restored, result) {
        (Ok(_), Ok(code)) => Ok(outcome_of(code)),
        (Ok(is_as_before), Err(error)) => Err(match error.kind {
            ErrorKind::Stopped(_) if is_as_before && may_be_late => {
                let before = transaction.list.current().map(Profile::label);
                outcome_unknown(&profile, false, before, Some(error))
            }
            ErrorKind::Stopped(signal) => Error::stopped(signal, !is_as_before),
            _ => error,
        }),
        (Err(failure), Ok(code)) => Err(failure.exiting(code.max(ErrorCode::Failed as u8))),
        (Err(failure), Err(error)) => {
            app.console.warn(&error.to_string());
            // The command could not be run.
            Err(match error.code {
                ErrorCode::Failed => failure.exiting(error.exit_code),
                _ => failure,
            })
        }
    }
}

/// `--no-switch`: runs the command with a token that acts as the profile.
async fn run_without_switching(app: &App, args: &ExecArgs) -> Result<Outcome> {
    let is_shell = args.command.is_empty();
    if is_shell && !app.settings.may_ask {
        return Err(Error::usage(
            "no COMMAND given, and nxp can't start a shell (no terminal, or `--no-input`)",
            "give the command after `--`",
        ));
    }
    let mut command = if is_shell {
        find(&[config::shell()])?
    } else {
        find(&args.command)?
    };
    let mut watch = Watch::begin()?;
    let session = app.session()?;
    let acting = act_as(app, &session, &args.profile, "--no-switch");
    let acting = watch.bounded(acting, || false, || {}).await;
    let mut acting = acting.unwrap_or_else(|signal| Err(Error::stopped(signal, false)))?;
    set_environment(&mut command, &acting.session, &acting.list, &acting.profile);
    let token = acting.session.access_token().await?;
    // So that `current --cached` in a prompt knows what the token acts as.
    let identity = Identity::Environment {
        space: session.space().clone(),
        token: token.clone(),
    };
    if let Ok(cache) = app.profile_cache(&identity) {
        cache.keep(&mut acting.list);
    }
    command.env(variable::TOKEN, token.expose());
    // In there, nxp suggests no switch.
    let execs = [config::enclosing_execs(), vec!["no-switch".to_owned()]];
    command.env(variable::EXECS, execs.concat().join(","));
    if let Some(variable) = &args.with_token {
        command.env(variable, token.expose());
    }
    if is_shell {
        app.console.note(&format!(
            "This shell acts as {}. Leave it with `exit`.",
            acting.profile.label()
        ));
    }
    // Only the command has the tokens while it runs.
    drop((token, acting, session));
    Ok(outcome_of(run_command(command, &mut watch).await?))
}

fn outcome_of(code: u8) -> Outcome {
    Outcome {
        code: Some(code),
        ..CommandOutput::Nothing.into()
    }
}

/// The command, if there is such a program: nothing is switched for one that can't be run. A relative
/// path is one of this folder; a name is looked up in `PATH` alone, on every system.
pub(super) fn find(words: &[OsString]) -> Result<Command> {
    let (name, arguments) = words.split_first().context("there is no command")?;
    let path = Path::new(name);
    let folders = match path.components().count() {
        1 if !name.to_string_lossy().contains('/') => config::search_path(),
        _ => vec![PathBuf::new()],
    };
    let candidates = folders.iter().flat_map(|folder| {
        let suffixes = config::program_suffixes().into_iter();
        suffixes.map(|suffix| {
            let mut candidate = folder.join(path).into_os_string();
            candidate.push(suffix);
            PathBuf::from(candidate)
        })
    });
    let mut found: Vec<PathBuf> = candidates.filter(|path| path.exists()).collect();
    let Some(index) = found.iter().position(|path| is_executable(path)) else {
        return Err(match found.first() {
            None => cannot_run(name, "command not found", 127),
            Some(_) => cannot_run(name, "not executable", 126),
        });
    };
    let mut command = Command::new(found.swap_remove(index));
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, name);
    command.args(arguments);
    Ok(command)
}

fn is_executable(path: &Path) -> bool {
    #[cfg(unix)]
    let may_run = rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok();
    #[cfg(not(unix))]
    let may_run = true;
    may_run && path.is_file()
}

fn cannot_run(program: &OsStr, why: &str, code: u8) -> Error {
    let program = program.to_string_lossy();
    Error::new(ErrorCode::Failed, format!("can't run {program}: {why}")).exiting(code)
}

/// Puts the account and the profile into the command's environment, and a token if that is wanted.
async fn prepare(
    command: &mut Command,
    args: &ExecArgs,
    transaction: &Transaction<'_>,
    profile: &Profile,
) -> Result<()> {
    let session = transaction.session;
    set_environment(command, session, &transaction.list, profile);
    let mut execs = config::enclosing_execs();
    execs.extend(transaction.holder_id.clone());
    command.env(variable::EXECS, execs.join(","));
    // A token that nxp was given is in the environment of the job anyway.
    if session.origin != TokenOrigin::Environment {
        command.env_remove(variable::TOKEN);
    }
    if let Some(variable) = &args.with_token {
        command.env(variable, session.access_token().await?.expose());
    }
    Ok(())
}

/// Puts the account and the profile into the command's environment.
pub(super) fn set_environment(
    command: &mut Command,
    session: &Session,
    list: &ProfileList,
    profile: &Profile,
) {
    let email = match session.account() {
        Some(account) => Some(account.email.clone()),
        None => list.user.as_ref().and_then(|user| user.email.clone()),
    };
    let is_sandbox = session.origin == TokenOrigin::Sandbox;
    for (name, value) in [
        (variable::SANDBOX, is_sandbox.then(|| "1".to_owned())),
        (variable::SPACE, Some(session.space().to_string())),
        (variable::ACCOUNT, email),
        (variable::PROFILE_ID, Some(profile.id.to_string())),
    ] {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}

/// Runs the command to its end and returns its exit code: 128+n if signal n ended it.
pub(super) async fn run_command(mut command: Command, watch: &mut Watch) -> Result<u8> {
    // The last check for a signal before the command is started.
    if let Some(signal) = watch.came() {
        return Err(Error::stopped(signal, false));
    }
    let child = spawn(&mut command).map_err(|cause| {
        let program = command.get_program();
        match cause.kind() {
            // The system reports both alike.
            io::ErrorKind::NotFound => {
                cannot_run(program, "command or its interpreter not found", 127)
            }
            _ => cannot_run(program, &cause.to_string(), 126),
        }
    })?;
    // Its environment may have a token.
    drop(command);
    let status = end_of(child, watch)
        .await
        .context("can't wait for the command")?;
    Ok(code_of(status))
}

/// Starts the command. A script without `#!` is run by `sh`, as shells, `env` and `timeout` do.
#[cfg(unix)]
fn spawn(command: &mut Command) -> io::Result<Child> {
    let started = command.spawn();
    let no_format = rustix::io::Errno::NOEXEC.raw_os_error();
    match started {
        Err(error) if error.raw_os_error() == Some(no_format) => {
            let mut shell = Command::new("sh");
            shell.arg(command.get_program()).args(command.get_args());
            for (name, value) in command.get_envs() {
                match value {
                    Some(value) => shell.env(name, value),
                    None => shell.env_remove(name),
                };
            }
            shell.spawn()
        }
        started => started,
    }
}

#[cfg(not(unix))]
fn spawn(command: &mut Command) -> io::Result<Child> {
    command.spawn()
}

/// Waits for the end of the command, and forwards signals to it.
#[cfg(unix)]
async fn end_of(mut child: Child, watch: &mut Watch) -> io::Result<ExitStatus> {
    use crate::interrupt::Event;
    use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process};
    let pid = Pid::from_child(&child);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        // If the parent process has blocked SIGCHLD, there is no event.
        let Ok(event) = tokio::time::timeout(PAUSE, watch.next()).await else {
            continue;
        };
        match event {
            Event::Signal(signal) => {
                // The terminal signals the whole process group. A shell, for one, makes its own.
                let is_in_group = getpgid(Some(pid)).is_ok_and(|group| group == getpgrp());
                if let Some(named) = Signal::from_named_raw(signal.number.into())
                    && (signal.was_sent || !is_in_group)
                {
                    // If the command can't be signaled, nxp still waits for it.
                    let _ = kill_process(pid, named);
                }
            }
            Event::Child => stop_with_command(pid),
        }
    }
}

/// If only the command has stopped, at a terminal, stops this process too, so that the shell notices.
/// Once the shell resumes this process, resumes the command.
#[cfg(unix)]
fn stop_with_command(child: rustix::process::Pid) {
    use rustix::process::{Signal, WaitId, WaitIdOptions, getpid, kill_process, waitid};
    let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
    let has_stopped = waitid(WaitId::Pid(child), stopped).is_ok_and(|status| status.is_some());
    let terminal = [
        rustix::termios::tcgetpgrp(io::stdin()),
        rustix::termios::tcgetpgrp(io::stderr()),
    ];
    if has_stopped && terminal.iter().any(Result::is_ok) {
        // Neither can fail: the one is this process, the other its child, not yet waited for.
        let _ = kill_process(getpid(), Signal::TSTP);
        let _ = kill_process(child, Signal::CONT);
    }
}

#[cfg(not(unix))]
async fn end_of(mut child: Child, _: &mut Watch) -> io::Result<ExitStatus> {
    child.wait()
}

fn code_of(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or_else(|| Some(128 + signal?));
    // Windows has codes that no shell has; any failure is one.
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Switches back to the profile that was current before, unless the user has switched since; returns
/// whether it is current again. `may_be_late`: the switch may still be applied, whatever the list shows
/// now.
async fn switch_back(
    transaction: &mut Transaction<'_>,
    profile: &Profile,
    may_be_late: bool,
) -> Result<bool> {
    let app = transaction.app;
    let Some(before) = transaction.list.current().cloned() else {
        app.console.warn(&format!(
            "no profile was current before, so {} stays current",
            profile.label()
        ));
        transaction.put_pending_back();
        return Ok(false);
    };
    transaction.begin_switch_back(profile);
    // Failures that may pass are retried within the time that a command has for network work, which
    // starts anew here. Signals don't cut it short.
    let time = app.settings.timeout;
    app.deadline.extend(time);
    let start = Instant::now();
    let outcome = loop {
        match try_switch_back(transaction, profile, &before, may_be_late).await {
            Err(error) if may_pass(&error) && start.elapsed() + PAUSE < time => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => break outcome,
        }
    };
    match outcome {
        // Otherwise the entry stays, because the switch may still be applied.
        Ok(_) if !may_be_late => transaction.put_pending_back(),
        Ok(_) => {}
        Err(cause) => {
            let message = format!(
                "could not switch back to {}, so {} may still be current: {}",
                before.label(),
                profile.label(),
                cause.as_cause()
            );
            let switch = app.switch_command(&before.id.to_string());
            return Err(Error::new(ErrorCode::Failed, message)
                .with_hint(format!("switch back with `{switch}`")));
        }
    }
    outcome
}

async fn try_switch_back(
    transaction: &Transaction<'_>,
    profile: &Profile,
    before: &Profile,
    may_be_late: bool,
) -> Result<bool> {
    let app = transaction.app;
    // The user may have signed in again meanwhile. If the keyring has been locked since,
    // the token of this session may still be accepted.
    let account = transaction.session.account().cloned();
    let reopened = account.and_then(|account| app.session_of(Identity::Stored(account)).ok());
    let session = reopened.as_ref().unwrap_or(transaction.session);
    let list = session.profiles().await?;
    if list.acts_as(before.id) && !may_be_late {
        return Ok(true);
    }
    if !list.acts_as(profile.id) && !list.acts_as(before.id) {
        let found = match list.current() {
            Some(current) => format!("{} was made current meanwhile", current.label()),
            None => "no profile is current any more".to_owned(),
        };
        app.console.warn(&format!(
            "{found}, so nothing was switched back; `{}` switches to {}",
            app.switch_command(&before.id.to_string()),
            before.label()
        ));
        return Ok(false);
    }
    let before = resolve(&before.id.to_string(), &list, || None)?;
    // If the list shows it already, this may prove nothing, and the entry stays.
    let outcome = send_and_verify(app, session, before, false, None).await;
    outcome.list.map(|_| true)
}

/// Whether a retry may help.
fn may_pass(error: &Error) -> bool {
    error.kind != ErrorKind::SwitchRefused
        && !matches!(
            error.code,
            ErrorCode::Auth | ErrorCode::Profile | ErrorCode::Usage
        )
}
