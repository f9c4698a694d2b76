//! The state of the sandbox, as a request or a test reads and changes it.

use std::io;
use std::time::Duration;

use super::model::{Model, User};
use super::state::{Access, State, digest_of, new_token};
use super::store::Store;

/// All that a server keeps between requests.
pub(super) struct Backing {
    pub(super) model: Model,
    pub(super) store: Store,
    /// Tokens that only this server knows; they are in no file.
    pub(super) local: Vec<Access>,
    /// Every token that this server gave out.
    pub(super) issued: Vec<String>,
}

impl Backing {
    /// Calls `visit` with the state, without expired tokens, and stores its changes.
    ///
    /// # Errors
    /// When the state can't be read or written.
    pub(super) fn visit<R>(&mut self, visit: impl FnOnce(&mut World<'_>) -> R) -> io::Result<R> {
        let (model, local, issued) = (&mut self.model, &mut self.local, &mut self.issued);
        self.store.update(|state| {
            let now = state.now();
            local.retain(|token| token.expires > now);
            visit(&mut World {
                model,
                state,
                local,
                issued,
            })
        })
    }

    /// Issues an access token that is only in memory.
    ///
    /// # Errors
    /// If no user has this email, or the system provides no random bytes.
    pub(super) fn issue_local(&mut self, email: &str, lifetime: Duration) -> io::Result<String> {
        let unknown = || io::Error::new(io::ErrorKind::NotFound, "no such user in the sandbox");
        let user = self.model.user(email).ok_or_else(unknown)?.id;
        let token = new_token()?;
        let expires = self.store.update(|state| state.after(lifetime))?;
        self.issued.push(token.clone());
        self.local.push(Access {
            digest: digest_of(&token),
            user,
            expires,
        });
        Ok(token)
    }
}

/// The state of the sandbox. Nothing else changes it at the same time.
pub struct World<'a> {
    /// Users, profiles and locations.
    pub model: &'a mut Model,
    pub(super) state: &'a mut State,
    pub(super) local: &'a mut Vec<Access>,
    pub(super) issued: &'a mut Vec<String>,
}

impl World<'_> {
    /// The current profile of the user with this email.
    pub fn current(&self, email: &str) -> Option<u64> {
        self.model
            .user(email)
            .and_then(|user| self.current_of(user))
    }

    /// Switches a user to another profile, as another client of theirs would.
    /// An unknown email changes nothing.
    pub fn set_current(&mut self, email: &str, profile: u64) {
        if let Some(user) = self.model.user(email) {
            self.state.current.insert(user.id, profile);
        }
    }

    /// Invalidates one access token.
    pub fn revoke_access_token(&mut self, token: &str) {
        let digest = digest_of(token);
        self.state.access.retain(|known| known.digest != digest);
        self.local.retain(|known| known.digest != digest);
    }

    /// Invalidates all access tokens; refresh tokens stay valid.
    pub fn expire_access_tokens(&mut self) {
        self.state.access.clear();
        self.local.clear();
    }

    /// Moves the clock forward: tokens and links expire by it.
    pub fn advance_clock(&mut self, by: Duration) {
        self.state.advance_clock(by);
    }

    /// Invalidates all refresh tokens; access tokens stay valid.
    pub fn expire_refresh_tokens(&mut self) {
        self.state.refresh.clear();
    }

    /// The current profile of a user; the initial one if the one that was switched to no longer exists.
    pub(super) fn current_of(&self, user: &User) -> Option<u64> {
        let switched = self.state.current.get(&user.id).copied();
        let known = switched.filter(|id| user.profile(*id).is_some());
        known.or(user.current)
    }

    /// The user that a valid access token belongs to.
    pub(super) fn owner_of(&self, token: &str) -> Option<&User> {
        let digest = digest_of(token);
        let mut known = self.state.access.iter().chain(self.local.iter());
        let found = known.find(|access| access.digest == digest)?;
        self.model.user_by_id(found.user)
    }
}
