//! Everything that gives tokens: `POST /api/token` with the password grant and the refresh grant, the
//! exchange of a one-time token, and what asks the portal for one: for an email, or to act as a profile.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::value::RawValue;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::client::Client;
use super::http::{Confirmation, NO_REASON, Request, Response};
use super::json::{self, object};
use super::profiles::Profile;
use crate::error::{CommandLine, Error, ErrorCode, ErrorKind, Result, SWITCH_INSTEAD};
use crate::secret::{BearerToken, ClientId, LinkToken, OneTimeCode, Password, RefreshToken};

/// What messages call it.
const SUBJECT: &str = "the sign-in";

/// What messages call a token that acts as another profile.
const IMPERSONATION: &str = "the profile's token";

/// How many minutes the tokens of a one-time link are asked to last: as many as the portal's own pages
/// ask for.
const MINUTES: &str = "1440";

/// The least time for a request that gives tokens, even if the deadline is near: without its response
/// they are lost, and with them perhaps the earlier ones.
const TIME_TO_FINISH: Duration = Duration::from_secs(5);

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

impl Client {
    /// Requests tokens with a password. A sign-in with the same `client_id` invalidates the earlier
    /// refresh token.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidGrant`], [`ErrorKind::OneTimeCode`], [`ErrorKind::MustResetPassword`]; [`ErrorKind::NotAnApi`] for
    /// a response that is not an API's; any network failure.
    pub(crate) async fn sign_in(
        &self,
        credentials: &Credentials,
        client_id: &ClientId,
    ) -> Result<Grant> {
        let (email, password) = (&credentials.email, credentials.password.expose());
        let mut secrets = vec![password];
        let mut form = vec![
            ("grant_type", "password"),
            ("username", email.as_str()),
            ("password", password),
        ];
        if let Some(code) = &credentials.one_time_code {
            secrets.push(code.expose());
            form.push(("totp", code.expose()));
        }
        let space = self.space().host();
        let auth = |message: String| Error::new(ErrorCode::Auth, message);
        let refused = |word: &str| {
            match word {
            "invalid_grant" => auth(format!("wrong email or password for {email} at {space}"))
                .of_kind(ErrorKind::InvalidGrant)
                .with_hint(
                    "check both; suspended users and users of other spaces get the same error. If the space has no passwords, sign in with an emailed link: press Enter at the password prompt, or give `--link-stdin`",
                ),
            "two_factor_auth_check" => {
                let problem = match credentials.one_time_code {
                    Some(_) => "not accepted",
                    None => "required",
                };
                auth(format!("one-time code {problem}"))
                    .of_kind(ErrorKind::OneTimeCode)
                    .with_hint("add `--totp CODE` with the six digits that your authenticator shows now")
            }
            word => auth(format!("sign-in refused by the portal: {word}")),
        }
        };
        self.token(&form, secrets, client_id, SUBJECT, refused)
            .await
    }

    /// Requests tokens with a refresh token, which works once. `client_id` must be the one of the
    /// sign-in.
    ///
    /// # Errors
    /// [`ErrorCode::Auth`] if the portal refuses, mostly because the refresh token is used, expired or
    /// unknown; else as [`Client::sign_in`].
    pub(crate) async fn refresh(
        &self,
        token: &RefreshToken,
        client_id: &ClientId,
    ) -> Result<Grant> {
        let token = token.expose();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let refused = |word: &str| {
            let message = format!("the portal no longer refreshes the tokens: {word}");
            Error::new(ErrorCode::Auth, message)
        };
        let subject = "the token refresh";
        self.token(&form, vec![token], client_id, subject, refused)
            .await
    }

    /// Exchanges the token of a one-time link, which works once.
    ///
    /// The portal documents no `client_id` for this, so it is not verified that a refresh needs the
    /// one that is sent here.
    ///
    /// # Errors
    /// [`ErrorKind::LinkRefused`], else as [`Client::sign_in`].
    pub(crate) async fn exchange_link(
        &self,
        token: &LinkToken,
        client_id: &ClientId,
    ) -> Result<Grant> {
        let refused = |reason: Option<String>| {
            let reason = reason.as_deref().unwrap_or("used, expired or unknown");
            let space = self.space().host();
            let message = format!("sign-in link not accepted by {space}: {reason}");
            Error::new(ErrorCode::Auth, message).of_kind(ErrorKind::LinkRefused)
        };
        self.exchange(token, client_id, SUBJECT, refused).await
    }

