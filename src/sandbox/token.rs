//! `POST /api/token`: sign-in and refresh.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use serde_json::json;

use super::model::{SignIn, User};
use super::request::Request;
use super::response::{Failure, Response, ok};
use super::server_data::ServerData;
use super::state::{RefreshToken, digest_of, new_token};

/// How long a refresh token is valid.
const REFRESH_LIFETIME: Duration = Duration::from_secs(15 * 24 * 60 * 60);

/// The user and the client that tokens are for.
#[derive(PartialEq)]
pub(super) struct Holder {
    user: u64,
    client: String,
}

impl Holder {
    /// Without a `client_id` the email is used, whatever the case of its letters.
    pub(super) fn new(user: &User, client_id: Option<&str>) -> Self {
        let client_id =
            client_id.filter(|id| !id.is_empty() && !id.eq_ignore_ascii_case(&user.email));
        Self {
            user: user.id,
            client: client_id.unwrap_or(&user.email).to_owned(),
        }
    }
}

/// The tokens of a session.
pub(super) struct Session {
    access_token: String,
    refresh_token: String,
}

impl Session {
    /// The response that issues them, with this field for the access token.
    pub(super) fn response(&self, access_token_field: &str, lifetime: Duration) -> Response {
        ok(&json!({
            access_token_field: self.access_token,
            "token_type": "bearer",
            "expires_in": lifetime.as_secs(),
            "refresh_token": self.refresh_token,
        }))
    }
}

pub(super) fn token(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let media_type = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_form = media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let holder = match request.form("grant_type").as_str() {
        "password" if is_form => by_password(data, request)?,
        "refresh_token" if is_form => by_refresh_token(data, request)?,
        _ => {
            return Err(Failure::grant(
                "unsupported_grant_type",
                "send a form with grant_type password or refresh_token",
            ));
        }
    };
    let lifetime = data.token_lifetime;
    let session = start_session(data, holder, lifetime);
    Ok(session.response("access_token", lifetime))
}

fn invalid_grant(description: &str) -> Failure {
    Failure::grant("invalid_grant", description)
}

/// Checks the password first: other reasons to refuse are shown only with the right one.
fn by_password(data: &ServerData, request: &Request) -> Result<Holder, Failure> {
    let user = data.model.user(&request.form("username"));
    let password = Some(request.form("password"));
    let user = user
        .filter(|user| user.password == password)
        .ok_or_else(|| invalid_grant("the email or the password is wrong"))?;
    match &user.sign_in {
        SignIn::TwoFactor(code) if request.form("totp") != *code => Err(Failure::grant(
            "two_factor_auth_check",
            "a one-time code is needed",
        )),
        SignIn::MustReset(reset_token) => Err(Failure::grant("must_reset_password", reset_token)),
        SignIn::Refused => Err(invalid_grant("this user may not sign in here")),
        SignIn::Allowed | SignIn::TwoFactor(_) => {
            Ok(Holder::new(user, request.header("client_id")))
        }
    }
}

/// A refused request does not use the refresh token up.
fn by_refresh_token(data: &ServerData, request: &Request) -> Result<Holder, Failure> {
    let digest = digest_of(&request.form("refresh_token"));
    let mut valid = data.state.refresh.iter();
    let known = valid.find(|known| known.token.digest == digest);
    let user = known.and_then(|known| data.model.user_by_id(known.token.user));
    let (Some(known), Some(user)) = (known, user) else {
        return Err(invalid_grant(
            "this refresh token is unknown, used or expired",
        ));
    };
    if matches!(user.sign_in, SignIn::Refused) {
        return Err(invalid_grant("this user may not sign in here"));
    }
    let client_id = request.header("client_id").filter(|id| !id.is_empty());
    let holder = Holder::new(user, client_id);
    if client_id.is_none() || holder.client != known.client {
        return Err(invalid_grant("client_id isn't the one of the sign-in"));
    }
    Ok(holder)
}

/// Issues a pair of tokens. The holder's earlier refresh token becomes invalid; access tokens stay valid.
pub(super) fn start_session(data: &mut ServerData, holder: Holder, lifetime: Duration) -> Session {
    let session = Session {
        access_token: new_token(),
        refresh_token: new_token(),
    };
    let tokens = [&session.access_token, &session.refresh_token];
    data.issued.extend(tokens.map(Clone::clone));
    let Holder { user, client } = holder;
    let state = &mut data.state;
    let access = state.record(&session.access_token, user, lifetime);
    state.access.push(access);
    let token = state.record(&session.refresh_token, user, REFRESH_LIFETIME);
    let refresh = &mut state.refresh;
    refresh.retain(|known| known.token.user != user || known.client != client);
    refresh.push(RefreshToken { token, client });
    session
}
