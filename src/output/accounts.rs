//! The accounts of `accounts list`, as rows of cells.

use super::rows::{Cell, Column, Records, Row, column, for_scripts, truth, uncut};
use crate::command_output::ListedAccount;

const COLUMNS: &[Column] = &[
    uncut("Space", "Space"),
    uncut("Email", "Email"),
    for_scripts("Default"),
    column("Keyring", "Keyring"),
];

pub(super) fn records(accounts: &[ListedAccount]) -> Records<'_> {
    Records {
        columns: COLUMNS,
        rows: accounts.iter().map(row).collect(),
    }
}

fn row(account: &ListedAccount) -> Row<'_> {
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
