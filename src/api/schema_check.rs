//! How the portal's profile list differs from the documented one.
//!
//! Only the kinds of values are kept, never a value: it may be a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::value::RawValue;

use super::client::Client;
use super::error::ApiError;
use super::json::{self, Object};
use super::profiles::ProfileList;
use super::profiles::unusable_list;
use crate::secret::BearerToken;

/// The `_shape` that shows new fields: everything of profiles and the location, but only the
/// documented fields of the user, so that `User.AccessToken` is not sent.
const SHAPE: &str = "User.Id,User.FullName,User.Email,User.Active,User.IsAdmin,\
    DefaultBusiness,Profiles";

/// The most fields that are kept: a hostile list must not fill the memory.
const MAX_FIELDS: usize = 1_000;

/// The documented fields and their kinds.
const DOCUMENTED: [(&str, &str, Kind); 17] = [
    ("User", "Id", Kind::Number),
    ("User", "FullName", Kind::String),
    ("User", "Email", Kind::String),
    ("User", "Active", Kind::Bool),
    ("User", "IsAdmin", Kind::Bool),
    ("DefaultBusiness", "Id", Kind::Number),
    ("DefaultBusiness", "Name", Kind::String),
    ("DefaultBusiness", "WebAddress", Kind::String),
    ("Profiles", "Id", Kind::Number),
    ("Profiles", "FullName", Kind::String),
    ("Profiles", "CompanyName", Kind::String),
    ("Profiles", "Active", Kind::Bool),
    ("Profiles", "IsDefaultProfile", Kind::Bool),
    ("Profiles", "CoworkerType", Kind::Number),
    ("Profiles", "HasVirtualOffice", Kind::Bool),
    ("Profiles", "VirtualOfficePaused", Kind::Bool),
    ("Profiles", "VirtualOfficeContractId", Kind::Number),
];

/// How a profile list differs from the documented one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// How many profiles there are.
    pub profiles: usize,
    /// Documented fields that no object has.
    pub missing: Vec<Field>,
    /// Fields of another type; `null` is allowed.
    pub other_type: Vec<Field>,
    /// Fields that are not documented. The portal isn't asked for those of `User`.
    pub new: Vec<Field>,
}

/// A field, as in `Profiles.Id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field(String);

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Drift {
    /// Compares a profile list with the documented one.
    ///
    /// # Errors
    /// Why it is no profile list. It quotes nothing.
    pub fn from_json(body: &[u8]) -> Result<Self, String> {
        Ok(Self::of(&Document::read(body)?))
    }

    /// Whether such a list can still be parsed.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        self.other_type.is_empty()
    }

    fn of(document: &Document) -> Self {
        let mut drift = Self {
            profiles: document.profiles,
            ..Self::default()
        };
        for (parent, name, expected) in DOCUMENTED {
            let Some(Some(fields)) = document.objects.get(parent) else {
                continue;
            };
            let field = || Field(format!("{parent}.{name}"));
            match fields.get(name) {
                None => drift.missing.push(field()),
                Some(kinds)
                    if kinds
                        .iter()
                        .all(|kind| is_allowed(*kind, parent, name, expected)) => {}
                Some(kinds) => {
                    let odd = kinds
                        .iter()
                        .filter(|kind| !is_allowed(**kind, parent, name, expected));
                    let found: Vec<&str> = odd.map(|kind| kind.as_str()).collect();
                    let found = found.join(" or ");
                    let expected = expected.as_str();
                    drift
                        .other_type
                        .push(Field(format!("{parent}.{name} ({found}, not {expected})")));
                }
            }
        }
        for parent in ["User", "DefaultBusiness", "Profiles"] {
            match document.objects.get(parent) {
                Some(Some(fields)) => drift.add_new(parent, fields),
                Some(None) => {}
                None if document.odd.contains_key(parent) => {}
                None => drift.missing.push(Field(parent.to_owned())),
            }
        }
        for (parent, kind) in &document.odd {
            let kind = kind.as_str();
            drift.other_type.push(Field(format!("{parent} ({kind})")));
        }
        drift.new.extend(document.others.iter().cloned().map(Field));
        drift
    }

    fn add_new(&mut self, parent: &str, fields: &Fields) {
        let unknown = fields.keys().filter(|name| {
            !DOCUMENTED
                .iter()
                .any(|(of, known, _)| *of == parent && known == name)
        });
        let unknown = unknown.filter(|name| (parent, name.as_str()) != ("User", "AccessToken"));
        self.new
            .extend(unknown.map(|name| Field(format!("{parent}.{name}"))));
    }
}

