//! `POST /api/token`: sign-in and refresh.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::form_urlencoded;

use super::app::App;
use super::model::{SignIn, User};
use super::responses::Failure;
use super::state::{Access, REFRESH_LIFETIME, Refresh, digest_of, new_token};
use super::world::World;

/// A refused grant: always 400 with these two fields.
#[derive(Serialize)]
struct Refused {
    error: &'static str,
    error_description: Cow<'static, str>,
}

impl Refused {
    fn new(error: &'static str, description: &'static str) -> Self {
        Self {
            error,
            error_description: description.into(),
        }
    }

    fn invalid(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }
}

/// The tokens of a grant.
#[derive(Serialize)]
pub(super) struct Granted {
    pub(super) access_token: String,
    pub(super) token_type: &'static str,
    pub(super) expires_in: u64,
    pub(super) refresh_token: String,
}

/// The form's fields, and the `client_id` header.
struct GrantRequest<'a> {
    fields: HashMap<Cow<'a, str>, Cow<'a, str>>,
    client: Option<&'a str>,
}

impl GrantRequest<'_> {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.as_ref())
    }

    fn holder(&self, user: &User) -> Holder {
        Holder::new(user, self.client)
    }
}

/// The user and the client that tokens are for.
pub(super) struct Holder {
    user: u64,
    client: String,
}

impl Holder {
    /// Without a `client_id`, the email is used.
    pub(super) fn new(user: &User, client: Option<&str>) -> Self {
        let client = match client {
            Some(client) if !client.eq_ignore_ascii_case(&user.email) => client.to_owned(),
            _ => user.email.clone(),
        };
        Self {
            user: user.id,
            client,
        }
    }
}

pub(super) async fn token(
    Shared(app): Shared<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if !header(CONTENT_TYPE.as_str()).is_some_and(is_form) {
        return Ok(refuse(unsupported()));
    }
    let request = GrantRequest {
        fields: form_urlencoded::parse(&body).collect(),
        client: header("client_id").filter(|client| !client.is_empty()),
    };
    let granted = app.visit(|world| match holder(world, &request) {
        Ok(holder) => grant(world, holder, app.token_lifetime).map(Ok),
        Err(refused) => Ok(Err(refused)),
    })??;
    Ok(match granted {
        Ok(granted) => Json(granted).into_response(),
        Err(refused) => refuse(refused),
    })
}

fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn refuse(refused: Refused) -> Response {
    (StatusCode::BAD_REQUEST, Json(refused)).into_response()
}

fn unsupported() -> Refused {
    Refused::new(
        "unsupported_grant_type",
        "send a form with grant_type password or refresh_token",
    )
}

fn holder(world: &mut World<'_>, request: &GrantRequest<'_>) -> Result<Holder, Refused> {
    match request.field("grant_type") {
        "password" => by_password(world, request),
        "refresh_token" => by_refresh_token(world, request),
        _ => Err(unsupported()),
    }
}

/// Checks the password first: other reasons to refuse are shown only with the right one.
fn by_password(world: &World<'_>, request: &GrantRequest<'_>) -> Result<Holder, Refused> {
    let user = world.model.user(request.field("username"));
    let user = user
        .filter(|user| user.password == request.field("password"))
        .ok_or_else(|| Refused::invalid("the email or the password is wrong"))?;
    match &user.sign_in {
        SignIn::TwoFactor(code) if request.field("totp") != code => Err(Refused::new(
            "two_factor_auth_check",
            "a one-time code is needed",
        )),
        SignIn::MustReset(reset_token) => Err(Refused {
            error: "must_reset_password",
            error_description: reset_token.clone().into(),
        }),
        SignIn::Refused => Err(Refused::invalid("this user may not sign in here")),
        SignIn::LinkOnly => Err(Refused::invalid("the email or the password is wrong")),
        SignIn::Allowed | SignIn::TwoFactor(_) => Ok(request.holder(user)),
    }
}

/// A refused request does not use the refresh token up.
fn by_refresh_token(world: &World<'_>, request: &GrantRequest<'_>) -> Result<Holder, Refused> {
    let invalid = || Refused::invalid("this refresh token is unknown, used or expired");
    let digest = digest_of(request.field("refresh_token"));
    let mut live = world.state.refresh.iter();
    let known = live
        .find(|known| known.digest == digest)
        .ok_or_else(invalid)?;
    let user = world.model.user_by_id(known.user).ok_or_else(invalid)?;
    if matches!(user.sign_in, SignIn::Refused) {
        return Err(Refused::invalid("this user may not sign in here"));
    }
    if request.client.is_none() || request.holder(user).client != known.client {
        return Err(Refused::invalid("client_id isn't the one of the sign-in"));
    }
    Ok(Holder {
        user: known.user,
        client: known.client.clone(),
    })
}

/// Issues a pair of tokens. The holder's earlier refresh token becomes invalid; access tokens stay valid.
///
/// # Errors
/// If the system provides no random bytes.
pub(super) fn grant(
    world: &mut World<'_>,
    holder: Holder,
    lifetime: Duration,
) -> std::io::Result<Granted> {
    let granted = Granted {
        access_token: new_token()?,
        token_type: "bearer",
        expires_in: lifetime.as_secs(),
        refresh_token: new_token()?,
    };
    let tokens = [&granted.access_token, &granted.refresh_token];
    world.issued.extend(tokens.map(Clone::clone));
    let Holder { user, client } = holder;
    let access = Access {
        digest: digest_of(&granted.access_token),
        user,
        expires: world.state.after(lifetime),
    };
    world.state.access.push(access);
    let expires = world.state.after(REFRESH_LIFETIME);
    let refresh = &mut world.state.refresh;
    refresh.retain(|known| known.user != user || known.client != client);
    refresh.push(Refresh {
        digest: digest_of(&granted.refresh_token),
        user,
        client,
        expires,
    });
    Ok(granted)
}
