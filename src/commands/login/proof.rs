//! What proves who the user is: a password, the one-time link that the portal emails to users without
//! one, or an access token.

use std::io::{IsTerminal as _, Read as _, stdin};

use anyhow::Context as _;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::args::LoginArgs;
use crate::config;
use crate::error::{Error, Result};
use crate::output::Blocking;
use crate::secret::{BearerToken, LinkToken, Password, is_jwt, trimmed};

/// How to give a secret on standard input.
const PIPE: &str = "give it from a file (`< FILE`) or through a pipe";

/// The longest input, in bytes: no secret is longer.
const INPUT_LIMIT: usize = 64 * 1024;

/// How often a link can be wrapped into another one, as mail filters do, with its special
/// characters escaped each time.
const WRAPPINGS: usize = 4;

/// The most characters of a code that is passed on as it is.
const LONGEST_CODE: usize = 64;

pub(super) enum Proof {
    Password(Password),
    Link(SignInLink),
    Token(BearerToken),
}

impl Proof {
    /// The one on standard input, if an option says that it is there.
    pub(super) fn on_stdin(args: &LoginArgs) -> Result<Option<Self>> {
        Ok(if args.password_stdin {
            let password = read_stdin("password")?;
            Some(Self::Password(Password::new(password.as_str())))
        } else if args.link_stdin {
            Some(Self::Link(SignInLink::find(&read_stdin("link")?)?))
        } else if args.token_stdin {
            let token = config::token_of(&read_stdin("token")?, "standard input")?;
            Some(Self::Token(token))
        } else {
            None
        })
    }
}

/// Reads all of standard input: one secret, trimmed.
///
/// # Errors
/// A usage error if it is a terminal, empty, too long, or not in UTF-8.
fn read_stdin(what: &str) -> Result<Zeroizing<String>> {
    if stdin().is_terminal() {
        let message = format!("standard input is a terminal, which would show the {what}");
        return Err(Error::usage(message, PIPE));
    }
    // Reserved at once: a buffer that grows leaves copies that are not wiped.
    let mut given = Zeroizing::new(Vec::with_capacity(INPUT_LIMIT + 1));
    Blocking(stdin())
        .take(INPUT_LIMIT as u64 + 1)
        .read_to_end(&mut given)
        .context("can't read standard input")?;
    if given.len() > INPUT_LIMIT {
        return Err(Error::usage(
            format!("more than one {what} on standard input; nothing was sent"),
            "pipe in nothing else",
        ));
    }
    let not_utf8 = |problem| {
        let message = format!("the {what} on standard input is {problem}; nothing was sent");
        let hint = "write it in UTF-8, in PowerShell with `Out-File -Encoding utf8`";
        Error::usage(message, hint)
    };
    // PowerShell and Windows editors write it: every second byte of English is zero.
    if given.contains(&0) {
        return Err(not_utf8("UTF-16"));
    }
    let text = std::str::from_utf8(&given).map_err(|_| not_utf8("not UTF-8"))?;
    match trimmed(text) {
        "" => Err(Error::usage(format!("no {what} on standard input"), PIPE)),
        secret => Ok(Zeroizing::new(secret.to_owned())),
    }
}

/// A sign-in link, or the bare token of one.
pub(super) struct SignInLink {
    pub(super) token: LinkToken,
    /// The host that the link leads to, if it is a whole link.
    pub(super) host: Option<String>,
}

impl SignInLink {
    /// Finds the token: a query value, a part of the fragment or a segment of the path. What the link
    /// looks like is not documented. A text without one may be a short code: whether the portal emails
    /// those, and exchanges them as the token of a link, is not confirmed; only the portal can tell.
    ///
    /// # Errors
    /// A usage error if there is none, or more than one.
    pub(super) fn find(text: &str) -> Result<Self> {
        let mut text = Zeroizing::new(text.to_owned());
        for _ in 0..WRAPPINGS {
            text = unescaped(&text);
        }
        let is_of_jwt = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        let mut words = text
            .split(|char| !is_of_jwt(char))
            .map(|word| word.trim_matches('.'))
            .filter(|word| is_jwt(word));
        let code = Some(trimmed(&text)).filter(|text| is_code(text));
        let token = words.next().or(code).ok_or_else(|| unusable("no"))?;
        if words.any(|other| other != token) {
            return Err(unusable("more than one"));
        }
        let (before, _) = text.split_once(token).unwrap_or_default();
        Ok(Self {
            token: LinkToken::new(token),
            host: host_before(before),
        })
    }
}

