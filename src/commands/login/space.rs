//! Where to sign in: the space that an address belongs to.

use crate::api::{ApiProbe, Space};
use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::prompt;

/// A space, and what the user calls it.
#[derive(Clone)]
pub(super) struct Place {
    /// Where the API is.
    pub(super) space: Space,
    /// The address that was given, where it is another one.
    pub(super) portal: Option<Space>,
}

/// Finds the space that is meant.
///
/// Hosts that Nexudus gives its spaces, and loopback, are taken as they are. Any other address is
/// looked up at Nexudus, because the web page of a space has no API; and what comes back is
/// believed only if it is such a host, because a password goes there. An address that Nexudus
/// doesn't know is taken as it is if it answers as an API does.
///
/// # Errors
/// [`Error::NoSuchSpace`] where there is none, and whatever keeps one from finding out.
pub(super) async fn find(context: &Context) -> Result<Place> {
    let named = named(context)?;
    if named.is_loopback() || named.is_given_by_nexudus() {
        return Ok(as_named(named));
    }
    let directory = context.connect(Space::directory())?;
    match directory.space_of(&named.host()).await {
        Ok(Some(space)) if space.is_given_by_nexudus() => Ok(Place {
            space,
            portal: Some(named),
        }),
        Ok(Some(elsewhere)) => ask_for_the_host(context, named, &elsewhere.host()),
        Err(Error::InvalidSpace { given, .. }) => ask_for_the_host(context, named, &given),
        Ok(None) => match context.connect(named.clone())?.probe().await {
            Ok(ApiProbe::Api) => Ok(as_named(named)),
            Ok(ApiProbe::Else { answered }) => {
                Err(no_such_space(&named, format!("it answers with {answered}")))
            }
            Err(error) => Err(no_such_space(&named, error.to_string())),
        },
        Err(error) => match context.connect(named.clone())?.probe().await {
            Ok(ApiProbe::Api) => Ok(as_named(named)),
            _ => Err(error),
        },
    }
}

/// Looks whether a space that can't be signed in to is there at all.
pub(super) async fn doubted(context: &Context, place: &Place, error: Error) -> Error {
    if !matches!(
        error,
        Error::Unreachable { .. } | Error::UnknownSpace { .. }
    ) || !place.space.is_given_by_nexudus()
    {
        return error;
    }
    let directory = context.connect(Space::directory());
    match directory {
        Ok(directory) => match directory.space_of(&place.space.short_name()).await {
            Ok(None) => no_such_space(&place.space, error.to_string()),
            _ => error,
        },
        Err(_) => error,
    }
}

fn as_named(space: Space) -> Place {
    Place {
        space,
        portal: None,
    }
}

fn named(context: &Context) -> Result<Space> {
    match &context.settings.choice.space {
        Some(space) => Ok(space.clone()),
        None if context.settings.may_ask => {
            prompt::ask(context.console, "Space (such as acme)")?.parse()
        }
        None => Err(Error::MissingInput {
            what: "`--space`",
            give: "`--space SPACE`",
        }),
    }
}

fn ask_for_the_host(context: &Context, named: Space, elsewhere: &str) -> Result<Place> {
    if !context.settings.may_ask {
        return Err(Error::SpaceElsewhere {
            named: named.host(),
            elsewhere: elsewhere.to_owned(),
        });
    }
    context.console.warn(&format!(
        "{} belongs to {elsewhere}, which is not a Nexudus host; your password would go there",
        named.host()
    ));
    let given = prompt::ask(
        context.console,
        "Host to sign in to (such as acme.spaces.nexudus.com)",
    )?;
    Ok(Place {
        space: given.parse()?,
        portal: Some(named),
    })
}

fn no_such_space(space: &Space, found: String) -> Error {
    Error::NoSuchSpace {
        named: space.host(),
        found,
    }
}
