//! The checks of the portal: connection, token, and the fields of the profile list.

use super::setup::{Unsettled, Whom};
use super::{Finding, unknown_answer};
use crate::api::{ApiProbe, Drift, Field, Space};
use crate::command_output::Verdict;
use crate::commands::context::Context;
use crate::commands::open_session::OpenSession;
use crate::error::{Error, Result};
use crate::session::Identity;

/// Whether the space's name is known, its certificate good, and its answer that of an API.
pub(super) async fn connection(context: &Context, whom: &Whom) -> Finding {
    let space = match whom {
        Whom::Identity(Identity::Sandbox) => {
            return Finding::skip("the sandbox needs none");
        }
        Whom::Identity(Identity::Environment { space, .. }) => space,
        Whom::Identity(Identity::Stored(account)) => &account.space,
        Whom::Unsettled(Unsettled {
            space: Some(space), ..
        }) => space,
        Whom::Unsettled(Unsettled {
            space: None, why, ..
        }) => {
            return Finding::skip(format!("{why}, and no space is given (`--space`)"));
        }
    };
    match reception(context, space).await {
        Ok(ApiProbe::Api) => {
            let way = if space.is_loopback() {
                "on this machine"
            } else {
                "with a valid certificate"
            };
            Finding::ok(format!("{} answers ({way})", space.host()))
        }
        Ok(ApiProbe::Else { answered }) => Finding::fail(&Error::UnknownSpace {
            space: space.host(),
            answered,
        }),
        Err(error) => Finding::fail(&error),
    }
}

async fn reception(context: &Context, space: &Space) -> Result<ApiProbe> {
    context.connect(space.clone())?.probe().await
}

/// Whether the space accepts the token, and whether its profile list has the known fields.
pub(super) async fn token_and_profiles(context: &Context) -> (Finding, Finding) {
    let open = match context.open_session() {
        Ok(open) => open,
        Err(error) => return (Finding::fail(&error), without_token()),
    };
    let drift = match open.session.drift().await {
        Ok(drift) => drift,
        Err(error @ (Error::InvalidResponse { .. } | Error::UnknownSpace { .. })) => {
            return (taken(), Finding::fail(&error));
        }
        Err(error) => return (Finding::fail(&error), without_token()),
    };
    (taken(), list(&open, &drift).await)
}

fn taken() -> Finding {
    Finding::ok("accepted by the space")
}

fn without_token() -> Finding {
    Finding::skip("needs a valid token")
}

async fn list(open: &OpenSession<'_>, drift: &Drift) -> Finding {
    let described = described(drift);
    match open.profiles().await {
        Ok(_) if drift.is_harmless() => Finding::ok(described),
        Ok(_) => Finding {
            verdict: Verdict::Fail,
            detail: described,
            remedy: Some(unknown_answer()),
        },
        Err(error) => Finding {
            detail: format!("{error}; {described}"),
            ..Finding::fail(&error)
        },
    }
}

fn described(drift: &Drift) -> String {
    let count = match drift.profiles {
        1 => "1 profile".to_owned(),
        count => format!("{count} profiles"),
    };
    let mut parts = vec![count];
    for (what, fields) in [
        ("missing", &drift.missing),
        ("with another type", &drift.other_type),
        ("new", &drift.new),
    ] {
        if !fields.is_empty() {
            let names: Vec<String> = fields.iter().map(Field::to_string).collect();
            parts.push(format!("{what}: {}", names.join(", ")));
        }
    }
    if parts.len() == 1 {
        parts.push("all fields as expected".to_owned());
    }
    parts.join("; ")
}
