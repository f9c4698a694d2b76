//! The forms of answer that several endpoints share.

use std::io;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::fault::RefusalShape;

/// An answer that is no success.
pub(super) enum Failure {
    /// 401 with no body, as seen in the wild.
    Unauthorized,
    /// 411: a `PUT` that doesn't tell its length.
    LengthRequired,
    /// 400 with a sentence.
    Bad(&'static str),
    /// 404 with a sentence.
    NotFound(&'static str),
    /// 500: the practice portal itself couldn't keep its state.
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
            Self::Bad(message) => said(StatusCode::BAD_REQUEST, message),
            Self::NotFound(message) => said(StatusCode::NOT_FOUND, message),
            Self::State(error) => {
                let message = format!("the sandbox can't keep its state: {error}");
                said(StatusCode::INTERNAL_SERVER_ERROR, &message)
            }
        }
    }
}

fn said(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "Message": message }))).into_response()
}

/// How a write ended (contract, `PUT …/profiles/current`). The HTTP status is
/// 200 either way, and `Status` mirrors it.
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

    /// The switch to this profile was refused, for reasons of this form.
    pub(super) fn refused(profile: u64, shape: RefusalShape) -> Self {
        const WHY: &str = "This profile can't be switched to.";
        let (message, errors) = match shape {
            RefusalShape::List => (
                Some(WHY),
                json!([{
                    "AttemptedValue": profile.to_string(),
                    "Message": WHY,
                    "PropertyName": "coworkerId",
                }]),
            ),
            RefusalShape::Null => (None, Value::Null),
            RefusalShape::Text => (None, json!(WHY)),
            RefusalShape::Object => (None, json!({ "coworkerId": [WHY] })),
            RefusalShape::Escapes => (
                None,
                json!(format!("\u{1b}]0;owned\u{7}\u{1b}[31m{WHY}\u{202e}")),
            ),
        };
        Self {
            was_successful: false,
            message,
            errors,
            ..Self::done()
        }
    }
}
