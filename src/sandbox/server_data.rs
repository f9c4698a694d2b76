//! All that a server keeps between requests.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

use super::faults::{ActiveFaults, Effect, Fault};
use super::model::{Model, User};
use super::request::Request;
use super::response::Failure;
use super::state::{State, Token, digest_of, new_token};
use super::state_file;

/// Everything that a server keeps. While a test has it, no request is carried out.
pub struct ServerData {
    /// Users, profiles and locations.
    pub model: Model,
    pub(super) state: State,
    /// The file of the state; `None` for memory only.
    state_file: Option<PathBuf>,
    /// Access tokens that only this server knows; they are in no file.
    local: Vec<Token>,
    /// Every token that this server has issued.
    pub(super) issued: Vec<String>,
    pub(super) token_lifetime: Duration,
    pub(super) faults: ActiveFaults,
    pub(super) stale: Option<StaleLists>,
}

/// The old state, which a user's next lists still show.
pub(super) struct StaleLists {
    pub(super) user: u64,
    pub(super) profile: Option<u64>,
    pub(super) lists: u32,
}

impl ServerData {
    pub(super) fn new(model: Model, state_file: Option<PathBuf>, token_lifetime: Duration) -> Self {
        Self {
            model,
            state: State::default(),
            state_file,
            local: Vec::new(),
            issued: Vec::new(),
            token_lifetime,
            faults: ActiveFaults::default(),
            stale: None,
        }
    }

    /// Calls `visit` with the state, without expired tokens, and stores its changes. Servers with the same
    /// file do this one after the other.
    ///
    /// # Errors
    /// When the file, its folder or its lock can't be read or written.
    pub(super) fn visit<R>(&mut self, visit: impl FnOnce(&mut Self) -> R) -> io::Result<R> {
        let Some(file) = self.state_file.clone() else {
            self.prune();
            return Ok(visit(self));
        };
        let with_path = |error: io::Error| {
            let message = format!("can't use {}: {error}", file.display());
            io::Error::new(error.kind(), message)
        };
        let _lock = state_file::lock(&file).map_err(with_path)?;
        self.state = state_file::read(&file).map_err(with_path)?;
        self.prune();
        let before = self.state.clone();
        let result = visit(self);
        if self.state != before {
            state_file::write(&file, &self.state).map_err(with_path)?;
        }
        Ok(result)
    }

    fn prune(&mut self) {
        self.state.prune();
        let now = self.state.now();
        self.local.retain(|token| token.expires > now);
    }

    pub(super) fn push_fault(&mut self, fault: Fault) {
        if let Effect::ManyProfiles(count) = fault.effect {
            self.model.fill_profiles(count);
        }
        self.faults.0.push(fault);
    }

    /// Issues an access token that is only in memory.
    ///
    /// # Errors
    /// `NotFound` if no user has this email.
    pub(super) fn issue_local_token(&mut self, email: &str) -> io::Result<String> {
        let user = self.user_id(email)?;
        let token = new_token();
        self.local
            .push(self.state.record(&token, user, self.token_lifetime));
        self.issued.push(token.clone());
        Ok(token)
    }

    /// # Errors
    /// `NotFound` if no user has this email.
    pub(super) fn user_id(&self, email: &str) -> io::Result<u64> {
        let user = self.model.user(email).map(|user| user.id);
        user.ok_or_else(|| io::Error::new(ErrorKind::NotFound, "no such user in the sandbox"))
    }

    /// The current profile of the user with this email.
    pub fn current(&self, email: &str) -> Option<u64> {
        self.current_of(self.model.user(email)?)
    }

    /// Switches a user to another profile, as another client of theirs would.
    /// An unknown email changes nothing.
    pub fn set_current(&mut self, email: &str, profile: u64) {
        if let Some(user) = self.model.user(email) {
            self.state.current.insert(user.id, profile);
        }
    }

    /// Invalidates all access tokens; refresh tokens stay valid.
    pub fn expire_access_tokens(&mut self) {
        self.state.access.clear();
        self.local.clear();
    }

    /// Invalidates all refresh tokens; access tokens stay valid.
    pub fn expire_refresh_tokens(&mut self) {
        self.state.refresh.clear();
    }

    /// Moves the clock forward: tokens and links expire by it.
    pub fn advance_clock(&mut self, by: Duration) {
        let ahead = &mut self.state.clock_ahead;
        *ahead = ahead.saturating_add(by.as_secs());
    }

    /// The current profile of a user; the initial one if the one that was switched to no longer exists.
    pub(super) fn current_of(&self, user: &User) -> Option<u64> {
        let switched = self.state.current.get(&user.id).copied();
        let known = switched.filter(|id| user.profile(*id).is_some());
        known.or(user.current)
    }

    /// The customer whose access token a request has. A user without a profile is no customer.
    ///
    /// # Errors
    /// [`Failure::UNAUTHORIZED`] if there is none.
    pub(super) fn customer(&self, request: &Request) -> Result<&User, Failure> {
        let digest = digest_of(request.bearer());
        let mut known = self.state.access.iter().chain(&self.local);
        known
            .find(|token| token.digest == digest)
            .and_then(|token| self.model.user_by_id(token.user))
            .filter(|user| !user.profiles.is_empty())
            .ok_or(Failure::UNAUTHORIZED)
    }
}
