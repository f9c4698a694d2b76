//! `nxp status`: each account, and whether the portal accepts it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Outcome;
use super::context::Context;
use crate::answer::{Acceptance, AccountStatus, Answer};
use crate::error::{Error, Result, TokenOrigin};
use crate::portal::{Profile, ProfileList};
use crate::session::{Account, Session};

pub(super) async fn run(context: &Context) -> Result<Outcome> {
    if context.settings.choice.sandbox || context.settings.choice.token.is_some() {
        let open = context.open_session()?;
        let (status, failure) = asked(&open.session, None, open.profiles().await);
        return Ok(Outcome {
            answer: Answer::Status(vec![status]),
            failure,
        });
    }
    let choice = &context.settings.choice;
    let accounts = context.state_file()?.load()?.accounts();
    let chosen: Vec<Account> = accounts
        .into_iter()
        .filter(|account| choice.fits(account))
        .collect();
    if chosen.is_empty() {
        return Err(choice.not_signed_in());
    }
    let mut statuses = Vec::new();
    let mut failure = None;
    for account in chosen {
        let (status, problem) = of_account(context, account).await?;
        statuses.push(status);
        failure = failure.or(problem);
    }
    Ok(Outcome {
        answer: Answer::Status(statuses),
        failure,
    })
}

async fn of_account(context: &Context, account: Account) -> Result<(AccountStatus, Option<Error>)> {
    let connection = context.connect(account.space.clone())?;
    match Session::of_account(connection, account.clone(), &context.keyring()) {
        Ok(session) => {
            let answer = session.profiles().await;
            Ok(asked(&session, Some(&account), answer))
        }
        Err(error) => {
            let status = AccountStatus {
                space: account.space.host(),
                email: Some(account.email),
                full_name: None,
                source: TokenOrigin::Keyring,
                acceptance: Acceptance::Unknown {
                    cause: error.to_string(),
                },
                current: None,
                current_id: None,
                expires_at: None,
                expires_in: None,
            };
            Ok((status, Some(error)))
        }
    }
}

fn asked(
    session: &Session,
    account: Option<&Account>,
    answer: Result<ProfileList>,
) -> (AccountStatus, Option<Error>) {
    let (list, failure) = match answer {
        Ok(list) => (Some(list), None),
        Err(error) => (None, Some(error)),
    };
    let user = list.as_ref().and_then(|list| list.user.as_ref());
    let current = list.as_ref().and_then(ProfileList::current);
    let status = AccountStatus {
        space: session.space().host(),
        email: account
            .map(|account| account.email.clone())
            .or_else(|| user.and_then(|user| user.email.clone())),
        full_name: user.and_then(|user| user.full_name.clone()),
        source: session.origin(),
        acceptance: match &failure {
            None => Acceptance::Accepted,
            Some(Error::TokenRejected { .. }) => Acceptance::Rejected,
            Some(other) => Acceptance::Unknown {
                cause: other.to_string(),
            },
        },
        current: current.map(Profile::label),
        current_id: current.map(|profile| profile.id),
        expires_at: session.expires_at(),
        expires_in: session.expires_at().map(remaining),
    };
    (status, failure)
}

fn remaining(expires_at: u64) -> Duration {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Duration::from_secs(expires_at).saturating_sub(now)
}
