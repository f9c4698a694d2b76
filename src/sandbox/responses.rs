//! Responses that several endpoints share.

use std::io;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// A response that reports a failure.
pub(super) enum Failure {
    /// 401 without a body, as seen in the wild.
    Unauthorized,
    /// 411: a `PUT` without a length.
    LengthRequired,
    /// 400 with a sentence.
    Bad(&'static str),
    /// 404 with a sentence.
    NotFound(&'static str),
    /// 500 with a sentence.
    ServerError(&'static str),
    /// 500: the sandbox itself can't keep its state.
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
                let message = format!("the sandbox can't keep its state: {error}");
                with_message(StatusCode::INTERNAL_SERVER_ERROR, &message)
            }
        }
    }
}

fn with_message(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "Message": message }))).into_response()
}

/// The outcome of a write. The HTTP status is 200 in any case, and `Status` mirrors it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Confirmation {
    was_successful: bool,
    value: Option<String>,
    status: u16,
    message: Option<&'static str>,
    errors: Value,
}

impl Confirmation {
    /// It was done.
    pub(super) fn done() -> Self {
        Self {
            was_successful: true,
            value: None,
            status: StatusCode::OK.as_u16(),
            message: None,
            errors: Value::Null,
        }
    }

    /// The switch to this profile was refused.
    pub(super) fn refused(profile: u64) -> Self {
        const WHY: &str = "This profile can't be switched to.";
        Self {
            was_successful: false,
            message: Some(WHY),
            errors: json!([{
                "AttemptedValue": profile.to_string(),
                "Message": WHY,
                "PropertyName": "coworkerId",
            }]),
            ..Self::done()
        }
    }
}
