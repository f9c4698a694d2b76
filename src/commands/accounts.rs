//! `nxp accounts`: the accounts on this machine, and which one is the default.

use super::app::App;
use crate::api::Space;
use crate::args::UseArgs;
use crate::command_output::{CommandOutput, ListedAccount};
use crate::config;
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result};
use crate::prompt::picker::{self, Picker, PickerItem};
use crate::session::Account;

/// Lists the accounts.
pub(super) fn list(app: &App) -> Result<CommandOutput> {
    let state = app.state_file()?.load()?;
    let default = state.default_account();
    let keyring = app.keyring();
    let accounts = state.accounts();
    if accounts.is_empty() {
        app.console
            .note("No account is signed in. Sign in with `nxp login`.");
    }
    let listed = accounts.iter().map(|account| ListedAccount {
        space: account.space.name(),
        email: account.email.clone(),
        is_default: default.as_ref() == Some(account),
        store: keyring.kind_of(account).as_str(),
    });
    Ok(CommandOutput::Accounts(listed.collect()))
}

/// Makes an account the default.
pub(super) async fn set_default(app: &App, args: &UseArgs) -> Result<CommandOutput> {
    app.not_in_sandbox("account")?;
    let file = app.state_file()?;
    let state = file.load()?;
    let choice = &app.settings.choice;
    let stored = state.accounts();
    let mut named = choice.arguments.filter(&stored);
    let is_named = choice.arguments.space.is_some() || choice.arguments.email.is_some();
    let account = match &args.name {
        Some(name) => find(app, name, &stored)?,
        None if is_named && named.len() == 1 => named.remove(0),
        None if app.settings.may_ask => pick(app, named, state.default_account().as_ref())?,
        None => {
            return Err(Error::missing(
                "account",
                format!(
                    "its email: `{}` (`nxp accounts list` shows them)",
                    app.command_here(&["accounts", "use", "EMAIL"])
                ),
            ));
        }
    };
    file.update(|state| state.set_default(&account)).await?;
    app.console
        .note(&format!("The default account is now {account}."));
    let (space, email) = (&choice.variables.space, &choice.variables.email);
    let is_elsewhere = space.as_ref().is_some_and(|space| !account.is_at(space));
    let is_of_another = email.as_ref().is_some_and(|email| !account.is_of(email));
    for (variable, is_other) in [
        (config::variable::TOKEN, config::is_token_set()),
        (config::variable::SPACE, is_elsewhere),
        (config::variable::ACCOUNT, is_of_another),
    ] {
        if is_other {
            app.console
                .warn(&format!("{variable} is set, and commands still use it"));
        }
    }
    Ok(CommandOutput::Nothing)
}

/// Lets the user pick an account.
fn pick(app: &App, accounts: Vec<Account>, default: Option<&Account>) -> Result<Account> {
    if accounts.is_empty() {
        return Err(app.settings.choice.not_signed_in());
    }
    let item = |account: &Account| PickerItem {
        is_current: default == Some(account),
        label: account.email.clone(),
        detail: String::new(),
        id: account.space.name(),
    };
    let is_default = |account| default == Some(account);
    let picked = picker::pick(
        app.console,
        Picker {
            question: "Default account",
            items: accounts.iter().map(item).collect(),
            preselected: accounts.iter().position(is_default).unwrap_or_default(),
            filter: "",
        },
    )?;
    accounts
        .into_iter()
        .nth(picked)
        .ok_or_else(Error::cancelled)
}

