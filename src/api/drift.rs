//! How a profile list differs from the documented one, for `doctor`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::client::Client;
use super::json::{self, Object as _};
use super::profiles::{Document, PARENTS, ProfileList, fields, parsed, unusable};
use super::redact;
use crate::error::Result;
use crate::secret::BearerToken;

impl Client {
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
