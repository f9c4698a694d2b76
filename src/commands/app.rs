//! What every command needs: the settings, the console, clients and files.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Outcome;
use crate::api::{Client, ClientOptions, Deadline, OnRateLimit, Space, Trace};
use crate::config::{self, Settings};
use crate::error::{CommandLine, Error, Result};
use crate::output::Console;
use crate::session::{
    self, Account, AccountLock, AccountLockGuard, Choice, Identity, Keyring, KeyringOptions,
    ProfileCache, Session, StateFile, Storage,
};

/// One run of the program: settings, console, clients and files.
#[derive(Clone)]
pub(super) struct App {
    pub(super) settings: Settings,
    pub(super) console: Console,
    pub(super) deadline: Deadline,
    keyring: Rc<OnceCell<Keyring>>,
    /// The first error that did not stop the command.
    deferred_error: Arc<Mutex<Option<Error>>>,
}

impl App {
    pub(super) fn new(settings: Settings, console: Console) -> Self {
        Self {
            deadline: Deadline::new(settings.timeout),
            settings,
            console,
            keyring: Rc::default(),
            deferred_error: Arc::default(),
        }
    }

    /// Adds the deferred error to the outcome of the command: as its failure, or else as a warning.
    pub(super) fn add_deferred_error(&self, outcome: Result<Outcome>) -> Result<Outcome> {
        let Some(deferred) = locked(&self.deferred_error).take() else {
            return outcome;
        };
        match outcome {
            Ok(outcome) if outcome.failure.is_none() && outcome.code.is_none() => Ok(Outcome {
                failure: Some(deferred),
                ..outcome
            }),
            outcome => {
                self.console.warn(&deferred.to_string());
                outcome
            }
        }
    }

    /// The user that the command acts as.
    pub(super) fn identity(&self) -> Result<Identity> {
        let chosen = session::choose(self.settings.choice.clone(), || self.state_file()?.load());
        chosen.map_err(|mut error| {
            if let Error::NotSignedIn {
                within_exec,
                is_token_empty,
                ..
            } = &mut error
            {
                *within_exec = !config::enclosing_execs().is_empty();
                *is_token_empty = config::is_token_empty();
            }
            error
        })
    }

    /// A copy for this account.
    pub(super) fn of_account(&self, account: &Account) -> Self {
        let mut copy = self.clone();
        copy.settings.choice.space = Some(account.space.clone());
        copy.settings.choice.email = Some(account.email.clone());
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
            on_rate_limit: Some(on_rate_limit),
        })
    }

    /// A session of a stored account.
    pub(super) fn session_of(&self, account: Account) -> Result<Session> {
        let deferred = Arc::clone(&self.deferred_error);
        let storage = Storage::new(self.keyring(), &config::state_folder()?);
        let storage = storage.on_deferred_error(move |error| {
            locked(&deferred).get_or_insert(error);
        });
        Session::of_account(self.connect(account.space.clone())?, account, storage)
    }

    /// The OS keyring, the same one for the whole command.
    pub(super) fn keyring(&self) -> Keyring {
        let options = KeyringOptions {
            may_prompt: self.settings.may_ask && config::keyring_may_prompt(),
            wanted: self.settings.keyring,
        };
        let console = self.console;
        let open = || Keyring::new(options).notifying(move |sentence| console.progress(sentence));
        self.keyring.get_or_init(open).clone()
    }

    /// Takes the lock of an account's tokens.
    pub(super) async fn lock_account(&self, account: &Account) -> Result<AccountLockGuard> {
        let (lock, limit) = (
            AccountLock::of(account, &config::state_folder()?),
            self.settings.timeout,
        );
        let taken = tokio::time::timeout(limit, lock.take()).await;
        taken.map_err(|_| Error::TokensLocked {
            account: account.to_string(),
            limit,
        })
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

    /// Shows a hint on a terminal. The command of an `exec` gets none: there the profile is set on
    /// purpose, and a switch would be refused.
    pub(super) fn suggest(&self, hint: &str) {
        if config::enclosing_execs().is_empty() {
            self.console.suggest(hint);
        }
    }

    /// The command that switches to `profile` for the account of this command, in any environment.
    pub(super) fn switch_command(&self, profile: &str) -> CommandLine {
        let Choice {
            sandbox,
            space,
            email,
            ..
        } = &self.settings.choice;
        let words = ["profiles", "switch", profile];
        command_line(*sandbox, space.as_ref(), email.as_deref(), &words)
    }

    /// The command with these words for the account of this command, in this environment: without
    /// the options that its variables give.
    pub(super) fn command_here(&self, words: &[&str]) -> CommandLine {
        let choice = &self.settings.choice;
        let environment = config::environment_choice();
        let sandbox = choice.sandbox && !environment.sandbox;
        let space = choice.space.as_ref();
        let space = space.filter(|_| choice.space != environment.space);
        let email = choice.email.as_deref();
        let email = email.filter(|_| choice.email != environment.email);
        command_line(sandbox, space, email, words)
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

fn command_line(
    sandbox: bool,
    space: Option<&Space>,
    email: Option<&str>,
    words: &[&str],
) -> CommandLine {
    let space = space.map(Space::short_name);
    let options = CommandLine::of(sandbox.then_some("--sandbox"))
        .option("--space", space.as_deref())
        .option("--account", email.filter(|_| !sandbox));
    words.iter().fold(options, |line, word| line.arg(word))
}

fn locked(error: &Mutex<Option<Error>>) -> MutexGuard<'_, Option<Error>> {
    error.lock().unwrap_or_else(PoisonError::into_inner)
}
