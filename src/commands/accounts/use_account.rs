//! `nxp accounts use`: makes an account the default.

use crate::api::Space;
use crate::args::UseArgs;
use crate::command_output::CommandOutput;
use crate::commands::context::Context;
use crate::error::{CommandLine, Error, Result};
use crate::session::Account;

pub(in crate::commands) fn run(context: &Context, args: &UseArgs) -> Result<CommandOutput> {
    context.not_in_sandbox("account")?;
    let file = context.state_file()?;
    let stored = file.load()?.accounts();
    let accounts = context.settings.choice.among(stored.clone());
    let account = meant(&args.whom, accounts, &stored)?;
    file.update(|state| state.set_default(&account))?;
    context.console.note(&format!("The default is {account}."));
    Ok(CommandOutput::Nothing)
}

/// Finds the account with this email, or at this space. Where there is none, the error names those
/// that are stored: the name may be mistyped.
fn meant(given: &str, mut accounts: Vec<Account>, stored: &[Account]) -> Result<Account> {
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
            format!("\"{given}\" means several accounts"),
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
            })
        }
    }
}

fn several(choices: &str) -> String {
    format!("name one with `nxp accounts use EMAIL --space SPACE`: {choices}")
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
            ("http://127.0.0.1:8080", "ana@x.example at 127.0.0.1:8080"),
            ("127.0.0.1:8080", "ana@x.example at 127.0.0.1:8080"),
            ("acme", "usage: \"acme\" means several accounts"),
            (
                "ana@x.example",
                "usage: \"ana@x.example\" means several accounts",
            ),
        ] {
            let found = match meant(given, accounts(), &accounts()) {
                Ok(account) => account.to_string(),
                Err(error) => format!("{}: {error}", error.code().as_str()),
            };
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn whoever_is_not_signed_in_reads_who_is() {
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
                let error = meant(given, stored.to_vec(), stored)
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
