//! How the portal's profile list differs from the documented one.
//!
//! Only the kinds of values are kept, never a value: it may be a secret.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::client::{ApiError, Client};
use super::json::{self, Object};
use super::profiles::{ProfileList, unusable_list};
use crate::secret::BearerToken;

/// The `_shape` that shows new fields: everything of profiles and the location, but only the
/// documented fields of the user, so that `User.AccessToken` is not sent.
const SHAPE: &str = "User.Id,User.FullName,User.Email,User.Active,User.IsAdmin,\
    DefaultBusiness,Profiles";

/// The most fields that are kept: a hostile list must not fill the memory.
const MAX_FIELDS: usize = 1_000;

/// The items of the list of profiles.
const ITEMS: &str = "Profiles[]";

/// The documented fields and their kinds.
const DOCUMENTED: [(&str, &str); 21] = [
    ("User", "object"),
    ("User.Id", "number"),
    ("User.FullName", "string"),
    ("User.Email", "string"),
    ("User.Active", "bool"),
    ("User.IsAdmin", "bool"),
    ("DefaultBusiness", "object"),
    ("DefaultBusiness.Id", "number"),
    ("DefaultBusiness.Name", "string"),
    ("DefaultBusiness.WebAddress", "string"),
    ("Profiles", "list"),
    (ITEMS, "object"),
    ("Profiles.Id", "number"),
    ("Profiles.FullName", "string"),
    ("Profiles.CompanyName", "string"),
    ("Profiles.Active", "bool"),
    ("Profiles.IsDefaultProfile", "bool"),
    ("Profiles.CoworkerType", "number"),
    ("Profiles.HasVirtualOffice", "bool"),
    ("Profiles.VirtualOfficePaused", "bool"),
    ("Profiles.VirtualOfficeContractId", "number"),
];

/// How a profile list differs from the documented one. Fields are named as in `Profiles.Id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drift {
    /// How many profiles there are.
    pub(crate) profiles: usize,
    /// Documented fields that no object has.
    pub(crate) missing: Vec<String>,
    /// Fields of another type; `null` is allowed.
    pub(crate) other_type: Vec<String>,
    /// Fields that are not documented. The portal isn't asked for those of `User`.
    pub(crate) new: Vec<String>,
}

