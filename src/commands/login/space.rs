//! Where to sign in: the space that an address belongs to.

use super::link::SignInLink;
use super::show_error;
use crate::api::Space;
use crate::commands::app::App;
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::prompt;

/// A space and its address.
#[derive(Clone)]
pub(super) struct SpaceAddress {
    /// Where the API is.
    pub(super) space: Space,
    /// The address that was given, if it differs.
    pub(super) portal: Option<Space>,
    /// The number of the space at Nexudus, if it was looked up.
    id: Option<u64>,
}

impl SpaceAddress {
    /// Where users sign in with a browser.
    pub(super) fn sign_in_page(&self) -> &Space {
        self.portal.as_ref().unwrap_or(&self.space)
    }

    /// The number of the space at Nexudus. A space on this machine knows its own.
    pub(super) async fn id(&self, app: &App) -> Result<u64> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        let directory = if self.space.is_loopback() {
            self.space.clone()
        } else {
            Space::directory()
        };
        let entry = app.connect(directory)?.space_of(&self.space.host()).await?;
        entry
            .and_then(|entry| entry.id)
            .ok_or_else(|| Error::no_such_space(&self.space.host(), "Nexudus has no number for it"))
    }
}

/// Finds the space that was given, that of the link, or the one that the user types.
///
/// If the user will be asked for a password, also checks that the space responds.
///
/// # Errors
/// [`ErrorKind::NoSuchSpace`] if there is none, and any network failure.
pub(super) async fn find(app: &App, link: Option<&SignInLink>) -> Result<SpaceAddress> {
    if let Some(space) = given(app, link)? {
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
            Err(error) if matches!(error.code, ErrorCode::Usage | ErrorCode::Auth) => {
                show_error(app, &error);
            }
            found => return found,
        }
    }
}

/// The space of the command line or the environment, else that of the link.
fn given(app: &App, link: Option<&SignInLink>) -> Result<Option<Space>> {
    let host = link.and_then(|link| link.host.as_deref());
    match (app.settings.choice.space(), host) {
        (Some(space), _) => Ok(Some(space.clone())),
        (None, Some(host)) => match host.parse::<Space>() {
            Ok(space) if space.is_given_by_nexudus() => Ok(Some(space)),
            _ => Err(Error::usage(
                format!("the link is for {host}, which is not a Nexudus host; nothing was sent"),
                "give the space with `--space SPACE`",
            )),
        },
        (None, None) => Ok(None),
    }
}

/// Looks up a space. Before a person types a password, also checks that it responds as an API.
async fn reach(app: &App, named: Space) -> Result<SpaceAddress> {
    let address = look_up(app, named).await?;
    if app.settings.may_ask
        && let Err(error) = app.connect(address.space.clone())?.probe().await
    {
        return Err(explained(app, &address.space, error).await);
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
        id: None,
    };
    if named.is_loopback() || named.is_given_by_nexudus() {
        return Ok(as_named(named));
    }
    let directory = app.connect(Space::directory())?;
    let unknown = match directory.space_of(&named.host()).await {
        Ok(Some(entry)) => {
            let Some(space) = entry.space() else {
                return ask_for_host(app, named, &entry.address);
            };
            return Ok(SpaceAddress {
                space,
                portal: Some(named),
                id: entry.id,
            });
        }
        Ok(None) => None,
        Err(error) => Some(error),
    };
    match app.connect(named.clone())?.probe().await {
        Ok(()) => Ok(as_named(named)),
        Err(error) => Err(unknown.unwrap_or_else(|| no_such_space(&named, error))),
    }
}

/// Replaces the error of a space that can't be reached if the space does not exist.
pub(super) async fn explained(app: &App, space: &Space, error: Error) -> Error {
    if error.kind != ErrorKind::Unreachable || !space.is_given_by_nexudus() {
        return error;
    }
    let Ok(directory) = app.connect(Space::directory()) else {
        return error;
    };
    match directory.space_of(&space.short_name()).await {
        Ok(None) => no_such_space(space, error),
        _ => error,
    }
}

fn ask_for_host(app: &App, named: Space, elsewhere: &str) -> Result<SpaceAddress> {
    let problem = format!(
        "{} belongs to {elsewhere}, which is not a Nexudus host",
        named.host()
    );
    if !app.settings.may_ask {
        return Err(Error::usage(
            format!("{problem}; no password was sent"),
            "ask the space's team for its host and give that, for example `--space acme.spaces.nexudus.com`",
        ));
    }
    app.console
        .warn(&format!("{problem}; your password would go there"));
    let given = prompt::ask(
        app.console,
        "Host to sign in to (such as acme.spaces.nexudus.com)",
    )?;
    Ok(SpaceAddress {
        space: given.parse()?,
        portal: Some(named),
        id: None,
    })
}

/// The error for a space that does not exist, with the failure that showed it.
fn no_such_space(space: &Space, failure: Error) -> Error {
    match failure.kind {
        ErrorKind::NoSuchSpace => failure,
        _ => Error::no_such_space(&space.host(), failure.as_cause()),
    }
}
