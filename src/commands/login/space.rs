//! Where to sign in: the space that an address belongs to.

use super::show_error;
use crate::api::{Space, SpaceEntry};
use crate::commands::app::App;
use crate::error::{Error, ErrorKind, Result};
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

    pub(super) fn has_host(&self, host: &str) -> bool {
        self.space.host() == host || self.sign_in_page().host() == host
    }
}

/// Finds the space that the command line or the environment gives, that of the link, or the one that
/// the user types.
///
/// # Errors
/// [`ErrorKind::NoSuchSpace`] if something else is there, and any network failure.
pub(super) async fn find(app: &App, host_of_link: Option<&str>) -> Result<SpaceAddress> {
    if let Some(space) = app.settings.choice.space() {
        return reach(app, space.clone()).await;
    }
    if let Some(host) = host_of_link {
        let space = host.parse().ok().filter(Space::is_given_by_nexudus);
        let space = space.ok_or_else(|| {
            Error::usage(
                format!("the link is for {host}, which is not a Nexudus host; nothing was sent"),
                "give the space with `--space SPACE`",
            )
        })?;
        return reach(app, space).await;
    }
    if !app.settings.may_ask {
        return Err(Error::missing("`--space`", "`--space SPACE`"));
    }
    loop {
        let typed = prompt::ask(app.console, "Space (such as acme)")?;
        let found = match typed.parse() {
            Ok(space) => reach(app, space).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(address) => return Ok(address),
            Err(error) => show_error(app, &error),
        }
    }
}

/// Looks up a space. Before a person types a password, also checks that it responds as an API.
async fn reach(app: &App, named: Space) -> Result<SpaceAddress> {
    let address = look_up(app, named).await?;
    if app.settings.may_ask {
        app.connect(address.space.clone())?.probe().await?;
    }
    Ok(address)
}

/// Finds the space of an address.
///
/// Nexudus hosts and loopback addresses are used as they are. Any other address is looked up at Nexudus,
/// because the web page of a space has no API. The result is used only if it is a Nexudus host, because
/// the password is sent there. An address that Nexudus doesn't know is used if it responds as an API.
async fn look_up(app: &App, named: Space) -> Result<SpaceAddress> {
    let as_named = |space| SpaceAddress {
        space,
        portal: None,
    };
    if named.is_loopback() || named.is_given_by_nexudus() {
        return Ok(as_named(named));
    }
    let elsewhere = match entry(app, &named).await {
        Ok(Some(entry)) => match entry.space() {
            Some(space) => {
                return Ok(SpaceAddress {
                    space,
                    portal: Some(named),
                });
            }
            None => entry.address,
        },
        unknown => {
            let probed = app.connect(named.clone())?.probe().await;
            return match (probed, unknown) {
                (Ok(()), _) => Ok(as_named(named)),
                (Err(_), Err(error)) => Err(error),
                (Err(error), Ok(_)) if error.kind == ErrorKind::NoSuchSpace => Err(error),
                (Err(error), Ok(_)) => Err(Error::no_such_space(&named.host(), error.as_cause())),
            };
        }
    };
    Err(Error::usage(
        format!(
            "{} belongs to {elsewhere}, which is not a Nexudus host; no password was sent",
            named.host()
        ),
        "ask the space's team for its host and give that, for example `--space acme.spaces.nexudus.com`",
    ))
}

/// The number of the space at Nexudus.
pub(super) async fn number(app: &App, space: &Space) -> Result<u64> {
    let number = entry(app, space).await?.and_then(|entry| entry.id);
    number.ok_or_else(|| Error::no_such_space(&space.host(), "Nexudus has no number for it"))
}

/// What Nexudus knows about a space. A space on this machine answers for itself.
async fn entry(app: &App, space: &Space) -> Result<Option<SpaceEntry>> {
    let directory = if space.is_loopback() {
        space.clone()
    } else {
        Space::directory()
    };
    app.connect(directory)?.space_of(&space.host()).await
}
