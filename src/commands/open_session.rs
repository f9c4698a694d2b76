//! A session that is open, and what a command does around each request of it.

use super::context::Context;
use crate::api::{Benefits, Profile, ProfileList};
#[cfg(not(feature = "sandbox"))]
use crate::error::Error;
use crate::error::{Result, TokenOrigin};
#[cfg(feature = "sandbox")]
use crate::sandbox;
use crate::session::{CacheKey, Identity, Session, UserKey};

/// A session, with what a command does around each request: it shows that it waits, and keeps
/// what it saw.
pub(super) struct OpenSession<'a> {
    pub(super) session: Session,
    context: &'a Context,
    key: CacheKey,
    /// Serves as long as the session lives.
    #[cfg(feature = "sandbox")]
    _sandbox: Option<sandbox::Server>,
}

impl OpenSession<'_> {
    /// Fetches and keeps the profile list, and tells of an `exec` that left the user in the wrong
    /// profile.
    pub(super) async fn profiles(&self) -> Result<ProfileList> {
        let list = self.profiles_before_switch().await?;
        self.keep(&list);
        Ok(list)
    }

    /// The same for who keeps a later list.
    pub(super) async fn profiles_before_switch(&self) -> Result<ProfileList> {
        let list = self.waited_for(self.session.profiles()).await?;
        self.context.tell_of_cut_short(&self.user_key(&list), &list);
        Ok(list)
    }

    /// Fetches and keeps the profile list.
    pub(super) async fn fetch_profiles(&self) -> Result<ProfileList> {
        let list = self.waited_for(self.session.profiles()).await?;
        self.keep(&list);
        Ok(list)
    }

    /// Fetches what the current profile can spend.
    pub(super) async fn benefits(&self) -> Result<Benefits> {
        self.waited_for(self.session.benefits()).await
    }

    /// Switches, and returns and keeps the list fetched after that.
    pub(super) async fn switch_to(&self, profile: &Profile) -> Result<ProfileList> {
        let list = self.waited_for(self.session.switch_to(profile)).await?;
        self.keep(&list);
        Ok(list)
    }

    /// Keeps a list as what was last seen. What fails here is no failure of the command.
    pub(super) fn keep(&self, list: &ProfileList) {
        let Ok(cache) = self.context.profile_cache() else {
            return;
        };
        cache.store(&self.key, list);
        if let Some(account) = self.session.account()
            && let Ok(false) = self.context.still_has(account, list)
        {
            let _ = cache.forget(&self.key);
        }
    }

    /// Under which name the state file remembers things of the user that `list` names.
    pub(super) fn user_key(&self, list: &ProfileList) -> UserKey {
        self.session.user_key(list)
    }

    async fn waited_for<T>(&self, request: impl Future<Output = T>) -> T {
        let _shown = self.context.console.wait_for(&self.session.space().host());
        request.await
    }
}

impl Context {
    /// Opens a session for whoever is meant.
    pub(super) fn open_session(&self) -> Result<OpenSession<'_>> {
        self.open_session_of(self.identity()?)
    }

    /// Opens a session for `identity`.
    pub(super) fn open_session_of(&self, identity: Identity) -> Result<OpenSession<'_>> {
        let key = identity.cache_key();
        let session = match identity {
            Identity::Sandbox => return self.open_sandbox(key),
            Identity::Environment { space, token } => {
                Session::with_token(self.connect(space)?, token, TokenOrigin::Environment)
            }
            Identity::Stored(account) => self.session_of(account)?,
        };
        Ok(OpenSession {
            session,
            context: self,
            key,
            #[cfg(feature = "sandbox")]
            _sandbox: None,
        })
    }

    #[cfg(feature = "sandbox")]
    fn open_sandbox(&self, key: CacheKey) -> Result<OpenSession<'_>> {
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
    fn open_sandbox(&self, _: CacheKey) -> Result<OpenSession<'_>> {
        Err(Error::usage(
            "this nxp was built without the practice portal",
            "leave out --sandbox and NXP_SANDBOX",
        ))
    }
}
