//! All that a server keeps between requests.

use std::cell::Cell;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::faults::Fault;
use super::message::{Failure, Request, unauthorized};
use super::model::{Model, User};
use super::state::{self, Holder, State, Token, digest_of, new_token};

/// How a server runs. It has no `Debug`: the model holds passwords.
pub struct Options {
    /// The TCP port; 0 for any that is free.
    pub port: u16,
    /// The file for switches and tokens; `None` for memory only.
    pub state_file: Option<PathBuf>,
    /// How long to wait while another process has the state file locked.
    pub lock_timeout: Duration,
    /// Users and profiles.
    pub model: Model,
    /// How long an access token is valid.
    pub token_lifetime: Duration,
    /// Whether web pages may call it, as a test that gives it a host name needs.
    pub any_host: bool,
    /// Receives what happens.
    pub observer: Observer,
}

impl Default for Options {
    /// The built-in users on any free port, in memory, with tokens that last a day.
    fn default() -> Self {
        Self {
            port: 0,
            state_file: None,
            lock_timeout: Duration::from_secs(10),
            model: Model::fixtures(),
            token_lifetime: Duration::from_secs(86_400),
            any_host: false,
            observer: Arc::new(|_| ()),
        }
    }
}

/// Everything that a server keeps. While a test has it, no request is carried out.
pub struct ServerData {
    /// Users, profiles and locations.
    pub model: Model,
    pub(super) options: Options,
    pub(super) base_url: String,
    pub(super) state: State,
    pub(super) faults: Vec<Fault>,
    /// Access tokens that only this server knows; they are in no file.
    pub(super) local: Vec<Token>,
    /// Every token that this server has issued.
    pub(super) issued: Vec<String>,
    pub(super) stale: Option<StaleLists>,
    /// To which addresses links were mailed lately, or would have been, and when.
    pub(super) mails: Vec<(String, u64)>,
}

/// Receives what happens, while it happens.
pub type Observer = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// What happens in a server.
pub enum Event<'a> {
    /// A connection is accepted.
    Connection,
    /// A request has come, as a whole.
    Request(&'a Request),
    /// It is answered with this status, or its connection is reset.
    Outcome(&'a str),
    /// An email to this address, with this link.
    Mail(&'a str, &'a str),
}

/// The old state, which a user's next lists still show.
pub(super) struct StaleLists {
    pub(super) user: u64,
    pub(super) profile: Option<u64>,
    pub(super) lists: Cell<u32>,
}

/// The user whose access token a request has.
pub(super) struct Customer<'a> {
    pub(super) user: &'a User,
    /// The profile that the token acts as.
    pub(super) profile: Option<u64>,
    /// Whether it does so whatever the user's current profile is.
    pub(super) is_bound: bool,
}

impl ServerData {
    pub(super) fn new(mut options: Options, base_url: String) -> Self {
        Self {
            model: std::mem::take(&mut options.model),
            options,
            base_url,
            state: State::default(),
            faults: Vec::new(),
            local: Vec::new(),
            issued: Vec::new(),
            stale: None,
            mails: Vec::new(),
        }
    }

    /// Calls `visit` with the state, without expired tokens, and stores its changes. Servers with the same
    /// file do this one after the other.
    ///
    /// # Errors
    /// When the file, its folder or its lock can't be read or written.
    pub(super) fn visit<R>(&mut self, visit: impl FnOnce(&mut Self) -> R) -> io::Result<R> {
        let Some(file) = self.options.state_file.clone() else {
            self.prune();
            return Ok(visit(self));
        };
        let with_path = |error: io::Error| {
            let message = format!("can't use {}: {error}", file.display());
            io::Error::new(error.kind(), message)
        };
        let _lock = state::lock(&file, self.options.lock_timeout).map_err(with_path)?;
        self.state = State::read(&file).map_err(with_path)?;
        self.prune();
        let before = self.state.clone();
        let result = visit(self);
        if self.state != before {
            self.state.write(&file).map_err(with_path)?;
        }
        Ok(result)
    }

    fn prune(&mut self) {
        self.state.prune();
        let now = self.state.now();
        self.local.retain(|token| token.expires > now);
    }

    /// Issues an access token that is only in memory. `None` if no user has this email, as below.
    pub(super) fn issue_local_token(&mut self, email: &str) -> Option<String> {
        let (token, lifetime) = (new_token(), self.options.token_lifetime);
        let record = self.state.record(&token, self.holder(email)?, lifetime);
        self.local.push(record);
        self.issued.push(token.clone());
        Some(token)
    }

    pub(super) fn holder(&self, email: &str) -> Option<Holder> {
        Some(Holder {
            user: self.model.user(email)?.id,
            ..Holder::default()
        })
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
    fn current_of(&self, user: &User) -> Option<u64> {
        let switched = self.state.current.get(&user.id).copied();
        let known = switched.filter(|id| user.profile(*id).is_some());
        known.or(user.current)
    }

    /// The user that a token is for.
    pub(super) fn user_of(&self, holder: &Holder) -> Option<&User> {
        self.model.users.iter().find(|user| user.id == holder.user)
    }

    /// The customer whose access token a request has. A user without a profile is no customer.
    ///
    /// # Errors
    /// 401 if there is none.
    pub(super) fn customer(&self, request: &Request) -> Result<Customer<'_>, Failure> {
        let digest = digest_of(request.bearer());
        let mut known = self.state.access.iter().chain(&self.local);
        let token = known.find(|token| token.digest == digest);
        let holder = &token.ok_or_else(unauthorized)?.holder;
        let has = |user: &User| holder.profile.is_none_or(|id| user.profile(id).is_some());
        let user = self.user_of(holder);
        let user = user.filter(|user| !user.profiles.is_empty() && has(user));
        let user = user.ok_or_else(unauthorized)?;
        Ok(Customer {
            user,
            profile: holder.profile.or_else(|| self.current_of(user)),
            is_bound: holder.profile.is_some(),
        })
    }
}