impl Client {
    /// Fetches the profile list and compares it with the documented one.
    ///
    /// # Errors
    /// As [`Client::profiles`], except for fields of another type, which it returns.
    pub async fn drift(&self, token: &BearerToken) -> Result<Drift, ApiError> {
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

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Null,
    Bool,
    Number,
    String,
    List,
    Object,
}

impl Kind {
    fn of(value: &RawValue) -> Self {
        match value.get().as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Bool,
            Some(b'"') => Self::String,
            Some(b'[') => Self::List,
            Some(b'{') => Self::Object,
            _ => Self::Number,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::String => "string",
            Self::List => "list",
            Self::Object => "object",
        }
    }
}

/// Fields with the kinds of their values.
type Fields = BTreeMap<String, BTreeSet<Kind>>;

/// The fields of a profile list, with the kinds of their values.
#[derive(Default)]
struct Document {
    /// `None` if there is no object.
    objects: BTreeMap<String, Option<Fields>>,
    /// What should be an object or a list of objects, but isn't.
    odd: BTreeMap<String, Kind>,
    /// Other fields of the document.
    others: Vec<String>,
    profiles: usize,
}

impl Document {
    fn read(body: &[u8]) -> Result<Self, String> {
        let parents: Object<'_> = json::object(body)?;
        let mut document = Self::default();
        for (parent, value) in parents {
            document
                .add(parent, value)
                .map_err(|error| json::problem(&error))?;
        }
        Ok(document)
    }

    fn add(&mut self, parent: String, value: &RawValue) -> serde_json::Result<()> {
        match (parent.as_str(), Kind::of(value)) {
            ("User" | "DefaultBusiness" | "Profiles", Kind::Null) => {
                self.objects.insert(parent, None);
            }
            ("User" | "DefaultBusiness", Kind::Object) => {
                let mut fields = Fields::new();
                merge(&mut fields, value)?;
                self.objects.insert(parent, Some(fields));
            }
            ("Profiles", Kind::List) => {
                let items: Vec<&RawValue> = serde_json::from_str(value.get())?;
                let mut fields = None;
                for item in &items {
                    if Kind::of(item) == Kind::Object {
                        merge(fields.get_or_insert_default(), item)?;
                    } else {
                        self.odd.insert(parent.clone(), Kind::List);
                    }
                }
                self.profiles = items.len();
                self.objects.insert(parent, fields);
            }
            ("User" | "DefaultBusiness" | "Profiles", kind) => {
                self.odd.insert(parent, kind);
            }
            (_, _) => self.others.push(parent),
        }
        Ok(())
    }
}

/// Adds the fields of an object.
fn merge(fields: &mut Fields, object: &RawValue) -> serde_json::Result<()> {
    let object: Object<'_> = serde_json::from_str(object.get())?;
    for (name, value) in object {
        if fields.len() < MAX_FIELDS || fields.contains_key(&name) {
            fields.entry(name).or_default().insert(Kind::of(value));
        }
    }
    Ok(())
}

/// Whether a value of this kind is allowed. `null` is, except for the one field that every profile
/// has.
fn is_allowed(kind: Kind, parent: &str, name: &str, expected: Kind) -> bool {
    kind == expected || (kind == Kind::Null && (parent, name) != ("Profiles", "Id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drift(body: &str) -> Drift {
        Drift::of(&Document::read(body.as_bytes()).unwrap())
    }

    fn names(fields: &[Field]) -> Vec<String> {
        fields.iter().map(ToString::to_string).collect()
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
        assert_eq!(names(&drift.missing), ["User.Email"]);
        assert_eq!(
            names(&drift.other_type),
            ["Profiles.Active (string, not bool)"]
        );
        assert_eq!(
            names(&drift.new),
            ["DefaultBusiness.City", "Profiles.Badge", "Extra"]
        );
        assert!(!drift.is_harmless());
    }

    #[test]
    fn whole_branches_are_missed_and_told_apart_too() {
        let found = drift(r#"{"User":"t0ken","Profiles":[1,{"Id":null}]}"#);
        assert_eq!(found.profiles, 2);
        assert!(names(&found.missing).contains(&"DefaultBusiness".to_owned()));
        let other = names(&found.other_type);
        assert!(other.contains(&"User (string)".to_owned()), "{other:?}");
        assert!(other.contains(&"Profiles (list)".to_owned()), "{other:?}");
        assert!(other.contains(&"Profiles.Id (null, not number)".to_owned()));
        assert!(!format!("{found:?}").contains("t0ken"));
    }

    #[test]
    fn what_is_no_list_at_all_is_said_without_quoting_it() {
        for body in [r#"["t0ken"]"#, "t0ken", r#"{"User":{"AccessToken":"t0k"#] {
            let problem = Document::read(body.as_bytes()).err().unwrap();
            assert!(!problem.contains("t0k"), "{problem}");
        }
    }
}
