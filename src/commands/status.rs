//! `nxp status`: each account, and whether the portal accepts its token.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tokio::task::LocalSet;

use super::app::App;
use super::profiles::current::{several_current, suggest_switch};
use super::profiles::directory::profile_of_directory;
use super::profiles::earlier_switch::settle;
use crate::api::{Profile, ProfileList};
use crate::args::{Format, StatusArgs};
use crate::command_output::{AccountStatus, CommandOutput};
use crate::config;
use crate::error::{Error, ErrorKind, Result, TokenOrigin, span};
use crate::session::{Identity, Session};

/// A user to check.
struct User {
    identity: Identity,
    /// Whether commands use it by default.
    is_chosen: bool,
    /// Whether it has the profile of this directory.
    is_of_directory: bool,
}

/// Requests the profile list of each account, below one spinner. Messages follow after the last
/// response. Succeeds if the chosen account is accepted, or every account if none is chosen.
pub(super) async fn run(app: &App, args: &StatusArgs) -> Result<CommandOutput> {
    if config::is_read_only() && app.console.format == Format::Table {
        app.console.note(&format!("{}.", config::READ_ONLY));
    }
    let (users, mut failure) = users(app)?;
    let is_any_chosen = users.iter().any(|user| user.is_chosen);
    let mut statuses = Vec::new();
    for (user, answer) in users.iter().zip(request(app, &users, args.offline).await?) {
        if let Ok((session, Ok(Some(list)))) = &answer {
            follow_up(app, user, session, list).await;
        }
        statuses.push(status(user, &answer));
        let error = answer.and_then(|(_, list)| list).err();
        if user.is_chosen || !is_any_chosen {
            failure = failure.or(error);
        }
    }
    app.console.show(&CommandOutput::Status(statuses))?;
    failure.map_or(Ok(CommandOutput::Nothing), Err)
}

/// The holder of `NXP_TOKEN`, the user of the sandbox, or the stored accounts, of which the command line
/// can choose some. Then, the error that the variables name an account that isn't stored.
fn users(app: &App) -> Result<(Vec<User>, Option<Error>)> {
    let choice = &app.settings.choice;
    if choice.sandbox || choice.token.is_some() {
        let user = User {
            identity: app.identity()?,
            is_chosen: true,
            is_of_directory: true,
        };
        return Ok((vec![user], None));
    }
    let state = app.state_file()?.load()?;
    let accounts = choice.arguments.filter(&state.accounts());
    let (chosen, failure) = match choice.stored(&state) {
        Ok(account) => (Some(account), None),
        Err(error) if accounts.is_empty() => return Err(error),
        Err(error) if error.kind == ErrorKind::AmbiguousAccount => (None, None),
        Err(error) => (None, Some(error)),
    };
    let of_directory = profile_of_directory(app).and_then(|(_, choice)| choice.stored(&state));
    let of_directory = of_directory.ok().or_else(|| chosen.clone());
    let users = accounts.into_iter().map(|account| User {
        is_chosen: chosen.as_ref() == Some(&account),
        is_of_directory: of_directory.as_ref() == Some(&account),
        identity: Identity::Stored(account),
    });
    Ok((users.collect(), failure))
}

/// A session, and its profile list unless nothing is requested.
type Answer = Result<(Session, Result<Option<ProfileList>>)>;

/// Opens a session for each user and, unless `is_offline`, requests its profile list: all at the same
/// time.
async fn request(app: &App, users: &[User], is_offline: bool) -> Result<Vec<Answer>> {
    let spaces = users.iter().map(|user| user.identity.space_key());
    let spaces = spaces.collect::<BTreeSet<_>>().len();
    let _shown = (spaces > 1).then(|| app.console.wait_for(&format!("{spaces} spaces")));
    let requests = LocalSet::new();
    let mut pending = Vec::new();
    for user in users {
        let session = app.session_of(user.identity.clone());
        pending.push(requests.spawn_local(async move {
            let session = session?;
            let list = match is_offline {
                true => Ok(None),
                false => session.profiles().await.map(Some),
            };
            Ok((session, list))
        }));
    }
    requests.await;
    let mut answers = Vec::new();
    for answer in pending {
        answers.push(answer.await.context("a request was not finished")?);
    }
    Ok(answers)
}

/// Settles a switch whose outcome was unknown, and makes suggestions. Commands in them name the account
/// unless they use it anyway.
async fn follow_up(app: &App, user: &User, session: &Session, list: &ProfileList) {
    match &user.identity {
        Identity::Stored(account) if !user.is_chosen => {
            settle(&app.of_account(account), session, list).await;
        }
        _ => settle(app, session, list).await,
    }
    if let Some(several) = several_current(list) {
        app.console.warn(&several);
    }
    if user.is_of_directory {
        suggest_switch(app, session, list);
    }
}

fn status(user: &User, answer: &Answer) -> AccountStatus {
    let (session, list, error) = match answer {
        Ok((session, Ok(list))) => (Some(session), list.as_ref(), None),
        Ok((session, Err(error))) => (Some(session), None, Some(error)),
        Err(error) => (None, None, Some(error)),
    };
    let (space, email, origin) = match &user.identity {
        Identity::Sandbox => ("sandbox".to_owned(), None, TokenOrigin::Sandbox),
        Identity::Environment { space, .. } => (space.name(), None, TokenOrigin::Environment),
        Identity::Stored(account) => {
            let email = Some(account.email.clone());
            (account.space.name(), email, TokenOrigin::Keyring)
        }
    };
    let at_portal = list.and_then(|list| list.user.as_ref());
    let current = list.and_then(ProfileList::current);
    // A portal that can't be reached has not rejected the token.
    let (accepted, problem) = match error.map(|error| (error.kind, error.to_string())) {
        None => (list.map(|_| true), None),
        Some((ErrorKind::NotSignedIn, _)) => (Some(false), Some("no token is stored".to_owned())),
        Some((ErrorKind::TokenRejected, problem)) => (Some(false), Some(problem)),
        Some((_, problem)) => (None, Some(problem)),
    };
    AccountStatus {
        space,
        email: email.or_else(|| at_portal?.email.clone()),
        full_name: at_portal.and_then(|user| user.full_name.clone()),
        source: origin.as_str(),
        expires_at: session.and_then(Session::expires_at),
        accepted,
        problem,
        current_id: current.map(|profile| profile.id),
        is_chosen: user.is_chosen,
        lifetime: match session {
            Some(session) if accepted != Some(false) => lifetime(session),
            _ => None,
        },
        current: current.map(Profile::label),
    }
}

/// How long the access token still lasts, in words, if that is known.
fn lifetime(session: &Session) -> Option<String> {
    if session.is_refreshed() {
        return Some("refreshed automatically".to_owned());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let left = Duration::from_secs(session.expires_at()?).saturating_sub(now.unwrap_or_default());
    Some(match left {
        Duration::ZERO => "expired".to_owned(),
        left => format!("expires in {}", span(left)),
    })
}
