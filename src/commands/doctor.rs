//! `nxp doctor`: checks what nxp needs, each thing before what depends on it.

use std::env::consts::{ARCH, OS};

use super::app::App;
use super::profiles::directory::{DirectoryChoice, directory_choice};
use super::{Outcome, block_on};
use crate::api::{self, Drift};
use crate::args::GlobalArgs;
use crate::command_output::{Check, CommandOutput, Verdict};
use crate::config::{self, Settings};
use crate::error::{Error, ErrorCode, Result};
use crate::output::Console;
use crate::session::{self, Account, Choice, Identity, Session};

/// Why a check is skipped if the settings are wrong.
const SETTINGS_FIRST: &str = "needs correct settings";

/// The remedy if nxp doesn't understand a response.
const UNKNOWN_RESPONSE: &str = "the portal has changed: update nxp, or report this line";

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            detail: detail.into(),
            remedy: None,
        }
    }

    fn skip(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Skip,
            ..Self::ok(name, detail)
        }
    }

    fn fail(name: &'static str, error: &Error) -> Self {
        Self {
            verdict: Verdict::Fail,
            remedy: match error {
                // Its hint is to run `nxp doctor`.
                Error::InvalidResponse { .. } => Some(UNKNOWN_RESPONSE.to_owned()),
                _ => error.hint(),
            },
            ..Self::ok(name, error.to_string())
        }
    }
}

/// What is known of acting as a profile without switching. No check tries it.
const NOT_CONFIRMED: &str = "not confirmed: whether spaces let members act as a profile without \
    switching; see `nxp help security`";

/// There is no account to check, or it can't be determined.
struct NoAccount {
    why: &'static str,
    /// The remedy, if no earlier check has it.
    remedy: Option<String>,
}

pub(super) fn run(global: &GlobalArgs, console: Console) -> Result<Outcome> {
    let is_verbose = global.verbose > 0;
    let settings = match Settings::read(global) {
        Ok(settings) => settings,
        Err(error) => {
            let rest = ["keyring", "connection", "token", "profiles"];
            let rest = rest.map(|name| Check::skip(name, SETTINGS_FIRST));
            let checks = std::iter::once(Check::fail("settings", &error)).chain(rest);
            return Ok(report(checks, &Choice::default(), is_verbose));
        }
    };
    let app = App::new(settings, console);
    let choice = &app.settings.choice;
    let outcome = block_on(async { Ok(report(examine(&app).await, choice, is_verbose)) });
    app.add_deferred_error(outcome)
}

async fn examine(app: &App) -> [Check; 5] {
    let (settings, account) = settings(app);
    let keyring = keyring(app, &account);
    let connection = connection(app, &account).await;
    let skipped = |why| [Check::skip("token", why), Check::skip("profiles", why)];
    let [token, profiles] = match account {
        Err(NoAccount { why, remedy, .. }) => {
            let [token, profiles] = skipped(why);
            [Check { remedy, ..token }, profiles]
        }
        Ok(_) if connection.verdict == Verdict::Fail => skipped("needs a connection"),
        Ok(_) if keyring.verdict == Verdict::Fail => skipped("needs the keyring"),
        Ok(_) => token_and_profiles(app).await,
    };
    [settings, keyring, connection, token, profiles]
}

/// The outcome of the checks. `is_verbose` adds what a bug report needs.
fn report(checks: impl IntoIterator<Item = Check>, choice: &Choice, is_verbose: bool) -> Outcome {
    let environment = is_verbose.then(|| {
        [
            Check::ok("program", program()),
            Check::ok("proxy", proxy()),
            certificates(),
            Check::skip("no-switch", NOT_CONFIRMED),
        ]
    });
    let checks: Vec<Check> = environment
        .into_iter()
        .flatten()
        .chain(checks)
        .chain(directory(choice))
        .chain(config::is_read_only().then(|| Check::ok("read-only", config::READ_ONLY)))
        .collect();
    let failed = checks.iter().filter(|it| it.verdict == Verdict::Fail);
    let failed = failed.count();
    let failure = Error::new(
        ErrorCode::Failed,
        format!("{} failed", count(failed, "check")),
    )
    .with_hint("see the failed checks above");
    Outcome {
        failure: (failed > 0).then_some(failure),
        ..CommandOutput::Checks(checks).into()
    }
}

