//! `nxp login`: exchanges a password or an emailed link for tokens, or reads a token; checks it with a
//! request, then stores it.

mod account;
mod greeting;
mod input;
mod link;
mod space;
mod store;

use std::time::Duration;

use crate::api::{Client, Credentials, Grant, GrantRefusal, ProfileList, SignInError, Space};
use crate::args::LoginArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::error::{Error, ErrorCode, Result, TokenOrigin};
use crate::interrupt;
use crate::prompt;
use crate::secret::{ClientId, OneTimeCode, Password};
use crate::session::{Account, Placement, Session, StoredTokens};
use account::email_of;
use link::SignInLink;
use space::SpaceAddress;

/// How often a password or code, and how often a link, can be corrected at a terminal.
const CORRECTIONS: usize = 3;

/// What errors call a user whose email is not known yet.
const UNKNOWN_USER: &str = "this user";

/// The least time for a sign-in once it is sent, even if the deadline is near.
const TIME_TO_FINISH: Duration = Duration::from_secs(5);

pub(super) async fn run(app: &App, args: LoginArgs) -> Result<CommandOutput> {
    app.not_in_sandbox("sign-in")?;
    let link = args.link_stdin.then(input::link).transpose()?;
    if app.settings.may_ask && !args.password_stdin && !args.token_stdin {
        prompt::with_hidden_keys(sign_in(app, args, link, true)).await
    } else {
        sign_in(app, args, link, false).await
    }
}

async fn sign_in(
    app: &App,
    args: LoginArgs,
    link: Option<SignInLink>,
    prompts: bool,
) -> Result<CommandOutput> {
    let address = space::find(app, link.as_ref(), prompts).await?;
    let login = Login {
        app,
        address: &address,
        email: args.email.or(app.settings.choice.email.clone()),
        reads_password: args.password_stdin,
        prompts,
    };
    let outcome = match link {
        Some(link) => login.with_link(&link, login.email.as_ref()).await,
        None if args.token_stdin => login.with_token().await,
        None => login.with_password(args.totp.map(OneTimeCode::new)).await,
    };
    match outcome {
        Ok(signed_in) => greeting::show(app, &signed_in),
        Err(error) => return Err(space::explained(app, &address.space, error).await),
    }
    Ok(CommandOutput::Nothing)
}

/// The input of all kinds of sign-in.
struct Login<'a> {
    app: &'a App,
    address: &'a SpaceAddress,
    /// `--email`, `--account` or `NXP_ACCOUNT`.
    email: Option<String>,
    /// Whether the password is on standard input.
    reads_password: bool,
    /// Whether the user can be asked for missing or wrong input.
    prompts: bool,
}

/// A finished sign-in: the account, its profiles, and the store of its tokens.
struct SignedIn {
    account: Account,
    list: ProfileList,
    placement: Placement,
}

