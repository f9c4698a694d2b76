//! Accounts as rows of cells: for `status` and for `accounts list`.

use std::time::Duration;

use super::rows::{
    Cell, Column, Records, Row, column, for_people, for_scripts, optional, source, truth, uncut,
};
use crate::command_output::{Acceptance, AccountStatus, ListedAccount};
use crate::error::span;

const STATUS_COLUMNS: &[Column] = &[
    column("Space", "Space"),
    column("Email", "Email"),
    column("Name", "FullName"),
    column("Token", "Source"),
    column("Expires", "ExpiresAt"),
    column("Portal", "Accepted"),
    for_people("Current profile"),
    uncut("Id", "CurrentProfile"),
    for_scripts("Chosen"),
];

const LISTED_COLUMNS: &[Column] = &[
    uncut("Space", "Space"),
    uncut("Email", "Email"),
    for_scripts("Default"),
    column("Keyring", "Keyring"),
];

pub(super) fn statuses(accounts: &[AccountStatus]) -> Records<'_> {
    Records {
        columns: STATUS_COLUMNS,
        rows: accounts.iter().map(status).collect(),
    }
}

pub(super) fn listed(accounts: &[ListedAccount]) -> Records<'_> {
    Records {
        columns: LISTED_COLUMNS,
        rows: accounts.iter().map(listing).collect(),
    }
}

fn listing(account: &ListedAccount) -> Row<'_> {
    Row {
        id: account.email.as_str().into(),
        current: account.is_default,
        muted: false,
        cells: vec![
            Cell::plain(&account.space),
            Cell::plain(&account.email),
            Cell::plain(truth(account.is_default)),
            Cell::plain(account.store),
        ],
    }
}

fn status(account: &AccountStatus) -> Row<'_> {
    let (acceptance, shown) = match &account.acceptance {
        Acceptance::Accepted => ("true", "accepted".to_owned()),
        Acceptance::Rejected => ("false", "rejected".to_owned()),
        Acceptance::NoToken => ("false", "no token stored".to_owned()),
        Acceptance::NotAsked => ("", "not asked".to_owned()),
        Acceptance::Unknown { cause } => ("", format!("unknown: {cause}")),
    };
    Row {
        id: account.email.as_deref().unwrap_or_default().into(),
        current: account.is_chosen,
        muted: !matches!(
            account.acceptance,
            Acceptance::Accepted | Acceptance::NotAsked
        ),
        cells: vec![
            Cell::plain(&account.space),
            optional(&account.email),
            optional(&account.full_name),
            Cell::plain(source(account.source)),
            Cell::shown_as(
                account
                    .expires_at
                    .map(|at| at.to_string())
                    .unwrap_or_default(),
                account.expires_in.map_or_else(|| "—".to_owned(), lifetime),
            ),
            Cell::shown_as(acceptance, shown),
            Cell::plain(match account.current.as_deref() {
                None | Some("") => "—",
                Some(title) => title,
            }),
            account
                .current_id
                .map_or_else(|| Cell::shown_as("", "—"), |id| Cell::plain(id.to_string())),
            Cell::plain(truth(account.is_chosen)),
        ],
    }
}

fn lifetime(left: Duration) -> String {
    match left.as_secs() {
        0 => "expired".to_owned(),
        _ => format!("in {}", span(left)),
    }
}
