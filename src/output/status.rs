//! The accounts of `status`: a block of lines each for people, rows for scripts.

use console::Style;

use super::rows::{Cell, Column, Records, Row, column, optional, source, truth};
use super::sanitize::clean;
use super::width::wrap;
use crate::command_output::{Acceptance, AccountStatus};
use crate::error::span;

const COLUMNS: &[Column] = &[
    column("Space", "Space"),
    column("Email", "Email"),
    column("Name", "FullName"),
    column("Token", "Source"),
    column("Expires", "ExpiresAt"),
    column("Portal", "Accepted"),
    column("Current profile", "CurrentProfile"),
    column("Chosen", "Chosen"),
];

/// The columns before a value: the longest key, its colon and a space.
const BEFORE_VALUE: usize = 17;

pub(super) fn records(accounts: &[AccountStatus]) -> Records<'_> {
    Records {
        columns: COLUMNS,
        rows: accounts.iter().map(row).collect(),
    }
}

fn row(account: &AccountStatus) -> Row<'_> {
    let text = |number: Option<String>| Cell::plain(number.unwrap_or_default());
    Row {
        id: account.email.as_deref().unwrap_or_default().into(),
        current: account.is_chosen,
        muted: false,
        cells: vec![
            Cell::plain(&account.space),
            optional(&account.email),
            optional(&account.full_name),
            Cell::plain(source(account.source)),
            text(account.expires_at.map(|at| at.to_string())),
            Cell::plain(match account.acceptance {
                Acceptance::Accepted => "true",
                Acceptance::Rejected | Acceptance::NoToken => "false",
                Acceptance::NotAsked | Acceptance::Unknown { .. } => "",
            }),
            text(account.current_id.map(|id| id.to_string())),
            Cell::plain(truth(account.is_chosen)),
        ],
    }
}

/// A block of `key: value` lines for each account, with an empty line between two.
pub(super) fn blocks(accounts: &[AccountStatus], width: usize, color: bool) -> String {
    let blocks: Vec<String> = accounts
        .iter()
        .map(|account| block(account, accounts.len() > 1, width, color))
        .collect();
    blocks.join("\n")
}

fn block(account: &AccountStatus, is_one_of_several: bool, width: usize, color: bool) -> String {
    let (portal, style) = match &account.acceptance {
        Acceptance::Accepted => ("accepts the token".to_owned(), Style::new().green()),
        Acceptance::Rejected => ("rejects the token".to_owned(), Style::new().red().bold()),
        Acceptance::NoToken => ("not asked".to_owned(), Style::new().dim()),
        Acceptance::NotAsked => ("not asked".to_owned(), Style::new().dim()),
        Acceptance::Unknown { cause } => (format!("unknown: {cause}"), Style::new().yellow()),
    };
    let email = account.email.as_ref().map(|email| {
        let mark = if account.is_chosen && is_one_of_several {
            " (in use)"
        } else {
            ""
        };
        format!("{email}{mark}")
    });
    let lines = [
        ("space", Some(account.space.clone()), Style::new().bold()),
        ("email", email, Style::new()),
        ("name", account.full_name.clone(), Style::new()),
        ("token", Some(token(account)), Style::new()),
        ("portal", Some(portal), style),
        ("current profile", current(account), Style::new()),
    ];
    let mut text = String::new();
    for (key, value, style) in lines {
        let Some(value) = value else { continue };
        let room = width.saturating_sub(BEFORE_VALUE);
        let indent = format!("\n{}", " ".repeat(BEFORE_VALUE));
        for (index, line) in wrap(&clean(&value), room, 0).into_iter().enumerate() {
            let before = match index {
                0 => format!("{:<BEFORE_VALUE$}", format!("{key}:")),
                _ => indent.clone(),
            };
            let line = style.clone().force_styling(color).apply_to(line);
            text += &format!("{before}{line}");
        }
        text.push('\n');
    }
    text
}

/// Where the token comes from, and when it expires.
fn token(account: &AccountStatus) -> String {
    let source = source(account.source);
    match account.acceptance {
        Acceptance::NoToken => return "none stored".to_owned(),
        Acceptance::Rejected => return source.to_owned(),
        _ => {}
    }
    match account.expires_in {
        _ if account.is_refreshed => format!("{source}, renews automatically"),
        Some(left) if left.is_zero() => format!("{source}, expired"),
        Some(left) => format!("{source}, expires in {}", span(left)),
        None => source.to_owned(),
    }
}

fn current(account: &AccountStatus) -> Option<String> {
    let id = account.current_id?;
    Some(match account.current.as_deref() {
        None | Some("") => format!("#{id}"),
        Some(title) => format!("{title} #{id}"),
    })
}
