//! `nxp doctor`: checks what nxp needs, each thing before what depends on it.

use std::env::consts::{ARCH, OS};

use super::app::App;
use super::profiles::directory::directory_choice;
use super::run_in;
use crate::api::{self, Drift, Space};
use crate::args::GlobalArgs;
use crate::command_output::{Check, CommandOutput, Verdict};
use crate::config::{self, Settings};
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::output::Console;
use crate::session::{self, Account, Choice, Identity, Session};

/// Why a check is skipped if the settings are wrong.
const SETTINGS_FIRST: &str = "needs correct settings";

/// The remedy if nxp doesn't understand a response.
const UNKNOWN_RESPONSE: &str = "the portal has changed: update nxp, or report this line";

impl Check {
    /// A check that gives its detail, or why it fails.
    fn new(name: &'static str, found: Result<String>) -> Self {
        let (verdict, detail, remedy) = match found {
            Ok(detail) => (Verdict::Ok, detail, None),
            // Its hint is to run `nxp doctor`.
            Err(error) if error.kind == ErrorKind::InvalidResponse => {
                let remedy = Some(UNKNOWN_RESPONSE.to_owned());
                (Verdict::Fail, error.message, remedy)
            }
            Err(error) => (Verdict::Fail, error.message, error.hint),
        };
        Self {
            name,
            verdict,
            detail,
            remedy,
        }
    }

    fn skip(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Skip,
            ..Self::new(name, Ok(detail.into()))
        }
    }
}

/// What is known of acting as a profile without switching. No check tries it.
const NOT_CONFIRMED: &str = "not confirmed: whether spaces let members act as a profile without \
    switching; see `nxp help security`";

pub(super) fn run(global: &GlobalArgs, console: Console) -> Result<CommandOutput> {
    let mut checks = Vec::new();
    if global.verbose > 0 {
        // What a bug report needs.
        checks.push(Check::new("program", Ok(program())));
        checks.push(Check::new("proxy", Ok(proxy())));
        checks.push(Check::new("certificates", certificates()));
        checks.push(Check::skip("no-switch", NOT_CONFIRMED));
    }
    let settings = match Settings::read(global) {
        Ok(settings) => settings,
        Err(error) => {
            let rest = ["keyring", "connection", "token", "profiles"];
            checks.push(Check::new("settings", Err(error)));
            checks.extend(rest.map(|name| Check::skip(name, SETTINGS_FIRST)));
            checks.extend(directory(&Choice::default()));
            return report(console, checks);
        }
    };
    run_in(App::new(settings, console), async |app| {
        checks.extend(examine(app).await);
        checks.extend(directory(&app.settings.choice));
        report(console, checks)
    })
}

async fn examine(app: &App) -> [Check; 5] {
    let settings = Check::new("settings", settings(app));
    let identity = app.identity();
    let (keyring, space) = match &identity {
        Ok(Identity::Sandbox) => (Check::skip("keyring", "the sandbox needs none"), None),
        Ok(Identity::Environment { space, .. }) => {
            (Check::skip("keyring", "NXP_TOKEN needs none"), Some(space))
        }
        Ok(Identity::Stored(account)) => {
            let tokens = tokens(app, account);
            (Check::new("keyring", tokens), Some(&account.space))
        }
        Err(_) => {
            let writable = writable_keyring(app);
            (Check::new("keyring", writable), app.settings.choice.space())
        }
    };
    let connection = match (space, &identity) {
        (Some(space), _) => Check::new("connection", probe(app, space).await),
        (None, Ok(_)) => Check::skip("connection", "the sandbox needs none"),
        (None, Err(error)) => {
            let why = format!("{}, and no space is given (`--space`)", missing(error));
            Check::skip("connection", why)
        }
    };
    let skipped = |why| [Check::skip("token", why), Check::skip("profiles", why)];
    let [token, profiles] = match &identity {
        Err(error) => {
            let [mut token, profiles] = skipped(missing(error));
            if error.kind == ErrorKind::NotSignedIn {
                token.remedy.clone_from(&error.hint);
            }
            [token, profiles]
        }
        Ok(_) if connection.verdict == Verdict::Fail => skipped("needs a connection"),
        Ok(_) if keyring.verdict == Verdict::Fail => skipped("needs the keyring"),
        Ok(_) => token_and_profiles(app).await,
    };
    [settings, keyring, connection, token, profiles]
}

/// What the other checks need if the account can't be determined.
fn missing(error: &Error) -> &'static str {
    match error.kind {
        ErrorKind::NotSignedIn => "needs a sign-in",
        ErrorKind::AmbiguousAccount => "needs one account: several are signed in",
        _ => SETTINGS_FIRST,
    }
}

fn report(console: Console, mut checks: Vec<Check>) -> Result<CommandOutput> {
    let read_only = config::is_read_only().then(|| config::READ_ONLY.to_owned());
    checks.extend(read_only.map(|detail| Check::new("read-only", Ok(detail))));
    let failed = checks.iter().filter(|it| it.verdict == Verdict::Fail);
    let failed = failed.count();
    if failed == 0 {
        return Ok(CommandOutput::Checks(checks));
    }
    console.show(&CommandOutput::Checks(checks))?;
    let message = format!("{} failed", count(failed, "check"));
    Err(Error::new(ErrorCode::Failed, message).with_hint("see the failed checks above"))
}

