//! Signing in: passwords, token refresh, one-time links and the emails that have them.

use std::time::Duration;

use hyper::http::StatusCode;
use hyper::http::header::CONTENT_TYPE;
use serde_json::json;
use uuid::Uuid;

use super::message::{
    Failure, Request, Response, bad_request, confirmation, failure, ok, refused_grant,
};
use super::model::{SignIn, User};
use super::server_data::{Event, ServerData};
use super::state::{Holder, digest_of, new_token};

/// How long a refresh token is valid.
const REFRESH_LIFETIME: Duration = Duration::from_secs(15 * 24 * 60 * 60);

/// How long a one-time link is valid.
const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How long the token of an impersonation can be exchanged.
pub(super) const IMPERSONATION_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How many emails an address may be sent a minute. The portal's limit isn't documented.
const MAILS_PER_MINUTE: usize = 3;

/// The start of a JWT (RFC 7519), in base64url: `{"alg":"HS256","typ":"JWT"}` and `{"iss":"sandbox"}`.
const JWT_START: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzYW5kYm94In0";

/// What the tokens of a session are for. Without a `client_id` the email is used, whatever the case of its
/// letters.
fn holder(user: &User, profile: Option<u64>, request: &Request) -> Holder {
    let client = client_id(request).filter(|id| !id.eq_ignore_ascii_case(&user.email));
    Holder {
        user: user.id,
        profile,
        client: client.unwrap_or(&user.email).to_owned(),
    }
}

fn client_id(request: &Request) -> Option<&str> {
    request.header("client_id").filter(|id| !id.is_empty())
}

/// `POST /api/token`: a sign-in with a password, or a refresh.
pub(super) fn token(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let media_type = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_form = media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let holder = match request.form("grant_type").as_str() {
        "password" if is_form => by_password(data, request)?,
        "refresh_token" if is_form => by_refresh_token(data, request)?,
        _ => {
            return Err(refused_grant(
                "unsupported_grant_type",
                "send a form with grant_type password or refresh_token",
            ));
        }
    };
    let lifetime = data.options.token_lifetime;
    Ok(start_session(data, holder, lifetime, "access_token"))
}

fn invalid_grant(description: &str) -> Failure {
    refused_grant("invalid_grant", description)
}

/// Checks the password first: other reasons to refuse are shown only with the right one.
fn by_password(data: &ServerData, request: &Request) -> Result<Holder, Failure> {
    let user = data.model.user(&request.form("username"));
    let password = Some(request.form("password"));
    let user = user
        .filter(|user| user.password == password)
        .ok_or_else(|| invalid_grant("the email or the password is wrong"))?;
    match &user.sign_in {
        SignIn::TwoFactor(code) if request.form("totp") != *code => Err(refused_grant(
            "two_factor_auth_check",
            "a one-time code is needed",
        )),
        SignIn::MustReset(reset_token) => Err(refused_grant("must_reset_password", reset_token)),
        SignIn::Refused => Err(invalid_grant("this user may not sign in here")),
        SignIn::Allowed | SignIn::TwoFactor(_) => Ok(holder(user, None, request)),
    }
}

/// A refused request does not use the refresh token up.
fn by_refresh_token(data: &ServerData, request: &Request) -> Result<Holder, Failure> {
    let digest = digest_of(&request.form("refresh_token"));
    let mut valid = data.state.refresh.iter();
    let known = valid.find(|known| known.digest == digest);
    let known = known.map(|known| &known.holder);
    let user = known.and_then(|known| data.user_of(known));
    let (Some(known), Some(user)) = (known, user) else {
        return Err(invalid_grant(
            "this refresh token is unknown, used or expired",
        ));
    };
    if user.sign_in == SignIn::Refused {
        return Err(invalid_grant("this user may not sign in here"));
    }
    if client_id(request).is_none() || holder(user, known.profile, request) != *known {
        return Err(invalid_grant("client_id isn't the one of the sign-in"));
    }
    Ok(known.clone())
}

