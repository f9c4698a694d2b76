//! What every command is given: the settings, the console, and the way to a session.

use crate::config::{self, Settings};
use crate::error::{Error, Result, TokenOrigin};
use crate::output::Console;
use crate::portal::{Budget, Connection, ConnectionOptions, Space, Trace, Waiting};
#[cfg(feature = "sandbox")]
use crate::sandbox;
use crate::session::{self, Identity, Keyring, Session, StateFile};

/// What holds for the command that runs.
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) console: Console,
    budget: Budget,
}

/// A session, and what must live as long as it does.
pub(super) struct OpenSession {
    pub(super) session: Session,
    #[cfg(feature = "sandbox")]
    _sandbox: Option<sandbox::Server>,
}

impl Context {
    pub(super) fn new(settings: Settings, console: Console) -> Self {
        Self {
            budget: Budget::new(settings.timeout),
            settings,
            console,
        }
    }

    /// Opens a session for whoever is meant.
    pub(super) fn open_session(&self) -> Result<OpenSession> {
        #[cfg(feature = "sandbox")]
        if self.settings.sandbox {
            return self.open_sandbox();
        }
        let session =
            match session::choose(self.settings.choice.clone(), || self.state_file()?.load())? {
                Identity::Environment { space, token } => {
                    Session::with_token(self.connect(space)?, token, TokenOrigin::Environment)
                }
                Identity::Stored(account) => Session::of_account(
                    self.connect(account.space.clone())?,
                    account,
                    &self.keyring(),
                )?,
            };
        Ok(OpenSession {
            session,
            #[cfg(feature = "sandbox")]
            _sandbox: None,
        })
    }

    /// Makes ready to connect to a space. All connections of a command share its time.
    pub(super) fn connect(&self, space: Space) -> Result<Connection> {
        if !space.is_loopback() {
            config::check_proxies()?;
        }
        let console = self.console;
        let trace = (self.settings.verbose > 0).then(|| Trace {
            write: Box::new(move |line| console.trace(line)),
            headers: self.settings.verbose > 1,
        });
        let host = space.host();
        let waiting: Waiting = Box::new(move |pause| {
            let seconds = pause.as_millis().div_ceil(1000);
            console.progress(&format!("{host} throttles; trying again in {seconds} s …"));
        });
        Connection::new(ConnectionOptions {
            space,
            budget: self.budget.clone(),
            trace,
            waiting: Some(waiting),
        })
    }

    /// The OS keyring.
    pub(super) fn keyring(&self) -> Keyring {
        Keyring::new(self.settings.may_ask && config::keyring_may_prompt())
    }

    /// The file that remembers accounts and previous profiles.
    pub(super) fn state_file(&self) -> Result<StateFile> {
        let console = self.console;
        Ok(StateFile::in_folder(
            &config::state_folder()?,
            Box::new(move |sentence| console.warn(sentence)),
        ))
    }

    /// Refuses a command that makes no sense on the practice portal.
    pub(super) fn not_in_sandbox(&self, what: &str) -> Result<()> {
        if self.settings.sandbox {
            return Err(Error::usage(
                format!("the sandbox needs no {what}"),
                "to practise signing in, run `nxp sandbox serve` and sign in at the address that it prints",
            ));
        }
        Ok(())
    }

    #[cfg(feature = "sandbox")]
    fn open_sandbox(&self) -> Result<OpenSession> {
        let server = super::sandbox::start(0)?;
        let token = super::sandbox::token(&server)?;
        let space = server.base_url().parse()?;
        let session = Session::with_token(self.connect(space)?, token, TokenOrigin::Sandbox);
        Ok(OpenSession {
            session,
            _sandbox: Some(server),
        })
    }
}
