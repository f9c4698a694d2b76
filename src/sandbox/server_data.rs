//! All that a server keeps between requests.

use std::io::{self, BufReader, Seek as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::http::StatusCode;
use serde_json::Value;

use super::faults::{Effect, Fault};
use super::message::{Failure, Request};
use super::model::{Model, User};
use super::state::{self, Kind, State, Token, digest_of, now};

/// How long a one-time link is valid.
const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

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
    /// Every token that this server has issued, for tests that look for leaks.
    pub issued: Vec<String>,
    /// A user, the profile that was current before their switch, and how many lists still show it.
    pub(super) stale: (u64, Option<u64>, u32),
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
            stale: Default::default(),
        }
    }

    /// Calls `visit` with the state, without expired tokens, and stores its changes. Servers with the same
    /// file do this one after the other.
    ///
    /// # Errors
    /// When the file can't be locked, read or written.
    pub(super) fn visit<R>(&mut self, visit: impl FnOnce(&mut Self) -> R) -> io::Result<R> {
        let file = self.options.state_file.as_ref();
        let file = file.map(|path| state::lock(path, self.options.lock_timeout));
        let file = file.transpose()?;
        if let Some(file) = &file {
            // A damaged file counts as none: all that it had was for practice.
            self.state = serde_json::from_reader(BufReader::new(file)).unwrap_or_default();
        }
        for tokens in [&mut self.state.tokens, &mut self.local] {
            tokens.retain(|token| token.expires > now());
        }
        let before = self.state.clone();
        let result = visit(self);
        if let Some(mut file) = file
            && self.state != before
        {
            let content = serde_json::to_vec_pretty(&self.state)?;
            file.rewind()?;
            file.write_all(&content)?;
            // Not emptied before: ext4 would write it to the disk at once.
            file.set_len(content.len() as u64)?;
        }
        Ok(result)
    }

    /// Adds a fault.
    pub fn push_fault(&mut self, fault: Fault) {
        if let Effect::Change("many-profiles", count) = fault.effect {
            self.model.fill_profiles(count);
        }
        self.faults.push(fault);
    }

    /// Issues a token. Its digest and end are filled in.
    pub(super) fn issue(&mut self, token: Token, lifetime: Duration) -> String {
        let text = state::random(token.kind);
        self.state.tokens.push(Token {
            digest: digest_of(&text),
            expires: now().saturating_add(lifetime.as_secs()),
            ..token
        });
        self.issued.push(text.clone());
        text
    }

    /// Issues an access token for the user with this email. It is in no file, and only this server accepts
    /// it. If there is no such user, no server does.
    pub fn issue_token(&mut self, email: &str) -> String {
        let token = Token::of(Kind::Access, self.user_id(email), None);
        let text = self.issue(token, self.options.token_lifetime);
        self.local.extend(self.state.tokens.pop());
        text
    }

    /// Issues a one-time link for the user with this email, valid for an hour. If there is no such user, it
    /// is not valid.
    pub fn issue_link(&mut self, email: &str) -> String {
        let token = Token::of(Kind::OneTime, self.user_id(email), None);
        let text = self.issue(token, LINK_LIFETIME);
        format!("{}/login?token={text}", self.base_url)
    }

    fn user_id(&self, email: &str) -> u64 {
        self.model.user(email).map_or(0, |user| user.id)
    }

    /// A valid token of this kind, and its user.
    pub(super) fn find(&self, kind: Kind, text: &str) -> Option<(&Token, &User)> {
        let digest = digest_of(text);
        let mut known = self.state.tokens.iter().chain(&self.local);
        let token = known.find(|token| token.kind == kind && token.digest == digest)?;
        let mut users = self.model.users.iter();
        Some((token, users.find(|user| user.id == token.user)?))
    }

    /// The current profile of the user with this email.
    pub fn current(&self, email: &str) -> Option<u64> {
        self.profile_of(&Token::default(), self.model.user(email)?)
    }

    /// Switches a user to another profile, as another client of theirs would.
    pub fn set_current(&mut self, email: &str, profile: u64) {
        self.state.current.insert(self.user_id(email), profile);
    }

    /// Invalidates all access tokens; refresh tokens stay valid.
    pub fn expire_access_tokens(&mut self) {
        self.state.tokens.retain(|token| token.kind != Kind::Access);
        self.local.clear();
    }

    /// Invalidates all refresh tokens; access tokens stay valid.
    pub fn expire_refresh_tokens(&mut self) {
        let tokens = &mut self.state.tokens;
        tokens.retain(|token| token.kind != Kind::Refresh);
    }

    /// Brings the end of all tokens and links closer.
    pub fn advance_clock(&mut self, by: Duration) {
        for token in self.state.tokens.iter_mut().chain(&mut self.local) {
            token.expires = token.expires.saturating_sub(by.as_secs());
        }
    }

    /// The profile that a token acts as: its own, else the one that the user switched to, if it still exists,
    /// else the initial one.
    pub(super) fn profile_of(&self, token: &Token, user: &User) -> Option<u64> {
        let switched = self.state.current.get(&user.id).copied();
        let switched = switched.filter(|id| user.profile(*id).is_some());
        token.profile.or(switched).or(user.current)
    }

    /// The access token of a request, and its user. A user without a profile is no customer.
    ///
    /// # Errors
    /// 401 if there is none, without a body as the portal sends it.
    pub(super) fn customer(&self, request: &Request) -> Result<(&Token, &User), Failure> {
        let found = self.find(Kind::Access, request.bearer());
        let found = found.filter(|(_, user)| !user.profiles.is_empty());
        found.ok_or((StatusCode::UNAUTHORIZED, Value::Null))
    }
}
