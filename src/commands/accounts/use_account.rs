//! `nxp accounts use`: makes an account the default.

use crate::api::Space;
use crate::args::UseArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::error::{CommandLine, Error, Result};
use crate::prompt::picker::{self, Picker, PickerItem};
use crate::session::Account;

pub(in crate::commands) fn run(app: &App, args: &UseArgs) -> Result<CommandOutput> {
    app.not_in_sandbox("account")?;
    let file = app.state_file()?;
    let state = file.load()?;
    let stored = state.accounts();
    let accounts = app.settings.choice.filter(stored.clone());
    let account = match &args.name {
        Some(given) => find(given, accounts, &stored)?,
        None if app.settings.may_ask => {
            let default = state.default_account();
            pick(app, accounts, default.as_ref())?
        }
        None => {
            return Err(Error::MissingInput {
                what: "account",
                give: format!(
                    "its email: `{}` (`nxp accounts list` shows them)",
                    app.command_here(&["accounts", "use", "EMAIL"])
                ),
            });
        }
    };
    file.update(|state| state.set_default(&account))?;
    app.console
        .note(&format!("The default account is now {account}."));
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
    accounts.into_iter().nth(picked).ok_or(Error::Cancelled)
}

/// Finds the account with this email or at this space. If there is none, the error names the stored
/// accounts.
fn find(given: &str, mut accounts: Vec<Account>, stored: &[Account]) -> Result<Account> {
    let space = given.parse::<Space>().ok();
    let is_meant = |account: &Account| {
        let is_there = space.as_ref().is_some_and(|space| account.is_at(space));
        account.is_of(given) || account.space.host() == given || is_there
    };
    accounts.retain(is_meant);
    let choices = names(&accounts);
    match (accounts.pop(), accounts.is_empty()) {
        (Some(account), true) => Ok(account),
        (Some(_), false) => Err(Error::usage(
            format!("several accounts match \"{given}\""),
            several(&choices),
        )),
        (None, _) => {
            let (wanted, login) = match space {
                Some(space) if !given.contains('@') => (
                    format!("at {given}"),
                    CommandLine::login(Some(&space.short_name()), None),
                ),
                _ => (format!("as {given}"), CommandLine::login(None, Some(given))),
            };
            let wanted = Some(match stored {
                [] => wanted,
                stored => format!("{wanted}, only as {}", names(stored)),
            });
            Err(Error::NotSignedIn {
                wanted,
                login,
                within_exec: false,
                is_token_empty: false,
            })
        }
    }
}

fn several(choices: &str) -> String {
    format!("choose one with `nxp accounts use EMAIL --space SPACE`: {choices}")
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
    fn an_email_or_a_space_names_the_account_where_it_is_the_only_one() {
        let accounts = || {
            vec![
                account("acme", "ana@x.example"),
                account("acme", "bo@x.example"),
                account("http://127.0.0.1:8080", "ana@x.example"),
            ]
        };
        for (given, expected) in [
            ("BO@x.example", "bo@x.example at acme.spaces.nexudus.com"),
            (
                "http://127.0.0.1:8080",
                "ana@x.example at http://127.0.0.1:8080",
            ),
            ("127.0.0.1:8080", "ana@x.example at http://127.0.0.1:8080"),
            ("acme", "usage: several accounts match \"acme\""),
            (
                "ana@x.example",
                "usage: several accounts match \"ana@x.example\"",
            ),
        ] {
            let found = match find(given, accounts(), &accounts()) {
                Ok(account) => account.to_string(),
                Err(error) => format!("{}: {error}", error.code().as_str()),
            };
            assert_eq!(found, expected);
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
                let error = find(given, stored.to_vec(), stored)
                    .map(|_| ())
                    .unwrap_err();
                assert_eq!(
                    error.to_string(),
                    format!("not signed in {expected}{others}")
                );
                assert_eq!(error.code().as_str(), "auth");
            }
        }
    }
}