/// The account, and the file that lists the accounts.
fn settings(app: &App) -> (Check, Result<Identity, NoAccount>) {
    let no_account = |why, remedy| Err(NoAccount { why, remedy });
    let stored = app.state_file().and_then(|file| {
        let accounts = count(file.load()?.accounts().len(), "account");
        Ok(format!("{accounts} in {}", file.path().display()))
    });
    let stored = match stored {
        Ok(stored) => stored,
        Err(error) => {
            let account = app.identity().or_else(|_| no_account(SETTINGS_FIRST, None));
            return (Check::fail("settings", &error), account);
        }
    };
    match app.identity() {
        Ok(identity) => {
            let described = match &identity {
                Identity::Sandbox => "the sandbox".to_owned(),
                Identity::Environment { space, .. } => format!("NXP_TOKEN at {}", space.host()),
                Identity::Stored(account) => account.to_string(),
            };
            let check = match check_folders() {
                Ok(()) => Check::ok("settings", format!("{described}; {stored}")),
                Err(error) => Check::fail("settings", &error),
            };
            (check, Ok(identity))
        }
        Err(error @ Error::NotSignedIn { .. }) => {
            let check = Check::ok("settings", format!("{error}; {stored}"));
            (check, no_account("needs a sign-in", error.hint()))
        }
        Err(error) => {
            let why = match error {
                Error::AmbiguousAccount { .. } => "needs one account: several are signed in",
                _ => SETTINGS_FIRST,
            };
            (Check::fail("settings", &error), no_account(why, None))
        }
    }
}

/// Whether state and cache can be written.
fn check_folders() -> Result<()> {
    session::check_writable(&config::state_folder()?)?;
    session::check_writable(&config::cache_folder()?)
}

/// Whether the tokens can be read, or could be written.
fn keyring(app: &App, account: &Result<Identity, NoAccount>) -> Check {
    match account {
        Ok(Identity::Sandbox) => Check::skip("keyring", "the sandbox needs none"),
        Ok(Identity::Environment { .. }) => Check::skip("keyring", "NXP_TOKEN needs none"),
        Ok(Identity::Stored(account)) => keyring_of(app, account),
        Err(_) => match app.keyring().check_writable() {
            Ok(placement) => {
                let name = placement.keyring.name();
                let lifetime = placement.lifetime.unwrap_or_default();
                let detail = format!("{name} keeps tokens {lifetime}");
                Check::ok("keyring", detail.trim_end())
            }
            Err(error) => Check::fail("keyring", &error),
        },
    }
}

/// Whether the keyring has the account's tokens. Only the portal knows whether it refreshes them.
fn keyring_of(app: &App, account: &Account) -> Check {
    let keyring = app.keyring();
    let name = keyring.kind_of(account).name();
    match keyring.load(account) {
        Ok(Some(tokens)) => {
            let mut detail = format!("{name} has the token of {account}");
            detail += match &tokens.refresh_token {
                Some(_) => ", with a refresh token",
                None => ", without a refresh token",
            };
            if app.settings.verbose > 0 && tokens.is_client_id_unverified {
                detail += "; it is from a sign-in link and was not refreshed yet";
            }
            Check::ok("keyring", detail)
        }
        Ok(None) => Check {
            verdict: Verdict::Fail,
            remedy: Some(format!("sign in with `{}`", account.login_command())),
            ..Check::ok("keyring", format!("{name} has no token of {account}"))
        },
        Err(error) => Check::fail("keyring", &error),
    }
}

