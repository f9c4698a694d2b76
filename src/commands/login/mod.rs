//! `nxp login`: exchanges a password or an emailed link for tokens, or reads a token; checks it with a
//! request, then stores it.

mod proof;
mod space;

use std::mem;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::api::{Client, Credentials, Profile, ProfileList};
use crate::args::LoginArgs;
use crate::command_output::CommandOutput;
use crate::commands::accounts;
use crate::commands::app::App;
use crate::config;
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result, TokenOrigin};
use crate::interrupt;
use crate::prompt;
use crate::secret::{ClientId, OneTimeCode, Password, trimmed};
use crate::session::{Account, Identity, Session, StoredTokens};
use proof::{Proof, SignInLink};
use space::SpaceAddress;

/// How often a refused sign-in can be corrected at a terminal.
const CORRECTIONS: usize = 3;

/// The least time to try and store new tokens, even if the deadline is near.
const TIME_TO_FINISH: Duration = Duration::from_secs(5);

pub(super) async fn run(app: &App, args: &LoginArgs) -> Result<CommandOutput> {
    app.not_in_sandbox("sign-in")?;
    let email = email(app, args.email.as_deref())?;
    let proof = Proof::on_stdin(args)?;
    let host = match &proof {
        Some(Proof::Link(link)) => link.host.as_deref(),
        _ => None,
    };
    let address = space::find(app, host).await?;
    let email = match email {
        // A link and a token tell who the user is.
        None if !args.link_stdin && !args.token_stdin => Some(ask_email(app)?),
        email => email,
    };
    let mut login = Login {
        app,
        address,
        email,
        one_time_code: args.totp.as_deref().map(trimmed).map(OneTimeCode::new),
    };
    if args.send_link {
        login.send_link_only().await?;
    } else {
        login.with_proof(proof).await?;
    }
    Ok(CommandOutput::Nothing)
}

/// The email of `--email`, `--account` or `NXP_ACCOUNT`.
fn email(app: &App, given: Option<&str>) -> Result<Option<String>> {
    let given = config::checked("--email", given)?;
    if let Some(email) = &given {
        accounts::check_email(app, email)?;
    }
    Ok(given.or(app.settings.choice.email().map(str::to_owned)))
}

fn ask_email(app: &App) -> Result<String> {
    if !app.settings.may_ask {
        return Err(no_email());
    }
    loop {
        let email = prompt::ask(app.console, "Email")?;
        if email.contains('@') && !email.contains(char::is_whitespace) {
            return Ok(email);
        }
        app.console
            .warn(&format!("invalid email \"{email}\": expected name@domain"));
    }
}

fn no_email() -> Error {
    Error::missing("`--email`", "`--email EMAIL`")
}

/// A sign-in at a space.
struct Login<'a> {
    app: &'a App,
    address: SpaceAddress,
    /// The email that the user must have.
    email: Option<String>,
    one_time_code: Option<OneTimeCode>,
}

