//! An open session, and what commands do around its requests: show that they wait, keep what they
//! saw, and settle switches whose outcome was unknown.

use super::context::Context;
use crate::api::ProfileList;
use crate::config;
#[cfg(not(feature = "sandbox"))]
use crate::error::Error;
use crate::error::{Result, TokenOrigin};
#[cfg(feature = "sandbox")]
use crate::sandbox::{self, Server};
use crate::session::{
    Identity, LockHolder, ProfileCache, Session, Settlement, SwitchFiles, SwitchLock, SwitchRecord,
};

/// There is none.
#[cfg(not(feature = "sandbox"))]
type Server = std::convert::Infallible;

/// A session, with what a command does around each request.
pub(super) struct OpenSession<'a> {
    pub(super) session: Session,
    pub(super) identity: Identity,
    pub(super) context: &'a Context,
    /// Where lists are kept, if there is a place for it.
    cache: Option<ProfileCache>,
    /// Serves as long as the session lives.
    _sandbox: Option<Server>,
}

impl OpenSession<'_> {
    /// Fetches the profile list, keeps it, and settles a switch whose outcome was unknown.
    pub(super) async fn profiles(&self) -> Result<ProfileList> {
        let list = self.waited_for(self.fetch_profiles()).await?;
        self.keep(&list);
        self.settle_switch(&list);
        Ok(list)
    }

    /// Fetches the profile list, and adds the locations that are known.
    pub(super) async fn fetch_profiles(&self) -> Result<ProfileList> {
        let mut list = self.session.profiles().await?;
        if let Some(cache) = &self.cache {
            cache.add_locations(&mut list);
        }
        Ok(list)
    }

    /// Stores a list in the cache. The command does not fail if this fails.
    pub(super) fn keep(&self, list: &ProfileList) {
        let Some(cache) = &self.cache else { return };
        cache.store(list);
        // Another process may have signed the account out, and removed what it had kept.
        if let Identity::Stored(account) = &self.identity
            && let Ok(state) = self.context.state_file().and_then(|file| file.load())
            && !state.accounts().contains(account)
        {
            let _ = cache.forget();
        }
    }

    /// The user's id, as far as it is known without a request: `None` where it isn't, `Some(None)`
    /// where the portal gave none.
    pub(super) fn expected_user(&self) -> Option<Option<u64>> {
        if let Some(user) = self.session.account().and_then(|account| account.user) {
            return Some(Some(user));
        }
        Some(self.cache.as_ref()?.load()?.user())
    }

    /// The files that keep the switches of the user with this id apart.
    pub(super) fn switch_files(&self, user: Option<u64>) -> Result<SwitchFiles> {
        self.context.switch_files(&self.identity, user)
    }

    /// Shows on a terminal that a request is under way.
    pub(super) async fn waited_for<T>(&self, request: impl Future<Output = T>) -> T {
        let _shown = self.context.console.wait_for(&self.session.space().host());
        request.await
    }

    /// Settles a switch whose outcome was unknown, unless another process holds the lock. No command
    /// depends on it, so failures are silent.
    pub(super) fn settle_switch(&self, list: &ProfileList) {
        let Ok(files) = self.switch_files(list.user_id()) else {
            return;
        };
        let Some(record) = files.record() else {
            return;
        };
        let holder = LockHolder::this_process(false, &record.to.label);
        if let Ok(Some(lock)) = files.try_lock(holder) {
            self.context.settle_switch(&lock, list);
        }
    }
}

impl Context {
    /// Opens a session for the account that is meant.
    pub(super) fn open_session(&self) -> Result<OpenSession<'_>> {
        let identity = self.identity()?;
        if let Identity::Stored(account) = &identity
            && config::is_token_empty()
        {
            let text = format!("NXP_TOKEN is empty; using the account {account}");
            self.console.warn(&text);
        }
        self.open_session_of(identity)
    }

    /// Opens a session for `identity`.
    pub(super) fn open_session_of(&self, identity: Identity) -> Result<OpenSession<'_>> {
        let mut server = None;
        let session = match identity.clone() {
            Identity::Sandbox => {
                let (started, session) = self.start_sandbox()?;
                server = Some(started);
                session
            }
            Identity::Environment { space, token } => {
                Session::with_token(self.connect(space)?, token, TokenOrigin::Environment)
            }
            Identity::Stored(account) => self.session_of(account)?,
        };
        Ok(OpenSession {
            session,
            cache: self.profile_cache(&identity).ok(),
            identity,
            context: self,
            _sandbox: server,
        })
    }

    /// The files that keep the switches of a user of `identity` apart.
    pub(super) fn switch_files(
        &self,
        identity: &Identity,
        user: Option<u64>,
    ) -> Result<SwitchFiles> {
        Ok(SwitchFiles::of(
            identity,
            user,
            &config::state_folder()?,
            &config::cache_folder()?,
        ))
    }

    /// Compares a switch whose outcome was unknown with the list, says what became of it, and
    /// forgets it once that is certain.
    pub(super) fn settle_switch(&self, lock: &SwitchLock, list: &ProfileList) {
        let Some(record) = lock.record() else { return };
        let SwitchRecord { from, to, .. } = &record;
        let switch = format!("switch to {}", to.label);
        match record.settle(list) {
            Settlement::NotRestored => {
                let before = match from {
                    Some(from) => format!(
                        "{} was current before it, and `{}` switches back",
                        from.label,
                        self.switch_command("-")
                    ),
                    None => "no profile was current before it".to_owned(),
                };
                self.console.warn(&format!(
                    "an exec on {} did not switch back; {before}",
                    to.label
                ));
            }
            Settlement::TookEffect => {
                self.console
                    .note(&format!("The earlier {switch} took effect."));
                // If this fails, only the previous profile (`-`) is lost.
                let _ = lock.took_effect();
            }
            Settlement::Failed => {
                if !record.is_exec {
                    self.console
                        .note(&format!("The earlier {switch} did not take effect."));
                }
                lock.discard();
            }
            Settlement::Pending if !record.is_exec && from.as_ref() != Some(to) => {
                self.console.warn(&format!(
                    "the earlier {switch} has not taken effect yet, but still may"
                ));
            }
            Settlement::Pending => {}
            Settlement::Superseded => lock.discard(),
        }
    }

    #[cfg(feature = "sandbox")]
    fn start_sandbox(&self) -> Result<(Server, Session)> {
        let server = super::sandbox::start(sandbox::Options {
            lock_timeout: self.settings.timeout,
            ..sandbox::Options::default()
        })?;
        let token = super::sandbox::token(&server)?;
        let client = self.connect(server.base_url().parse()?)?;
        let session = Session::with_token(client, token, TokenOrigin::Sandbox);
        Ok((server, session))
    }

    #[cfg(not(feature = "sandbox"))]
    fn start_sandbox(&self) -> Result<(Server, Session)> {
        Err(Error::usage(
            "this nxp was built without the sandbox",
            "leave out --sandbox and NXP_SANDBOX",
        ))
    }
}