impl Drift {
    /// Compares a profile list with the documented one.
    ///
    /// # Errors
    /// Why it is no profile list. It quotes nothing.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        let document: Object<'_> = json::object(body)?;
        let mut found = Fields::default();
        let mut profiles = 0;
        for (name, value) in document {
            let problem = |error| json::problem(&error);
            found.add(name.clone(), value);
            match (name.as_str(), kind(value)) {
                ("User" | "DefaultBusiness", "object") => {
                    found.add_all(&name, value).map_err(problem)?;
                }
                ("Profiles", "list") => {
                    let items: Vec<&RawValue> =
                        serde_json::from_str(value.get()).map_err(problem)?;
                    profiles = items.len();
                    for item in items {
                        found.add(ITEMS.to_owned(), item);
                        if kind(item) == "object" {
                            found.add_all(&name, item).map_err(problem)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(found.compared(profiles))
    }

    /// Whether such a list can still be parsed.
    pub(crate) fn is_harmless(&self) -> bool {
        self.other_type.is_empty()
    }
}

impl Client {
    /// Fetches the profile list and compares it with the documented one.
    ///
    /// # Errors
    /// As [`Client::profiles`], except for fields of another type, which it returns.
    pub(crate) async fn drift(&self, token: &BearerToken) -> Result<Drift, ApiError> {
        let asked = self.profile_list(token, ProfileList::SHAPE).await?;
        let asked = Drift::from_json(&asked.body).map_err(unusable_list)?;
        let more = self.profile_list(token, SHAPE).await?;
        let more = Drift::from_json(&more.body).map_err(unusable_list)?;
        Ok(Drift {
            new: more.new,
            ..asked
        })
    }
}

/// The fields of a profile list, with the kinds of their values.
#[derive(Default)]
struct Fields(BTreeMap<String, BTreeSet<&'static str>>);

impl Fields {
    fn add(&mut self, name: String, value: &RawValue) {
        if self.0.len() < MAX_FIELDS || self.0.contains_key(&name) {
            self.0.entry(name).or_default().insert(kind(value));
        }
    }

    /// Adds the fields of an object.
    fn add_all(&mut self, parent: &str, object: &RawValue) -> serde_json::Result<()> {
        let object: Object<'_> = serde_json::from_str(object.get())?;
        for (name, value) in object {
            self.add(format!("{parent}.{name}"), value);
        }
        Ok(())
    }

    fn compared(&self, profiles: usize) -> Drift {
        let mut drift = Drift {
            profiles,
            ..Drift::default()
        };
        for (name, expected) in DOCUMENTED {
            match self.0.get(name) {
                None if self.is_due(name) => drift.missing.push(name.to_owned()),
                None => {}
                Some(kinds) => {
                    // `null` is allowed, except for the one field that every profile has.
                    let is_odd = |kind: &&str| {
                        *kind != expected
                            && (*kind != "null" || [ITEMS, "Profiles.Id"].contains(&name))
                    };
                    let odd: Vec<&str> = kinds.iter().copied().filter(is_odd).collect();
                    if !odd.is_empty() {
                        let odd = odd.join(" or ");
                        drift
                            .other_type
                            .push(format!("{name} ({odd}, not {expected})"));
                    }
                }
            }
        }
        let is_known = |name: &str| {
            name == "User.AccessToken" || DOCUMENTED.iter().any(|(known, _)| *known == name)
        };
        drift.new = self
            .0
            .keys()
            .filter(|name| !is_known(name))
            .cloned()
            .collect();
        drift
    }

    /// Whether a documented field should be there: the object is that it belongs to.
    fn is_due(&self, name: &str) -> bool {
        let parent = match name.split_once('.') {
            Some(("Profiles", _)) => ITEMS,
            Some((parent, _)) => parent,
            None => return name != ITEMS,
        };
        let kinds = self.0.get(parent);
        kinds.is_some_and(|kinds| kinds.contains("object"))
    }
}

/// The kind of a JSON value, by its first character.
fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'n') => "null",
        Some(b't' | b'f') => "bool",
        Some(b'"') => "string",
        Some(b'[') => "list",
        Some(b'{') => "object",
        _ => "number",
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
    fn what_is_missing_of_another_type_or_new_is_named() {
        let body = WHOLE
            .replace(r#""Email":"a@b","#, "")
            .replace(r#"null,"Active":true"#, r#"null,"Active":"yes""#)
            .replace(r#""CoworkerType":1"#, r#""CoworkerType":1,"Badge":{"x":1}"#)
            .replace(r#""Id":2"#, r#""Id":2,"City":"L""#)
            .replace(r#""DefaultBusiness""#, r#""Extra":[],"DefaultBusiness""#);
        let drift = drift(&body);
        assert_eq!(drift.missing, ["User.Email"]);
        assert_eq!(drift.other_type, ["Profiles.Active (string, not bool)"]);
        assert_eq!(
            drift.new,
            ["DefaultBusiness.City", "Extra", "Profiles.Badge"]
        );
        assert!(!drift.is_harmless());
    }

    #[test]
    fn whole_branches_are_missed_and_told_apart_too() {
        let found = drift(r#"{"User":"t0ken","Profiles":[1,{"Id":null}]}"#);
        assert_eq!(found.profiles, 2);
        assert!(found.missing.contains(&"DefaultBusiness".to_owned()));
        let other = &found.other_type;
        assert!(
            other.contains(&"User (string, not object)".to_owned()),
            "{other:?}"
        );
        assert!(
            other.contains(&"Profiles[] (number, not object)".to_owned()),
            "{other:?}"
        );
        assert!(other.contains(&"Profiles.Id (null, not number)".to_owned()));
        assert!(!format!("{found:?}").contains("t0ken"));
    }

    #[test]
    fn what_is_no_list_at_all_is_said_without_quoting_it() {
        for body in [r#"["t0ken"]"#, "t0ken", r#"{"User":{"AccessToken":"t0k"#] {
            let problem = Drift::from_json(body.as_bytes()).unwrap_err();
            assert!(!problem.contains("t0k"), "{problem}");
        }
    }
}
