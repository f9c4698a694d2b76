//! The profile list, in the portal's own fields, and the switch: the request that makes another profile
//! current, and what its response says.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::http::{Confirmation, NO_REASON, Request, Response, SwitchProgress};
use super::json::{self, Object, object};
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::secret::BearerToken;

/// Where profiles are listed, below a space's address.
pub(super) const PATH: &str = "/api/public/coworkers/profiles";

/// What messages call the list.
const SUBJECT: &str = "the profile list";

/// The largest response with a list, in bytes: 20,000 profiles take 5 MiB.
const LIST_LIMIT: usize = 8 * 1024 * 1024;

/// The longest list.
const MAX_PROFILES: usize = 20_000;

/// The longest time that is kept for reading the profile list after a switch.
const VERIFICATION_TIME: Duration = Duration::from_secs(5);

/// The id of a profile, as in `coworkerId`. It can exceed 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ProfileId(u64);

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u64> for ProfileId {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl FromStr for ProfileId {
    type Err = ParseIntError;

    fn from_str(given: &str) -> Result<Self, ParseIntError> {
        given.parse().map(Self)
    }
}

/// All profiles of a user, and who and where the session is
/// (`GET /api/public/coworkers/profiles`).
///
/// The fields are the portal's; serialized, it is the document of `nxp profiles list -o json`.
/// `User.AccessToken`, the live bearer token, is not among them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProfileList {
    /// The user whose token was sent.
    pub(crate) user: Option<User>,
    /// The location that the current profile belongs to.
    pub(crate) default_business: Option<Business>,
    /// The user's profiles, in the portal's order.
    pub(crate) profiles: Vec<Profile>,
}

object! {
    /// The same, as the portal sends it.
    pub(super) struct Document {
        user: Option<User>,
        default_business: Option<Business>,
        profiles: Option<Vec<Profile>>,
    }

    /// The user behind the profiles.
    #[derive(Clone, Debug, Default, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct User {
        pub(crate) id: Option<u64>,
        pub(crate) full_name: Option<String>,
        pub(crate) email: Option<String>,
        pub(crate) active: Option<bool>,
        pub(crate) is_admin: Option<bool>,
    }

    /// A location.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct Business {
        pub(crate) id: Option<u64>,
        pub(crate) name: Option<String>,
        pub(crate) web_address: Option<String>,
    }

    /// A customer record of the user. Any field but `id` may be absent.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct Profile {
        pub(crate) id: ProfileId,
        pub(crate) full_name: Option<String>,
        pub(crate) company_name: Option<String>,
        pub(crate) active: Option<bool>,
        pub(crate) is_default_profile: Option<bool>,
        pub(crate) coworker_type: Option<i64>,
        pub(crate) has_virtual_office: Option<bool>,
        pub(crate) virtual_office_paused: Option<bool>,
        pub(crate) virtual_office_contract_id: Option<u64>,
    } + {
        /// The location of a profile that has the same names as another one. Only the profile cache
        /// knows it.
        #[serde(skip)]
        pub(crate) location: Option<String>,
    }
}

/// Whether a profile has a virtual office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VirtualOffice {
    /// It has one.
    Active,
    /// It has one that is paused.
    Paused,
    /// It has none.
    None,
}

impl VirtualOffice {
    /// The word in output.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::None => "none",
        }
    }
}

impl Profile {
    /// Whether it can be switched to. An absent field does not count as active.
    pub(crate) fn is_active(&self) -> bool {
        self.active == Some(true)
    }

    /// Whether the session acts as this profile.
    pub(crate) fn is_current(&self) -> bool {
        self.is_default_profile == Some(true)
    }

    /// What it stands for (`CoworkerType`), if the portal says: the word in output, or the number of a
    /// type that is not documented.
    pub(crate) fn kind(&self) -> Option<Cow<'static, str>> {
        self.coworker_type.map(|number| match number {
            1 => "individual".into(),
            2 => "company".into(),
            other => other.to_string().into(),
        })
    }

    /// Whether it has a virtual office.
    pub(crate) fn virtual_office(&self) -> VirtualOffice {
        match (self.has_virtual_office, self.virtual_office_paused) {
            (Some(true), Some(true)) => VirtualOffice::Paused,
            (Some(true), _) => VirtualOffice::Active,
            _ => VirtualOffice::None,
        }
    }

    /// The names of the person and the company.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let person = given(&self.full_name);
        let company = given(&self.company_name).filter(|company| person != Some(company));
        person.into_iter().chain(company)
    }

    /// Person and company, as the portal's own switcher names a profile; empty if it has neither.
    pub(crate) fn title(&self) -> String {
        self.names().collect::<Vec<_>>().join(" — ")
    }

    /// The title, shortened if it is very long, and the id.
    pub(crate) fn label(&self) -> String {
        self.label_of(self.title())
    }

    /// The label with the location, if that tells the profile from another one with its names.
    pub(crate) fn label_with_location(&self) -> String {
        match &self.location {
            Some(location) => self.label_of(format!("{} ({location})", self.title())),
            None => self.label(),
        }
    }

    fn label_of(&self, mut title: String) -> String {
        if title.chars().count() > LONGEST_TITLE {
            let kept = title.chars().take(LONGEST_TITLE - 1);
            title = kept.chain(['…']).collect();
        }
        format!("{title} #{}", self.id).trim_start().to_owned()
    }
}