/// Whether the space's name resolves, its certificate is valid, and an API responds.
async fn connection(app: &App, account: &Result<Identity, NoAccount>) -> Check {
    let space = match account {
        Ok(Identity::Sandbox) => return Check::skip("connection", "the sandbox needs none"),
        Ok(Identity::Environment { space, .. }) => space,
        Ok(Identity::Stored(account)) => &account.space,
        Err(NoAccount { why, .. }) => match app.settings.choice.space() {
            Some(space) => space,
            None => {
                let why = format!("{why}, and no space is given (`--space`)");
                return Check::skip("connection", why);
            }
        },
    };
    let probed = match app.connect(space.clone()) {
        Ok(client) => client.probe().await,
        Err(error) => Err(error),
    };
    match probed {
        Ok(()) => {
            let how = if space.is_loopback() {
                "on this machine"
            } else {
                "with a valid certificate"
            };
            Check::ok("connection", format!("{} answers ({how})", space.host()))
        }
        Err(error) => Check::fail("connection", &error),
    }
}

/// Whether the space accepts the token, and whether its profile list has the known fields.
async fn token_and_profiles(app: &App) -> [Check; 2] {
    let accepted = || Check::ok("token", "accepted by the space");
    let rejected = |error| {
        let profiles = Check::skip("profiles", "needs a valid token");
        [Check::fail("token", &error), profiles]
    };
    let session = match app.session() {
        Ok(session) => session,
        Err(error) => return rejected(error),
    };
    match session.drift().await {
        Ok(drift) => [accepted(), profiles(&session, &drift).await],
        Err(error @ Error::InvalidResponse { .. }) => [accepted(), Check::fail("profiles", &error)],
        Err(error) => rejected(error),
    }
}

async fn profiles(session: &Session, drift: &Drift) -> Check {
    let mut parts = vec![count(drift.profiles, "profile")];
    for (what, fields) in [
        ("missing", &drift.missing),
        ("wrong type", &drift.other_type),
        ("unknown", &drift.new),
    ] {
        if !fields.is_empty() {
            parts.push(format!("{what}: {}", fields.join(", ")));
        }
    }
    if parts.len() == 1 {
        parts.push("all fields as expected".to_owned());
    }
    let detail = parts.join("; ");
    match session.profiles().await {
        Ok(_) if drift.is_harmless() => Check::ok("profiles", detail),
        Ok(_) => Check {
            verdict: Verdict::Fail,
            remedy: Some(UNKNOWN_RESPONSE.to_owned()),
            ..Check::ok("profiles", detail)
        },
        Err(error) => Check {
            detail: format!("{error}; {detail}"),
            ..Check::fail("profiles", &error)
        },
    }
}

/// The profile that `.` stands for in this directory, and where that is recorded.
fn directory(choice: &Choice) -> Option<Check> {
    let DirectoryChoice {
        profile,
        named_by,
        space,
    } = match directory_choice(choice).transpose()? {
        Ok(found) => found,
        Err(error) => return Some(Check::fail("directory", &error)),
    };
    let at = space.map(|space| format!(" at {}", space.host()));
    let at = at.unwrap_or_default();
    let detail = format!("{named_by} names profile {profile}{at}");
    Some(Check::ok("directory", detail))
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
    let Some((variable, value)) = config::proxy() else {
        return "none".to_owned();
    };
    let Some(address) = value.to_str().and_then(api::proxy_address) else {
        return format!("an invalid address ({variable})");
    };
    let host = address.host_str().unwrap_or_default();
    let port = address.port().map(|port| format!(":{port}"));
    let address = format!("{}://{host}{}", address.scheme(), port.unwrap_or_default());
    let except = config::no_proxy().map(|hosts| format!(", not for {hosts} (NO_PROXY)"));
    format!("{address} ({variable}){}", except.unwrap_or_default())
}

/// The certificate authorities that TLS trusts.
fn certificates() -> Check {
    let network = config::network();
    if let Err(error) = network.authorities() {
        return Check::fail("certificates", &error);
    }
    if network.certificates.is_empty() {
        return Check::ok("certificates", "the system's");
    }
    let variables: Vec<String> = network
        .certificates
        .iter()
        .map(|(name, path)| format!("{} ({name})", path.display()))
        .collect();
    let replaced = format!("{} instead of the system's", variables.join(" and "));
    Check::ok("certificates", replaced)
}

/// As in "no account", "1 account" and "2 accounts".
fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
