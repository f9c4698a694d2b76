//! `nxp doctor`: checks what nxp needs, each thing before what depends on it.

mod api;
mod environment;
mod setup;

use setup::NoAccount;

use super::app::App;
use super::{Outcome, block_on};
use crate::args::GlobalArgs;
use crate::command_output::{Check, CommandOutput, Verdict};
use crate::config::{self, Settings};
use crate::error::{Error, Result};
use crate::output::Console;
use crate::session::Choice;

/// Why a check is skipped if the settings are wrong.
const SETTINGS_FIRST: &str = "needs correct settings";

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
            name,
            verdict: Verdict::Fail,
            detail: error.to_string(),
            remedy: match error {
                // Its hint is to run `nxp doctor`.
                Error::InvalidResponse { .. } => Some(UNKNOWN_RESPONSE.to_owned()),
                _ => error.hint(),
            },
        }
    }
}

/// The remedy if nxp doesn't understand a response.
const UNKNOWN_RESPONSE: &str = "the portal has changed: update nxp, or report this line";

pub(super) fn run(global: &GlobalArgs, console: Console) -> Result<Outcome> {
    let settings = match Settings::read(global) {
        Ok(settings) => settings,
        Err(error) => {
            let rest = ["keyring", "connection", "token", "profiles"];
            let rest = rest.map(|name| Check::skip(name, SETTINGS_FIRST));
            let checks = std::iter::once(Check::fail("settings", &error)).chain(rest);
            return Ok(report(
                checks,
                &config::environment_choice(),
                global.verbose > 0,
            ));
        }
    };
    let app = App::new(settings, console);
    let choice = &app.settings.choice;
    let outcome = block_on(async { Ok(report(examine(&app).await, choice, global.verbose > 0)) });
    app.add_deferred_error(outcome)
}

async fn examine(app: &App) -> [Check; 5] {
    let (settings, account) = setup::settings(app);
    let keyring = setup::keyring(app, &account);
    let connection = api::connection(app, &account).await;
    let skipped = |why| [Check::skip("token", why), Check::skip("profiles", why)];
    let [token, profiles] = match account {
        Err(NoAccount { why, remedy, .. }) => {
            let [token, profiles] = skipped(why);
            [Check { remedy, ..token }, profiles]
        }
        Ok(_) if connection.verdict == Verdict::Fail => skipped("needs a connection"),
        Ok(_) if keyring.verdict == Verdict::Fail => skipped("needs the keyring"),
        Ok(_) => api::token_and_profiles(app).await,
    };
    [settings, keyring, connection, token, profiles]
}

/// As in "no account", "1 account" and "2 accounts".
fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// The outcome of the checks. `is_verbose` adds what a bug report needs.
fn report(checks: impl IntoIterator<Item = Check>, choice: &Choice, is_verbose: bool) -> Outcome {
    let environment = is_verbose.then(environment::checks);
    let checks: Vec<Check> = environment
        .into_iter()
        .flatten()
        .chain(checks)
        .chain(setup::directory(choice))
        .collect();
    let failed = checks
        .iter()
        .filter(|check| check.verdict == Verdict::Fail)
        .count();
    Outcome {
        failure: (failed > 0).then_some(Error::ChecksFailed { failed }),
        ..CommandOutput::Checks(checks).into()
    }
}