/// The account, the file that lists the accounts, and whether state and cache can be written.
fn settings(app: &App) -> Result<String> {
    let file = app.state_file()?;
    let accounts = count(file.load()?.accounts().len(), "account");
    let account = match app.identity() {
        Ok(Identity::Sandbox) => "the sandbox".to_owned(),
        Ok(Identity::Environment { space, .. }) => format!("NXP_TOKEN at {}", space.host()),
        Ok(Identity::Stored(account)) => account.to_string(),
        Err(error) if error.kind == ErrorKind::NotSignedIn => error.message,
        Err(error) => return Err(error),
    };
    session::check_writable(&config::state_folder()?)?;
    session::check_writable(&config::cache_folder()?)?;
    Ok(format!(
        "{account}; {accounts} in {}",
        file.path().display()
    ))
}

/// Whether tokens could be stored.
fn writable_keyring(app: &App) -> Result<String> {
    let keyring = app.keyring().check_writable()?;
    let lifetime = keyring.lifetime().map(|lifetime| format!(" {lifetime}"));
    let name = keyring.name();
    Ok(format!(
        "{name} keeps tokens{}",
        lifetime.unwrap_or_default()
    ))
}

/// Whether the keyring has the account's tokens. Only the portal knows whether it refreshes them.
fn tokens(app: &App, account: &Account) -> Result<String> {
    let keyring = app.keyring();
    let name = keyring.kind_of(account).name();
    let tokens = keyring.load(account)?.ok_or_else(|| {
        let message = format!("{name} has no token of {account}");
        Error::new(ErrorCode::Auth, message)
            .with_hint(format!("sign in with `{}`", account.login_command()))
    })?;
    let with = match &tokens.refresh_token {
        Some(_) => "with",
        None => "without",
    };
    let mut found = format!("{name} has the token of {account}, {with} a refresh token");
    if app.settings.verbose > 0 && tokens.is_client_id_unverified {
        found += "; it is from a sign-in link and was not refreshed yet";
    }
    Ok(found)
}

/// Whether the space's name resolves, its certificate is valid, and an API responds.
async fn probe(app: &App, space: &Space) -> Result<String> {
    app.connect(space.clone())?.probe().await?;
    let how = match space.is_loopback() {
        true => "on this machine",
        false => "with a valid certificate",
    };
    Ok(format!("{} answers ({how})", space.host()))
}

/// Whether the space accepts the token, and whether its profile list has the known fields.
async fn token_and_profiles(app: &App) -> [Check; 2] {
    let checked = async {
        let session = app.session()?;
        match session.drift().await {
            Ok(drift) => Ok(profiles(&session, &drift).await),
            Err(error) if error.kind == ErrorKind::InvalidResponse => Ok(Err(error)),
            Err(error) => Err(error),
        }
    };
    match checked.await {
        Ok(profiles) => [
            Check::new("token", Ok("accepted by the space".to_owned())),
            Check::new("profiles", profiles),
        ],
        Err(error) => [
            Check::new("token", Err(error)),
            Check::skip("profiles", "needs a valid token"),
        ],
    }
}

async fn profiles(session: &Session, drift: &Drift) -> Result<String> {
    let mut parts = vec![count(drift.profiles, "profile")];
    for (what, fields) in [("missing", &drift.missing), ("unknown", &drift.new)] {
        if !fields.is_empty() {
            parts.push(format!("{what}: {}", fields.join(", ")));
        }
    }
    if parts.len() == 1 {
        parts.push("all fields as expected".to_owned());
    }
    session.profiles().await?;
    Ok(parts.join("; "))
}

/// The profile that `.` stands for in this directory, and where that is recorded.
fn directory(choice: &Choice) -> Option<Check> {
    let found = directory_choice(choice).transpose()?;
    let found = found.map(|found| {
        let at = found.space.map(|space| format!(" at {}", space.host()));
        let (named_by, at) = (found.named_by, at.unwrap_or_default());
        format!("{named_by} names profile {}{at}", found.profile)
    });
    Some(Check::new("directory", found))
}

/// The version and the platform.
fn program() -> String {
    let sandbox = if cfg!(feature = "sandbox") {
        ""
    } else {
        ", built without the sandbox"
    };
    format!("nxp {} for {OS} {ARCH}{sandbox}", env!("CARGO_PKG_VERSION"))
}

/// The proxy for https, without its user name and password, and the hosts that it is not for.
fn proxy() -> String {
    let network = config::network();
    let Some((variable, value)) = network.proxy else {
        return "none".to_owned();
    };
    let Some(address) = value.to_str().and_then(api::proxy_address) else {
        return format!("an invalid address ({variable})");
    };
    let host = address.host_str().unwrap_or_default();
    let port = address.port().map(|port| format!(":{port}"));
    let address = format!("{}://{host}{}", address.scheme(), port.unwrap_or_default());
    let except = network.no_proxy;
    let except = except.map(|hosts| format!(", not for {hosts} (NO_PROXY)"));
    format!("{address} ({variable}){}", except.unwrap_or_default())
}

/// The certificate authorities that TLS trusts.
fn certificates() -> Result<String> {
    let network = config::network();
    network.authorities()?;
    let certificates = network.certificates.iter();
    let files: Vec<String> = certificates
        .map(|(name, path)| format!("{} ({name})", path.display()))
        .collect();
    Ok(match files.as_slice() {
        [] => "the system's".to_owned(),
        files => format!("{} instead of the system's", files.join(" and ")),
    })
}

/// As in "1 account" and "2 accounts".
fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
