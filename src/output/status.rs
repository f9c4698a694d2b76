//! The accounts of `status` for people: a block of lines each.

use console::Style;

use super::text::{clean, wrap_indented};
use crate::command_output::AccountStatus;
use crate::error::span;

/// The columns before a value: the longest key, its colon and a space.
const BEFORE_VALUE: usize = 17;

/// A block of `key: value` lines for each account, with an empty line between two.
pub(super) fn blocks(accounts: &[AccountStatus], width: usize, color: bool) -> String {
    let blocks: Vec<String> = accounts
        .iter()
        .map(|account| block(account, accounts.len() > 1, width, color))
        .collect();
    blocks.join("\n")
}

fn block(account: &AccountStatus, is_one_of_several: bool, width: usize, color: bool) -> String {
    let (portal, style) = match (account.accepted, &account.problem) {
        (None, None) => ("not asked".to_owned(), Style::new().dim()),
        _ if !account.has_token => ("not asked".to_owned(), Style::new().dim()),
        (None, Some(cause)) => (format!("unknown: {cause}"), Style::new().yellow()),
        (Some(true), _) => ("accepts the token".to_owned(), Style::new().green()),
        // With one account, the error says why.
        (Some(false), Some(cause)) if is_one_of_several => {
            (cause.clone(), Style::new().red().bold())
        }
        (Some(false), _) => ("rejects the token".to_owned(), Style::new().red().bold()),
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
        let value = wrap_indented(&clean(&value), width, BEFORE_VALUE);
        let value = style.force_styling(color).apply_to(value);
        text += &format!("{:<BEFORE_VALUE$}{value}\n", format!("{key}:"));
    }
    text
}

/// Where the token comes from, and when it expires.
fn token(account: &AccountStatus) -> String {
    let source = account.source;
    match account.expires_in {
        _ if !account.has_token => "none stored".to_owned(),
        _ if account.accepted == Some(false) => source.to_owned(),
        _ if account.is_refreshed => format!("{source}, refreshed automatically"),
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
