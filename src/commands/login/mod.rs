//! `nxp login`: exchanges a password or an emailed link for tokens, or reads a token; checks it with a
//! request, then stores it.

mod link;
mod space;

use std::io::{IsTerminal as _, Read as _, stdin};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::api::{Client, Credentials, Profile, ProfileList, Space};
use crate::args::LoginArgs;
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::config;
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result, TokenOrigin};
use crate::interrupt;
use crate::output::Blocking;
use crate::prompt;
use crate::secret::{BearerToken, ClientId, OneTimeCode, Password, trimmed};
use crate::session::{Account, Identity, Session, StoredTokens};
use link::SignInLink;
use space::SpaceAddress;

/// How often a password or code, and how often a link, can be corrected at a terminal.
const CORRECTIONS: usize = 3;

/// The least time for a sign-in once it is sent, even if the deadline is near.
const TIME_TO_FINISH: Duration = Duration::from_secs(5);

/// How to give a secret on standard input.
const PIPE: &str = "give it from a file (`< FILE`) or through a pipe";

/// The longest input, in bytes: no secret is longer.
const INPUT_LIMIT: usize = 64 * 1024;

pub(super) async fn run(app: &App, args: LoginArgs) -> Result<CommandOutput> {
    app.not_in_sandbox("sign-in")?;
    let email = email(app, args.email.as_deref())?;
    let on_stdin = [
        (args.password_stdin, "password"),
        (args.link_stdin, "link"),
        (args.token_stdin, "token"),
    ];
    let on_stdin = on_stdin.into_iter().find(|(is_given, _)| *is_given);
    let secret = on_stdin.map(|(_, what)| read_stdin(what)).transpose()?;
    let link = secret.as_ref().filter(|_| args.link_stdin);
    let link = link.map(|link| SignInLink::find(link)).transpose()?;
    let address = space::find(app, link.as_ref()).await?;
    let mut login = Login {
        app,
        address: &address,
        email,
    };
    let outcome = match (link, secret) {
        (Some(link), _) => {
            let outcome = login.with_link(&link).await;
            outcome.map_err(|error| login.error(error)).map(Some)
        }
        (None, Some(token)) if args.token_stdin => login.with_token(&token).await.map(Some),
        _ if args.send_link => login.send_link_only().await.map(|()| None),
        (None, password) => {
            let password = password.map(|password| Password::new(password.as_str()));
            let code = args.totp.as_deref().map(trimmed).map(OneTimeCode::new);
            login.with_password(password, code).await.map(Some)
        }
    };
    match outcome {
        Ok(signed_in) => signed_in.iter().for_each(|signed_in| signed_in.greet(app)),
        Err(error) => return Err(space::explained(app, &address.space, error).await),
    }
    Ok(CommandOutput::Nothing)
}

/// The email of `--email`, `--account` or `NXP_ACCOUNT`.
fn email(app: &App, given: Option<&str>) -> Result<Option<String>> {
    let choice = &app.settings.choice;
    let given = config::checked("--email", given)?;
    match (&given, &choice.arguments.email) {
        (Some(email), Some(account)) if email.to_lowercase() != account.to_lowercase() => {
            Err(Error::usage(
                format!("`--email` is {email}, but `--account` is {account}"),
                "give one of them",
            ))
        }
        _ => Ok(given.or(choice.email().map(str::to_owned))),
    }
}

/// A sign-in at a space.
struct Login<'a> {
    app: &'a App,
    address: &'a SpaceAddress,
    /// The email that the user must have.
    email: Option<String>,
}

