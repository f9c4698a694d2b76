//! `nxp sandbox`: the practice portal as a server of its own, and back to its first state.

use anyhow::Context as _;

use crate::args::ServeArgs;
use crate::command_output::CommandOutput;
use crate::config;
use crate::error::{Error, Result};
use crate::output::Console;
use crate::sandbox::{self, Fault, LOGINS, ONE_TIME_CODE, Options, PASSWORD, Server, UnknownFault};
use crate::secret::BearerToken;

/// Serves until the process is ended.
pub(super) fn serve(console: &Console, args: &ServeArgs) -> Result<CommandOutput> {
    let faults = args.fault.iter().map(|fault| {
        fault.parse().map_err(|unknown: UnknownFault| {
            Error::usage(
                unknown.to_string(),
                "`nxp sandbox serve --help` says what each of them does",
            )
        })
    });
    let faults = faults.collect::<Result<_>>()?;
    let server = start(args.port.unwrap_or_default(), faults)?;
    console.show(&CommandOutput::Text(introduction(server.base_url())))?;
    server.wait();
    Ok(CommandOutput::Nothing)
}

/// Sets the practice portal back, also for servers that run.
pub(super) fn reset(console: &Console) -> Result<CommandOutput> {
    let file = config::state_folder()?.join("sandbox.json");
    sandbox::reset(&file).with_context(|| format!("can't reset {}", file.display()))?;
    console.note("The practice portal is back to its first state.");
    Ok(CommandOutput::Nothing)
}

/// Starts the practice portal on this port of the loopback address; 0 is any that is free. It goes
/// wrong in the ways of `faults`.
pub(super) fn start(port: u16, faults: Vec<Fault>) -> Result<Server> {
    let state_file = Some(config::state_folder()?.join("sandbox.json"));
    let options = Options {
        port,
        state_file,
        faults,
        ..Options::default()
    };
    Ok(Server::start(options).with_context(|| match port {
        0 => "can't start the practice portal".to_owned(),
        port => format!("can't start the practice portal on port {port}"),
    })?)
}

/// A token of the practice portal's main user.
pub(super) fn token(server: &Server) -> Result<BearerToken> {
    let token = server
        .issue_token(sandbox::MAIN.email)
        .context("the practice portal gives no token")?;
    Ok(BearerToken::new(token))
}

fn introduction(address: &str) -> String {
    let logins: String = LOGINS
        .iter()
        .map(|login| format!("  {:<28} {}\n", login.email, login.shows))
        .collect();
    format!(
        "The practice portal is at {address} until Ctrl-C.\n\n\
         Sign in to it from another terminal:\n  nxp login --space {address} --email {main}\n\n\
         The password is \"{PASSWORD}\", the one-time code {ONE_TIME_CODE}. Who can sign in:\n{logins}",
        main = sandbox::MAIN.email,
    )
}