    /// Exchanges the one-time token of [`Client::impersonate`] for an access token that lasts a day. The
    /// portal cancels the refresh tokens of the same `client_id`, so a new one is sent.
    ///
    /// # Errors
    /// [`ErrorCode::Failed`] if the portal does not accept it, and any network failure.
    pub(crate) async fn exchange_impersonation(&self, token: &LinkToken) -> Result<Grant> {
        let refused = |reason: Option<String>| {
            let reason = reason.as_deref().unwrap_or(NO_REASON);
            let message = format!("the portal rejects its own one-time token: {reason}");
            Error::new(ErrorCode::Failed, message).with_hint("try again")
        };
        self.exchange(token, &ClientId::random(), IMPERSONATION, refused)
            .await
    }

    /// Requests tokens at `/api/token`. `refused` is called with the portal's word for why it refuses.
    async fn token(
        &self,
        form: &[(&str, &str)],
        secrets: Vec<&str>,
        client_id: &ClientId,
        subject: &str,
        refused: impl FnOnce(&str) -> Error,
    ) -> Result<Grant> {
        let body = encoded("", form);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request {
            client_id: Some(client_id),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, kind)]),
            body: Some(body.as_bytes()),
            secrets,
            at_least: TIME_TO_FINISH,
            ..Request::new(Method::POST, "/api/token", subject)
        };
        let refused = |response: &Response| match refusal_from_json(&response.body) {
            // Its description is a token to reset the password with.
            Some(word) if word == "must_reset_password" => Error::must_reset_password(self.space()),
            word => refused(&request.redact(word.as_deref().unwrap_or(NO_REASON))),
        };
        self.grant(&request, refused).await
    }

    /// Exchanges a one-time token. `refused` is called with what the portal says if it refuses.
    async fn exchange(
        &self,
        token: &LinkToken,
        client_id: &ClientId,
        subject: &str,
        refused: impl FnOnce(Option<String>) -> Error,
    ) -> Result<Grant> {
        let query = [("token", token.expose()), ("validForInMinutes", MINUTES)];
        let path = encoded("/api/sys/users/exchange?", &query);
        let request = Request {
            client_id: Some(client_id),
            secrets: vec![token.expose()],
            at_least: TIME_TO_FINISH,
            ..Request::new(Method::POST, &path, subject)
        };
        let refused =
            |response: &Response| refused(response.message().map(|text| request.redact(&text)));
        self.grant(&request, refused).await
    }

    /// Sends a request for tokens.
    async fn grant(
        &self,
        request: &Request<'_>,
        refused: impl FnOnce(&Response) -> Error,
    ) -> Result<Grant> {
        let response = self.send(request).await?;
        let not_an_api = |response: &str| {
            request
                .unusable(format!("it is {response}"))
                .of_kind(ErrorKind::NotAnApi)
                .saying_as_cause(format!("it answered with {}", request.redact(response)))
        };
        match response.status {
            _ if response.is_html() => Err(not_an_api("a web page")),
            StatusCode::OK => {
                Grant::from_json(&response.body).map_err(|problem| request.unusable(problem))
            }
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(refused(&response))
            }
            _ => Err(not_an_api(&response.in_words())),
        }
    }

    /// Asks the portal to email a way to sign in. It answers the same whether it knows the email or not.
    /// `business_id` is the [`SpaceEntry::id`](super::SpaceEntry) of the space.
    ///
    /// # Errors
    /// [`ErrorCode::Throttled`] if it was asked too often, which is not waited out; [`ErrorCode::Failed`]
    /// if it refuses, and any network failure.
    pub(crate) async fn send_otp(&self, email: &str, business_id: u64) -> Result<()> {
        let query = [("email", email), ("businessId", &business_id.to_string())];
        let path = encoded("/api/sys/users/sendOtp?", &query);
        let request = Request {
            waits_for_rate_limit: false,
            ..Request::new(Method::GET, &path, "the sign-in email")
        };
        let sent = self.send(&request).await;
        let response = sent.map_err(|error| match error.code {
            ErrorCode::Throttled => {
                let space = self.space().host();
                let message = format!("{space} was asked for a sign-in email too often");
                Error::new(ErrorCode::Throttled, message).with_hint("wait before you ask again")
            }
            _ => error,
        })?;
        let confirmation = Confirmation::from_body(&response.body);
        let reason = match response.status {
            StatusCode::OK if response.is_html() => {
                return Err(request.unusable("it is a web page"));
            }
            StatusCode::OK if !confirmation.is_refusal() => return Ok(()),
            StatusCode::OK => confirmation.message,
            _ => Some(response.in_words()),
        };
        let reason = reason.as_deref().unwrap_or(NO_REASON);
        let message = format!("sign-in email refused by the portal: {reason}");
        Err(Error::new(ErrorCode::Failed, message))
    }

    /// Asks the portal for a one-time token that acts as another profile, without a switch. It must be
    /// exchanged at once.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`] at 401, [`ErrorCode::Failed`] at 403, [`ErrorCode::Profile`] at 404,
    /// [`ErrorKind::InvalidResponse`] for a response without a token, and any network failure.
    pub(crate) async fn impersonate(
        &self,
        token: &BearerToken,
        profile: &Profile,
    ) -> Result<LinkToken> {
        let path = format!("/api/public/coworkers/{}/impersonate", profile.id);
        let request = Request {
            token: Some(token),
            ..Request::new(Method::GET, &path, IMPERSONATION)
        };
        let response = self.send(&request).await?;
        let (space, label) = (self.space().host(), profile.label());
        Err(match response.status {
            StatusCode::OK if response.is_html() => request.unusable("it is a web page"),
            StatusCode::OK => match Grant::from_json(&response.body) {
                Ok(grant) => return Ok(LinkToken::new(grant.access_token.expose())),
                Err(problem) => request.unusable(problem),
            },
            StatusCode::FORBIDDEN => {
                let reason = response.message().map(|text| request.redact(&text));
                let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
                let message =
                    format!("{space} doesn't let you act as {label} without switching{reason}");
                Error::new(ErrorCode::Failed, message).with_hint(SWITCH_INSTEAD)
            }
            StatusCode::NOT_FOUND if !response.is_html() => {
                let message = format!("{space} has no customer for {label} (HTTP 404)");
                let list = CommandLine::of(["profiles", "list"]);
                Error::new(ErrorCode::Profile, message).with_hint(format!("see `{list}`"))
            }
            _ => request.unusable(response.in_words()),
        })
    }
}

