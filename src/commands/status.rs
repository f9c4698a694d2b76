//! `nxp status`: each account, and whether the portal accepts its token.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, stream};

use super::Outcome;
use super::context::Context;
use super::open_session::OpenSession;
use super::profiles::directory::{profile_of_directory, suggest_switch};
use super::profiles::virtual_office_hint::suggest_virtual_office;
use crate::api::{Profile, ProfileList};
use crate::args::StatusArgs;
use crate::command_output::{Acceptance, AccountStatus, CommandOutput};
use crate::error::{Error, Result, TokenOrigin};
use crate::session::{Account, Identity, Session, State, choose_stored};

/// How many requests are sent at a time.
const CONCURRENCY: usize = 8;

/// An account, and its failure.
type CheckedAccount = (AccountStatus, Option<Error>);

pub(super) async fn run(context: &Context, args: &StatusArgs) -> Result<Outcome> {
    let choice = &context.settings.choice;
    if choice.sandbox || choice.token.is_some() {
        return check_session(context, args).await;
    }
    let state = context.state_file()?.load()?;
    let accounts = choice.filter(state.accounts());
    if accounts.is_empty() {
        return Err(choice.not_signed_in());
    }
    let chosen = choose_stored(choice, &state).ok();
    let findings = if args.offline {
        accounts
            .iter()
            .map(|account| check_offline(context, account))
            .collect()
    } else {
        let of_directory = account_of_directory(context, &state);
        check_accounts(context, &accounts, of_directory.as_ref()).await
    };
    let findings = findings.into_iter().zip(&accounts);
    let marked = findings.map(|((status, failure), account)| {
        let is_chosen = chosen.as_ref() == Some(account);
        (
            AccountStatus {
                is_chosen,
                ..status
            },
            failure,
        )
    });
    Ok(outcome(marked.collect()))
}

/// Succeeds if the chosen account is accepted, or every account if none is chosen.
fn outcome(findings: Vec<CheckedAccount>) -> Outcome {
    let is_any_chosen = findings.iter().any(|(status, _)| status.is_chosen);
    let mut failure = None;
    let mut statuses = Vec::new();
    for (status, problem) in findings {
        if status.is_chosen || !is_any_chosen {
            failure = failure.or(problem);
        }
        statuses.push(status);
    }
    Outcome {
        failure,
        ..CommandOutput::Status(statuses).into()
    }
}

/// Checks `NXP_TOKEN`, or the sandbox.
async fn check_session(context: &Context, args: &StatusArgs) -> Result<Outcome> {
    let open = context.open_session()?;
    let (status, failure) = if args.offline {
        let status = AccountStatus {
            acceptance: Acceptance::NotAsked,
            ..of_session(&open.session, None)
        };
        (status, None)
    } else {
        let response = open.profiles().await;
        if let Ok(list) = &response {
            suggest_virtual_office(context, list);
            suggest_switch(context, &open.session, list);
        }
        with_response(&open.session, None, response)
    };
    Ok(outcome(vec![(
        AccountStatus {
            is_chosen: true,
            ..status
        },
        failure,
    )]))
}

/// Requests the profile list of each account, below one spinner. Messages follow after the last
/// response.
async fn check_accounts(
    context: &Context,
    accounts: &[Account],
    of_directory: Option<&Account>,
) -> Vec<CheckedAccount> {
    let contexts: Vec<Context> = match accounts {
        // The only account needs no `--space` and `--account` in hints.
        [_] => vec![context.clone()],
        several => several.iter().map(|it| context.of_account(it)).collect(),
    };
    let sessions: Vec<Result<OpenSession<'_>>> = contexts
        .iter()
        .zip(accounts)
        .map(|(context, account)| context.open_session_of(Identity::Stored(account.clone())))
        .collect();
    let responses: Vec<_> = {
        let _shown = context.console.wait_for(&spinner_name(accounts));
        stream::iter(sessions)
            .map(|open| async {
                let open = open?;
                let response = open.session.profiles().await;
                Ok((open, response))
            })
            .buffered(CONCURRENCY)
            .collect()
            .await
    };
    accounts
        .iter()
        .zip(responses)
        .map(|(account, response)| match response {
            Ok((open, response)) => {
                if let Ok(list) = &response {
                    open.keep(list);
                    open.settle_switch(list);
                    suggest_virtual_office(open.context, list);
                    if of_directory == Some(account) {
                        suggest_switch(context, &open.session, list);
                    }
                }
                with_response(&open.session, Some(account), response)
            }
            Err(error) => without_session(account, error),
        })
        .collect()
}

