//! `nxp login`: tokens for a password, or a token that exists already; tried, then stored.

use std::io::{Read as _, stdin};

use zeroize::Zeroizing;

use super::context::Context;
use crate::answer::Answer;
use crate::args::LoginArgs;
use crate::error::{Error, Result, TokenOrigin};
use crate::portal::{
    Connection, Credentials, Grant, GrantRefusal, Profile, ProfileList, SignInError, Space,
};
use crate::prompt;
use crate::secret::{BearerToken, ClientId, OneTimeCode, Password};
use crate::session::{Account, Session, StoredTokens};

/// How often a person may mistype the one-time code.
const CODE_ATTEMPTS: usize = 3;

/// The most that is read from standard input, in bytes: no password and no token is longer.
const INPUT_LIMIT: u64 = 64 * 1024;

pub(super) async fn run(context: &Context, args: LoginArgs) -> Result<Answer> {
    context.not_in_sandbox("sign-in")?;
    let space = space(context)?;
    let named = args
        .email
        .clone()
        .or_else(|| context.settings.choice.email.clone());
    let account = if args.token_stdin {
        with_token(context, space, named).await?
    } else {
        with_password(context, space, named, &args).await?
    };
    let Entrant { account, list } = account;
    context.console.note(&greeting(&account, &list));
    Ok(Answer::Nothing)
}

/// Who has come in, and what he sees.
struct Entrant {
    account: Account,
    list: ProfileList,
}

async fn with_token(context: &Context, space: Space, named: Option<String>) -> Result<Entrant> {
    let given = read_stdin()?;
    let token = BearerToken::parse(given.trim_ascii()).ok_or(Error::MalformedToken {
        source: "standard input",
    })?;
    let session = Session::with_token(
        context.connect(space.clone())?,
        token.clone(),
        TokenOrigin::Input,
    );
    let list = session.profiles().await?;
    let account = known(
        context,
        Account {
            space,
            email: email_of_token(&list, named)?,
        },
    )?;
    let client_id = client_id(context, &account)?;
    let tokens = StoredTokens {
        access_token: token,
        refresh_token: None,
        expires_at: None,
        client_id,
    };
    store(context, &account, &tokens)?;
    Ok(Entrant { account, list })
}

async fn with_password(
    context: &Context,
    space: Space,
    named: Option<String>,
    args: &LoginArgs,
) -> Result<Entrant> {
    let email = match named {
        Some(email) => email,
        None if context.settings.may_ask => prompt::ask(context.console, "Email")?,
        None => {
            return Err(Error::MissingInput {
                what: "the email",
                give: "`--email EMAIL`",
            });
        }
    };
    let account = known(context, Account { space, email })?;
    let credentials = Credentials {
        email: account.email.clone(),
        password: password(context, args.password_stdin)?,
        one_time_code: args.totp.clone().map(OneTimeCode::new),
    };
    let client_id = client_id(context, &account)?;
    let connection = context.connect(account.space.clone())?;
    let grant = sign_in(context, &connection, credentials, &client_id).await?;
    let session = Session::with_token(connection, grant.access_token.clone(), TokenOrigin::Input);
    let list = session.profiles().await.map_err(|error| match error {
        // A token this fresh is rejected for want of a customer profile alone.
        Error::TokenRejected { space, .. } => Error::NoCustomer {
            email: account.email.clone(),
            space,
        },
        other => other,
    })?;
    store(context, &account, &StoredTokens::granted(grant, client_id))?;
    Ok(Entrant { account, list })
}

async fn sign_in(
    context: &Context,
    connection: &Connection,
    mut credentials: Credentials,
    client_id: &ClientId,
) -> Result<Grant> {
    let mut codes_asked = 0;
    loop {
        let refusal = match connection.sign_in(&credentials, client_id).await {
            Ok(grant) => return Ok(grant),
            Err(SignInError::Refused(GrantRefusal::TwoFactor))
                if context.settings.may_ask && codes_asked < CODE_ATTEMPTS =>
            {
                if credentials.one_time_code.is_some() {
                    context.console.note("That code was not accepted.");
                }
                codes_asked += 1;
                credentials.one_time_code = Some(OneTimeCode::new(prompt::ask(
                    context.console,
                    "One-time code",
                )?));
                continue;
            }
            Err(refusal) => refusal,
        };
        return Err(explained(refusal, connection.space(), &credentials));
    }
}

