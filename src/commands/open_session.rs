//! A session that is open, and what a command does around each request of it.

use super::context::Context;
use crate::error::Result;
use crate::portal::{Benefits, Profile, ProfileList};
#[cfg(feature = "sandbox")]
use crate::sandbox;
use crate::session::{LastSeenKey, Session, UserKey};

/// A session, with what a command does around each request: it shows that it waits, and keeps
/// what it saw.
pub(super) struct OpenSession<'a> {
    pub(super) session: Session,
    pub(super) context: &'a Context,
    pub(super) key: LastSeenKey,
    /// Serves as long as the session lives.
    #[cfg(feature = "sandbox")]
    pub(super) _sandbox: Option<sandbox::Server>,
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

    /// Keeps a list as what was last seen.
    pub(super) fn keep(&self, list: &ProfileList) {
        if let Ok(folder) = self.context.last_seen_folder() {
            folder.store(&self.key, list);
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
