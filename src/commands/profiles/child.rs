//! The command of an `exec`: found, given its environment, started, signaled, and waited for.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use anyhow::Context as _;

use crate::api::{Profile, ProfileList};
use crate::args::ExecArgs;
use crate::config::{self, variable};
use crate::error::{Error, ErrorCode, Result, TokenOrigin};
use crate::interrupt::Watch;
use crate::session::Session;

/// The pause between two looks whether the command has ended, if no signal says so.
#[cfg(unix)]
const LOOK_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// The command, if there is such a program: nothing is switched for one that can't be run. A relative
/// path is one of this folder; a name is looked up in `PATH` alone, on every system.
pub(super) fn find(words: &[OsString]) -> Result<Command> {
    let (name, arguments) = words.split_first().context("there is no command")?;
    let path = Path::new(name);
    let folders = match path.components().count() {
        1 if !name.to_string_lossy().contains('/') => config::search_path(),
        _ => vec![PathBuf::new()],
    };
    let mut why_not = ("command not found", 127);
    for folder in folders {
        for suffix in config::program_suffixes() {
            let mut program = folder.join(path).into_os_string();
            program.push(suffix);
            let program = PathBuf::from(program);
            if is_executable(&program) {
                let mut command = Command::new(program);
                #[cfg(unix)]
                std::os::unix::process::CommandExt::arg0(&mut command, name);
                command.args(arguments);
                return Ok(command);
            }
            if program.exists() {
                why_not = ("not executable", 126);
            }
        }
    }
    let (why_not, code) = why_not;
    Err(cannot_run(name, why_not, code))
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

/// Puts the account, the profile and the name of this `exec` into the command's environment, and the
/// token if that is wanted.
pub(super) async fn prepare(
    command: &mut Command,
    args: &ExecArgs,
    session: &Session,
    list: &ProfileList,
    profile: &Profile,
    exec: String,
) -> Result<()> {
    let email = match session.account() {
        Some(account) => Some(account.email.clone()),
        None => list.user.as_ref().and_then(|user| user.email.clone()),
    };
    let is_sandbox = session.origin == TokenOrigin::Sandbox;
    let execs = [config::enclosing_execs(), vec![exec]].concat();
    for (name, value) in [
        (variable::SANDBOX, is_sandbox.then(|| "1".to_owned())),
        (variable::SPACE, Some(session.space().to_string())),
        (variable::ACCOUNT, email),
        (variable::PROFILE_ID, Some(profile.id.to_string())),
        (variable::EXECS, Some(execs.join(","))),
    ] {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // A token that nxp was given is in the environment of the job anyway.
    if session.origin != TokenOrigin::Environment {
        command.env_remove(variable::TOKEN);
    }
    let acting = args.no_switch.then_some(variable::TOKEN);
    for variable in acting.into_iter().chain(args.with_token.as_deref()) {
        command.env(variable, session.access_token().await?.expose());
    }
    Ok(())
}

/// Runs the command to its end and returns its exit code: 128+n if signal n ended it.
pub(super) async fn run(mut command: Command, watch: &mut Watch) -> Result<u8> {
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
        let Ok(event) = tokio::time::timeout(LOOK_PAUSE, watch.next()).await else {
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
