//! Sign-in and token refresh: `POST /api/token` with the password grant and the refresh grant, and
//! the exchange of a one-time link.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::client::Client;
use super::json;
use super::request::Request;
use super::response::Response;
use crate::error::Error;
use crate::secret::{BearerToken, ClientId, LinkToken, OneTimeCode, Password, RefreshToken};

/// What messages call it.
const SUBJECT: &str = "the sign-in";

/// How long the tokens of a one-time link are asked to last, in minutes: as long as the portal's own
/// pages ask for.
const EXCHANGE_MINUTES: u32 = 1440;

/// What a person signs in with.
pub(crate) struct Credentials {
    /// The email.
    pub(crate) email: String,
    /// The password.
    pub(crate) password: Password,
    /// The one-time code, for users with a second factor.
    pub(crate) one_time_code: Option<OneTimeCode>,
}

/// The tokens that the portal grants.
pub(crate) struct Grant {
    /// The access token.
    pub(crate) access_token: BearerToken,
    /// The refresh token, if the portal sent one.
    pub(crate) refresh_token: Option<RefreshToken>,
    /// How long the access token lasts, if the portal says.
    pub(crate) expires_in: Option<Duration>,
}

/// Why the portal grants no token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GrantRefusal {
    /// Wrong email or password, not registered at this space, suspended.
    #[error("the portal does not accept this email and password")]
    InvalidGrant,
    /// A one-time code is needed, or the one that was sent is wrong.
    #[error("a one-time code is required, or this one is wrong")]
    TwoFactor,
    /// The password must be reset first. The portal's description of it is a reset token.
    #[error("the portal requires a new password")]
    MustResetPassword,
    /// The one-time link is used, expired or unknown.
    #[error("the portal does not accept this sign-in link")]
    Link {
        /// What the portal says about it, if anything.
        reason: Option<String>,
    },
    /// Another error code of the portal.
    #[error("the portal refuses the sign-in: {0}")]
    Other(String),
}

/// Why signing in failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// The portal refuses.
    #[error(transparent)]
    Refused(GrantRefusal),
    /// The response is not that of a portal's API.
    #[error("no portal answers: {answered}")]
    NotAPortal {
        /// The response, in words.
        answered: String,
    },
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Client {
    /// Requests tokens with a password. A sign-in with the same `client_id` invalidates the earlier
    /// refresh token.
    ///
    /// # Errors
    /// [`SignInError::Refused`] with the portal's error code, [`SignInError::NotAPortal`] for a response
    /// that is not an API's, and any network failure.
    pub(crate) async fn sign_in(
        &self,
        credentials: &Credentials,
        client_id: &ClientId,
    ) -> Result<Grant, SignInError> {
        let password = credentials.password.expose();
        let mut secrets = vec![password];
        let mut form = vec![
            ("grant_type", "password"),
            ("username", credentials.email.as_str()),
            ("password", password),
        ];
        if let Some(code) = &credentials.one_time_code {
            secrets.push(code.expose());
            form.push(("totp", code.expose()));
        }
        self.grant(&form, secrets, client_id).await
    }

    /// Requests tokens with a refresh token, which works once. `client_id` must be the one of the
    /// sign-in.
    ///
    /// # Errors
    /// As [`Client::sign_in`]; [`GrantRefusal::InvalidGrant`] means that the refresh token is used,
    /// expired or unknown.
    pub(crate) async fn refresh(
        &self,
        token: &RefreshToken,
        client_id: &ClientId,
    ) -> Result<Grant, SignInError> {
        let token = token.expose();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.grant(&form, vec![token], client_id).await
    }

    /// Exchanges the token of a one-time link, which works once.
    ///
    /// The portal documents no `client_id` for this, so it is not verified that a refresh needs the
    /// one that is sent here.
    ///
    /// # Errors
    /// [`GrantRefusal::Link`], else as [`Client::sign_in`].
    pub(crate) async fn exchange_link(
        &self,
        token: &LinkToken,
        client_id: &ClientId,
    ) -> Result<Grant, SignInError> {
        let encoded: String = form_urlencoded::byte_serialize(token.expose().as_bytes()).collect();
        let path = Zeroizing::new(format!(
            "/api/sys/users/exchange?token={encoded}&validForInMinutes={EXCHANGE_MINUTES}"
        ));
        let request = Request {
            client_id: Some(client_id),
            secrets: vec![token.expose()],
            ..Request::new(Method::POST, &path, SUBJECT)
        };
        let response = self.send(&request).await?;
        match response.status {
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED if !response.is_html() => {
                let reason = response.message().map(|text| request.redact(text));
                Err(SignInError::Refused(GrantRefusal::Link { reason }))
            }
            _ => read_grant(&response, &request),
        }
    }

    async fn grant(
        &self,
        form: &[(&str, &str)],
        secrets: Vec<&str>,
        client_id: &ClientId,
    ) -> Result<Grant, SignInError> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let body = Zeroizing::new(body);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request {
            client_id: Some(client_id),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, kind)]),
            body: Some(body.as_bytes()),
            secrets,
            ..Request::new(Method::POST, "/api/token", SUBJECT)
        };
        read_grant(&self.send(&request).await?, &request)
    }
}

