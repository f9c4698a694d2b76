//! Which account to sign in to.

use super::Login;
use super::space::SpaceAddress;
use crate::api::ProfileList;
use crate::error::{Error, Result};
use crate::prompt;
use crate::session::Account;

impl Login<'_> {
    /// The account; the stored one if there is one, so that its keyring item keeps its name.
    pub(super) fn account(&self, email: String) -> Result<Account> {
        let SpaceAddress { space, portal } = self.address.clone();
        let account = Account {
            portal,
            ..Account::new(space, email)
        };
        let state = self.app.state_file()?.load()?;
        let stored = state.accounts().into_iter().find(|known| *known == account);
        Ok(match stored {
            Some(stored) => Account {
                portal: account.portal.or(stored.portal),
                ..stored
            },
            None => account,
        })
    }

    /// The email that was given; otherwise asks for it.
    pub(super) fn email(&self) -> Result<String> {
        if let Some(email) = &self.email {
            return Ok(email.clone());
        }
        if !self.prompts {
            return Err(no_email());
        }
        loop {
            let email = prompt::ask(self.app.console, "Email")?;
            if is_email(&email) {
                return Ok(email);
            }
            self.app
                .console
                .warn(&format!("invalid email \"{email}\": expected name@domain"));
        }
    }
}

/// The email of the token's user; one that was given must be the same.
pub(super) fn email_of(given: Option<&String>, list: &ProfileList) -> Result<String> {
    let user = list.user.as_ref().and_then(|user| user.email.clone());
    match (given.cloned(), user.filter(|email| !email.is_empty())) {
        (Some(named), Some(actual)) if named.to_lowercase() != actual.to_lowercase() => {
            Err(Error::OtherUser { named, actual })
        }
        (Some(email), _) | (None, Some(email)) => Ok(email),
        (None, None) => Err(no_email()),
    }
}

fn no_email() -> Error {
    Error::MissingInput {
        what: "`--email`",
        give: "`--email EMAIL`".to_owned(),
    }
}

/// Whether a text looks like an email.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@')
    }) && !text.contains(char::is_whitespace)
}
