//! The routes, and the one place every call passes on its way to them.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRequestParts, Request, State as Shared};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post, put};

use super::answer::Failure;
use super::cast::User;
use super::fault::{Endpoint, Moment};
use super::instead::WEB_PAGE;
use super::listener::Connection;
use super::log::{self, Log};
use super::plan::Faults;
use super::pour::Pour;
use super::wire::Cut;
use super::world::{Backing, World};
use super::{profiles, token};

/// The largest body taken in, in bytes: a sign-in form needs far less.
const BODY_LIMIT: usize = 64 * 1024;

/// All that the handlers and the [`super::Server`] share.
pub(super) struct App {
    pub(super) backing: Mutex<Backing>,
    pub(super) faults: Mutex<Faults>,
    pub(super) log: Mutex<Log>,
    pub(super) token_lifetime: Duration,
}

impl App {
    /// # Errors
    /// When the state can't be read or written.
    pub(super) fn visit<R>(&self, visit: impl FnOnce(&mut World<'_>) -> R) -> io::Result<R> {
        lock(&self.backing).visit(visit)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }
}

/// A test that panicked while it changed the world has failed already; the
/// server goes on with what it left.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The whole API. The paths are those of [`Endpoint::at_path`].
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/token", post(token::token))
        .route("/api/public/coworkers/profiles", get(profiles::list))
        .route(
            "/api/public/coworkers/profiles/current",
            put(profiles::switch),
        )
        .route(
            "/api/public/coworkers/profiles/current/benefits",
            get(profiles::benefits),
        )
        .fallback(elsewhere)
        .layer(from_fn_with_state(Arc::clone(&app), pass))
        .with_state(app)
}

/// Every call passes here: it is taken in whole, which keeps its connection
/// usable however it is answered; it is noted; and faults strike. Only a body
/// over [`BODY_LIMIT`] is turned away before that.
async fn pass(
    Shared(app): Shared<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let number = log::Request::new(connection.number, &parts, &body);
    let number = app.log().open(number);
    let path = parts.uri.path();
    let plan = if is_api(path) {
        app.faults().plan(Endpoint::at_path(path))
    } else {
        super::plan::Plan::default()
    };
    let hangs = plan.hang;
    let (reset, garble) = (plan.reset, plan.garble);
    if reset == Some(Moment::Before) {
        connection.cut.make();
        return Response::default();
    }
    let mut response = match plan.instead {
        Some(instead) => instead.into_response(),
        None => {
            parts.extensions.insert(plan);
            next.run(Request::from_parts(parts, Body::from(body))).await
        }
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    if let Some(garble) = garble {
        response = garble.garbled(response).await;
    }
    app.log().close(number, response.status());
    match reset {
        Some(Moment::Midway) => cut_midway(response, connection.cut).await,
        Some(_) => {
            connection.cut.make();
            response
        }
        None => response,
    }
}

/// Half an answer, and then the connection is cut.
async fn cut_midway(response: Response, cut: Cut) -> Response {
    let (mut parts, body) = response.into_parts();
    // What was made here a moment ago is there to be read.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    let half = body.slice(..body.len() / 2);
    Response::from_parts(parts, Body::new(Pour::then_cut(half, cut)))
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Outside the API the portal shows its web page, whatever the path.
async fn elsewhere(uri: Uri) -> Response {
    if is_api(uri.path()) {
        Failure::NotFound("the API has nothing at this path").into_response()
    } else {
        Html(WEB_PAGE).into_response()
    }
}

/// The token a call came with, good or not; empty if it came without.
pub(super) struct Bearer(String);

impl Bearer {
    pub(super) fn token(&self) -> &str {
        &self.0
    }

    /// The customer whose token it is. Somebody with no profile at all is no
    /// customer.
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
