//! The command that `exec` runs: its environment, its start and its end.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::sentinel::Sentinel;
use crate::api::Profile;
use crate::commands::profiles::transaction::Transaction;
use crate::config::{enclosing_execs, variable};
use crate::error::{Error, Result, TokenOrigin};
use crate::interrupt::Signals;

/// How long to retry starting the command while the system can't create a process.
const PROCESS_WAIT: Duration = Duration::from_secs(2);

/// The pause between two attempts.
const PROCESS_PAUSE: Duration = Duration::from_millis(100);

/// The command, with the account and the profile in its environment, and without a token.
pub(super) fn command(
    words: &[OsString],
    transaction: &Transaction<'_>,
    profile: &Profile,
) -> Result<Command> {
    let (program, arguments) = words.split_first().context("there is no command")?;
    let session = &transaction.open.session;
    let email = session
        .account()
        .map(|account| account.email.clone())
        .or_else(|| transaction.list.user.as_ref()?.email.clone());
    let is_sandbox = session.origin() == TokenOrigin::Sandbox;
    let mut execs = enclosing_execs();
    execs.extend(transaction.holder().map(|holder| holder.id.clone()));
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, value) in [
        (variable::SANDBOX, is_sandbox.then(|| "1".to_owned())),
        (variable::SPACE, Some(session.space().to_string())),
        (variable::ACCOUNT, email),
        (variable::PROFILE_ID, Some(profile.id.to_string())),
        (variable::TOKEN, None),
        (variable::EXECS, Some(execs.join(","))),
    ] {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ok(command)
}

/// Runs the command to its end and returns its exit code: 128+n if signal n ended it.
///
/// # Errors
/// [`Error::CannotRun`]; [`Error::Stopped`] where a signal came before the command was started.
pub(super) async fn run(mut command: Command, signals: &mut Signals) -> Result<u8> {
    let mut sentinel = Sentinel::start(signals);
    let start = Instant::now();
    let child = loop {
        // The last check for a signal before the command is started.
        if let Some(signal) = signals.stop() {
            return Err(Error::Stopped {
                signal,
                changed: false,
            });
        }
        match signals.spawn(&mut command) {
            Ok(child) => break child,
            Err(cause)
                if cause.kind() == io::ErrorKind::WouldBlock && start.elapsed() < PROCESS_WAIT =>
            {
                // Frees a process for the command.
                sentinel.stop();
                tokio::time::sleep(PROCESS_PAUSE).await;
            }
            Err(cause) => {
                return Err(Error::CannotRun {
                    command: command.get_program().to_string_lossy().into_owned(),
                    cause,
                });
            }
        }
    };
    sentinel.command_started(&child);
    let status = end_of(child, signals, &mut sentinel)
        .await
        .context("can't wait for the command")?;
    Ok(code_of(status))
}

/// Waits for the end of the command. Signals that it did not get by itself are passed on.
#[cfg(unix)]
async fn end_of(
    mut child: Child,
    signals: &mut Signals,
    sentinel: &mut Sentinel,
) -> io::Result<ExitStatus> {
    use crate::interrupt::Event;
    use rustix::process::{Pid, getpgid, getpgrp};

    let pid = Pid::from_child(&child);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        match signals.next().await {
            Event::Signal(signal) => {
                let group_got = sentinel.group_got(signal, signals).await;
                // A shell, for one, makes a group of its own.
                let is_in_group = getpgid(Some(pid)).is_ok_and(|group| group == getpgrp());
                if !(group_got && is_in_group) {
                    // If the command can't be signaled, nxp still waits for it.
                    let _ = signal.send(pid);
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
async fn end_of(mut child: Child, _: &mut Signals, _: &mut Sentinel) -> io::Result<ExitStatus> {
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