/// Finds the stored account with the email, or at the space, that the command line names. The
/// variables choose only among several.
pub(super) fn find(app: &App, given: &str, stored: &[Account]) -> Result<Account> {
    let choice = &app.settings.choice;
    if let Some(email) = &choice.arguments.email
        && given.contains('@')
        && email.to_lowercase() != given.to_lowercase()
    {
        return Err(Error::usage(
            format!("{given} and `--account {email}` are different accounts"),
            "leave out one of them",
        ));
    }
    let given = config::no_secret("EMAIL|SPACE", given)?;
    let found = named(given, choice.arguments.filter(stored));
    let narrowed = choice.variables.filter(&found);
    let mut found = if narrowed.is_empty() { found } else { narrowed };
    let choices = names(&found);
    match (found.pop(), found.is_empty()) {
        (Some(account), true) => Ok(account),
        (Some(_), false) => Err(Error::usage(
            format!("several accounts match \"{given}\""),
            format!("add `--space SPACE` or `--account EMAIL`: {choices}"),
        )),
        (None, _) => Err(unknown(given, stored)),
    }
}

/// The accounts with this email or at this space.
fn named(given: &str, accounts: Vec<Account>) -> Vec<Account> {
    let space = given.parse::<Space>().ok();
    let is_meant = |account: &Account| {
        let is_there = space.as_ref().is_some_and(|space| account.is_at(space));
        account.is_of(given) || account.space.host() == given || is_there
    };
    accounts.into_iter().filter(is_meant).collect()
}

/// The error that no account has this name, with the names of the stored ones.
fn unknown(given: &str, stored: &[Account]) -> Error {
    let space = given.parse::<Space>().ok();
    let login = match &space {
        Some(space) if !given.contains('@') => CommandLine::login(Some(&space.short_name()), None),
        _ if given.contains('@') => CommandLine::login(None, Some(given)),
        _ => CommandLine::login(None, None),
    };
    let wanted = match space {
        Some(_) if !given.contains('@') => format!("at {given}"),
        _ => format!("as {given}"),
    };
    let similar = |account: &&Account| !given.is_empty() && account.email.starts_with(given);
    let mut similar = stored.iter().filter(similar);
    let message = match stored {
        [] => format!("not signed in {wanted}"),
        stored => format!("not signed in {wanted}, only as {}", names(stored)),
    };
    Error::new(ErrorCode::Auth, message)
        .of_kind(ErrorKind::NotSignedIn)
        .with_hint(match (similar.next(), similar.next()) {
            (Some(account), None) => format!("did you mean {}?", account.email),
            _ => format!("sign in with `{login}`"),
        })
}

fn names(accounts: &[Account]) -> String {
    let names: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(space: &str, email: &str) -> Account {
        Account::new(space.parse().unwrap(), email.to_owned())
    }

    #[test]
    fn an_email_or_a_space_names_an_account() {
        let accounts = vec![
            account("acme", "ana@x.example"),
            account("acme", "bo@x.example"),
            account("http://127.0.0.1:8080", "ana@x.example"),
        ];
        for (given, expected) in [
            ("BO@x.example", "bo@x.example at acme.spaces.nexudus.com"),
            (
                "http://127.0.0.1:8080",
                "ana@x.example at http://127.0.0.1:8080",
            ),
            ("127.0.0.1:8080", "ana@x.example at http://127.0.0.1:8080"),
            (
                "acme",
                "ana@x.example at acme.spaces.nexudus.com, bo@x.example at acme.spaces.nexudus.com",
            ),
            ("acne", ""),
        ] {
            assert_eq!(names(&named(given, accounts.clone())), expected);
        }
    }

    #[test]
    fn the_error_names_the_accounts_that_are_signed_in() {
        let stored = [
            account("acme", "ana@x.example"),
            account("acme", "bo@x.example"),
        ];
        let both = ", only as ana@x.example at acme.spaces.nexudus.com, \
                    bo@x.example at acme.spaces.nexudus.com";
        for (given, expected) in [
            ("acne", "at acne"),
            ("an@x.example", "as an@x.example"),
            ("", "as "),
        ] {
            for (stored, others) in [(&stored[..], both), (&[], "")] {
                let error = unknown(given, stored);
                assert_eq!(
                    error.to_string(),
                    format!("not signed in {expected}{others}")
                );
                assert_eq!(error.code, ErrorCode::Auth);
            }
        }
    }
}
