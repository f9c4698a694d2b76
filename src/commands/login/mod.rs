//! `nxp login`: tokens for a password, or a token that exists already; tried, then stored.

mod input;
mod space;
mod store;

use crate::api::{
    Connection, Credentials, Grant, GrantRefusal, Profile, ProfileList, SignInError, Space,
};
use crate::args::LoginArgs;
use crate::command_output::CommandOutput;
use crate::commands::context::Context;
use crate::error::{Error, Result, TokenOrigin};
use crate::prompt;
use crate::secret::{BearerToken, ClientId, OneTimeCode};
use crate::session::{Account, Held, Placement, Session, StoredTokens};
use space::Place;

/// How often a person may mistype the one-time code.
const CODE_ATTEMPTS: usize = 3;

pub(super) async fn run(context: &Context, args: LoginArgs) -> Result<CommandOutput> {
    context.not_in_sandbox("sign-in")?;
    let place = space::find(context).await?;
    let named = args
        .email
        .clone()
        .or_else(|| context.settings.choice.email.clone());
    let entrance = if args.token_stdin {
        with_token(context, place.clone(), named).await
    } else {
        with_password(context, place.clone(), named, &args).await
    };
    let entrant = match entrance {
        Ok(entrant) => entrant,
        Err(error) => return Err(space::doubted(context, &place, error).await),
    };
    greet(context, &entrant);
    Ok(CommandOutput::Nothing)
}

/// Who has come in, what he sees, and where his tokens are.
struct Entrant {
    account: Account,
    list: ProfileList,
    placement: Placement,
}

async fn with_token(context: &Context, place: Place, named: Option<String>) -> Result<Entrant> {
    let given = input::read_stdin()?;
    let token = BearerToken::parse(given.trim_ascii()).ok_or(Error::MalformedToken {
        source_name: "standard input",
    })?;
    let session = Session::with_token(
        context.connect(place.space.clone())?,
        token.clone(),
        TokenOrigin::Input,
    );
    let list = session.profiles().await?;
    let mut account = account(context, place, email_of_token(&list, named)?)?;
    let tokens = StoredTokens {
        access_token: token,
        refresh_token: None,
        expires_at: None,
        client_id: store::client_id(context, &account)?,
    };
    let _lock = store::lock(context, &account).await?;
    let placement = store::keep(context, &mut account, &tokens)?;
    Ok(Entrant {
        account,
        list,
        placement,
    })
}

async fn with_password(
    context: &Context,
    place: Place,
    named: Option<String>,
    args: &LoginArgs,
) -> Result<Entrant> {
    let email = match named {
        Some(email) => email,
        None if context.settings.may_ask => prompt::ask(context.console, "Email")?,
        None => {
            return Err(Error::MissingInput {
                what: "`--email`",
                give: "`--email EMAIL`",
            });
        }
    };
    let mut account = account(context, place, email)?;
    let credentials = Credentials {
        email: account.email.clone(),
        password: input::password(context, args.password_stdin)?,
        one_time_code: args.totp.clone().map(OneTimeCode::new),
    };
    let client_id = store::client_id(context, &account)?;
    let connection = context.connect(account.space.clone())?;
    let (grant, _lock) = sign_in(context, &connection, &account, credentials, &client_id).await?;
    let session = Session::with_token(connection, grant.access_token.clone(), TokenOrigin::Input);
    let list = session.profiles().await.map_err(|error| match error {
        // A token this fresh is rejected for want of a customer profile alone.
        Error::TokenRejected { space, .. } => Error::NoCustomer {
            email: account.email.clone(),
            space,
        },
        other => other,
    })?;
    let tokens = StoredTokens::granted(grant, client_id);
    let placement = store::keep(context, &mut account, &tokens)?;
    Ok(Entrant {
        account,
        list,
        placement,
    })
}

fn account(context: &Context, place: Place, email: String) -> Result<Account> {
    let account = Account {
        portal: place.portal,
        ..Account::new(place.space, email)
    };
    store::known(context, account)
}

/// Signs in, asking for a one-time code where one is needed. A grant ends the refresh token that
/// the account had, so it comes with the account's lock.
async fn sign_in(
    context: &Context,
    connection: &Connection,
    account: &Account,
    mut credentials: Credentials,
    client_id: &ClientId,
) -> Result<(Grant, Held)> {
    let mut codes_asked = 0;
    loop {
        let lock = connection
            .on_its_time(store::lock(context, account))
            .await??;
        let refusal = match connection.sign_in(&credentials, client_id).await {
            Ok(grant) => return Ok((grant, lock)),
            Err(SignInError::Refused(GrantRefusal::TwoFactor))
                if context.settings.may_ask && codes_asked < CODE_ATTEMPTS =>
            {
                drop(lock);
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
            what: "`--email`",
            give: "`--email EMAIL`",
        }),
    }
}

fn greet(context: &Context, entrant: &Entrant) {
    context
        .console
        .note(&greeting(&entrant.account, &entrant.list));
    let Placement {
        store,
        instead,
        lifetime,
    } = &entrant.placement;
    if let Some(lifetime) = lifetime {
        let why = instead.as_ref().map(|why| format!(": {why}"));
        context.console.warn(&format!(
            "your tokens are in {}, where they live {lifetime}{}",
            store.name(),
            why.unwrap_or_default()
        ));
    }
    let others = context.state_file().and_then(|file| file.load());
    if others.is_ok_and(|state| state.accounts().len() > 1 && state.default_account().is_none()) {
        context.console.note(
            "Several accounts are signed in. Name one with --space and --account, or choose a default with `nxp accounts use`.",
        );
    }
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
