//! What every command needs: the settings, the console, sessions and files.

use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::fmt::Display;
use std::fs::File;
use std::rc::Rc;

use crate::api::{
    Client, ClientOptions, Deadline, OnRateLimit, ProfileId, ProfileList, Space, Trace,
};
use crate::command_output::CommandOutput;
use crate::config::{self, Settings};
use crate::error::{CommandLine, Error, Result, TokenOrigin};
use crate::output::Console;
#[cfg(feature = "sandbox")]
use crate::sandbox::{self, Server};
use crate::session::{
    self, Account, Identity, Journal, Keyring, ProfileCache, Session, StateFile, Stored,
};

/// One run of the program.
#[derive(Clone)]
pub(super) struct App {
    pub(super) settings: Settings,
    pub(super) console: Console,
    pub(super) deadline: Deadline,
    keyring: Rc<OnceCell<Keyring>>,
    /// The servers of sandbox sessions, which end when they are dropped.
    #[cfg(feature = "sandbox")]
    sandboxes: Rc<RefCell<Vec<Server>>>,
    /// The first error that did not stop the command.
    deferred_error: Rc<RefCell<Option<Error>>>,
}

impl App {
    pub(super) fn new(settings: Settings, console: Console) -> Self {
        Self {
            deadline: Deadline::new(settings.timeout),
            settings,
            console,
            keyring: Rc::default(),
            #[cfg(feature = "sandbox")]
            sandboxes: Rc::default(),
            deferred_error: Rc::default(),
        }
    }

    /// The result of the command, with the deferred error: as its failure, or else as a warning.
    pub(super) fn with_deferred_error(
        &self,
        result: Result<CommandOutput>,
    ) -> Result<CommandOutput> {
        let Some(deferred) = self.deferred_error.take() else {
            return result;
        };
        if let Err(_) | Ok(CommandOutput::Ended(_)) = result {
            self.console.warn(&deferred.to_string());
            return result;
        }
        self.console.show(&result?)?;
        Err(deferred)
    }

    /// The user that the command acts as.
    pub(super) fn identity(&self) -> Result<Identity> {
        let choice = &self.settings.choice;
        choice.identity(|| self.state_file()?.load())
    }

    /// A copy for this account.
    pub(super) fn of_account(&self, account: &Account) -> Self {
        let mut copy = self.clone();
        copy.settings.choice = self
            .settings
            .choice
            .at(&account.space, Some(&account.email));
        copy
    }

    /// A client of a space. All clients of a command share its deadline.
    pub(super) fn connect(&self, space: Space) -> Result<Client> {
        let console = self.console;
        let with_headers = self.settings.verbose > 1;
        let trace = (self.settings.verbose > 0)
            .then(|| Trace::new(with_headers, move |line| console.trace(line)));
        let host = space.host();
        let on_rate_limit: OnRateLimit = Box::new(move |pause| {
            let seconds = pause.as_millis().div_ceil(1000);
            console.progress(&format!(
                "rate-limited by {host}; retrying in {seconds} s …"
            ));
        });
        Client::new(ClientOptions {
            space,
            deadline: self.deadline.clone(),
            network: config::network(),
            trace,
            on_rate_limit,
        })
    }

    /// Opens a session for the account that is meant.
    pub(super) fn session(&self) -> Result<Session> {
        // As in a CI job whose secret is missing.
        if config::is_token_empty() && !self.settings.choice.sandbox {
            self.console.warn("NXP_TOKEN is empty and counts as unset");
        }
        self.session_of(self.identity()?)
    }

    /// Opens a session for `identity`.
    pub(super) fn session_of(&self, identity: Identity) -> Result<Session> {
        let (cache, space_key) = (self.profile_cache(&identity).ok(), identity.space_key());
        let mut session = match identity {
            Identity::Sandbox => self.sandbox_session()?,
            Identity::Environment { space, token } => {
                Session::with_token(self.connect(space)?, token, TokenOrigin::Environment)
            }
            Identity::Stored(account) => {
                let deferred = Rc::clone(&self.deferred_error);
                let client = self.connect(account.space.clone())?;
                let stored = Stored {
                    account,
                    keyring: self.keyring(),
                    state_folder: config::state_folder()?,
                    on_not_stored: Box::new(move |error| {
                        deferred.borrow_mut().get_or_insert(error);
                    }),
                };
                Session::of_account(client, stored)?
            }
        };
        (session.cache, session.space_key) = (cache, space_key);
        let (console, host) = (self.console, session.space().host());
        session.choice = self.settings.choice.clone();
        session.on_request = Box::new(move || Box::new(console.wait_for(&host)) as Box<dyn Any>);
        Ok(session)
    }

