//! `nxp status`: each account, and whether the portal accepts its token.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, stream};

use super::Outcome;
use super::app::App;
use super::profiles::current::several_current;
use super::profiles::directory::{profile_of_directory, suggest_switch};
use super::profiles::earlier_switch::settle;
use crate::api::ProfileList;
use crate::args::{Format, StatusArgs};
use crate::command_output::{AccountStatus, CommandOutput};
use crate::config;
use crate::error::{Error, ErrorKind, Result, TokenOrigin};
use crate::session::{Account, Identity, Session, State};

/// How many requests are sent at a time.
const CONCURRENCY: usize = 8;

/// A user to check.
struct User {
    identity: Identity,
    /// The one in whose hints name the account, if that is necessary.
    app: App,
    /// Whether commands use it by default.
    is_chosen: bool,
    /// Whether it has the profile of this directory.
    is_of_directory: bool,
}

/// Requests the profile list of each account, below one spinner. Messages follow after the last
/// response. Succeeds if the chosen account is accepted, or every account if none is chosen.
pub(super) async fn run(app: &App, args: &StatusArgs) -> Result<Outcome> {
    if config::is_read_only() && app.console.appearance.format == Format::Table {
        app.console.note(&format!("{}.", config::READ_ONLY));
    }
    let (users, mut failure) = users(app)?;
    let is_any_chosen = users.iter().any(|user| user.is_chosen);
    let sessions: Vec<Result<Session>> = users
        .iter()
        .map(|user| user.app.session_of(user.identity.clone()))
        .collect();
    let responses = if args.offline {
        sessions.iter().map(|_| None).collect()
    } else {
        request(app, &sessions).await
    };
    let mut statuses = Vec::new();
    for ((user, session), response) in users.iter().zip(sessions).zip(responses) {
        let mut status = unchecked(user);
        let response = match (session, response) {
            (Err(error), _) => Some(Err(error)),
            (Ok(session), response) => {
                add_session(&mut status, &session);
                if let Some(Ok(list)) = &response {
                    follow_up(app, user, &session, list).await;
                }
                response
            }
        };
        match response {
            None => {}
            Some(Ok(list)) => add_list(&mut status, &list),
            Some(Err(error)) => {
                add_error(&mut status, &error);
                if user.is_chosen || !is_any_chosen {
                    failure.get_or_insert(error);
                }
            }
        }
        statuses.push(status);
    }
    Ok(Outcome {
        failure,
        ..CommandOutput::Status(statuses).into()
    })
}

/// The holder of `NXP_TOKEN`, the user of the sandbox, or the stored accounts, of which the command line
/// can choose some. Then, the error that the variables name an account that isn't stored.
fn users(app: &App) -> Result<(Vec<User>, Option<Error>)> {
    let choice = &app.settings.choice;
    if choice.sandbox || choice.token.is_some() {
        let user = User {
            identity: app.identity()?,
            app: app.clone(),
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
    let of_directory = account_of_directory(app, &state).or_else(|| chosen.clone());
    let is_only = accounts.len() == 1;
    let users = accounts.into_iter().map(|account| User {
        app: if is_only && chosen.as_ref() == Some(&account) {
            app.clone()
        } else {
            app.of_account(&account)
        },
        is_chosen: chosen.as_ref() == Some(&account),
        is_of_directory: of_directory.as_ref() == Some(&account),
        identity: Identity::Stored(account),
    });
    Ok((users.collect(), failure))
}

/// The account that has the profile of this directory.
fn account_of_directory(app: &App, state: &State) -> Option<Account> {
    let (_, choice) = profile_of_directory(app).ok()?;
    choice.stored(state).ok()
}

/// Requests the profile list in each session.
async fn request(app: &App, sessions: &[Result<Session>]) -> Vec<Option<Result<ProfileList>>> {
    let hosts = sessions.iter().flatten();
    let hosts: BTreeSet<String> = hosts.map(|session| session.space().host()).collect();
    let _shown = app.console.wait_for(&match hosts.first() {
        Some(host) if hosts.len() == 1 => host.clone(),
        _ => format!("{} spaces", hosts.len()),
    });
    stream::iter(sessions)
        .map(|session| async move {
            match session {
                Ok(session) => Some(session.profiles().await),
                Err(_) => None,
            }
        })
        .buffered(CONCURRENCY)
        .collect()
        .await
}

/// Settles a switch whose outcome was unknown, and makes suggestions.
async fn follow_up(app: &App, user: &User, session: &Session, list: &ProfileList) {
    settle(app, session, list).await;
    if let Some(several) = several_current(list) {
        app.console.warn(&several);
    }
    if user.is_of_directory {
        suggest_switch(app, session, list);
    }
}

/// The status of a user before anything is known about the token.
fn unchecked(user: &User) -> AccountStatus {
    let (space, email, source) = match &user.identity {
        Identity::Sandbox => ("sandbox".to_owned(), None, TokenOrigin::Sandbox),
        Identity::Environment { space, .. } => (space.name(), None, TokenOrigin::Environment),
        Identity::Stored(account) => {
            let email = Some(account.email.clone());
            (account.space.name(), email, TokenOrigin::Keyring)
        }
    };
    AccountStatus {
        is_chosen: user.is_chosen,
        space,
        email,
        full_name: None,
        source: source.as_str(),
        accepted: None,
        problem: None,
        has_token: true,
        current: None,
        current_id: None,
        expires_at: None,
        expires_in: None,
        is_refreshed: false,
    }
}

fn add_session(status: &mut AccountStatus, session: &Session) {
    status.expires_at = session.expires_at();
    status.expires_in = session.expires_at().map(remaining);
    status.is_refreshed = session.is_refreshed();
}

fn add_list(status: &mut AccountStatus, list: &ProfileList) {
    status.accepted = Some(true);
    if let Some(user) = &list.user {
        status.full_name.clone_from(&user.full_name);
        status.email = status.email.take().or_else(|| user.email.clone());
    }
    if let Some(current) = list.current() {
        status.current = Some(current.title());
        status.current_id = Some(current.id);
    }
}

/// What an error says about the token. A portal that can't be reached has not rejected it.
fn add_error(status: &mut AccountStatus, error: &Error) {
    status.problem = Some(error.to_string());
    match error.kind {
        ErrorKind::TokenRejected => status.accepted = Some(false),
        ErrorKind::NotSignedIn => {
            status.accepted = Some(false);
            status.has_token = false;
            status.problem = Some("no token is stored".to_owned());
        }
        _ => {}
    }
}

fn remaining(expires_at: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Duration::from_secs(expires_at).saturating_sub(now.unwrap_or_default())
}
