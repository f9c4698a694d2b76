//! The routes, and the middleware that reads each request and applies faults.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post, put};

use super::app::App;
use super::faults::{Endpoint, Moment, WEB_PAGE};
use super::listener::Connection;
use super::responses::Failure;
use super::{bookings, exchange, profiles, token};

/// The largest request body, in bytes: forms and bookings need far less.
const BODY_LIMIT: usize = 64 * 1024;

/// The whole API. The paths are those of [`Endpoint::at_path`].
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/token", post(token::token))
        .route("/api/sys/users/exchange", post(exchange::exchange))
        .route("/api/public/coworkers/profiles", get(profiles::list))
        .route(
            "/api/public/coworkers/profiles/current",
            put(profiles::switch),
        )
        .route(
            "/api/public/coworkers/profiles/current/benefits",
            get(profiles::benefits),
        )
        .route("/en/bookings/fullCalendarBookings", get(bookings::list))
        .route("/en/basket/CreateInvoice", post(bookings::book))
        .route("/en/bookings/deletejson/{id}", post(bookings::cancel))
        .fallback(not_found)
        .layer(from_fn_with_state(Arc::clone(&app), apply_faults))
        .with_state(app)
}

/// Reads the whole request, so that its connection can be used again, and applies faults. A body over
/// [`BODY_LIMIT`] is refused first.
async fn apply_faults(
    Shared(app): Shared<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path();
    let endpoint = Endpoint::at_path(path);
    let faults = if endpoint.is_some() || is_api(path) {
        app.faults().next_call(endpoint)
    } else {
        super::faults::CallFaults::default()
    };
    let request_line = format!("{} {}", parts.method, without_secrets(&parts.uri));
    let report = |outcome: &str| {
        if let Some(on_request) = &app.on_request {
            on_request(format!("{request_line}: {outcome}"));
        }
    };
    let (hangs, reset) = (faults.hang, faults.reset);
    if reset == Some(Moment::Before) {
        report("connection reset, request not carried out");
        connection.reset.request();
        return Response::default();
    }
    let response = match faults.response {
        Some(response) => response.into_response(),
        None => {
            parts.extensions.insert(faults);
            next.run(Request::from_parts(parts, Body::from(body))).await
        }
    };
    if hangs {
        report("carried out, not answered");
        std::future::pending::<()>().await;
    }
    if reset.is_some() {
        report("carried out, connection reset");
        connection.reset.request();
    } else {
        report(response.status().as_str());
    }
    response
}

/// The path and the query. The token of a one-time link is in its query.
fn without_secrets(uri: &Uri) -> String {
    match uri.query() {
        Some(query) if !query.contains("token") => format!("{}?{query}", uri.path()),
        _ => uri.path().to_owned(),
    }
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Outside of the API, the portal responds with its web page.
async fn not_found(uri: Uri) -> Response {
    if is_api(uri.path()) {
        Failure::NotFound("the API has nothing at this path").into_response()
    } else {
        Html(WEB_PAGE).into_response()
    }
}