/// What is exchanged for tokens.
enum Proof<'a> {
    Password(&'a Credentials),
    Link(&'a SignInLink),
}

/// A finished sign-in: the account, its profiles, and the keyring of its tokens.
struct SignedIn {
    account: Account,
    list: ProfileList,
    /// Why the first keyring of this system was not used, if another one was.
    fallback_reason: Option<String>,
}

impl Login<'_> {
    async fn with_token(&self, token: &str) -> Result<SignedIn> {
        let token = config::token_of(token, "standard input")?;
        self.check_storable().await?;
        let tokens = StoredTokens::access_only(token);
        let client = self.app.connect(self.address.space.clone())?;
        let list = list_with(client, &tokens.access_token).await?;
        let account = self.account(self.email_of(&list)?)?;
        self.store(account, list, &tokens).await
    }

    /// Signs in with a password, which a user at a terminal is asked for.
    async fn with_password(
        &mut self,
        given: Option<Password>,
        one_time_code: Option<OneTimeCode>,
    ) -> Result<SignedIn> {
        let (console, may_ask) = (self.app.console, self.app.settings.may_ask);
        let email = self.account(self.ask_email()?)?.email;
        self.email = Some(email.clone());
        if !may_ask && given.is_none() {
            return Err(Error::missing(
                "password",
                "`--password-stdin` and pipe the password in, or `--link-stdin` and an emailed link",
            ));
        }
        self.check_storable().await?;
        let Some(password) = given.map_or_else(|| self.ask_password(), |given| Ok(Some(given)))?
        else {
            return self.with_pasted_link().await;
        };
        let mut credentials = Credentials {
            email,
            password,
            one_time_code,
        };
        let mut corrections_left = CORRECTIONS;
        loop {
            let error = match self.exchange(&Proof::Password(&credentials)).await {
                Ok(signed_in) => return Ok(signed_in),
                Err(error) => error,
            };
            let error = self.error(error);
            let has_code = credentials.one_time_code.is_some();
            let needs_code = error.kind == ErrorKind::OneTimeCode;
            let may_correct = needs_code || error.kind == ErrorKind::InvalidGrant;
            let is_correction = has_code || !needs_code;
            if !may_ask || !may_correct || (is_correction && corrections_left == 0) {
                return Err(error);
            }
            corrections_left -= usize::from(is_correction);
            if needs_code {
                if has_code {
                    // Its hint is an option; here the question follows.
                    console.warn(&error.to_string());
                }
                let code = prompt::ask(console, "One-time code")?;
                credentials.one_time_code = Some(OneTimeCode::new(code));
                continue;
            }
            show_error(self.app, &error);
            let Some(password) = self.ask_password()? else {
                return self.with_pasted_link().await;
            };
            credentials.password = password;
            // A code works once; the portal requests another one if necessary.
            credentials.one_time_code = None;
        }
    }

    /// Only asks the portal to email a link.
    async fn send_link_only(&mut self) -> Result<()> {
        self.email = Some(self.ask_email()?);
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
        let client = self.app.connect(self.address.space.clone())?;
        let id = self.address.id(self.app).await?;
        client.send_otp(self.user(), id).await?;
        self.app.console.note(&format!(
            "If {} knows {}, it emails a sign-in link there.",
            self.address.space.host(),
            self.user()
        ));
        Ok(())
    }

    /// Offers to have the portal email a link, then asks the user to paste it, and again if it is not
    /// accepted.
    async fn with_pasted_link(&self) -> Result<SignedIn> {
        let console = self.app.console;
        let question = format!("Have a sign-in link emailed to {}?", self.user());
        let is_wanted = !config::is_read_only() && prompt::confirm(console, &question)?;
        let sent = if is_wanted {
            Some(self.send_link().await)
        } else {
            None
        };
        if let Some(Err(error)) = &sent {
            show_error(self.app, error);
        }
        if !matches!(sent, Some(Ok(()))) {
            console.note(&format!(
                "Request a sign-in link at {}, then paste it here from the email.",
                self.address.sign_in_page()
            ));
        }
        let mut corrections_left = CORRECTIONS;
        loop {
            let given = Zeroizing::new(prompt::ask_hidden(console, "Sign-in link", false)?);
            let outcome = match SignInLink::find(&given) {
                Ok(link) => self.with_link(&link).await,
                Err(error) => Err(error),
            };
            let error = match outcome {
                Ok(signed_in) => return Ok(signed_in),
                Err(error) => self.error(error),
            };
            let may_correct =
                error.kind == ErrorKind::LinkRefused || error.code == ErrorCode::Usage;
            if !may_correct || corrections_left == 0 {
                return Err(error);
            }
            corrections_left -= 1;
            show_error(self.app, &error);
        }
    }

    /// Exchanges the link's token at the chosen space, even if the link has another host.
    async fn with_link(&self, link: &SignInLink) -> Result<SignedIn> {
        let SpaceAddress { space, portal, .. } = self.address;
        if let Some(host) = &link.host
            && *host != space.host()
            && portal.as_ref().map(Space::host).as_ref() != Some(host)
        {
            self.app.console.note(&format!(
                "The link is for {host}; nxp sends it only to {}.",
                space.host()
            ));
        }
        self.check_storable().await?;
        self.exchange(&Proof::Link(link)).await
    }

    /// Exchanges what proves the user's identity for tokens, tries them and stores them, without
    /// interruption. With a new `client_id`, the refresh token of an earlier sign-in stays valid until
    /// then.
    async fn exchange(&self, proof: &Proof<'_>) -> Result<SignedIn> {
        let client = self.app.connect(self.address.space.clone())?;
        let client_id = ClientId::random();
        self.app.deadline.extend(TIME_TO_FINISH);
        interrupt::finish(async {
            let grant = match proof {
                Proof::Password(credentials) => client.sign_in(credentials, &client_id).await?,
                Proof::Link(link) => client.exchange_link(&link.token, &client_id).await?,
            };
            let mut tokens = StoredTokens::granted(grant, client_id);
            tokens.is_client_id_unverified = matches!(proof, Proof::Link(_));
            let list = list_with(client, &tokens.access_token).await;
            let list = list.map_err(|error| match error.kind {
                // New tokens are rejected only if the user has no customer profile.
                ErrorKind::TokenRejected => {
                    let space = self.address.space.host();
                    let message = format!("no customer profile of {} at {space}", self.user());
                    Error::new(ErrorCode::Auth, message)
                        .with_hint("ask the space's team to add you; nothing was stored")
                }
                _ => error,
            })?;
            let email = match proof {
                Proof::Password(credentials) => credentials.email.clone(),
                Proof::Link(_) => self.email_of(&list)?,
            };
            self.store(self.account(email)?, list, &tokens).await
        })
        .await
    }

    /// Checks that the tokens and the account can be stored, before a password or a link is sent: a
    /// link works once, and a sign-in may end others.
    async fn check_storable(&self) -> Result<()> {
        self.app.keyring().check_writable()?;
        self.app.state_file()?.check_writable().await
    }

    /// Stores the tokens, then the account. The account's lock is held meanwhile.
    async fn store(
        &self,
        mut account: Account,
        list: ProfileList,
        tokens: &StoredTokens,
    ) -> Result<SignedIn> {
        account.user = list.user_id().or(account.user);
        let app = self.app;
        let _lock = app.lock_tokens(&account).await?;
        let (keyring, state_file) = (app.keyring(), app.state_file()?);
        let earlier = account.keyring;
        let fallback_reason = keyring.store_new(&mut account, tokens)?;
        let kind = keyring.kind_of(&account);
        account.left_in.extend(earlier);
        account.left_in.retain(|left| *left != kind);
        if let Err(error) = state_file.update(|state| state.add(&account)).await {
            // Tokens of an account that is not listed are of no use.
            if earlier != account.keyring {
                let _ = keyring.delete_from(kind, &account);
            }
            return Err(error);
        }
        if !account.left_in.is_empty() {
            for kind in std::mem::take(&mut account.left_in) {
                if let Err(error) = keyring.delete_from(kind, &account) {
                    account.left_in.push(kind);
                    app.console.warn(&format!(
                        "could not delete the tokens of the earlier sign-in: {error}"
                    ));
                }
            }
            state_file.update(|state| state.add(&account)).await?;
        }
        Ok(SignedIn {
            account,
            list,
            fallback_reason,
        })
    }

    /// The account; the stored one if there is one, so that its keyring item keeps its name.
    fn account(&self, email: String) -> Result<Account> {
        let SpaceAddress { space, portal, .. } = self.address.clone();
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

    /// What messages call the user.
    fn user(&self) -> &str {
        self.email.as_deref().unwrap_or("this user")
    }

    /// The email of the token's user; one that was given must be the same.
    fn email_of(&self, list: &ProfileList) -> Result<String> {
        let user = list.user.as_ref().and_then(|user| user.email.clone());
        let user = user.filter(|email| !email.is_empty());
        match (&self.email, user) {
            (Some(named), Some(actual)) if named.to_lowercase() != actual.to_lowercase() => {
                let message =
                    format!("the token belongs to {actual}, not to {named}; nothing was stored");
                Err(Error::new(ErrorCode::Auth, message)
                    .with_hint("give the email of the token's user, or leave it out"))
            }
            (named, user) => named.clone().or(user).ok_or_else(no_email),
        }
    }

    /// The email that was given; otherwise asks for it.
    fn ask_email(&self) -> Result<String> {
        if let Some(email) = &self.email {
            return Ok(email.clone());
        }
        if !self.app.settings.may_ask {
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

    /// Asks for the password; `None` if the user has none.
    fn ask_password(&self) -> Result<Option<Password>> {
        let question = "Password (Enter to use an emailed link instead)";
        let given = prompt::ask_hidden(self.app.console, question, true)?;
        Ok((!given.is_empty()).then(|| Password::new(given)))
    }

    /// The error of a sign-in, with what is known of the space.
    fn error(&self, error: Error) -> Error {
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

impl SignedIn {
    /// Shows who is signed in, and what to know about it.
    fn greet(&self, app: &App) {
        let Self {
            account,
            list,
            fallback_reason,
        } = self;
        let console = app.console;
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
            let reason = fallback_reason.as_ref();
            let reason = reason.map(|reason| format!(": {reason}"));
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
}

/// Shows an error before the user tries again.
fn show_error(app: &App, error: &Error) {
    app.console.warn(&error.to_string());
    if let Some(hint) = &error.hint {
        app.console.suggest(hint);
    }
}

/// The profile list, fetched with a new token.
async fn list_with(client: Client, token: &BearerToken) -> Result<ProfileList> {
    let session = Session::with_token(client, token.clone(), TokenOrigin::Input);
    session.profiles().await
}

fn no_email() -> Error {
    Error::missing("`--email`", "`--email EMAIL`")
}

/// Whether a text looks like an email.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@')
    }) && !text.contains(char::is_whitespace)
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
        .map_err(|error| anyhow::Error::new(error).context("can't read standard input"))?;
    if given.len() > INPUT_LIMIT {
        return Err(Error::usage(
            format!("more than one {what} on standard input; nothing was sent"),
            "pipe in nothing else",
        ));
    }
    // PowerShell and Windows editors write it, with or without a byte order mark.
    if given.contains(&0) || given.starts_with(&[0xff, 0xfe]) || given.starts_with(&[0xfe, 0xff]) {
        return Err(Error::usage(
            format!("the {what} on standard input is UTF-16; nothing was sent"),
            "write it in UTF-8, in PowerShell with `Out-File -Encoding utf8`",
        ));
    }
    let text = std::str::from_utf8(&given).map_err(|_| {
        let message = format!("the {what} on standard input is not UTF-8; nothing was sent");
        Error::usage(message, "write it in UTF-8")
    })?;
    match trimmed(text) {
        "" => Err(Error::usage(format!("no {what} on standard input"), PIPE)),
        secret => Ok(Zeroizing::new(secret.to_owned())),
    }
}
