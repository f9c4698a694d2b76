//! The profile list, in the portal's own fields.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use memchr::memmem;
use reqwest::Method;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

use super::client::{ApiError, Client};
use super::json;
use super::request::Request;
use super::response::Response;
use crate::error::Error;
use crate::secret::BearerToken;

/// Where profiles are listed, below a space's address.
pub(super) const PATH: &str = "/api/public/coworkers/profiles";

/// What messages call the list.
const SUBJECT: &str = "the profile list";

/// The largest response with a list, in bytes: 20,000 profiles take 5 MiB.
const LIST_LIMIT: usize = 8 * 1024 * 1024;

/// The longest list: a parsed profile can take many times the memory of its text.
const MAX_PROFILES: usize = 20_000;

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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProfileList {
    /// The user whose token was sent.
    pub(crate) user: Option<User>,
    /// The location that the current profile belongs to.
    pub(crate) default_business: Option<Business>,
    /// The user's profiles, in the portal's order.
    pub(crate) profiles: Vec<Profile>,
}

/// The user behind the profiles.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the portal's own fields")]
pub(crate) struct User {
    pub(crate) id: Option<u64>,
    pub(crate) full_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) active: Option<bool>,
    pub(crate) is_admin: Option<bool>,
}

/// A location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the portal's own fields")]
pub(crate) struct Business {
    pub(crate) id: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) web_address: Option<String>,
}

/// A customer record of the user. Any field but `id` may be absent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the portal's own fields")]
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
    /// The location of a profile that has the same names as another one. The portal doesn't send it:
    /// the profile cache knows it.
    #[serde(skip)]
    pub(crate) location: Option<String>,
}

/// What a profile stands for (`CoworkerType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfileType {
    /// 1: a person.
    Individual,
    /// 2: a company.
    Company,
    /// A type that is not documented.
    Other(i64),
}

impl ProfileType {
    /// The word in output; the number of an undocumented type.
    pub(crate) fn word(self) -> Cow<'static, str> {
        match self {
            Self::Individual => "individual".into(),
            Self::Company => "company".into(),
            Self::Other(number) => number.to_string().into(),
        }
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

    /// Its type, if the portal gives one.
    pub(crate) fn kind(&self) -> Option<ProfileType> {
        self.coworker_type.map(|number| match number {
            1 => ProfileType::Individual,
            2 => ProfileType::Company,
            other => ProfileType::Other(other),
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
        // A title with few bytes has few characters.
        if title.len() > LONGEST_TITLE && title.graphemes(true).count() > LONGEST_TITLE {
            title = title
                .graphemes(true)
                .take(LONGEST_TITLE - 1)
                .chain(["…"])
                .collect();
        }
        format!("{title} #{}", self.id).trim_start().to_owned()
    }
}

/// The longest title within a label, in characters as a person counts them.
const LONGEST_TITLE: usize = 80;

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

impl Client {
    /// Fetches the profile list, asking only for the fields of [`ProfileList`]. A server that sends
    /// more changes nothing.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`] at 401, [`Error::WebPage`] and [`Error::InvalidResponse`] for a response
    /// that is no profile list, and any network failure.
    pub(crate) async fn profiles(&self, token: &BearerToken) -> Result<ProfileList, ApiError> {
        let mut response = self.profile_list(token, ProfileList::SHAPE).await?;
        let list = ProfileList::from_json(&response.body).map_err(unusable_list)?;
        // Wiping a long list takes 8 % of the instructions of its output as JSON. A token is in it
        // only if the portal ignores `_shape`.
        if memmem::find(&response.body, b"AccessToken").is_none() {
            drop(std::mem::take(&mut *response.body));
        }
        Ok(list)
    }

    /// Fetches these fields of the profile list.
    pub(super) async fn profile_list(
        &self,
        token: &BearerToken,
        shape: &str,
    ) -> Result<Response, ApiError> {
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

/// The error that a response is no profile list.
pub(super) fn unusable_list(problem: String) -> Error {
    Error::InvalidResponse {
        what: SUBJECT.to_owned(),
        problem,
    }
}

/// The profiles up to the first one too many. The others are skipped, as they would take too much
/// memory. Counting all before they are parsed would take a fifth more for a long list.
#[derive(Default)]
struct FirstProfiles(Vec<Profile>);

impl<'de> Deserialize<'de> for FirstProfiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Profiles;
        impl<'de> Visitor<'de> for Profiles {
            type Value = FirstProfiles;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("profiles")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<FirstProfiles, A::Error> {
                let mut profiles = Vec::new();
                while profiles.len() <= MAX_PROFILES
                    && let Some(profile) = list.next_element()?
                {
                    profiles.push(profile);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(FirstProfiles(profiles))
            }
        }
        deserializer.deserialize_seq(Profiles)
    }
}

impl ProfileList {
    /// The value of `_shape` that asks for the fields above and for no other, so that
    /// `User.AccessToken` never crosses the wire.
    pub(super) const SHAPE: &str = "User.Id,User.FullName,User.Email,User.Active,User.IsAdmin,\
        DefaultBusiness.Id,DefaultBusiness.Name,DefaultBusiness.WebAddress,\
        Profiles.Id,Profiles.FullName,Profiles.CompanyName,Profiles.Active,\
        Profiles.IsDefaultProfile,Profiles.CoworkerType,Profiles.HasVirtualOffice,\
        Profiles.VirtualOfficePaused,Profiles.VirtualOfficeContractId";

    /// Parses the response body, without undocumented fields.
    ///
    /// # Errors
    /// What is wrong with it. It quotes no value, as that may be a token.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Document {
            user: Option<User>,
            default_business: Option<Business>,
            profiles: Option<FirstProfiles>,
        }
        let document: Document = json::object(body)?;
        if document.user.is_none() && document.profiles.is_none() {
            return Err("neither User nor Profiles".to_owned());
        }
        let FirstProfiles(profiles) = document.profiles.unwrap_or_default();
        if profiles.len() > MAX_PROFILES {
            return Err(format!("more than {MAX_PROFILES} profiles"));
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
        let mut current = self
            .profiles
            .iter()
            .filter(|profile| profile.is_current())
            .peekable();
        current.peek().is_some() && current.all(|profile| profile.id == id)
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