fn read_grant(response: &Response, request: &Request<'_>) -> Result<Grant, SignInError> {
    match response.status {
        _ if response.is_html() => Err(SignInError::NotAPortal {
            answered: "a web page".to_owned(),
        }),
        StatusCode::OK => Grant::from_json(&response.body)
            .map_err(|problem| SignInError::Other(request.unusable(problem))),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(
            SignInError::Refused(match refusal_from_json(&response.body) {
                GrantRefusal::Other(word) => GrantRefusal::Other(request.redact(word)),
                refusal => refusal,
            }),
        ),
        _ => Err(SignInError::NotAPortal {
            answered: request.redact(response.in_words()),
        }),
    }
}

impl Grant {
    /// Reads the response body, in either spelling of its fields.
    ///
    /// # Errors
    /// The problem, without a quote from the body.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Document {
            #[serde(alias = "AccessToken")]
            access_token: Option<Zeroizing<String>>,
            /// What an exchange calls it.
            token: Option<Zeroizing<String>>,
            #[serde(alias = "RefreshToken")]
            refresh_token: Option<Zeroizing<String>>,
            #[serde(alias = "ExpiresIn")]
            expires_in: Option<serde_json::Value>,
        }
        let document: Document = json::object(body)?;
        let access_token = document
            .access_token
            .or(document.token)
            .ok_or("it has no access token")?;
        let refresh_token = document.refresh_token.filter(|token| !token.is_empty());
        Ok(Self {
            access_token: BearerToken::parse(&access_token)
                .ok_or("its access token can't be sent in a request")?,
            refresh_token: refresh_token.map(|token| RefreshToken::new(token.as_str())),
            expires_in: document.expires_in.as_ref().and_then(seconds),
        })
    }
}

/// A number of seconds, which may be a string.
fn seconds(value: &serde_json::Value) -> Option<Duration> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .map(Duration::from_secs)
}

/// Reads the portal's error code. `error_description` is never read: it can be a password-reset token.
fn refusal_from_json(body: &[u8]) -> GrantRefusal {
    #[derive(Deserialize)]
    struct Document {
        error: String,
    }
    let Ok(Document { error: word }) = json::object(body) else {
        return GrantRefusal::Other("no reason given".to_owned());
    };
    match word.as_str() {
        "invalid_grant" => GrantRefusal::InvalidGrant,
        "two_factor_auth_check" => GrantRefusal::TwoFactor,
        "must_reset_password" => GrantRefusal::MustResetPassword,
        _ => GrantRefusal::Other(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_of_the_tokens_is_read() {
        for body in [
            r#"{"access_token":"a","refresh_token":"r","expires_in":86400,"token_type":"bearer"}"#,
            r#"{"AccessToken":"a","RefreshToken":"r","expires_in":"86400"}"#,
            r#"{"token":"a","refresh_token":"r","expires_in":86400,"token_type":"bearer"}"#,
        ] {
            let grant =
                Grant::from_json(body.as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
            assert_eq!(grant.access_token.expose(), "a");
            assert_eq!(
                grant
                    .refresh_token
                    .map(|token| token.expose().to_owned())
                    .as_deref(),
                Some("r")
            );
            assert_eq!(grant.expires_in, Some(Duration::from_secs(86400)));
        }
    }

    #[test]
    fn a_grant_without_lifetime_or_refresh_token_is_a_grant() {
        let grant = Grant::from_json(br#"{"access_token":"a","refresh_token":null}"#)
            .unwrap_or_else(|p| panic!("{p}"));
        assert!(grant.refresh_token.is_none());
        assert!(grant.expires_in.is_none());
    }

    #[test]
    fn a_token_that_can_not_be_sent_is_no_grant() {
        for body in [
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\nb"}"#,
            r#"{"access_token":7}"#,
            "{}",
        ] {
            assert!(Grant::from_json(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn each_word_of_a_refusal_is_told_apart() {
        for (body, expected) in [
            (
                r#"{"error":"invalid_grant","error_description":"No."}"#,
                GrantRefusal::InvalidGrant,
            ),
            (
                r#"{"error":"two_factor_auth_check"}"#,
                GrantRefusal::TwoFactor,
            ),
            (
                r#"{"error":"must_reset_password","error_description":"x"}"#,
                GrantRefusal::MustResetPassword,
            ),
            (
                r#"{"error":"new_word","error_description":"x"}"#,
                GrantRefusal::Other("new_word".into()),
            ),
            ("Bad Request", GrantRefusal::Other("no reason given".into())),
        ] {
            assert_eq!(refusal_from_json(body.as_bytes()), expected, "{body}");
        }
    }
}