impl Login<'_> {
    /// Signs in with a proof, which a user at a terminal is asked for, and again if the portal refuses
    /// it.
    async fn with_proof(&mut self, given: Option<Proof>) -> Result<()> {
        let (console, may_ask) = (self.app.console, self.app.settings.may_ask);
        if given.is_none() && !may_ask {
            return Err(Error::missing(
                "password",
                "`--password-stdin` and pipe the password in, or `--link-stdin` and an emailed link",
            ));
        }
        // Before a password or a link is sent: a link works once, and a sign-in may end others.
        self.app.state_file()?.check_writable().await?;
        self.app.keyring().check_writable()?;
        let mut proof = match given {
            Some(given) => given,
            None => self.ask_password_or_link().await?,
        };
        let mut corrections_left = CORRECTIONS;
        loop {
            let error = match self.exchange(&proof).await {
                Ok(()) => return Ok(()),
                Err(error) => self.explained(error),
            };
            if !may_ask || corrections_left == 0 {
                return Err(error);
            }
            corrections_left -= 1;
            match error.kind {
                ErrorKind::OneTimeCode => {
                    if self.one_time_code.is_some() {
                        // Its hint is an option; here the question follows.
                        console.warn(&error.message);
                    }
                    let code = prompt::ask(console, "One-time code")?;
                    self.one_time_code = Some(OneTimeCode::new(code));
                }
                ErrorKind::InvalidGrant => {
                    show_error(self.app, &error);
                    // A code works once; the portal requests another one if necessary.
                    self.one_time_code = None;
                    proof = self.ask_password_or_link().await?;
                }
                ErrorKind::LinkRefused => {
                    show_error(self.app, &error);
                    proof = self.ask_link()?;
                }
                _ => return Err(error),
            }
        }
    }

    /// Asks for the password. If the user has none, offers to have the portal email a link, and asks for
    /// that.
    async fn ask_password_or_link(&self) -> Result<Proof> {
        let console = self.app.console;
        let question = "Password (Enter to use an emailed link instead)";
        let password = prompt::ask_hidden(console, question, true)?;
        if !password.is_empty() {
            return Ok(Proof::Password(Password::new(password)));
        }
        let question = format!("Have a sign-in link emailed to {}?", self.user());
        let mut is_sent = false;
        if !config::is_read_only() && prompt::confirm(console, &question)? {
            let sent = self.send_link().await;
            is_sent = sent
                .inspect_err(|error| show_error(self.app, error))
                .is_ok();
        }
        if !is_sent {
            console.note(&format!(
                "Request a sign-in link at {}, then paste it here from the email.",
                self.address.sign_in_page()
            ));
        }
        self.ask_link()
    }

    fn ask_link(&self) -> Result<Proof> {
        loop {
            let given =
                Zeroizing::new(prompt::ask_hidden(self.app.console, "Sign-in link", false)?);
            match SignInLink::find(&given) {
                Ok(link) => return Ok(Proof::Link(link)),
                Err(error) => show_error(self.app, &error),
            }
        }
    }

    /// Only asks the portal to email a link.
    async fn send_link_only(&self) -> Result<()> {
        self.send_link().await?;
        let space = self.address.space.short_name();
        let login = CommandLine::login(Some(&space), self.email.as_deref()).arg("--link-stdin");
        self.app.console.note(&format!(
            "Then sign in with `{login}` and the link on standard input, or paste it at a prompt."
        ));
        Ok(())
    }

    /// Asks the portal to email a sign-in link. It doesn't say whether it knows the email.
    async fn send_link(&self) -> Result<()> {
        let (app, space) = (self.app, &self.address.space);
        let id = space::number(app, space).await?;
        app.connect(space.clone())?
            .send_otp(self.user(), id)
            .await?;
        app.console.note(&format!(
            "If {} knows {}, it emails a sign-in link there.",
            space.host(),
            self.user()
        ));
        Ok(())
    }

    /// Exchanges a proof for tokens, tries them and stores them, without interruption. With a new
    /// `client_id`, the refresh token of an earlier sign-in stays valid until then.
    async fn exchange(&self, proof: &Proof) -> Result<()> {
        let client = self.app.connect(self.address.space.clone())?;
        interrupt::finish(async {
            let tokens = self.tokens(&client, proof).await?;
            self.app.deadline.extend(TIME_TO_FINISH);
            let token = tokens.access_token.clone();
            let session = Session::with_token(client, token, TokenOrigin::Input);
            let list = session.profiles().await.map_err(|error| match proof {
                // New tokens are rejected only if the user has no customer profile.
                Proof::Password(_) | Proof::Link(_) if error.kind == ErrorKind::TokenRejected => {
                    let (user, space) = (self.user(), self.address.space.host());
                    let message = format!("no customer profile of {user} at {space}");
                    Error::new(ErrorCode::Auth, message)
                        .with_hint("ask the space's team to add you; nothing was stored")
                }
                _ => error,
            })?;
            let email = self.email_of(proof, &list)?;
            self.store(email, &list, &tokens).await
        })
        .await
    }

    async fn tokens(&self, client: &Client, proof: &Proof) -> Result<StoredTokens> {
        let client_id = ClientId::random();
        match proof {
            Proof::Password(password) => {
                let credentials = Credentials {
                    email: self.email.clone().ok_or_else(no_email)?,
                    password: password.clone(),
                    one_time_code: self.one_time_code.clone(),
                };
                let grant = client.sign_in(&credentials, &client_id).await?;
                Ok(StoredTokens::granted(grant, client_id))
            }
            Proof::Link(link) => {
                if let Some(host) = &link.host
                    && !self.address.has_host(host)
                {
                    self.app.console.note(&format!(
                        "The link is for {host}; nxp sends it only to {}.",
                        self.address.space.host()
                    ));
                }
                let grant = client.exchange_link(&link.token, &client_id).await?;
                Ok(StoredTokens {
                    is_client_id_unverified: true,
                    ..StoredTokens::granted(grant, client_id)
                })
            }
            Proof::Token(token) => Ok(StoredTokens::access_only(token.clone())),
        }
    }

    /// The email of the account. The user of a link or a token must have the one that was given.
    fn email_of(&self, proof: &Proof, list: &ProfileList) -> Result<String> {
        let user = list.user.as_ref().and_then(|user| user.email.clone());
        let user = user.filter(|email| !email.is_empty());
        match (&self.email, user) {
            (Some(named), Some(actual))
                if !matches!(proof, Proof::Password(_))
                    && named.to_lowercase() != actual.to_lowercase() =>
            {
                let message =
                    format!("the token belongs to {actual}, not to {named}; nothing was stored");
                Err(Error::new(ErrorCode::Auth, message)
                    .with_hint("give the email of the token's user, or leave it out"))
            }
            (named, user) => named.clone().or(user).ok_or_else(no_email),
        }
    }

    /// Stores the tokens, then the account. The account's lock is held meanwhile.
    async fn store(&self, email: String, list: &ProfileList, tokens: &StoredTokens) -> Result<()> {
        let app = self.app;
        let (keyring, state_file) = (app.keyring(), app.state_file()?);
        let SpaceAddress { space, portal } = self.address.clone();
        let mut account = Account::new(space, email);
        // The keyring item of a stored account keeps its name.
        let mut stored = state_file.load()?.accounts().into_iter();
        account = stored.find(|known| *known == account).unwrap_or(account);
        account.portal = portal.or(account.portal);
        account.user = list.user_id().or(account.user);
        let _lock = app.lock_tokens(&account).await?;
        let earlier = account.keyring;
        let fallback_reason = keyring.store_new(&mut account, tokens)?;
        let current = keyring.kind_of(&account);
        for kind in mem::take(&mut account.left_in).into_iter().chain(earlier) {
            if kind != current
                && let Err(error) = keyring.delete_from(kind, &account)
            {
                account.left_in.push(kind);
                app.console.warn(&format!(
                    "could not delete the tokens of the earlier sign-in: {error}"
                ));
            }
        }
        if let Err(error) = state_file.update(|state| state.add(&account)).await {
            // Tokens of an account that is not listed are of no use.
            if earlier != account.keyring {
                let _ = keyring.delete_from(current, &account);
            }
            return Err(error);
        }
        self.greet(&account, list, fallback_reason);
        Ok(())
    }

    /// Shows who is signed in, and what to know about it.
    /// `fallback_reason`: why the first keyring of this system was not used, if another one was.
    fn greet(&self, account: &Account, list: &ProfileList, fallback_reason: Option<String>) {
        let (app, console) = (self.app, self.app.console);
        let person = list.user_name().unwrap_or(&account.email);
        let current = match list.current().map(Profile::label) {
            Some(current) => format!("Your current profile is {current}."),
            None => "None of your profiles is current.".to_owned(),
        };
        let space = account.space.host();
        console.note(&format!("Signed in to {space} as {person}. {current}"));
        if let Some(kind) = account.keyring
            && let Some(lifetime) = kind.lifetime()
        {
            let reason = fallback_reason.map(|reason| format!(": {reason}"));
            console.warn(&format!(
                "the tokens are stored in {} {lifetime}{}",
                kind.name(),
                reason.unwrap_or_default()
            ));
        }
        if config::is_token_set() {
            console.warn("NXP_TOKEN is set, and commands use it instead of this sign-in");
        }
        let state = app.state_file().and_then(|file| file.load());
        match state.ok().and_then(|state| state.default_account()) {
            Some(default) if default != *account => console.note(&format!(
                "The default account is still {default}; `nxp accounts use` changes it.",
            )),
            _ => console.note("List your profiles with `nxp profiles list`."),
        }
        // Later `--cached` and completion work at once. No command depends on the cache.
        if let Ok(cache) = app.profile_cache(&Identity::Stored(account.clone())) {
            cache.keep(&mut list.clone());
        }
    }

    /// What messages call the user.
    fn user(&self) -> &str {
        self.email.as_deref().unwrap_or("this user")
    }

    /// The error of a sign-in, with what is known of the space.
    fn explained(&self, error: Error) -> Error {
        let page = self.address.sign_in_page();
        match error.kind {
            ErrorKind::NotAnApi => {
                Error::no_such_space(&self.address.space.host(), error.as_cause())
            }
            ErrorKind::MustResetPassword => Error::must_reset_password(page),
            ErrorKind::LinkRefused => error.with_hint(format!("request a new link at {page}")),
            _ => error,
        }
    }
}

/// Shows an error before the user tries again.
fn show_error(app: &App, error: &Error) {
    app.console.warn(&error.to_string());
    if let Some(hint) = &error.hint {
        app.console.suggest(hint);
    }
}
