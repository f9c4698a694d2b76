//! Signing in: passwords, token refresh, one-time links and the emails that have them.

use std::time::Duration;

use hyper::http::StatusCode;
use serde_json::{Value, json};

use super::message::{Failure, Request, bad_request, confirmation};
use super::model::{SignIn, User};
use super::server_data::{Event, ServerData};
use super::state::{Kind, Token, digest_of};

/// How long a refresh token is valid.
const REFRESH_LIFETIME: Duration = Duration::from_secs(15 * 24 * 60 * 60);

/// What the tokens of a session are for. Without a `client_id` the email is used, whatever the case of its
/// letters.
fn session(user: &User, profile: Option<u64>, request: &Request) -> Token {
    let client = request.header("client_id").filter(|id| !id.is_empty());
    let client = client.filter(|id| !id.eq_ignore_ascii_case(&user.email));
    Token {
        client: client.unwrap_or(&user.email).to_owned(),
        ..Token::of(Kind::Access, user.id, profile)
    }
}

/// `POST /api/token`: a sign-in with a password, or a refresh.
pub(super) fn token(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let media_type = request.header("content-type").unwrap_or_default();
    let is_form = media_type.starts_with("application/x-www-form-urlencoded");
    let session = match request.form("grant_type").as_str() {
        "password" if is_form => by_password(data, request)?,
        "refresh_token" if is_form => by_refresh_token(data, request)?,
        _ => {
            let reason = "send a form with grant_type password or refresh_token";
            return Err(refused("unsupported_grant_type", reason));
        }
    };
    let lifetime = data.options.token_lifetime;
    Ok(start_session(data, session, lifetime, "access_token"))
}

/// A refused sign-in or token refresh.
fn refused(error: &str, description: &str) -> Failure {
    let document = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, document)
}

/// Checks the password first: other reasons to refuse are shown only with the right one.
fn by_password(data: &ServerData, request: &Request) -> Result<Token, Failure> {
    let user = data.model.user(&request.form("username"));
    let password = Some(request.form("password"));
    let Some(user) = user.filter(|user| user.password == password) else {
        return Err(refused("invalid_grant", "wrong email or password"));
    };
    match &user.sign_in {
        SignIn::TwoFactor(code) if request.form("totp") != *code => {
            Err(refused("two_factor_auth_check", "it needs a one-time code"))
        }
        SignIn::MustReset(reset_token) => Err(refused("must_reset_password", reset_token)),
        SignIn::Refused => Err(refused("invalid_grant", "this user may not sign in here")),
        SignIn::Allowed | SignIn::TwoFactor(_) => Ok(session(user, None, request)),
    }
}

/// A refused request does not use the refresh token up.
fn by_refresh_token(data: &ServerData, request: &Request) -> Result<Token, Failure> {
    let found = data.find(Kind::Refresh, &request.form("refresh_token"));
    let refused = |reason| refused("invalid_grant", reason);
    let (token, user) = found.ok_or_else(|| refused("unknown, used or expired refresh token"))?;
    let session = session(user, token.profile, request);
    if request.header("client_id").is_none() || session.client != token.client {
        return Err(refused("client_id isn't the one of the sign-in"));
    }
    Ok(session)
}

/// Issues a pair of tokens: the access token in this field. The earlier refresh token of the user and client
/// becomes invalid; access tokens stay valid.
fn start_session(data: &mut ServerData, session: Token, lifetime: Duration, field: &str) -> Value {
    let is_earlier = |token: &Token| {
        (token.kind, token.user, &token.client) == (Kind::Refresh, session.user, &session.client)
    };
    data.state.tokens.retain(|token| !is_earlier(token));
    let refresh = Token {
        kind: Kind::Refresh,
        ..session.clone()
    };
    json!({
        field: data.issue(session, lifetime),
        "token_type": "bearer",
        "expires_in": lifetime.as_secs(),
        "refresh_token": data.issue(refresh, REFRESH_LIFETIME),
    })
}

/// `POST /api/sys/users/exchange`: a session for the JWT of a one-time link or an impersonation. Which
/// failures are 400 and which 401 isn't documented: here each is a 400, and the fault `expire` gives the
/// other.
pub(super) fn exchange(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let minutes = request.number("validForInMinutes").filter(|it| *it > 0);
    let minutes =
        minutes.ok_or_else(|| bad_request("validForInMinutes must be a number of minutes"))?;
    let jwt = request.query("token").unwrap_or_default();
    let (token, user) = data
        .find(Kind::OneTime, &jwt)
        .ok_or_else(|| bad_request("The token is not valid, or has already been used."))?;
    let session = session(user, token.profile, request);
    let digest = digest_of(&jwt);
    data.state.tokens.retain(|known| known.digest != digest);
    let lifetime = Duration::from_secs(minutes.saturating_mul(60));
    Ok(start_session(data, session, lifetime, "token"))
}

/// `GET /api/sys/users/sendOtp`: mails a link. The response doesn't tell whether the address is known.
pub(super) fn send_otp(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let email = request.query("email").filter(|email| email.contains('@'));
    let (Some(email), Some(_)) = (email, request.number("businessId")) else {
        let message = "email and businessId must be given, and be an address and a number";
        return Err(bad_request(message));
    };
    let user = data.model.user(&email);
    let user = user.filter(|user| user.sign_in != SignIn::Refused);
    if let Some(email) = user.map(|user| user.email.clone()) {
        let link = data.issue_link(&email);
        (data.options.observer)(Event::Mail(&email, &link));
    }
    Ok(confirmation(None))
}

/// `GET /api/sys/businesses/getByHost`: the sandbox is one space, at every host.
pub(super) fn business(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let host = request.query("host").filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| bad_request("host must be given"))?;
    let id = data.model.locations.first().and_then(|it| it.get("Id"));
    Ok(json!({ "Id": id, "WebAddress": host }))
}