/// `start` and the pairs as in a form. The length is reserved at once: a string that grows leaves copies
/// that are not wiped.
fn encoded(start: &str, pairs: &[(&str, &str)]) -> Zeroizing<String> {
    let lengths = pairs
        .iter()
        .map(|(name, value)| name.len() + 3 * value.len() + 2);
    let mut text = String::with_capacity(start.len() + lengths.sum::<usize>());
    text.push_str(start);
    let mut form = form_urlencoded::Serializer::for_suffix(text, start.len());
    Zeroizing::new(form.extend_pairs(pairs).finish())
}

impl Grant {
    /// Reads the response body, in either spelling of its fields.
    ///
    /// # Errors
    /// The problem, without a quote from the body.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        object! {
            struct Document {
                access_token: Option<Zeroizing<String>>,
                /// What an exchange calls it.
                token: Option<Zeroizing<String>>,
                refresh_token: Option<Zeroizing<String>>,
                expires_in: Option<Box<RawValue>>,
            }
        }
        let document: Document = json::parse(body)?;
        let access_token = document
            .access_token
            .or(document.token)
            .ok_or("it has no token")?;
        let refresh_token = document.refresh_token.filter(|token| !token.is_empty());
        Ok(Self {
            access_token: BearerToken::parse(&access_token)
                .ok_or("its access token can't be sent in a request")?,
            refresh_token: refresh_token.map(|token| RefreshToken::new(token.as_str())),
            expires_in: document.expires_in.as_deref().and_then(seconds),
        })
    }
}

/// A number of seconds, which may be a string.
fn seconds(value: &RawValue) -> Option<Duration> {
    let digits = value.get().trim_matches('"');
    digits.parse().ok().map(Duration::from_secs)
}

