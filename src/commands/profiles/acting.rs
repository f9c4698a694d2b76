//! Acting as a profile without switching: an access token of its own that acts as the profile, checked
//! before anything uses it.
//!
//! That a space lets a member do this for their own profiles is documented, but not confirmed yet. So the
//! list must show, with the new token, that it acts as the profile, and with the account's token, that
//! the user's current profile is the one that it was.

use super::directory::resolve_here;
use super::earlier_switch::fetch_list;
use super::pick::pick;
use super::resolve::{id_in, resolve};
use crate::api::{Profile, ProfileList};
use crate::commands::app::App;
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::session::Session;

/// How often the whole is done again if the user switches in between.
const ATTEMPTS: u32 = 3;

/// A session that acts as a profile.
pub(in crate::commands) struct Acting {
    pub(in crate::commands) session: Session,
    pub(in crate::commands) profile: Profile,
    /// The list as the session sees it.
    pub(in crate::commands) list: ProfileList,
}

/// The session of a command: the account's, or with `profile` one that acts as it, and the list as that
/// one sees it (`--as`).
pub(in crate::commands) async fn session_as(
    app: &mut App,
    profile: Option<&str>,
) -> Result<(Session, Option<(Profile, ProfileList)>)> {
    let Some(given) = profile else {
        return Ok((app.session()?, None));
    };
    let mut given = given.to_owned();
    resolve_here(app, &mut given)?;
    let session = app.session()?;
    let acting = act_as(app, &session, &given, "--as").await?;
    Ok((acting.session, Some((acting.profile, acting.list))))
}

/// Opens a session that acts as the active profile that `given` means. `option` asked for it.
pub(in crate::commands) async fn act_as(
    app: &App,
    session: &Session,
    given: &str,
    option: &str,
) -> Result<Acting> {
    let mut before = fetch_list(app, session).await?;
    let previous = app.previous(&session.space_key, &before);
    let profile = match resolve(given, &before, previous) {
        Err(error)
            if error.kind == ErrorKind::NoSuchProfile
                && app.settings.may_ask
                && id_in(given).is_none() =>
        {
            pick(app.console, "Act as", &before, previous, given)?
        }
        found => found?,
    };
    let profile = profile.clone();
    let mut attempts_left = ATTEMPTS;
    loop {
        let acting = request(session, &profile, option).await?;
        let list = acting.profiles().await?;
        if !list.acts_as(profile.id) {
            let current = list.current().map(Profile::label);
            return Err(Error::new(
                ErrorCode::Failed,
                format!(
                    "the token acts as {}, not as {}; it was not used",
                    current.as_deref().unwrap_or("no profile"),
                    profile.label()
                ),
            )
            .with_hint(format!("leave out `{option}` and switch")));
        }
        let after = session.profiles().await?;
        let (was, is) = (before.current(), after.current());
        if was.map(|it| it.id) == is.map(|it| it.id) {
            return Ok(Acting {
                session: acting,
                profile,
                list,
            });
        }
        // If another profile than this one is current now, the user has switched.
        attempts_left -= 1;
        if after.acts_as(profile.id) || attempts_left == 0 {
            return Err(moved(app, was, is, "the token was not used"));
        }
        before = after;
    }
}

/// The error that another profile is current than before. What made it current is not known.
pub(super) fn moved(
    app: &App,
    was: Option<&Profile>,
    is: Option<&Profile>,
    consequence: &str,
) -> Error {
    let label = |profile: Option<&Profile>| profile.map_or("no profile".to_owned(), Profile::label);
    let message = format!(
        "the current profile moved from {} to {} meanwhile; {consequence}",
        label(was),
        label(is)
    );
    let error = Error::new(ErrorCode::Failed, message);
    match was {
        Some(was) => {
            let switch = app.switch_command(was.id);
            error.with_hint(format!("switch back with `{switch}`"))
        }
        None => error,
    }
}

/// Requests a token that acts as a profile, for a session that stores it nowhere.
async fn request(session: &Session, profile: &Profile, option: &str) -> Result<Session> {
    match session.impersonate(profile).await {
        Ok(token) => session.exchange(&token).await,
        Err(error) if error.kind == ErrorKind::ActingRefused => {
            Err(error.with_hint(format!("leave out `{option}` and switch")))
        }
        Err(error) => Err(error),
    }
}