impl Login<'_> {
    async fn with_token(&self) -> Result<SignedIn> {
        let tokens = StoredTokens::access_only(input::token()?);
        let client = self.app.connect(self.address.space.clone())?;
        let list = check_tokens(client, &tokens).await?;
        let account = self.account(email_of(self.email.as_ref(), &list)?)?;
        store::store(self.app, account, list, &tokens).await
    }

    async fn with_password(&self, one_time_code: Option<OneTimeCode>) -> Result<SignedIn> {
        let account = self.account(self.email()?)?;
        if !self.prompts && !self.reads_password {
            return Err(Error::MissingInput {
                what: "a password",
                give: "`--password-stdin` and pipe the password in, or `--link-stdin` and an emailed link".to_owned(),
            });
        }
        let given = self.reads_password.then(input::password).transpose()?;
        // Before the user is asked for a password.
        self.app.keyring().check_available(&account)?;
        let password = match given {
            Some(password) => Some(password),
            None => self.ask_password()?,
        };
        let Some(password) = password else {
            return self.with_pasted_link(&account).await;
        };
        let mut credentials = Credentials {
            email: account.email.clone(),
            password,
            one_time_code,
        };
        let mut corrections_left = if self.prompts { CORRECTIONS } else { 0 };
        loop {
            let outcome = self.send_password(account.clone(), &credentials).await;
            let error = match outcome {
                Ok(signed_in) => return Ok(signed_in),
                Err(error) => {
                    let has_code = credentials.one_time_code.is_some();
                    self.error(error, &account.email, has_code)
                }
            };
            match error {
                Error::OneTimeCodeNeeded { refused: false } if self.prompts => {
                    credentials.one_time_code = Some(self.ask_code()?);
                }
                Error::OneTimeCodeNeeded { refused: true } if corrections_left > 0 => {
                    corrections_left -= 1;
                    // Its hint is an option; here the question follows.
                    self.app.console.warn(&error.to_string());
                    credentials.one_time_code = Some(self.ask_code()?);
                }
                Error::WrongCredentials { .. } if corrections_left > 0 => {
                    corrections_left -= 1;
                    show_error(self.app, &error);
                    let Some(password) = self.ask_password()? else {
                        return self.with_pasted_link(&account).await;
                    };
                    credentials.password = password;
                    // A code works once; the portal requests another one if necessary.
                    credentials.one_time_code = None;
                }
                _ => return Err(error),
            }
        }
    }

    /// Signs in and stores the tokens without interruption. With a new `client_id`, the refresh token of
    /// an earlier sign-in stays valid until then.
    async fn send_password(
        &self,
        account: Account,
        credentials: &Credentials,
    ) -> Result<SignedIn, SignInError> {
        let client = self.app.connect(self.address.space.clone())?;
        let client_id = ClientId::random();
        self.app.deadline.extend(TIME_TO_FINISH);
        interrupt::finish(async {
            let grant = client.sign_in(credentials, &client_id).await?;
            let tokens = StoredTokens::granted(grant, client_id);
            let list = self
                .check_tokens(client, &tokens, Some(&account.email))
                .await?;
            Ok(store::store(self.app, account, list, &tokens).await?)
        })
        .await
    }

    /// Asks the user to paste the link, and again if it is not accepted.
    async fn with_pasted_link(&self, account: &Account) -> Result<SignedIn> {
        self.app.console.note(&format!(
            "Request a sign-in link at {}, then paste it here from the email.",
            account.portal.as_ref().unwrap_or(&account.space)
        ));
        let mut corrections_left = CORRECTIONS;
        loop {
            let given = prompt::ask_hidden(self.app.console, "Sign-in link")?;
            let outcome = match SignInLink::find(&given) {
                Ok(link) => self.with_link(&link, Some(&account.email)).await,
                Err(error) => Err(error),
            };
            match outcome {
                Err(error)
                    if corrections_left > 0
                        && (matches!(error, Error::LinkRejected { .. })
                            || error.code() == ErrorCode::Usage) =>
                {
                    corrections_left -= 1;
                    show_error(self.app, &error);
                }
                outcome => return outcome,
            }
        }
    }

    /// Exchanges the link's token at the chosen space, even if the link has another host.
    async fn with_link(&self, link: &SignInLink, email: Option<&String>) -> Result<SignedIn> {
        let space = &self.address.space;
        if let Some(host) = &link.host
            && *host != space.host()
            && self.address.portal.as_ref().map(Space::host).as_ref() != Some(host)
        {
            self.app.console.note(&format!(
                "The link is for {host}; nxp sends it only to {}.",
                space.host()
            ));
        }
        let client = self.app.connect(space.clone())?;
        let client_id = ClientId::random();
        self.app.deadline.extend(TIME_TO_FINISH);
        let outcome = interrupt::finish(async {
            let grant: Grant = client.exchange_link(&link.token, &client_id).await?;
            let mut tokens = StoredTokens::granted(grant, client_id);
            tokens.is_client_id_unverified = true;
            let list = self.check_tokens(client, &tokens, email).await?;
            let account = self.account(email_of(email, &list)?)?;
            Ok(store::store(self.app, account, list, &tokens).await?)
        })
        .await;
        outcome
            .map_err(|error| self.error(error, email.map_or(UNKNOWN_USER, String::as_str), false))
    }

    /// Fetches the profile list with new tokens. They are rejected only if the user has no customer
    /// profile.
    async fn check_tokens(
        &self,
        client: Client,
        tokens: &StoredTokens,
        email: Option<&String>,
    ) -> Result<ProfileList> {
        check_tokens(client, tokens)
            .await
            .map_err(|error| match error {
                Error::TokenRejected { space, .. } => Error::NoCustomer {
                    email: email.map_or(UNKNOWN_USER, String::as_str).to_owned(),
                    space,
                },
                other => other,
            })
    }

    /// Asks for the password; `None` if the user has none.
    fn ask_password(&self) -> Result<Option<Password>> {
        let question = "Password (Enter to use an emailed link instead)";
        let given = prompt::ask_hidden_or_empty(self.app.console, question)?;
        Ok((!given.is_empty()).then(|| Password::new(given)))
    }

    fn ask_code(&self) -> Result<OneTimeCode> {
        prompt::ask(self.app.console, "One-time code").map(OneTimeCode::new)
    }

    /// The error of a sign-in as `email`. `has_code`: with a one-time code.
    fn error(&self, error: SignInError, email: &str, has_code: bool) -> Error {
        let space = self.address.space.host();
        let page = self.address.sign_in_page().to_string();
        let refusal = match error {
            SignInError::Other(error) => return error,
            SignInError::NotAPortal { answered } => {
                let found = format!("it answered with {answered}");
                return Error::NoSuchSpace { space, found };
            }
            SignInError::Refused(refusal) => refusal,
        };
        match refusal {
            GrantRefusal::InvalidGrant => Error::WrongCredentials {
                email: email.to_owned(),
                space,
            },
            GrantRefusal::TwoFactor => Error::OneTimeCodeNeeded { refused: has_code },
            GrantRefusal::MustResetPassword => Error::MustResetPassword { space: page },
            GrantRefusal::Link { reason } => Error::LinkRejected {
                space,
                reason,
                page,
            },
            GrantRefusal::Other(reason) => Error::SignInRefused { reason },
        }
    }
}

/// Shows an error before the user tries again.
fn show_error(app: &App, error: &Error) {
    app.console.warn(&error.to_string());
    if let Some(hint) = error.hint() {
        app.console.suggest(&hint);
    }
}

async fn check_tokens(client: Client, tokens: &StoredTokens) -> Result<ProfileList> {
    let token = tokens.access_token.clone();
    let session = Session::with_token(client, token, TokenOrigin::Input);
    session.profiles().await
}
