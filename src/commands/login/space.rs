//! Where to sign in: the space that an address belongs to.

use super::link::SignInLink;
use crate::api::{ApiProbe, Space};
use crate::commands::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::prompt;

/// A space and its address.
#[derive(Clone)]
pub(super) struct SpaceAddress {
    /// Where the API is.
    pub(super) space: Space,
    /// The address that was given, if it differs.
    pub(super) portal: Option<Space>,
}

impl SpaceAddress {
    /// Where users sign in with a browser.
    pub(super) fn sign_in_page(&self) -> &Space {
        self.portal.as_ref().unwrap_or(&self.space)
    }
}

/// Finds the space that was given, that of the link, or the one that the user types.
///
/// With `prompts`, also checks that the space responds, before the user types a password.
///
/// # Errors
/// [`Error::NoSuchSpace`] if there is none, and any network failure.
pub(super) async fn find(
    context: &Context,
    link: Option<&SignInLink>,
    prompts: bool,
) -> Result<SpaceAddress> {
    if let Some(space) = given(context, link)? {
        return reach(context, space, prompts).await;
    }
    if !context.settings.may_ask {
        return Err(Error::MissingInput {
            what: "`--space`",
            give: "`--space SPACE`",
        });
    }
    loop {
        let typed = prompt::ask(context.console, "Space (such as acme)")?;
        let found = match typed.parse() {
            Ok(space) => reach(context, space, prompts).await,
            Err(error) => Err(error),
        };
        match found {
            Err(error) if matches!(error.code(), ErrorCode::Usage | ErrorCode::Auth) => {
                context.console.warn(&error.to_string());
                if let Some(hint) = error.hint() {
                    context.console.suggest(&hint);
                }
            }
            found => return found,
        }
    }
}

/// The space of the command line or the environment, else that of the link.
fn given(context: &Context, link: Option<&SignInLink>) -> Result<Option<Space>> {
    let host = link.and_then(|link| link.host.as_deref());
    match (&context.settings.choice.space, host) {
        (Some(space), _) => Ok(Some(space.clone())),
        (None, Some(host)) => match host.parse::<Space>() {
            Ok(space) if space.is_given_by_nexudus() => Ok(Some(space)),
            _ => Err(Error::usage(
                format!("the link leads to {host}, which is not a Nexudus host; nothing was sent"),
                "give the space with `--space SPACE`",
            )),
        },
        (None, None) => Ok(None),
    }
}

/// Looks up a space. With `prompts`, also checks that it responds as an API.
async fn reach(context: &Context, named: Space, prompts: bool) -> Result<SpaceAddress> {
    let address = look_up(context, named).await?;
    if prompts {
        let probed = context.connect(address.space.clone())?.probe().await;
        let problem = match probed {
            Ok(ApiProbe::Api) => return Ok(address),
            Ok(ApiProbe::Else { answered }) => Error::UnknownSpace {
                space: address.space.host(),
                answered,
            },
            Err(error) => error,
        };
        return Err(explained(context, &address, problem).await);
    }
    Ok(address)
}

/// Finds the space of an address.
///
/// Nexudus hosts and loopback addresses are used as they are. Any other address is looked up at Nexudus,
/// because the web page of a space has no API. The result is used only if it is a Nexudus host, because
/// the password is sent there. An address that Nexudus doesn't know is used if it responds as an API.
async fn look_up(context: &Context, named: Space) -> Result<SpaceAddress> {
    if named.is_loopback() || named.is_given_by_nexudus() {
        return Ok(as_named(named));
    }
    let directory = context.connect(Space::directory())?;
    match directory.space_of(&named.host()).await {
        Ok(Some(space)) if space.is_given_by_nexudus() => Ok(SpaceAddress {
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

/// Replaces the error of a failed sign-in if the space does not exist.
pub(super) async fn explained(context: &Context, address: &SpaceAddress, error: Error) -> Error {
    if !matches!(
        error,
        Error::Unreachable { .. } | Error::UnknownSpace { .. }
    ) || !address.space.is_given_by_nexudus()
    {
        return error;
    }
    let directory = context.connect(Space::directory());
    match directory {
        Ok(directory) => match directory.space_of(&address.space.short_name()).await {
            Ok(None) => no_such_space(&address.space, error.to_string()),
            _ => error,
        },
        Err(_) => error,
    }
}

fn as_named(space: Space) -> SpaceAddress {
    SpaceAddress {
        space,
        portal: None,
    }
}

fn ask_for_the_host(context: &Context, named: Space, elsewhere: &str) -> Result<SpaceAddress> {
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
    Ok(SpaceAddress {
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