    #[cfg(feature = "sandbox")]
    fn sandbox_session(&self) -> Result<Session> {
        let server = super::sandbox::start(sandbox::Options {
            lock_timeout: self.settings.timeout,
            ..sandbox::Options::default()
        })?;
        let token = super::sandbox::token(&server)?;
        let client = self.connect(server.base_url().parse()?)?;
        self.sandboxes.borrow_mut().push(server);
        Ok(Session::with_token(client, token, TokenOrigin::Sandbox))
    }

    #[cfg(not(feature = "sandbox"))]
    fn sandbox_session(&self) -> Result<Session> {
        Err(Error::usage(
            "this nxp was built without the sandbox",
            "leave out --sandbox and NXP_SANDBOX",
        ))
    }

    /// The OS keyring, the same one for the whole command.
    pub(super) fn keyring(&self) -> Keyring {
        let may_prompt = self.settings.may_ask && config::keyring_may_prompt();
        let (console, wanted) = (self.console, self.settings.keyring);
        let notify = move |sentence: &str| console.progress(sentence);
        let open = || Keyring::new(may_prompt, wanted, notify);
        self.keyring.get_or_init(open).clone()
    }

    /// The journal of a user's switches at a space, as [`Session::space_key`] names it.
    pub(super) fn journal(&self, space_key: &str, user: Option<u64>) -> Result<Journal> {
        Ok(Journal::of(space_key, user, &config::state_folder()?))
    }

    /// The profile that was current before the last switch of the user.
    pub(super) fn previous(&self, space_key: &str, list: &ProfileList) -> Option<ProfileId> {
        let journal = self.journal(space_key, list.user_id()).ok()?;
        journal.read().previous()
    }

    /// Takes the lock of an account's tokens.
    pub(super) async fn lock_tokens(&self, account: &Account) -> Result<Option<File>> {
        let folder = config::state_folder()?;
        session::lock_tokens(account, &folder, self.settings.timeout).await
    }

    /// The state file, which lists the accounts.
    pub(super) fn state_file(&self) -> Result<StateFile> {
        let console = self.console;
        Ok(StateFile::in_folder(
            &config::state_folder()?,
            self.settings.timeout,
            move |sentence| console.warn(sentence),
        ))
    }

    /// The cache of the profile list of `identity`.
    pub(super) fn profile_cache(&self, identity: &Identity) -> Result<ProfileCache> {
        Ok(ProfileCache::of(identity, &config::cache_folder()?))
    }

    /// The command with these words for the account of this command, in this environment: without
    /// the options that its variables give.
    pub(super) fn command_here(&self, words: &[&str]) -> CommandLine {
        let choice = &self.settings.choice;
        let (arguments, variables) = (&choice.arguments, &choice.variables);
        let space = arguments.space.as_ref();
        let space = space.filter(|_| arguments.space != variables.space);
        let email = arguments.email.as_deref();
        let email = email.filter(|_| arguments.email != variables.email && !choice.sandbox);
        let is_sandbox_asked = choice.sandbox && !config::is_sandbox_set();
        let options = CommandLine::of(is_sandbox_asked.then_some("--sandbox"))
            .option("--space", space.map(Space::short_name).as_deref())
            .option("--account", email);
        words.iter().fold(options, |line, word| line.arg(word))
    }

    /// The command that switches to `profile`, as [`App::command_here`].
    pub(super) fn switch_command(&self, profile: impl Display) -> CommandLine {
        self.command_here(&["profiles", "switch", &profile.to_string()])
    }

    /// Refuses a command that is of no use in the sandbox.
    pub(super) fn not_in_sandbox(&self, what: &str) -> Result<()> {
        if self.settings.choice.sandbox {
            return Err(Error::usage(
                format!("the sandbox needs no {what}"),
                "to try signing in, run `nxp sandbox serve` and sign in at the address that it prints",
            ));
        }
        Ok(())
    }
}
