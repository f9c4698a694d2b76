//! `nxp accounts`: the accounts on this machine, and which one is the default.

use super::app::App;
use crate::api::Space;
use crate::args::UseArgs;
use crate::command_output::{CommandOutput, ListedAccount};
use crate::config;
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result};
use crate::prompt::picker::{self, Picker, PickerItem};
use crate::session::{Account, State};

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
    let account = match (&args.name, &choice.arguments.filter(&stored)[..]) {
        (Some(name), _) => find(app, name, &stored)?,
        (None, [account]) => account.clone(),
        (None, accounts) if app.settings.may_ask => pick(app, accounts, &state)?,
        (None, _) => {
            let usage = app.command_here(&["accounts", "use", "EMAIL"]);
            let give = format!("its email: `{usage}` (`nxp accounts list` shows them)");
            return Err(Error::missing("account", give));
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
fn pick(app: &App, accounts: &[Account], state: &State) -> Result<Account> {
    if accounts.is_empty() {
        return Err(app.settings.choice.not_signed_in());
    }
    let default = state.default_account();
    let is_default = |account: &Account| default.as_ref() == Some(account);
    let items = accounts.iter().map(|account| PickerItem {
        is_current: is_default(account),
        label: account.email.clone(),
        detail: String::new(),
        id: account.space.name(),
    });
    let picker = Picker {
        question: "Default account",
        items: items.collect(),
        preselected: accounts.iter().position(is_default).unwrap_or_default(),
        filter: "",
    };
    let picked = picker::pick(app.console, picker)?;
    accounts.get(picked).cloned().ok_or_else(Error::cancelled)
}

/// Finds the stored account with the email, or at the space, that the command line names. The
/// variables choose only among several.
pub(super) fn find(app: &App, given: &str, stored: &[Account]) -> Result<Account> {
    let choice = &app.settings.choice;
    let given = config::no_secret("EMAIL|SPACE", given)?;
    if given.contains('@') {
        check_email(app, given)?;
    }
    let mut found = named(given, choice.arguments.filter(stored));
    let narrowed = choice.variables.filter(&found);
    if !narrowed.is_empty() {
        found = narrowed;
    }
    match &found[..] {
        [account] => Ok(account.clone()),
        [] => Err(unknown(given, stored)),
        several => {
            let names = names(several);
            Err(Error::usage(
                format!("several accounts match \"{given}\""),
                format!("add `--space SPACE` or `--account EMAIL`: {names}"),
            ))
        }
    }
}

/// Checks that an email is that of `--account`, if both are given.
pub(super) fn check_email(app: &App, given: &str) -> Result<()> {
    match &app.settings.choice.arguments.email {
        Some(email) if email.to_lowercase() != given.to_lowercase() => Err(Error::usage(
            format!("{given} and `--account {email}` are different accounts"),
            "leave out one of them",
        )),
        _ => Ok(()),
    }
}

/// The accounts with this email or at this space.
fn named(given: &str, mut accounts: Vec<Account>) -> Vec<Account> {
    let space = given.parse::<Space>().ok();
    accounts.retain(|account| {
        let is_there = space.as_ref().is_some_and(|space| account.is_at(space));
        account.is_of(given) || account.space.host() == given || is_there
    });
    accounts
}

/// The error that no account has this name, with the names of the stored ones.
fn unknown(given: &str, stored: &[Account]) -> Error {
    let (wanted, login) = match given.parse::<Space>() {
        Ok(space) => {
            let login = CommandLine::login(Some(&space.short_name()), None);
            (format!("at {given}"), login)
        }
        Err(_) => {
            let email = Some(given).filter(|given| given.contains('@'));
            (format!("as {given}"), CommandLine::login(None, email))
        }
    };
    let message = match stored {
        [] => format!("not signed in {wanted}"),
        stored => format!("not signed in {wanted}, only as {}", names(stored)),
    };
    let similar = stored
        .iter()
        .filter(|account| account.email.starts_with(given));
    Error::new(ErrorCode::Auth, message)
        .of_kind(ErrorKind::NotSignedIn)
        .with_hint(match &similar.collect::<Vec<_>>()[..] {
            [account] => format!("did you mean {}?", account.email),
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
