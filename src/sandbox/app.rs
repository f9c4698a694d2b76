//! The state that the handlers and the server share.

use std::convert::Infallible;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::faults::ActiveFaults;
use super::model::User;
use super::responses::Failure;
use super::world::{Backing, World};

/// Receives a line about each request.
pub type RequestHook = Box<dyn Fn(String) + Send + Sync>;

pub(super) struct App {
    pub(super) backing: Mutex<Backing>,
    pub(super) faults: Mutex<ActiveFaults>,
    pub(super) token_lifetime: Duration,
    pub(super) on_request: Option<RequestHook>,
}

impl App {
    /// # Errors
    /// When the state can't be read or written.
    pub(super) fn visit<R>(&self, visit: impl FnOnce(&mut World<'_>) -> R) -> io::Result<R> {
        lock(&self.backing).visit(visit)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, ActiveFaults> {
        lock(&self.faults)
    }
}

/// Locks a mutex, even if a test panicked while it held it: that test has failed already.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The token a request came with, valid or not; empty if it came without.
pub(super) struct Bearer(String);

impl Bearer {
    pub(super) fn token(&self) -> &str {
        &self.0
    }

    /// The customer that the token belongs to. A user without a profile is no customer.
    ///
    /// # Errors
    /// [`Failure::Unauthorized`] when there is none.
    pub(super) fn customer<'a>(&self, world: &'a World<'_>) -> Result<&'a User, Failure> {
        let owner = world.owner_of(&self.0);
        let customer = owner.filter(|user| !user.profiles.is_empty());
        customer.ok_or(Failure::Unauthorized)
    }
}

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(AUTHORIZATION);
        let token = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        Ok(Self(token.unwrap_or_default()))
    }
}
