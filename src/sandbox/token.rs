//! `POST /api/token`: signing in, and refreshing (contract, "Signing in").

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

use super::answer::Failure;
use super::cast::{SignIn, User};
use super::routes::App;
use super::state::{Access, REFRESH_LIFETIME, Refresh, after, digest_of, new_token};
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

/// The tokens that a grant gives out.
#[derive(Serialize)]
struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: String,
}

/// What was asked for: the form's fields, and the `client_id` header.
struct Grant<'a> {
    fields: HashMap<Cow<'a, str>, Cow<'a, str>>,
    client: Option<&'a str>,
}

impl Grant<'_> {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.as_ref())
    }

    /// The client's name; the email stands in for one that wasn't sent.
    fn client_of(&self, user: &User) -> String {
        match self.client {
            Some(client) if !client.eq_ignore_ascii_case(&user.email) => client.to_owned(),
            _ => user.email.clone(),
        }
    }
}

/// Whom the tokens are for.
struct Holder {
    user: u64,
    client: String,
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
    let grant = Grant {
        fields: form_urlencoded::parse(&body).collect(),
        client: header("client_id").filter(|client| !client.is_empty()),
    };
    let granted = app.visit(|world| match holder(world, &grant) {
        Ok(holder) => give(world, holder, app.token_lifetime).map(Ok),
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

fn holder(world: &mut World<'_>, grant: &Grant<'_>) -> Result<Holder, Refused> {
    match grant.field("grant_type") {
        "password" => by_password(world, grant),
        "refresh_token" => by_refresh_token(world, grant),
        _ => Err(unsupported()),
    }
}

/// Only the right password learns what else stands in the way.
fn by_password(world: &World<'_>, grant: &Grant<'_>) -> Result<Holder, Refused> {
    let user = world.cast.user(grant.field("username"));
    let user = user
        .filter(|user| user.password == grant.field("password"))
        .ok_or_else(|| Refused::invalid("the email or the password is wrong"))?;
    match &user.sign_in {
        SignIn::TwoFactor(code) if grant.field("totp") != code => Err(Refused::new(
            "two_factor_auth_check",
            "a one-time code is needed",
        )),
        SignIn::MustReset(reset_token) => Err(Refused {
            error: "must_reset_password",
            error_description: reset_token.clone().into(),
        }),
        SignIn::Refused => Err(Refused::invalid("this user may not sign in here")),
        SignIn::Allowed | SignIn::TwoFactor(_) => Ok(Holder {
            user: user.id,
            client: grant.client_of(user),
        }),
    }
}

/// A refusal leaves the token as it was: only a use uses it up.
fn by_refresh_token(world: &World<'_>, grant: &Grant<'_>) -> Result<Holder, Refused> {
    let dead = || Refused::invalid("this refresh token is unknown, used or expired");
    let digest = digest_of(grant.field("refresh_token"));
    let mut live = world.state.refresh.iter();
    let known = live.find(|known| known.digest == digest).ok_or_else(dead)?;
    let user = world.cast.user_by_id(known.user).ok_or_else(dead)?;
    if matches!(user.sign_in, SignIn::Refused) {
        return Err(Refused::invalid("this user may not sign in here"));
    }
    if grant.client.is_none() || grant.client_of(user) != known.client {
        return Err(Refused::invalid("client_id isn't the one of the sign-in"));
    }
    Ok(Holder {
        user: known.user,
        client: known.client.clone(),
    })
}

/// Gives out a pair of tokens. The holder's earlier refresh token dies; access
/// tokens already out live on.
fn give(world: &mut World<'_>, holder: Holder, lifetime: Duration) -> std::io::Result<Granted> {
    let granted = Granted {
        access_token: new_token()?,
        token_type: "bearer",
        expires_in: lifetime.as_secs(),
        refresh_token: new_token()?,
    };
    let tokens = [&granted.access_token, &granted.refresh_token];
    world.issued.extend(tokens.map(Clone::clone));
    let Holder { user, client } = holder;
    world.state.access.push(Access {
        digest: digest_of(&granted.access_token),
        user,
        expires: after(lifetime),
    });
    let refresh = &mut world.state.refresh;
    refresh.retain(|known| known.user != user || known.client != client);
    refresh.push(Refresh {
        digest: digest_of(&granted.refresh_token),
        user,
        client,
        expires: after(REFRESH_LIFETIME),
    });
    Ok(granted)
}
