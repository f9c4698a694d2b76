//! Acting as a profile without switching: an access token of its own that acts as the profile, checked
//! before anything uses it.
//!
//! That a space lets a member do this for their own profiles is documented, but not confirmed yet. So the
//! list must show, with the new token, that it acts as the profile, and with the account's token, that
//! the user's current profile is the one that it was.

use std::time::Duration;

use super::earlier_switch::fetch_list;
use super::resolve::{pick, resolve, resolve_here};
use crate::api::{Profile, ProfileList};
use crate::commands::app::App;
use crate::error::{Error, ErrorCode, ErrorKind, Result, SWITCH_INSTEAD};
use crate::session::Session;

/// How often the whole is done again if the user switches in between.
const ATTEMPTS: u32 = 3;

/// The least time to check the current profile after a failure, even if the deadline is near.
const TIME_TO_CHECK: Duration = Duration::from_secs(3);

/// The session of a command: the account's, or with `profile` one that acts as it (`--as`) and the list
/// as that one sees it.
pub(in crate::commands) async fn session_as(
    app: &mut App,
    profile: Option<&str>,
) -> Result<(Session, Option<ProfileList>)> {
    let Some(given) = profile else {
        return Ok((app.session()?, None));
    };
    let mut given = given.to_owned();
    resolve_here(app, &mut given)?;
    let (session, list) = act_as(app, &app.session()?, &given).await?;
    Ok((session, Some(list)))
}

/// Opens a session that acts as the active profile that `given` means, and is stored nowhere; and the
/// list as that session sees it, where this profile is the current one.
pub(super) async fn act_as(
    app: &App,
    session: &Session,
    given: &str,
) -> Result<(Session, ProfileList)> {
    let mut before = fetch_list(app, session).await?;
    let previous = app.previous(&session.space_key, &before);
    let profile = match resolve(given, &before, previous) {
        Err(error) if error.kind == ErrorKind::NoSuchName && app.settings.may_ask => {
            pick(app.console, "Act as", &before, previous, given)?
        }
        found => found?,
    };
    let profile = profile.clone();
    let mut attempts_left = ATTEMPTS;
    loop {
        let acting = open(session, &profile).await;
        if acting.is_err() {
            // The portal may have moved the current profile nevertheless.
            app.deadline.extend(TIME_TO_CHECK);
        }
        let after = match (session.profiles().await, &acting) {
            (Ok(after), _) => after,
            (Err(error), Ok(_)) => return Err(error),
            (Err(_), Err(_)) => return acting,
        };
        let (was, is) = (before.current(), after.current());
        if was.map(|it| it.id) == is.map(|it| it.id) {
            return acting;
        }
        if let Err(error) = acting {
            app.console.warn(&error.to_string());
            return Err(moved(app, was, is, "the token was not used"));
        }
        // If another profile than this one is current now, the user has switched.
        attempts_left -= 1;
        if after.acts_as(profile.id) || attempts_left == 0 {
            return Err(moved(app, was, is, "the token was not used"));
        }
        before = after;
    }
}

/// Opens a session that acts as a profile, and fetches the list with it.
async fn open(session: &Session, profile: &Profile) -> Result<(Session, ProfileList)> {
    let token = session.impersonate(profile).await?;
    let acting = session.exchange(&token).await?;
    let list = acting.profiles().await?;
    if !list.acts_as(profile.id) {
        let current = list.current().map(Profile::label);
        let message = format!(
            "the token acts as {}, not as {}; it was not used",
            current.as_deref().unwrap_or("no profile"),
            profile.label()
        );
        return Err(Error::new(ErrorCode::Failed, message).with_hint(SWITCH_INSTEAD));
    }
    Ok((acting, list))
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
    let back = |was: &Profile| format!("switch back with `{}`", app.switch_command(was.id));
    let mut error = Error::new(ErrorCode::Failed, message);
    error.hint = was.map(back);
    error
}