/// The longest title within a label, in characters.
const LONGEST_TITLE: usize = 80;

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

impl Client {
    /// Fetches the profile list, asking only for the fields of [`ProfileList`], so that
    /// `User.AccessToken` never crosses the wire. A server that sends more changes nothing.
    pub(crate) async fn profiles(&self, token: &BearerToken) -> Result<ProfileList> {
        let response = self.list(token, &fields().join(",")).await?;
        ProfileList::from_json(&response.body).map_err(unusable)
    }

    /// Requests these fields of the list.
    pub(super) async fn list(&self, token: &BearerToken, shape: &str) -> Result<Response> {
        let path = format!("{PATH}?_shape={shape}");
        let request = Request {
            token: Some(token),
            ..list_request(&path)
        };
        self.send_authorized(&request).await
    }
}

/// A request for the profile list, as yet without a token.
pub(super) fn list_request(path: &str) -> Request<'_> {
    Request {
        limit: LIST_LIMIT,
        ..Request::new(Method::GET, path, SUBJECT)
    }
}

pub(super) fn unusable(problem: String) -> Error {
    Error::invalid_response(SUBJECT, problem)
}

/// The objects in the list.
pub(super) const PARENTS: [(&str, &[&str]); 3] = [
    ("User", User::FIELDS),
    ("DefaultBusiness", Business::FIELDS),
    ("Profiles", Profile::FIELDS),
];

/// All fields of the list, such as `User.Id`.
pub(super) fn fields() -> Vec<String> {
    let fields = PARENTS.into_iter().flat_map(|(parent, fields)| {
        let names = fields.iter();
        names.map(move |field| format!("{parent}.{}", json::portal_name(field)))
    });
    fields.collect()
}

/// Parses a list as `T`, unless it is very long: an object takes many times the memory of its text.
pub(super) fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let objects = body.iter().filter(|byte| **byte == b'{').count();
    if objects > 2 * MAX_PROFILES {
        return Err(too_many());
    }
    json::parse(body)
}

fn too_many() -> String {
    format!("more than {MAX_PROFILES} profiles")
}

impl ProfileList {
    /// Parses the response body, without undocumented fields.
    ///
    /// # Errors
    /// What is wrong with it. It quotes no value, as that may be a token.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        let document: Document = parsed(body)?;
        if document.user.is_none() && document.profiles.is_none() {
            return Err("neither User nor Profiles".to_owned());
        }
        let profiles = document.profiles.unwrap_or_default();
        if profiles.len() > MAX_PROFILES {
            return Err(too_many());
        }
        Ok(Self {
            user: document.user,
            default_business: document.default_business,
            profiles,
        })
    }

    /// The profile that the session acts as.
    pub(crate) fn current(&self) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.is_current())
    }

    /// Whether this profile, and no other, is marked as current.
    pub(crate) fn acts_as(&self, id: ProfileId) -> bool {
        let mut current = self.profiles.iter().filter(|it| it.is_current());
        current.next().is_some_and(|it| it.id == id) && current.all(|it| it.id == id)
    }

    /// The active profiles whose names another active profile has, too.
    pub(crate) fn with_same_names(&self) -> HashSet<ProfileId> {
        // In a long list, sorting is faster than hashing.
        let mut active: Vec<_> = self
            .active()
            .map(|profile| {
                let mut names = profile.names();
                (names.next(), names.next(), profile.id)
            })
            .collect();
        active.sort_unstable();
        let same = active.windows(2).filter_map(|pair| match pair {
            [(person, company, id), (same_person, same_company, other)] => {
                (person == same_person && company == same_company).then_some([*id, *other])
            }
            _ => None,
        });
        same.flatten().collect()
    }

    /// The profiles that one can switch to.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.iter().filter(|profile| profile.is_active())
    }

    /// The profile with this id.
    pub(crate) fn find(&self, id: ProfileId) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// The name of the location that the session is at, if the portal gives one.
    pub(crate) fn location(&self) -> Option<&str> {
        self.default_business.as_ref()?.name.as_deref()
    }

    /// The user's id, if the portal gives one.
    pub(crate) fn user_id(&self) -> Option<u64> {
        self.user.as_ref()?.id
    }

    /// The user's name, if the portal gives one.
    pub(crate) fn user_name(&self) -> Option<&str> {
        self.user.as_ref()?.full_name.as_deref()
    }
}

