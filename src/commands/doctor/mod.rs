//! `nxp doctor`: checks what nxp needs, each thing before what depends on it.

mod api;
mod environment;
mod setup;

use setup::Whom;

use super::context::Context;
use super::{Outcome, block_on};
use crate::args::GlobalArgs;
use crate::command_output::{Check, CommandOutput, Verdict};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::output::Console;

/// The names of the checks, in their order.
const NAMES: [&str; 5] = ["settings", "keyring", "connection", "token", "profiles"];

/// Why a check is skipped if the settings are wrong.
const SETTINGS_FIRST: &str = "needs correct settings";

/// The result of a check.
struct Finding {
    verdict: Verdict,
    detail: String,
    remedy: Option<String>,
}

impl Finding {
    fn ok(detail: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Ok,
            detail: detail.into(),
            remedy: None,
        }
    }

    fn skip(detail: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Skip,
            ..Self::ok(detail)
        }
    }

    fn fail(error: &Error) -> Self {
        Self {
            verdict: Verdict::Fail,
            detail: error.to_string(),
            remedy: match error {
                // Its hint is to run `nxp doctor`.
                Error::InvalidResponse { .. } => Some(unknown_answer()),
                _ => error.hint(),
            },
        }
    }

    fn named(self, name: &'static str) -> Check {
        Check {
            name,
            verdict: self.verdict,
            detail: self.detail,
            remedy: self.remedy,
        }
    }
}

/// The remedy if nxp doesn't understand a response.
fn unknown_answer() -> String {
    "the portal has changed: update nxp, or report this line".to_owned()
}

pub(super) fn run(global: &GlobalArgs, console: Console) -> Result<Outcome> {
    let settings = match Settings::read(global) {
        Ok(settings) => settings,
        Err(error) => {
            let rest = || Finding::skip(SETTINGS_FIRST);
            let findings = [Finding::fail(&error), rest(), rest(), rest(), rest()];
            return Ok(report(findings, global.verbose > 0));
        }
    };
    let context = Context::new(settings, console);
    let outcome = block_on(async { Ok(report(examine(&context).await, global.verbose > 0)) });
    context.settle(outcome)
}

async fn examine(context: &Context) -> [Finding; 5] {
    let (settings, whom) = setup::settings(context);
    let keyring = setup::keyring(context, &whom);
    let connection = api::connection(context, &whom).await;
    let (token, profiles) = if let Whom::Unsettled(unsettled) = whom {
        let remedy = unsettled.remedy;
        let skipped = || Finding::skip(unsettled.why);
        (
            Finding {
                remedy,
                ..skipped()
            },
            skipped(),
        )
    } else if connection.verdict == Verdict::Fail {
        let unreachable = || Finding::skip("needs a connection");
        (unreachable(), unreachable())
    } else if keyring.verdict == Verdict::Fail {
        let locked_away = || Finding::skip("needs the keyring");
        (locked_away(), locked_away())
    } else {
        api::token_and_profiles(context).await
    };
    [settings, keyring, connection, token, profiles]
}

/// The outcome of the checks. `is_complete`: with all that a report from afar needs.
fn report(findings: [Finding; 5], is_complete: bool) -> Outcome {
    let surroundings = is_complete.then(|| {
        [
            environment::program().named("program"),
            environment::proxy().named("proxy"),
            environment::certificates().named("certificates"),
        ]
    });
    let checks: Vec<Check> = surroundings
        .into_iter()
        .flatten()
        .chain(
            NAMES
                .into_iter()
                .zip(findings)
                .map(|(name, finding)| finding.named(name)),
        )
        .chain(setup::directory().map(|finding| finding.named("directory")))
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
