//! The checks of the portal: connection, token, and the fields of the profile list.

use super::setup::NoAccount;
use super::{UNKNOWN_RESPONSE, count};
use crate::api::Drift;
use crate::command_output::{Check, Verdict};
use crate::commands::app::App;
use crate::error::{Error, Result};
use crate::session::{Identity, Session};

/// Whether the space's name resolves, its certificate is valid, and an API responds.
pub(super) async fn connection(app: &App, account: &Result<Identity, NoAccount>) -> Check {
    let space = match account {
        Ok(Identity::Sandbox) => return Check::skip("connection", "the sandbox needs none"),
        Ok(Identity::Environment { space, .. }) => space,
        Ok(Identity::Stored(account)) => &account.space,
        Err(NoAccount { why, .. }) => match &app.settings.choice.space {
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
pub(super) async fn token_and_profiles(app: &App) -> [Check; 2] {
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
    let described = described(drift);
    match session.profiles().await {
        Ok(_) if drift.is_harmless() => Check::ok("profiles", described),
        Ok(_) => Check {
            verdict: Verdict::Fail,
            remedy: Some(UNKNOWN_RESPONSE.to_owned()),
            ..Check::ok("profiles", described)
        },
        Err(error) => Check {
            detail: format!("{error}; {described}"),
            ..Check::fail("profiles", &error)
        },
    }
}

fn described(drift: &Drift) -> String {
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
    parts.join("; ")
}