/// What the response to a switch says. It proves nothing: the portal may apply a switch although
/// its response says otherwise, and may apply it late. Only the profile list shows what happened.
#[derive(Debug)]
pub(crate) enum SwitchResponse {
    /// The portal confirms the switch.
    Confirmed,
    /// The portal refuses the switch, for this reason.
    Refused(Error),
    /// The response was lost, or it neither confirms nor refuses.
    Unclear(Error),
}

impl SwitchProgress {
    /// What a refusal of the last attempt means: an earlier one may have been applied, or may be
    /// applied yet.
    pub(crate) fn refusal(&self, error: Error) -> SwitchResponse {
        if self.may_take_effect() {
            SwitchResponse::Unclear(error)
        } else {
            SwitchResponse::Refused(error)
        }
    }
}

impl Client {
    /// Asks the portal to make `profile` the current one for every session of the user. The request
    /// is idempotent, and is retried if its response is lost. `progress` is that of this switch alone.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`] at 401; anything else means that no request reached the portal.
    pub(crate) async fn set_current(
        &self,
        token: &BearerToken,
        profile: &Profile,
        progress: &SwitchProgress,
    ) -> Result<SwitchResponse> {
        let path = format!("{PATH}/current?coworkerId={}", profile.id);
        let request = Request {
            token: Some(token),
            spare: (self.time_left() / 4).min(VERIFICATION_TIME),
            progress: Some(progress),
            ..Request::new(Method::PUT, &path, "the switch")
        };
        Ok(match self.send(&request).await {
            Err(error) if error.kind == ErrorKind::Unauthorized => return Err(error),
            Err(error) if progress.may_take_effect() => SwitchResponse::Unclear(error),
            Err(error) if error.code == ErrorCode::Throttled => SwitchResponse::Refused(error),
            Err(error) => return Err(error),
            Ok(response) => match switch_response(&response, profile, &request) {
                SwitchResponse::Refused(error) => progress.refusal(error),
                response => response,
            },
        })
    }
}

/// What the response to a switch says.
fn switch_response(
    response: &Response,
    profile: &Profile,
    request: &Request<'_>,
) -> SwitchResponse {
    let refused = |code: ErrorCode, reason: &str| {
        let reason = request.redact(reason);
        let message = format!(
            "switch to {} refused by the portal: {reason}",
            profile.label()
        );
        Error::new(code, message)
            .of_kind(ErrorKind::SwitchRefused)
            .saying_as_cause(format!("the portal answered: {reason}"))
    };
    let failed = |reason: &str| refused(ErrorCode::Failed, reason);
    let confirmation = Confirmation::from_body(&response.body);
    match response.status {
        StatusCode::NOT_FOUND => SwitchResponse::Refused(refused(
            ErrorCode::Profile,
            "HTTP 404: no such profile of yours",
        )),
        // These say nothing about whether the portal acted: writes are often answered with a
        // redirect to a page, and a request that timed out on the server may still be running.
        status if status.is_redirection() || status == StatusCode::REQUEST_TIMEOUT => {
            SwitchResponse::Unclear(failed(&response.in_words()))
        }
        status if !status.is_success() => SwitchResponse::Refused(failed(&response.in_words())),
        // Some writes respond with an empty body.
        _ if response.body.trim_ascii().is_empty() => SwitchResponse::Confirmed,
        _ => match (confirmation.was_successful, confirmation.message) {
            (Some(true), _) => SwitchResponse::Confirmed,
            (Some(false), Some(reason)) => SwitchResponse::Refused(failed(&reason)),
            (Some(false), None) => SwitchResponse::Refused(
                failed(NO_REASON)
                    .with_hint("ask the space's team why")
                    .saying_as_cause("the portal refused it without a reason"),
            ),
            (None, _) => SwitchResponse::Unclear(request.unusable(match response.is_html() {
                true => "it is a web page",
                false => "it neither confirms nor refuses",
            })),
        },
    }
}
