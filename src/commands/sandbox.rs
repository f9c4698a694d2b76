//! `nxp sandbox`: the sandbox as a server, and its reset.

use std::fs;
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use serde_json::json;

use crate::args::{Format, ServeArgs};
use crate::command_output::CommandOutput;
use crate::config;
use crate::error::{Error, Result};
use crate::output::Console;
use crate::sandbox::{
    Event, Fault, LINK_ONLY, MAIN, Model, ONE_TIME_CODE, Options, PASSWORD, Server,
};
use crate::secret::BearerToken;

/// Serves until the process is ended.
pub(super) fn serve(console: &Console, args: &ServeArgs, verbose: bool) -> Result<CommandOutput> {
    let faults = args.fault.iter().map(|fault| {
        let hint = "see the list in `nxp sandbox serve --help`";
        Fault::parse(fault, |_, _| None).map_err(|invalid| Error::usage(invalid, hint))
    });
    let faults: Vec<Fault> = faults.collect::<Result<_>>()?;
    let console = *console;
    let server = start(Options {
        port: args.port.unwrap_or_default(),
        observer: Arc::new(move |event| match event {
            Event::Mail(to, link) => console.note(&format!("Mail to {to}: {link}")),
            Event::Request(request) if verbose => console.trace(&format!("> {}", request.line())),
            Event::Outcome(outcome) if verbose => console.trace(&format!("< {outcome}")),
            _ => {}
        }),
        ..Options::default()
    })?;
    server
        .update(|data| faults.into_iter().for_each(|fault| data.push_fault(fault)))
        .context("the sandbox can't add the faults")?;
    let introduction = introduction(&server, &args.fault, console.format)?;
    console.show(&CommandOutput::Text(introduction))?;
    loop {
        thread::park();
    }
}

/// Restores the initial state, also for running servers.
pub(super) fn reset(console: &Console) -> Result<CommandOutput> {
    let file = config::state_folder()?.join("sandbox.json");
    if file.exists() {
        fs::remove_file(&file).with_context(|| format!("can't remove {}", file.display()))?;
    }
    console.note("The sandbox is back in its initial state.");
    Ok(CommandOutput::Nothing)
}

/// Starts the sandbox with the state that all processes share. Without a place for state it is in memory.
pub(super) fn start(options: Options) -> Result<Server> {
    let port = options.port;
    let folder = config::state_folder();
    let options = Options {
        state_file: folder.ok().map(|folder| folder.join("sandbox.json")),
        ..options
    };
    Ok(Server::start(options).with_context(|| match port {
        0 => "can't start the sandbox".to_owned(),
        port => format!("can't start the sandbox on port {port}"),
    })?)
}

/// A token of the sandbox's main user.
pub(super) fn token(server: &Server) -> Result<BearerToken> {
    let token = server.update(|data| data.issue_token(MAIN));
    let token = token.context("the sandbox can't issue a token")?;
    Ok(BearerToken::new(token))
}

/// What to know about a server that runs: for people, or as a document for programs.
fn introduction(server: &Server, faults: &[String], format: Format) -> Result<String> {
    let address = server.base_url();
    let link = server.update(|data| data.issue_link(LINK_ONLY));
    let link = link.context("the sandbox can't issue a link")?;
    let users = Model::fixtures().users.into_iter();
    if format == Format::Json {
        let users = users.map(
            |user| json!({ "Email": user.email, "Password": user.password, "Shows": user.shows }),
        );
        let document = json!({
            "Address": address,
            "Users": users.collect::<Vec<_>>(),
            "OneTimeCode": ONE_TIME_CODE,
            "Link": link,
            "Faults": faults,
        });
        return Ok(format!("{document}\n"));
    }
    let users: String = users
        .map(|user| format!("  {:<28} {}\n", user.email, user.shows))
        .collect();
    let faults = match faults {
        [] => String::new(),
        faults => format!("\nActive faults:\n  {}\n", faults.join("\n  ")),
    };
    Ok(format!(
        "The sandbox is at {address} until Ctrl-C.\n\n\
         Sign in to it from another terminal:\n  nxp login --space {address} --email {MAIN}\n\n\
         The password is \"{PASSWORD}\", the one-time code {ONE_TIME_CODE}. Users:\n{users}\n\
         A one-time link for {LINK_ONLY}:\n  {link}\n\
         Give it to:\n  nxp login --space {address} --link-stdin\n\
         Another one is mailed here by:\n  \
         nxp login --space {address} --email {LINK_ONLY} --send-link\n{faults}",
    ))
}
