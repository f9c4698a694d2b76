//! The switch: the request that makes another profile current, and what its response says.

use reqwest::{Method, StatusCode};

use super::client::{ApiError, Client, Delivery};
use super::confirmation::Confirmation;
use super::profiles::{self, Profile};
use super::request::Request;
use super::response::Response;
use crate::error::Error;
use crate::secret::BearerToken;

/// What the response to a switch says. It proves nothing: the portal may apply a switch although
/// its response says otherwise, and may apply it late. Only the profile list shows what happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum SwitchResponse {
    /// The portal confirms the switch.
    Confirmed,
    /// The portal refuses the switch, for this reason.
    Refused(Error),
    /// The response was lost, or it neither confirms nor refuses.
    Unclear(Error),
}

impl Client {
    /// Asks the portal to make `profile` the current one for every session of the user. The request
    /// is idempotent, and is retried if its response is lost.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`] at 401; anything else means that no request reached the portal.
    pub async fn set_current(
        &self,
        token: &BearerToken,
        profile: &Profile,
    ) -> Result<SwitchResponse, ApiError> {
        let path = format!("{}/current?coworkerId={}", profiles::PATH, profile.id);
        let request = Request {
            token: Some(token),
            ..Request::new(Method::PUT, &path, "the switch")
        };
        let Delivery {
            response,
            is_unclear,
        } = self.deliver(&request, self.verification_time()).await;
        Ok(match response {
            Err(error) if is_unclear => SwitchResponse::Unclear(error),
            Err(error @ Error::Throttled { .. }) => SwitchResponse::Refused(error),
            Err(error) => return Err(error.into()),
            Ok(response) if response.status == StatusCode::UNAUTHORIZED => {
                return Err(ApiError::Unauthorized);
            }
            Ok(response) => match read(&response, profile, &request) {
                // An earlier attempt may have been applied, or may be applied yet.
                SwitchResponse::Refused(error) if is_unclear => SwitchResponse::Unclear(error),
                response => response,
            },
        })
    }
}

fn read(response: &Response, profile: &Profile, request: &Request<'_>) -> SwitchResponse {
    let refused = |reason: Option<String>| Error::Refused {
        label: profile.label(),
        reason: reason.map(|reason| request.redact(reason)),
        is_unknown_profile: response.status == StatusCode::NOT_FOUND,
    };
    let confirmation = Confirmation::from_body(&response.body);
    match response.status {
        StatusCode::NOT_FOUND => SwitchResponse::Refused(refused(Some(
            "HTTP 404: no such profile of yours".to_owned(),
        ))),
        // These say nothing about whether the portal acted: writes are often answered with a
        // redirect to a page, and a request that timed out on the server may still be running.
        status if status.is_redirection() || status == StatusCode::REQUEST_TIMEOUT => {
            SwitchResponse::Unclear(refused(Some(response.in_words())))
        }
        status if !status.is_success() => {
            SwitchResponse::Refused(refused(Some(response.in_words())))
        }
        // Some writes respond with an empty body.
        _ if response.body.trim_ascii().is_empty() => SwitchResponse::Confirmed,
        _ => match confirmation.was_successful {
            Some(true) => SwitchResponse::Confirmed,
            Some(false) => SwitchResponse::Refused(refused(confirmation.message)),
            None if response.is_html() => {
                SwitchResponse::Unclear(request.unusable("it is a web page"))
            }
            None => SwitchResponse::Unclear(request.unusable("it neither confirms nor refuses")),
        },
    }
}
