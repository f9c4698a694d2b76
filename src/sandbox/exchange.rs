//! `POST /api/sys/users/exchange`: one-time links, for users without a password.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Query, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::header::CONTENT_LENGTH};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;

use super::app::App;
use super::faults::CallFaults;
use super::model::User;
use super::responses::Failure;
use super::state::{Link, digest_of};
use super::token::{Holder, grant};
use super::world::World;

/// How long a one-time link is valid.
const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

pub(super) async fn exchange(
    Shared(app): Shared<Arc<App>>,
    Extension(faults): Extension<CallFaults>,
    headers: HeaderMap,
    Query(params): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    if !headers.contains_key(CONTENT_LENGTH) {
        return Err(Failure::LengthRequired);
    }
    let minutes = params.get("validForInMinutes").map(|text| text.parse());
    let minutes: u64 = match minutes {
        Some(Ok(minutes @ 1..=525_600)) => minutes,
        _ => {
            return Err(Failure::Bad(
                "validForInMinutes must be a number of minutes",
            ));
        }
    };
    let jwt = params.get("token").map(String::as_str).unwrap_or_default();
    let client = headers.get("client_id").and_then(|id| id.to_str().ok());
    let client = client.filter(|_| !faults.email_as_client);
    let session = app.visit(|world| {
        let user = redeem(world, jwt)?;
        let holder = Holder::new(user, client);
        let granted = grant(world, holder, Duration::from_secs(minutes * 60))?;
        Ok::<_, Failure>(json!({
            "token": granted.access_token,
            "token_type": granted.token_type,
            "expires_in": granted.expires_in,
            "refresh_token": granted.refresh_token,
        }))
    })??;
    Ok(Json(session).into_response())
}

/// Marks a link as used. Which failures are 400 and which 401 isn't documented: here an expired link is
/// a 401, a used or unknown one a 400.
fn redeem<'a>(world: &'a mut World<'_>, jwt: &str) -> Result<&'a User, Failure> {
    let now = world.state.now();
    let digest = digest_of(jwt);
    let mut links = world.state.links.iter_mut();
    let link = links
        .find(|link| link.digest == digest)
        .ok_or(Failure::Bad("The token is not valid."))?;
    if link.used {
        return Err(Failure::Bad("The token has already been used."));
    }
    if link.expires <= now {
        return Err(Failure::Unauthorized);
    }
    link.used = true;
    let user = world.model.user_by_id(link.user);
    user.ok_or(Failure::Unauthorized)
}

/// Makes a one-time token for the user with this email: a JWT, as it comes in a sign-in email.
///
/// # Errors
/// `NotFound` when there is no such user.
pub(super) fn issue_link_token(world: &mut World<'_>, email: &str) -> io::Result<String> {
    let unknown = || io::Error::new(io::ErrorKind::NotFound, "no such user in the sandbox");
    let user = world.model.user(email).ok_or_else(unknown)?;
    let expires = world.state.after(LINK_LIFETIME);
    let claims = json!({ "sub": user.id.to_string(), "email": user.email, "exp": expires / 1000 });
    let mut signature = [0_u8; 32];
    SystemRandom::new()
        .fill(&mut signature)
        .map_err(|_| io::Error::other("the system gave no random bytes"))?;
    let jwt = format!(
        "{}.{}.{}",
        base64url(br#"{"alg":"HS256","typ":"JWT"}"#),
        base64url(claims.to_string().as_bytes()),
        base64url(&signature)
    );
    let link = Link {
        digest: digest_of(&jwt),
        user: user.id,
        expires,
        used: false,
    };
    world.state.links.push(link);
    world.issued.push(jwt.clone());
    Ok(jwt)
}

/// RFC 4648, section 5, without padding.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let joined = group
            .iter()
            .fold(0_u32, |joined, byte| joined << 8 | u32::from(*byte));
        let joined = joined << (8 * (3 - group.len()));
        for index in 0..=group.len() {
            let index = joined >> (18 - 6 * index) & 63;
            let char = ALPHABET.get(index as usize).copied();
            text.extend(char.map(char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn base64url_has_no_padding() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v")] {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }
}
