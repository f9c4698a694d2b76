//! The profile list, in the portal's own fields.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Client;
use super::json::{self, Object, object};
use super::redact;
use super::request::Request;
use super::response::Response;
use crate::error::{Error, Result};
use crate::secret::BearerToken;

/// Where profiles are listed, below a space's address.
pub(super) const PATH: &str = "/api/public/coworkers/profiles";

/// What messages call the list.
const SUBJECT: &str = "the profile list";

/// The largest response with a list, in bytes: 20,000 profiles take 5 MiB.
const LIST_LIMIT: usize = 8 * 1024 * 1024;

/// The longest list.
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
    struct Document {
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

    /// Fetches the profile list and compares it with the documented one: all fields of profiles and of
    /// the location, but not of the user, whose `AccessToken` must not be sent.
    ///
    /// # Errors
    /// As [`Client::profiles`], except for fields of another type, which it returns.
    pub(crate) async fn drift(&self, token: &BearerToken) -> Result<Drift> {
        let mut shape = fields();
        shape.retain(|name| name.starts_with("User."));
        shape.extend(["DefaultBusiness", "Profiles"].map(str::to_owned));
        let list = self.list(token, &shape.join(",")).await?;
        let mut drift = Drift::from_json(&list.body).map_err(unusable)?;
        // The portal may use a token as a name.
        for name in &mut drift.new {
            *name = redact::text([token.expose()], name);
        }
        Ok(drift)
    }

    async fn list(&self, token: &BearerToken, shape: &str) -> Result<Response> {
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

fn unusable(problem: String) -> Error {
    Error::invalid_response(SUBJECT, problem)
}

/// The objects in the list.
const PARENTS: [(&str, &[&str]); 3] = [
    ("User", User::FIELDS),
    ("DefaultBusiness", Business::FIELDS),
    ("Profiles", Profile::FIELDS),
];

/// All fields of the list, such as `User.Id`.
fn fields() -> Vec<String> {
    let fields = PARENTS.into_iter().flat_map(|(parent, fields)| {
        let names = fields.iter();
        names.map(move |field| format!("{parent}.{}", json::portal_name(field)))
    });
    fields.collect()
}

/// Parses a list as `T`, unless it is very long: an object takes many times the memory of its text.
fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let objects = body.iter().filter(|byte| **byte == b'{').count();
    if objects > 2 * MAX_PROFILES {
        return Err(too_many());
    }
    json::parse(body)
}

fn too_many() -> String {
    format!("more than {MAX_PROFILES} profiles")
}

/// How a profile list differs from the documented one. Only names of fields are kept, such as
/// `Profiles.Id`, never a value: it may be a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drift {
    /// How many profiles there are.
    pub(crate) profiles: usize,
    /// Documented fields that no object has.
    pub(crate) missing: Vec<String>,
    /// Fields that are not documented. The portal isn't asked for those of `User`.
    pub(crate) new: Vec<String>,
}

/// The most new fields of an object that are kept.
const MAX_NEW: usize = 20;

impl Drift {
    /// # Errors
    /// As [`ProfileList::from_json`].
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        let mut drift = Self {
            profiles: ProfileList::from_json(body)?.profiles.len(),
            ..Self::default()
        };
        let document = Value::Object(parsed(body)?);
        drift.compare("", Document::FIELDS, &[&document]);
        for (parent, fields) in PARENTS {
            let all = document.as_object().into_iter().flatten();
            let values = all.filter(|(name, _)| name.eq_ignore_ascii_case(parent));
            let objects = values.flat_map(|(_, value)| match value {
                Value::Array(objects) => objects.iter().collect(),
                object => vec![object],
            });
            drift.compare(&format!("{parent}."), fields, &objects.collect::<Vec<_>>());
        }
        drift.new.retain(|name| name != "User.AccessToken");
        Ok(drift)
    }

    /// Adds how the names in these objects differ from those of the documented fields.
    fn compare(&mut self, parent: &str, fields: &[&str], objects: &[&Value]) {
        let objects = objects.iter().filter_map(|value| value.as_object());
        let names: BTreeSet<&String> = objects.flat_map(|object| object.keys()).collect();
        if names.is_empty() {
            return;
        }
        let is_missing = |field: &&&str| !names.iter().any(|name| json::is_spelled(field, name));
        let missing = fields.iter().filter(is_missing);
        self.missing
            .extend(missing.map(|field| format!("{parent}{}", json::portal_name(field))));
        let is_new = |name: &&&String| !fields.iter().any(|field| json::is_spelled(field, name));
        let new = names.iter().filter(is_new).take(MAX_NEW);
        self.new.extend(new.map(|name| format!("{parent}{name}")));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn drift(body: &str) -> Drift {
        Drift::from_json(body.as_bytes()).unwrap()
    }

    const WHOLE: &str = r#"{
        "User":{"Id":1,"FullName":"A","Email":"a@b","Active":true,"IsAdmin":false,"AccessToken":"t"},
        "DefaultBusiness":{"Id":2,"Name":null,"WebAddress":"x"},
        "Profiles":[{"Id":8590114207,"FullName":"A","CompanyName":null,"Active":true,
            "IsDefaultProfile":true,"CoworkerType":1,"HasVirtualOffice":false,
            "VirtualOfficePaused":null},{"Id":4,"VirtualOfficeContractId":5}]}"#;

    #[test]
    fn a_list_as_documented_has_not_drifted() {
        let expected = Drift {
            profiles: 2,
            ..Drift::default()
        };
        assert_eq!(drift(WHOLE), expected);
        let empty = r#"{"User":null,"DefaultBusiness":null,"Profiles":[]}"#;
        assert_eq!(drift(empty), Drift::default());
    }

    #[test]
    fn what_is_missing_or_new_is_named() {
        let body = WHOLE
            .replace(r#""Email":"a@b","#, "")
            .replace(r#""CoworkerType":1"#, r#""CoworkerType":1,"Badge":{"x":1}"#)
            .replace(r#""Id":2"#, r#""Id":2,"City":"L""#)
            .replace(r#""DefaultBusiness""#, r#""Extra":[],"DefaultBusiness""#);
        let drift = drift(&body);
        assert_eq!(drift.missing, ["User.Email"]);
        assert_eq!(
            drift.new,
            ["Extra", "DefaultBusiness.City", "Profiles.Badge"]
        );
    }

    #[test]
    fn what_is_no_list_at_all_is_said_without_quoting_it() {
        for body in [
            r#"["t0ken"]"#,
            "t0ken",
            r#"{"User":{"AccessToken":"t0k"#,
            r#"{"User":"t0ken"}"#,
            r#"{"Profiles":[{"Id":"t0ken"}]}"#,
        ] {
            let problem = Drift::from_json(body.as_bytes()).unwrap_err();
            assert!(!problem.contains("t0k"), "{problem}");
        }
    }
}
