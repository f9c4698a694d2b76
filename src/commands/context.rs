//! What every command is given: the settings, the console, and the way to a session.

use crate::config::{self, Settings};
use crate::error::Error;
use crate::error::{Result, TokenOrigin};
use crate::output::Console;
use crate::portal::{
    Budget, Connection, ConnectionOptions, Profile, ProfileId, ProfileList, Space, Trace, Waiting,
};
#[cfg(feature = "sandbox")]
use crate::sandbox;
use crate::session::{
    self, Identity, Keyring, LastSeenFolder, LastSeenKey, Session, StateFile, UserKey,
};

/// What holds for the command that runs.
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) console: Console,
    budget: Budget,
}

/// A session, with what a command does around each request: it shows that it waits, and keeps
/// what it saw.
pub(super) struct OpenSession<'a> {
    pub(super) session: Session,
    context: &'a Context,
    key: LastSeenKey,
    /// Serves as long as the session lives.
    #[cfg(feature = "sandbox")]
    _sandbox: Option<sandbox::Server>,
}

impl OpenSession<'_> {
    /// Fetches the profile list.
    pub(super) async fn profiles(&self) -> Result<ProfileList> {
        self.seen(self.session.profiles()).await
    }

    /// Switches, and returns the list fetched after that.
    pub(super) async fn switch_to(&self, profile: &Profile) -> Result<ProfileList> {
        self.seen(self.session.switch_to(profile)).await
    }

    /// Under which name the state file remembers things of the user that `list` names.
    pub(super) fn user_key(&self, list: &ProfileList) -> UserKey {
        self.session.user_key(list)
    }

    async fn seen(
        &self,
        request: impl Future<Output = Result<ProfileList>>,
    ) -> Result<ProfileList> {
        let waiting = self.context.console.wait_for(&self.session.space().host());
        let list = request.await;
        drop(waiting);
        if let (Ok(list), Ok(folder)) = (&list, self.context.last_seen_folder()) {
            folder.store(&self.key, list);
        }
        list
    }
}

impl Context {
    pub(super) fn new(settings: Settings, console: Console) -> Self {
        Self {
            budget: Budget::new(settings.timeout),
            settings,
            console,
        }
    }

    /// Whom the command is for.
    pub(super) fn identity(&self) -> Result<Identity> {
        session::choose(self.settings.choice.clone(), || self.state_file()?.load())
    }

    /// Opens a session for whoever is meant.
    pub(super) fn open_session(&self) -> Result<OpenSession<'_>> {
        let identity = self.identity()?;
        let key = identity.last_seen_key();
        let session = match identity {
            Identity::Sandbox => return self.open_sandbox(key),
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
            context: self,
            key,
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

    /// The folder that keeps what was last seen.
    pub(super) fn last_seen_folder(&self) -> Result<LastSeenFolder> {
        Ok(LastSeenFolder::new(config::cache_folder()?))
    }

    /// The profile that was current before the last switch of this user from here.
    pub(super) fn previous(&self, user: &UserKey) -> Result<Option<ProfileId>> {
        Ok(self.state_file()?.load()?.previous(user))
    }

    /// Refuses a command that makes no sense on the practice portal.
    pub(super) fn not_in_sandbox(&self, what: &str) -> Result<()> {
        if self.settings.choice.sandbox {
            return Err(Error::usage(
                format!("the sandbox needs no {what}"),
                "to practise signing in, run `nxp sandbox serve` and sign in at the address that it prints",
            ));
        }
        Ok(())
    }

    #[cfg(feature = "sandbox")]
    fn open_sandbox(&self, key: LastSeenKey) -> Result<OpenSession<'_>> {
        let server = super::sandbox::start(0, Vec::new())?;
        let token = super::sandbox::token(&server)?;
        let space = server.base_url().parse()?;
        let session = Session::with_token(self.connect(space)?, token, TokenOrigin::Sandbox);
        Ok(OpenSession {
            session,
            context: self,
            key,
            _sandbox: Some(server),
        })
    }

    #[cfg(not(feature = "sandbox"))]
    fn open_sandbox(&self, _: LastSeenKey) -> Result<OpenSession<'_>> {
        Err(Error::usage(
            "this nxp was built without the practice portal",
            "leave out --sandbox and NXP_SANDBOX",
        ))
    }
}
