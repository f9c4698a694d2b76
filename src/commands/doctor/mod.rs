//! `nxp doctor`: checks what nxp needs, in the order in which one thing rests on the other.

mod api;
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

/// Why a check has to wait for right settings.
const SETTINGS_FIRST: &str = "the settings come first";

/// What came of a check.
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
                // The hint leads here.
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

/// What to do where an answer is none that this program knows.
fn unknown_answer() -> String {
    "the portal has changed: update nxp, or report this line".to_owned()
}

pub(super) fn run(global: &GlobalArgs, console: Console) -> Result<Outcome> {
    let settings = match Settings::read(global) {
        Ok(settings) => settings,
        Err(error) => {
            let rest = || Finding::skip(SETTINGS_FIRST);
            return Ok(report([
                Finding::fail(&error),
                rest(),
                rest(),
                rest(),
                rest(),
            ]));
        }
    };
    let context = Context::new(settings, console);
    let outcome = block_on(async { Ok(report(examine(&context).await)) });
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
        let unreachable = || Finding::skip("the space can't be asked");
        (unreachable(), unreachable())
    } else if keyring.verdict == Verdict::Fail {
        let locked_away = || Finding::skip("the token can't be read from the keyring");
        (locked_away(), locked_away())
    } else {
        api::token_and_profiles(context).await
    };
    [settings, keyring, connection, token, profiles]
}

fn report(findings: [Finding; 5]) -> Outcome {
    let checks: Vec<Check> = NAMES
        .into_iter()
        .zip(findings)
        .map(|(name, finding)| finding.named(name))
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