fn explained(refusal: SignInError, space: &Space, credentials: &Credentials) -> Error {
    let address = space.to_string();
    let space = space.host();
    match refusal {
        SignInError::Other(error) => error,
        SignInError::NotAPortal { answered } => Error::UnknownSpace { space, answered },
        SignInError::Refused(refusal) => match refusal {
            GrantRefusal::InvalidGrant => Error::WrongCredentials {
                email: credentials.email.clone(),
                space,
            },
            GrantRefusal::TwoFactor => Error::OneTimeCodeNeeded {
                refused: credentials.one_time_code.is_some(),
            },
            GrantRefusal::MustResetPassword => Error::MustResetPassword { space: address },
            GrantRefusal::Other(reason) => Error::SignInRefused { reason },
        },
    }
}

fn space(context: &Context) -> Result<Space> {
    match &context.settings.choice.space {
        Some(space) => Ok(space.clone()),
        None if context.settings.may_ask => {
            prompt::ask(context.console, "Space (such as acme)")?.parse()
        }
        None => Err(Error::MissingInput {
            what: "the space",
            give: "`--space SPACE`",
        }),
    }
}

fn password(context: &Context, from_stdin: bool) -> Result<Password> {
    if from_stdin {
        let given = read_stdin()?;
        let line = given.strip_suffix('\n').unwrap_or(&given);
        let password = line.strip_suffix('\r').unwrap_or(line);
        if password.is_empty() {
            return Err(Error::usage(
                "standard input holds no password",
                "pipe it in, such as `printf %s \"$PASSWORD\" | nxp login …`",
            ));
        }
        return Ok(Password::new(password));
    }
    if context.settings.may_ask {
        return prompt::ask_hidden(context.console, "Password").map(Password::new);
    }
    Err(Error::MissingInput {
        what: "the password",
        give: "`--password-stdin` and pipe it in",
    })
}

/// The account as it is stored already, should it be, so that its item keeps its name.
fn known(context: &Context, account: Account) -> Result<Account> {
    let state = context.state_file()?.load()?;
    Ok(state
        .accounts()
        .into_iter()
        .find(|stored| *stored == account)
        .unwrap_or(account))
}

/// The client id that this installation has for the account, or a new one.
fn client_id(context: &Context, account: &Account) -> Result<ClientId> {
    match context.keyring().load(account) {
        Ok(Some(tokens)) => Ok(tokens.client_id),
        Ok(None)
        | Err(Error::Keyring {
            remedy: crate::error::KeyringRemedy::SignInAgain,
            ..
        }) => Ok(ClientId::random()),
        Err(error) => Err(error),
    }
}

/// The email of the token's user; the one that was named must be the same.
fn email_of_token(list: &ProfileList, named: Option<String>) -> Result<String> {
    let actual = list
        .user
        .as_ref()
        .and_then(|user| user.email.clone())
        .filter(|email| !email.is_empty());
    match (named, actual) {
        (Some(named), Some(actual)) if named.to_lowercase() != actual.to_lowercase() => {
            Err(Error::OtherUser { named, actual })
        }
        (Some(email), _) | (None, Some(email)) => Ok(email),
        (None, None) => Err(Error::MissingInput {
            what: "the token's email",
            give: "`--email EMAIL`",
        }),
    }
}

/// Writes the keyring item, then the state that names it: both, or neither.
fn store(context: &Context, account: &Account, tokens: &StoredTokens) -> Result<()> {
    let keyring = context.keyring();
    let before = keyring.load(account).ok().flatten();
    keyring.store(account, tokens)?;
    context
        .state_file()?
        .update(|state| state.add(account))
        .inspect_err(|_| {
            let _ = match &before {
                Some(tokens) => keyring.store(account, tokens),
                None => keyring.delete(account),
            };
        })
}

fn greeting(account: &Account, list: &ProfileList) -> String {
    let person = list.user_name().unwrap_or(&account.email);
    let space = account.space.host();
    match list.current().map(Profile::label) {
        Some(current) => {
            format!("Signed in to {space} as {person}. Your current profile is {current}.")
        }
        None => format!("Signed in to {space} as {person}. None of your profiles is current."),
    }
}

fn read_stdin() -> Result<Zeroizing<String>> {
    let mut given = Zeroizing::new(String::new());
    stdin()
        .lock()
        .take(INPUT_LIMIT)
        .read_to_string(&mut given)
        .map_err(|error| anyhow::Error::new(error).context("can't read standard input"))?;
    Ok(given)
}