/// The account that has the profile of this directory.
fn account_of_directory(context: &Context, state: &State) -> Option<Account> {
    let choice = profile_of_directory(context).ok()?.choice;
    choose_stored(&choice, state).ok()
}

/// What the spinner waits for: the space, or the number of spaces.
fn spinner_name(accounts: &[Account]) -> String {
    let hosts: BTreeSet<String> = accounts.iter().map(|it| it.space.host()).collect();
    match hosts.first() {
        Some(host) if hosts.len() == 1 => host.clone(),
        _ => format!("{} spaces", hosts.len()),
    }
}

/// Reads the account from the keyring, without a request.
fn check_offline(context: &Context, account: &Account) -> CheckedAccount {
    match context.session_of(account.clone()) {
        Ok(session) => {
            let status = AccountStatus {
                acceptance: Acceptance::NotAsked,
                ..of_session(&session, Some(account))
            };
            (status, None)
        }
        Err(error) => without_session(account, error),
    }
}

fn with_response(
    session: &Session,
    account: Option<&Account>,
    response: Result<ProfileList>,
) -> CheckedAccount {
    let status = of_session(session, account);
    let list = match response {
        Ok(list) => list,
        Err(error) => {
            let acceptance = acceptance(&error);
            return (
                AccountStatus {
                    acceptance,
                    ..status
                },
                Some(error),
            );
        }
    };
    let user = list.user.as_ref();
    let current = list.current();
    let status = AccountStatus {
        email: status
            .email
            .or_else(|| user.and_then(|user| user.email.clone())),
        full_name: user.and_then(|user| user.full_name.clone()),
        acceptance: Acceptance::Accepted,
        current: current.map(Profile::title),
        current_id: current.map(|profile| profile.id),
        ..status
    };
    (status, None)
}

fn of_session(session: &Session, account: Option<&Account>) -> AccountStatus {
    AccountStatus {
        is_chosen: false,
        space: match session.origin() {
            TokenOrigin::Sandbox => "sandbox".to_owned(),
            _ => session.space().name(),
        },
        email: account.map(|account| account.email.clone()),
        full_name: None,
        source: session.origin(),
        acceptance: Acceptance::NotAsked,
        current: None,
        current_id: None,
        expires_at: session.expires_at(),
        expires_in: session.expires_at().map(remaining),
        is_refreshed: session.is_refreshed(),
    }
}

fn without_session(account: &Account, error: Error) -> CheckedAccount {
    let status = AccountStatus {
        is_chosen: false,
        space: account.space.name(),
        email: Some(account.email.clone()),
        full_name: None,
        source: TokenOrigin::Keyring,
        acceptance: acceptance(&error),
        current: None,
        current_id: None,
        expires_at: None,
        expires_in: None,
        is_refreshed: false,
    };
    (status, Some(error))
}

/// What an error says about the token. A portal that can't be reached has not rejected it.
fn acceptance(error: &Error) -> Acceptance {
    match error {
        Error::TokenRejected { .. } | Error::RefreshRefused { .. } => Acceptance::Rejected,
        Error::NotSignedIn { .. } => Acceptance::NoToken,
        other => Acceptance::Unknown {
            cause: other.to_string(),
        },
    }
}

fn remaining(expires_at: u64) -> Duration {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Duration::from_secs(expires_at).saturating_sub(now)
}
