//! `POST /api/sys/users/exchange`: one-time links, for users without a password.

use std::io;
use std::time::Duration;

use uuid::Uuid;

use super::faults::Effect;
use super::request::Request;
use super::response::{Failure, Response};
use super::server_data::ServerData;
use super::state::digest_of;
use super::token::{Holder, start_session};

/// How long a one-time link is valid.
const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The start of a JWT (RFC 7519), in base64url: `{"alg":"HS256","typ":"JWT"}` and `{"iss":"sandbox"}`.
const JWT_START: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzYW5kYm94In0";

/// Which failures are 400 and which 401 isn't documented: here an expired link is a 401, a used or
/// unknown one a 400.
pub(super) fn exchange(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let minutes = request.query("validForInMinutes");
    let minutes = minutes.and_then(|text| text.parse::<u64>().ok());
    let minutes = minutes.filter(|minutes| (1..=525_600).contains(minutes));
    let lifetime = minutes.map(|minutes| Duration::from_secs(minutes * 60));
    let lifetime = lifetime
        .ok_or_else(|| Failure::bad_request("validForInMinutes must be a number of minutes"))?;
    let digest = digest_of(&request.query("token").unwrap_or_default());
    let links = &mut data.state.links;
    let index = links.iter().position(|link| link.digest == digest);
    let link = index
        .map(|index| links.remove(index))
        .ok_or_else(|| Failure::bad_request("The token is not valid, or has already been used."))?;
    let user = data.model.user_by_id(link.user);
    let user = user.filter(|_| link.expires > data.state.now());
    let user = user.ok_or(Failure::UNAUTHORIZED)?;
    let client_id = request.header("client_id");
    let client_id = client_id.filter(|_| !request.has(&Effect::EmailAsClient));
    let holder = Holder::new(user, client_id);
    let session = start_session(data, holder, lifetime);
    Ok(session.response("token", lifetime))
}

impl ServerData {
    /// Issues the token of a one-time link for the user with this email: a JWT, as it comes in an email.
    ///
    /// # Errors
    /// `NotFound` if no user has this email.
    pub(super) fn issue_link_token(&mut self, email: &str) -> io::Result<String> {
        let user = self.user_id(email)?;
        let jwt = format!("{JWT_START}.{}", Uuid::new_v4().simple());
        let link = self.state.record(&jwt, user, LINK_LIFETIME);
        self.state.links.push(link);
        self.issued.push(jwt.clone());
        Ok(jwt)
    }
}
