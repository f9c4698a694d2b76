//! Responses that several endpoints share.

use std::io;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A response that reports a failure.
pub(super) enum Failure {
    /// 401 without a body, as the portal sends it.
    Unauthorized,
    /// 411: a `PUT` without a length.
    LengthRequired,
    /// 400 with a message.
    Bad(&'static str),
    /// 404 with a message.
    NotFound(&'static str),
    /// 500 with a message.
    ServerError(&'static str),
    /// 500: the sandbox can't read or write its state.
    State(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::State(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
            Self::LengthRequired => StatusCode::LENGTH_REQUIRED.into_response(),
            Self::Bad(message) => with_message(StatusCode::BAD_REQUEST, message),
            Self::NotFound(message) => with_message(StatusCode::NOT_FOUND, message),
            Self::ServerError(message) => with_message(StatusCode::INTERNAL_SERVER_ERROR, message),
            Self::State(error) => {
                let message = format!("the sandbox can't store its state: {error}");
                with_message(StatusCode::INTERNAL_SERVER_ERROR, &message)
            }
        }
    }
}

fn with_message(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "Message": message }))).into_response()
}

/// The response to a write that was carried out. The HTTP status is 200 in any case, and `Status`
/// repeats it.
pub(super) fn confirmation() -> Value {
    json!({ "WasSuccessful": true, "Value": null, "Status": 200, "Message": null, "Errors": null })
}

/// The response to a refused switch to this profile.
pub(super) fn switch_refusal(profile: u64) -> Value {
    const REASON: &str = "This profile can't be switched to.";
    json!({
        "WasSuccessful": false,
        "Value": null,
        "Status": 200,
        "Message": REASON,
        "Errors": [{
            "AttemptedValue": profile.to_string(),
            "Message": REASON,
            "PropertyName": "coworkerId",
        }],
    })
}