fn is_code(text: &str) -> bool {
    let is_of_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(is_of_code)
}

/// The text with its percent escapes, such as `%3D`, decoded. A character that no link has becomes a
/// space. Nothing here leaves a copy that is not wiped.
fn unescaped(text: &str) -> Zeroizing<String> {
    let mut decoded = Zeroizing::new(String::with_capacity(text.len()));
    let chars = percent_decode_str(text).map(char::from);
    decoded.extend(chars.map(|char| if char.is_ascii() { char } else { ' ' }));
    decoded
}

/// The host of the innermost address that `text` ends in, with the port if it names one.
fn host_before(text: &str) -> Option<String> {
    let (_, address) = text.rsplit_once("://")?;
    let authority = address.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.to_ascii_lowercase()).filter(|host| !host.is_empty())
}

fn unusable(number: &str) -> Error {
    Error::usage(
        format!("{number} sign-in link in the input; nothing was sent"),
        "give the link from the email, or the token in it (it starts with \"ey\"), and nothing else",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln-_x";

    fn found(text: &str) -> Option<(String, Option<String>)> {
        let link = SignInLink::find(text).ok()?;
        Some((link.token.expose().to_owned(), link.host))
    }

    #[test]
    fn the_token_is_found_wherever_a_link_has_it() {
        let host = Some("acme.spaces.nexudus.com".to_owned());
        let at = |rest: &str| format!("https://acme.spaces.nexudus.com{rest}");
        for (text, host) in [
            (JWT.to_owned(), None),
            (format!("\r\n  {JWT}\r\n"), None),
            (at(&format!("/login?token={JWT}&x=1")), host.clone()),
            (at(&format!("/login?x=a.b.c&t={JWT}#top")), host.clone()),
            (at(&format!("/login#token={JWT}")), host.clone()),
            (at(&format!("/magic/{JWT}/")), host.clone()),
            (format!("<{}>.", at(&format!("/?t={JWT}"))), host.clone()),
            (at(&format!("/?t={JWT}&again={JWT}")), host.clone()),
            (
                at(&format!("/?t={}", JWT.replace('.', "%2E"))),
                host.clone(),
            ),
            (
                format!(
                    "https://mail.example/?url=https%3A%2F%2FACME.spaces.nexudus.com%2F%3Ft%3D{JWT}%26x"
                ),
                host.clone(),
            ),
            (
                format!("http://127.0.0.1:8080/?t={JWT}"),
                Some("127.0.0.1:8080".to_owned()),
            ),
            (
                format!("https://acme.spaces.nexudus.com@evil.example/{JWT}"),
                Some("evil.example".to_owned()),
            ),
        ] {
            assert_eq!(found(&text), Some((JWT.to_owned(), host)), "{text}");
        }
    }

    #[test]
    fn what_can_be_a_code_is_passed_on() {
        for code in ["123456", "A1B2-c3d4", " 123456\r\n"] {
            let expected = Some((code.trim().to_owned(), None));
            assert_eq!(found(code), expected, "{code}");
        }
    }

    #[test]
    fn no_token_and_several_are_refused() {
        let other = JWT.replace("c2ln", "other");
        for text in [
            "",
            "https://acme.spaces.nexudus.com/login",
            "www.example.com",
            "two words",
            &"1".repeat(65),
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0",
            "ey.no.jwt",
            "%FF%C3.eyJ",
            &format!("{JWT} {other}"),
            &format!("https://acme.example/{JWT}?t={other}"),
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
