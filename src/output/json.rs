//! JSON: one document, in the portal's own field names.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::source;
use super::sanitize::{escape, is_harmful};
use crate::api::{ProfileId, ProfileList};
use crate::command_output::{Acceptance, AccountStatus, CommandOutput, IssuedToken, Switched};

/// The JSON document of an output, with a line break at its end; indented for people.
pub(super) fn document(output: &CommandOutput, for_people: bool) -> String {
    match output {
        CommandOutput::Profiles(list) => write(list, for_people),
        CommandOutput::Current(profile) => write(profile, for_people),
        CommandOutput::Benefits(spending) => write(spending, for_people),
        CommandOutput::Switched(switched) => write(&SwitchedDocument::of(switched), for_people),
        CommandOutput::Status(accounts) => {
            let accounts: Vec<_> = accounts.iter().map(AccountDocument::of).collect();
            write(&BTreeMap::from([("Accounts", accounts)]), for_people)
        }
        CommandOutput::Accounts(accounts) => {
            write(&BTreeMap::from([("Accounts", accounts)]), for_people)
        }
        CommandOutput::Checks(checks) => write(&BTreeMap::from([("Checks", checks)]), for_people),
        CommandOutput::Token(issued) => write(&TokenDocument::of(issued), for_people),
        CommandOutput::Nothing | CommandOutput::Text(_) | CommandOutput::Topic(_) => String::new(),
    }
}

/// A document whose control characters are written as `\u` escapes. The values stay the same (RFC
/// 8259, section 7).
pub(super) fn escaped(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for char in document.chars() {
        match char {
            '\n' => text.push(char),
            _ => escape(char, &mut text),
        }
    }
    text
}

fn write(value: &impl Serialize, for_people: bool) -> String {
    let written = if for_people {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    // These types have only string keys, so that serializing them can't fail.
    let mut text = written.unwrap_or_default();
    // serde_json escapes the control characters of ASCII except DEL.
    if text.chars().any(|char| is_harmful(char) && char != '\n') {
        text = escaped(&text);
    }
    text.push('\n');
    text
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SwitchedDocument<'a> {
    switched: SwitchDocument,
    #[serde(flatten)]
    list: &'a ProfileList,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SwitchDocument {
    from: Option<ProfileId>,
    to: ProfileId,
    changed: bool,
}

impl<'a> SwitchedDocument<'a> {
    fn of(switched: &'a Switched) -> Self {
        Self {
            switched: SwitchDocument {
                from: switched.from,
                to: switched.to,
                changed: switched.changed,
            },
            list: &switched.list,
        }
    }
}

#[derive(Serialize)]
struct TokenDocument<'a> {
    access_token: &'a str,
    expires_at: Option<u64>,
    space: &'a str,
    account: Option<&'a str>,
}

impl<'a> TokenDocument<'a> {
    fn of(issued: &'a IssuedToken) -> Self {
        Self {
            access_token: issued.token.expose(),
            expires_at: issued.expires_at,
            space: &issued.space,
            account: issued.account.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountDocument<'a> {
    space: &'a str,
    email: Option<&'a str>,
    full_name: Option<&'a str>,
    source: &'static str,
    expires_at: Option<u64>,
    /// `null` if it is not known.
    accepted: Option<bool>,
    problem: Option<&'a str>,
    current_profile: Option<ProfileId>,
    chosen: bool,
}

impl<'a> AccountDocument<'a> {
    fn of(account: &'a AccountStatus) -> Self {
        let (accepted, problem) = match &account.acceptance {
            Acceptance::Accepted => (Some(true), None),
            Acceptance::Rejected => (Some(false), None),
            Acceptance::NoToken => (Some(false), Some("no token is stored")),
            Acceptance::NotAsked => (None, None),
            Acceptance::Unknown { cause } => (None, Some(cause.as_str())),
        };
        Self {
            space: &account.space,
            email: account.email.as_deref(),
            full_name: account.full_name.as_deref(),
            source: source(account.source),
            expires_at: account.expires_at,
            accepted,
            problem,
            current_profile: account.current_id,
            chosen: account.is_chosen,
        }
    }
}