/// Issues a pair of tokens. The earlier refresh token of the user and client becomes invalid; access tokens
/// stay valid.
fn start_session(
    data: &mut ServerData,
    holder: Holder,
    lifetime: Duration,
    access_token_field: &str,
) -> Response {
    let (access_token, refresh_token) = (new_token(), new_token());
    let state = &mut data.state;
    let access = state.record(&access_token, holder.clone(), lifetime);
    state.access.push(access);
    state
        .refresh
        .retain(|known| known.holder.user != holder.user || known.holder.client != holder.client);
    let refresh = state.record(&refresh_token, holder, REFRESH_LIFETIME);
    state.refresh.push(refresh);
    let response = ok(&json!({
        access_token_field: access_token,
        "token_type": "bearer",
        "expires_in": lifetime.as_secs(),
        "refresh_token": refresh_token,
    }));
    data.issued.extend([access_token, refresh_token]);
    response
}

/// `POST /api/sys/users/exchange`: a session for the JWT of a one-time link or an impersonation. Which
/// failures are 400 and which 401 isn't documented: here each is a 400, and the fault `expire` gives the
/// other.
pub(super) fn exchange(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let minutes = request.number("validForInMinutes");
    let minutes = minutes
        .filter(|minutes| (1..=525_600).contains(minutes))
        .ok_or_else(|| bad_request("validForInMinutes must be a number of minutes"))?;
    let digest = digest_of(&request.query("token").unwrap_or_default());
    let links = &mut data.state.links;
    let index = links.iter().position(|link| link.digest == digest);
    let link = index.map(|index| links.remove(index).holder);
    let (link, user) = link
        .and_then(|link| Some((link.profile, data.user_of(&link)?)))
        .ok_or_else(|| bad_request("The token is not valid, or has already been used."))?;
    let holder = holder(user, link, request);
    let lifetime = Duration::from_secs(minutes * 60);
    Ok(start_session(data, holder, lifetime, "token"))
}

impl ServerData {
    /// Issues a one-time link. `None` if no user has this email.
    pub(super) fn issue_link(&mut self, email: &str) -> Option<String> {
        let holder = self.holder(email)?;
        let token = self.issue_jwt(holder, LINK_LIFETIME);
        Some(format!("{}/login?token={token}", self.base_url))
    }

    /// Issues a JWT that can be exchanged once.
    pub(super) fn issue_jwt(&mut self, holder: Holder, lifetime: Duration) -> String {
        let jwt = format!("{JWT_START}.{}", Uuid::new_v4().simple());
        let link = self.state.record(&jwt, holder, lifetime);
        self.state.links.push(link);
        self.issued.push(jwt.clone());
        jwt
    }
}

/// `GET /api/sys/users/sendOtp`: mails a link. The response doesn't tell whether the address is known.
pub(super) fn send_otp(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let email = request.query("email").map(|email| email.to_lowercase());
    let email = email.filter(|email| {
        let (name, host) = email.split_once('@').unwrap_or_default();
        !name.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace)
    });
    let (Some(email), Some(_)) = (email, request.number("businessId")) else {
        let message = "email and businessId must be given, and be an address and a number";
        return Err(bad_request(message));
    };
    let now = data.state.now();
    data.mails.retain(|(_, at)| at.saturating_add(60) > now);
    let sent = data.mails.iter().filter(|(to, _)| *to == email).count();
    if sent >= MAILS_PER_MINUTE {
        let message = "Too many requests. Wait before you ask again.";
        return Err(failure(StatusCode::TOO_MANY_REQUESTS, message));
    }
    data.mails.push((email.clone(), now));
    let user = data.model.user(&email);
    if user.is_some_and(|user| user.sign_in != SignIn::Refused)
        && let Some(link) = data.issue_link(&email)
    {
        (data.options.observer)(Event::Mail(&email, &link));
    }
    Ok(confirmation(None))
}

/// `GET /api/sys/businesses/getByHost`: the sandbox is one space, at every host.
pub(super) fn business(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let host = request.query("host").filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| bad_request("host must be given"))?;
    let id = data.model.locations.first().map(|location| location.id);
    Ok(ok(&json!({ "Id": id, "WebAddress": host })))
}
