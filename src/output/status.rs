//! The accounts of `status` for people: a block of lines each.

use console::Style;

use super::text::{clean, wrap_indented};
use crate::command_output::AccountStatus;

/// The columns before a value: the longest key, its colon and a space.
const BEFORE_VALUE: usize = 17;

/// A block of `key: value` lines for each account, with an empty line between two.
pub(super) fn blocks(accounts: &[AccountStatus], width: usize, color: bool) -> String {
    let blocks = accounts.iter().map(|account| {
        let is_one_of_several = accounts.len() > 1;
        block(account, is_one_of_several, width, color)
    });
    blocks.collect::<Vec<_>>().join("\n")
}

fn block(account: &AccountStatus, is_one_of_several: bool, width: usize, color: bool) -> String {
    let plain = Style::new();
    let (portal, style) = match (account.accepted, &account.problem) {
        (Some(true), _) => ("accepts the token".to_owned(), Style::new().green()),
        (Some(false), Some(problem)) => (problem.clone(), Style::new().red().bold()),
        (None, Some(problem)) => (format!("unknown: {problem}"), Style::new().yellow()),
        (_, None) => ("not asked".to_owned(), Style::new().dim()),
    };
    let mark = match account.is_chosen && is_one_of_several {
        true => " (in use)",
        false => "",
    };
    let email = account.email.as_ref();
    let lifetime = account.lifetime.as_ref();
    let lifetime = lifetime.map(|lifetime| format!(", {lifetime}"));
    let token = format!("{}{}", account.source, lifetime.unwrap_or_default());
    let lines = [
        ("space", Some(account.space.clone()), plain.clone().bold()),
        (
            "email",
            email.map(|email| format!("{email}{mark}")),
            plain.clone(),
        ),
        ("name", account.full_name.clone(), plain.clone()),
        ("token", Some(token), plain.clone()),
        ("portal", Some(portal), style),
        ("current profile", account.current.clone(), plain),
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