/// Reads the portal's word for why it refuses. `error_description` is never read: it can be a
/// password-reset token.
fn refusal_from_json(body: &[u8]) -> Option<String> {
    object! {
        struct Document {
            error: String,
        }
    }
    let document: Document = json::parse(body).ok()?;
    Some(document.error)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::{Arc, Mutex};
    use std::thread;

    use super::super::client::ClientOptions;
    use super::super::connection::Network;
    use super::super::deadline::Deadline;
    use super::super::profiles::ProfileList;
    use super::*;

    #[test]
    fn each_spelling_of_the_tokens_is_read() {
        for body in [
            r#"{"access_token":"a","refresh_token":"r","expires_in":86400,"token_type":"bearer"}"#,
            r#"{"AccessToken":"a","RefreshToken":"r","expires_in":"86400"}"#,
            r#"{"token":"a","refresh_token":"r","expires_in":86400,"token_type":"bearer"}"#,
            r#"{"access_token":"x","AccessToken":"a","RefreshToken":"x","refresh_token":"r","expires_in":1,"ExpiresIn":86400}"#,
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
    fn only_the_word_of_a_refusal_is_read() {
        for (body, expected) in [
            (
                r#"{"error":"invalid_grant","error_description":"No."}"#,
                Some("invalid_grant"),
            ),
            (
                r#"{"Error":"no","error":"invalid_grant"}"#,
                Some("invalid_grant"),
            ),
            ("Bad Request", None),
        ] {
            assert_eq!(refusal_from_json(body.as_bytes()).as_deref(), expected);
        }
    }

    /// A client of a portal that gives the same response to every request, and the requests so far.
    fn portal(response: &'static str) -> (Client, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let space = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let head: Vec<String> = stream
                    .by_ref()
                    .lines()
                    .map(Result::unwrap)
                    .take_while(|line| !line.is_empty())
                    .collect();
                seen.lock().unwrap().push(head.join("\n"));
                stream.get_mut().write_all(response.as_bytes()).unwrap();
            }
        });
        let client = Client::new(ClientOptions {
            space: space.parse().unwrap(),
            deadline: Deadline::new(Duration::from_secs(20)),
            network: Network::default(),
            trace: None,
            on_rate_limit: Box::new(|_| {}),
        });
        (client.unwrap(), requests)
    }

    fn wait_for<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(work)
    }

    macro_rules! response {
        ($status:literal, $type:literal, $body:literal) => {
            concat!(
                "HTTP/1.1 ",
                $status,
                "\r\nContent-Type: ",
                $type,
                "\r\nConnection: close\r\n\r\n",
                $body
            )
        };
    }

    #[test]
    fn each_answer_to_an_impersonation_is_told_apart() {
        let token = BearerToken::new("the-token");
        for (response, expected) in [
            (
                response!("200 OK", "application/json", r#"{"token":"jwt"}"#),
                "granted jwt",
            ),
            (
                response!("200 OK", "application/json", r#"{"token":null}"#),
                "Failed: invalid response for the profile's token: it has no token",
            ),
            (
                response!("200 OK", "application/json", "{}"),
                "Failed: invalid response for the profile's token: it has no token",
            ),
            (
                response!("200 OK", "application/json", "[]"),
                "Failed: invalid response for the profile's token: not a JSON object",
            ),
            (
                response!("200 OK", "text/html", "<p>"),
                "Failed: invalid response for the profile's token: it is a web page",
            ),
            (
                response!("204 No Content", "text/plain", ""),
                "Failed: invalid response for the profile's token: HTTP 204 No Content",
            ),
            (
                response!("401 Unauthorized", "text/plain", ""),
                "Auth: SPACE rejects the token",
            ),
            (
                response!(
                    "403 Forbidden",
                    "application/json",
                    r#"{"Message":"No, the-token."}"#
                ),
                "Failed: SPACE doesn't let you act as Ana #8590114207 without switching: No, [redacted].",
            ),
            (
                response!("403 Forbidden", "text/plain", ""),
                "Failed: SPACE doesn't let you act as Ana #8590114207 without switching",
            ),
            (
                response!("403 Forbidden", "text/html", "<p>"),
                "Network: blocked by a firewall in front of SPACE (HTTP 403)",
            ),
            (
                response!("404 Not Found", "application/json", "{}"),
                "Profile: SPACE has no customer for Ana #8590114207 (HTTP 404)",
            ),
            (
                response!("404 Not Found", "text/html", "<p>"),
                "Failed: invalid response for the profile's token: HTTP 404 Not Found",
            ),
        ] {
            let (client, requests) = portal(response);
            let list = br#"{"Profiles":[{"Id":8590114207,"FullName":"Ana"}]}"#;
            let list = ProfileList::from_json(list).unwrap();
            let answer = match wait_for(client.impersonate(&token, &list.profiles[0])) {
                Ok(jwt) => format!("granted {}", jwt.expose()),
                Err(error) => {
                    let host = client.space().host();
                    format!("{:?}: {error}", error.code).replace(&host, "SPACE")
                }
            };
            assert_eq!(answer, expected, "{response}");
            let requests = requests.lock().unwrap();
            let start = "GET /api/public/coworkers/8590114207/impersonate HTTP/1.1\n";
            assert!(requests[0].starts_with(start), "{requests:?}");
            assert!(requests[0].contains("authorization: Bearer the-token"));
        }
    }

    #[test]
    fn the_token_of_an_impersonation_is_exchanged_with_a_new_client_id() {
        let jwt = LinkToken::new("a.b+c");
        let (client, requests) = portal(response!(
            "200 OK",
            "application/json",
            r#"{"token":"access","refresh_token":"r"}"#
        ));
        for _ in 0..2 {
            let token = wait_for(client.exchange_impersonation(&jwt));
            assert_eq!(
                token
                    .unwrap_or_else(|error| panic!("{error}"))
                    .access_token
                    .expose(),
                "access"
            );
        }
        let requests = requests.lock().unwrap();
        let client_id = |request: &str| {
            let mut lines = request.lines();
            lines
                .find(|line| line.starts_with("client_id: "))
                .unwrap()
                .to_owned()
        };
        assert_ne!(client_id(&requests[0]), client_id(&requests[1]));
        let start = "POST /api/sys/users/exchange?token=a.b%2Bc&validForInMinutes=1440 ";
        assert!(requests[0].starts_with(start), "{requests:?}");
        for (response, expected) in [
            (
                response!(
                    "400 Bad Request",
                    "application/json",
                    r#"{"Message":"Used: a.b+c"}"#
                ),
                "the portal rejects its own one-time token: Used: [redacted]",
            ),
            (
                response!("401 Unauthorized", "text/plain", ""),
                "the portal rejects its own one-time token: no reason given",
            ),
            (
                response!("200 OK", "application/json", "{}"),
                "invalid response for the profile's token: it has no token",
            ),
            (
                response!("404 Not Found", "text/html", "<p>"),
                "invalid response for the profile's token: it is a web page",
            ),
        ] {
            let error = wait_for(portal(response).0.exchange_impersonation(&jwt));
            let error = error.map(|_| ()).unwrap_err();
            assert_eq!(
                (error.to_string().as_str(), error.code),
                (expected, ErrorCode::Failed)
            );
        }
    }

    #[test]
    fn a_sign_in_email_is_asked_for_once() {
        for (response, expected) in [
            (
                response!("200 OK", "application/json", r#"{"WasSuccessful":true}"#),
                None,
            ),
            (response!("200 OK", "text/plain", ""), None),
            (
                response!(
                    "200 OK",
                    "application/json",
                    r#"{"WasSuccessful":false,"Message":"No."}"#
                ),
                Some((ErrorCode::Failed, "No.")),
            ),
            (
                response!(
                    "400 Bad Request",
                    "application/json",
                    r#"{"Message":"businessId is required"}"#
                ),
                Some((
                    ErrorCode::Failed,
                    "HTTP 400 Bad Request: businessId is required",
                )),
            ),
            (
                response!("200 OK", "text/html", "<p>"),
                Some((ErrorCode::Failed, "it is a web page")),
            ),
            (
                response!("429 Too Many Requests", "text/plain", ""),
                Some((
                    ErrorCode::Throttled,
                    "was asked for a sign-in email too often",
                )),
            ),
            (
                response!("409 Conflict", "text/plain", ""),
                Some((
                    ErrorCode::Throttled,
                    "was asked for a sign-in email too often",
                )),
            ),
        ] {
            let (client, requests) = portal(response);
            let sent = wait_for(client.send_otp("ana+1@example.com", 7));
            match expected {
                None => assert!(sent.is_ok(), "{response}"),
                Some((code, words)) => {
                    let error = sent.unwrap_err();
                    assert_eq!(error.code, code);
                    assert!(error.to_string().ends_with(words), "{error}");
                    assert!(
                        code != ErrorCode::Throttled
                            || error.hint.as_deref() == Some("wait before you ask again")
                    );
                }
            }
            let requests = requests.lock().unwrap();
            assert_eq!(requests.len(), 1);
            let start = "GET /api/sys/users/sendOtp?email=ana%2B1%40example.com&businessId=7 ";
            assert!(requests[0].starts_with(start), "{requests:?}");
        }
    }
}
