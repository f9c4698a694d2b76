//! The switch: the request that makes another profile current, and what its response says.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::client::Client;
use super::profiles::{self, Profile};
use super::request::{Request, SwitchProgress};
use super::response::{Confirmation, NO_REASON, Response};
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::secret::BearerToken;

/// The longest time that is kept for reading the profile list after a switch.
const VERIFICATION_TIME: Duration = Duration::from_secs(5);

/// What the response to a switch says. It proves nothing: the portal may apply a switch although
/// its response says otherwise, and may apply it late. Only the profile list shows what happened.
#[derive(Debug)]
pub(crate) enum SwitchResponse {
    /// The portal confirms the switch.
    Confirmed,
    /// The portal refuses the switch, for this reason.
    Refused(Error),
    /// The response was lost, or it neither confirms nor refuses.
    Unclear(Error),
}

impl SwitchProgress {
    /// What a refusal of the last attempt means: an earlier one may have been applied, or may be
    /// applied yet.
    pub(crate) fn refusal(&self, error: Error) -> SwitchResponse {
        if self.may_take_effect() {
            SwitchResponse::Unclear(error)
        } else {
            SwitchResponse::Refused(error)
        }
    }
}

impl Client {
    /// Asks the portal to make `profile` the current one for every session of the user. The request
    /// is idempotent, and is retried if its response is lost. `progress` is that of this switch alone.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`] at 401; anything else means that no request reached the portal.
    pub(crate) async fn set_current(
        &self,
        token: &BearerToken,
        profile: &Profile,
        progress: &SwitchProgress,
    ) -> Result<SwitchResponse> {
        let path = format!("{}/current?coworkerId={}", profiles::PATH, profile.id);
        let request = Request {
            token: Some(token),
            spare: (self.time_left() / 4).min(VERIFICATION_TIME),
            progress: Some(progress),
            ..Request::new(Method::PUT, &path, "the switch")
        };
        Ok(match self.send(&request).await {
            Err(error) if error.kind == ErrorKind::Unauthorized => return Err(error),
            Err(error) if progress.may_take_effect() => SwitchResponse::Unclear(error),
            Err(error) if error.code == ErrorCode::Throttled => SwitchResponse::Refused(error),
            Err(error) => return Err(error),
            Ok(response) => match read(&response, profile, &request) {
                SwitchResponse::Refused(error) => progress.refusal(error),
                response => response,
            },
        })
    }
}

fn read(response: &Response, profile: &Profile, request: &Request<'_>) -> SwitchResponse {
    let refused = |code: ErrorCode, reason: &str| {
        let reason = request.redact(reason);
        let message = format!(
            "switch to {} refused by the portal: {reason}",
            profile.label()
        );
        Error::new(code, message)
            .of_kind(ErrorKind::SwitchRefused)
            .saying_as_cause(format!("the portal answered: {reason}"))
    };
    let failed = |reason: &str| refused(ErrorCode::Failed, reason);
    let confirmation = Confirmation::from_body(&response.body);
    match response.status {
        StatusCode::NOT_FOUND => SwitchResponse::Refused(refused(
            ErrorCode::Profile,
            "HTTP 404: no such profile of yours",
        )),
        // These say nothing about whether the portal acted: writes are often answered with a
        // redirect to a page, and a request that timed out on the server may still be running.
        status if status.is_redirection() || status == StatusCode::REQUEST_TIMEOUT => {
            SwitchResponse::Unclear(failed(&response.in_words()))
        }
        status if !status.is_success() => SwitchResponse::Refused(failed(&response.in_words())),
        // Some writes respond with an empty body.
        _ if response.body.trim_ascii().is_empty() => SwitchResponse::Confirmed,
        _ => match (confirmation.was_successful, confirmation.message) {
            (Some(true), _) => SwitchResponse::Confirmed,
            (Some(false), Some(reason)) => SwitchResponse::Refused(failed(&reason)),
            (Some(false), None) => SwitchResponse::Refused(
                failed(NO_REASON)
                    .with_hint("ask the space's team why")
                    .saying_as_cause("the portal refused it without a reason"),
            ),
            (None, _) => SwitchResponse::Unclear(request.unusable(match response.is_html() {
                true => "it is a web page",
                false => "it neither confirms nor refuses",
            })),
        },
    }
}
