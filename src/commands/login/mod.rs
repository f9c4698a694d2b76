//! `nxp login`: tokens for a password, or a token that exists already; tried, then stored.

mod input;
mod space;
mod store;

use std::time::Duration;

use crate::api::{Client, Credentials, GrantRefusal, Profile, ProfileList, SignInError, Space};
use crate::args::LoginArgs;
use crate::command_output::CommandOutput;
use crate::commands::context::Context;
use crate::error::{Error, Result, TokenOrigin};
use crate::interrupt;
use crate::prompt;
use crate::secret::{BearerToken, ClientId, OneTimeCode};
use crate::session::{Account, Placement, Session, StoredTokens};
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

/// A finished sign-in: the account, its profiles, and where its tokens are.
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
    let tokens = StoredTokens {
        access_token: token,
        refresh_token: None,
        expires_at: None,
        client_id: ClientId::random(),
    };
    let list = try_out(context.connect(place.space.clone())?, &tokens).await?;
    let account = account(context, place, email_of_token(&list, named)?)?;
    store::store(context, account, list, &tokens).await
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
    let account = account(context, place, email)?;
    let mut credentials = Credentials {
        email: account.email.clone(),
        password: input::password(context, args.password_stdin)?,
        one_time_code: args.totp.clone().map(OneTimeCode::new),
    };
    context.keyring().reach(&account)?;
    let mut codes_asked = 0;
    loop {
        match sign_in(context, account.clone(), &credentials).await {
            Err(SignInError::Refused(GrantRefusal::TwoFactor))
                if context.settings.may_ask && codes_asked < CODE_ATTEMPTS =>
            {
                if credentials.one_time_code.is_some() {
                    context.console.note("That code was not accepted.");
                }
                codes_asked += 1;
                let code = prompt::ask(context.console, "One-time code")?;
                credentials.one_time_code = Some(OneTimeCode::new(code));
            }
            outcome => {
                return outcome.map_err(|refusal| explained(refusal, &account.space, &credentials));
            }
        }
    }
}

/// The account as it is stored already, should it be, so that its item keeps its name.
fn account(context: &Context, place: Place, email: String) -> Result<Account> {
    let account = Account {
        portal: place.portal,
        ..Account::new(place.space, email)
    };
    let state = context.state_file()?.load()?;
    let stored = state.accounts().into_iter().find(|known| *known == account);
    Ok(match stored {
        Some(stored) => Account {
            portal: account.portal.or(stored.portal),
            ..stored
        },
        None => account,
    })
}

/// The time that a sign-in has at least once it is sent, also where the deadline is near.
const TIME_TO_FINISH: Duration = Duration::from_secs(5);

/// Signs in and stores the tokens; an interrupt waits for that. A `client_id` of its own keeps the
/// refresh token of an earlier sign-in valid until the new tokens are stored.
async fn sign_in(
    context: &Context,
    account: Account,
    credentials: &Credentials,
) -> Result<Entrant, SignInError> {
    let connection = context.connect(account.space.clone())?;
    let client_id = ClientId::random();
    let _extension = context.extend_deadline(TIME_TO_FINISH);
    interrupt::finish(async {
        let grant = connection.sign_in(credentials, &client_id).await?;
        let tokens = StoredTokens::granted(grant, client_id);
        let list = try_out(connection, &tokens).await;
        let list = list.map_err(|error| match error {
            // A token this new is rejected only where the user has no customer profile.
            Error::TokenRejected { space, .. } => Error::NoCustomer {
                email: account.email.clone(),
                space,
            },
            other => other,
        })?;
        Ok(store::store(context, account, list, &tokens).await?)
    })
    .await
}

/// Fetches the profile list with new tokens, before they are stored.
async fn try_out(connection: Client, tokens: &StoredTokens) -> Result<ProfileList> {
    let token = tokens.access_token.clone();
    let session = Session::with_token(connection, token, TokenOrigin::Input);
    session.profiles().await
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
    let state = context.state_file().and_then(|file| file.load());
    if let Some(default) = state.ok().and_then(|state| state.default_account())
        && default != entrant.account
    {
        context.console.note(&format!(
            "The default account is still {default}; `nxp accounts use` changes it.",
        ));
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
