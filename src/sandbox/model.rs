//! Users, profiles and locations, which a test can change.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The password of the users that have one.
pub const PASSWORD: &str = "practice";

/// The one-time code of the user with two-factor.
pub const ONE_TIME_CODE: &str = "123456";

/// The email of the main user, who has profiles to switch between.
pub const MAIN: &str = "ana@sandbox.example";

/// The email of the user without a password, who signs in with one-time links.
pub const LINK_ONLY: &str = "link-only@sandbox.example";

/// The initial data. It has no `Debug`: it holds passwords.
#[derive(Clone, Default, Deserialize)]
pub struct Model {
    /// The locations that profiles belong to, as `DefaultBusiness` of the list has them.
    pub locations: Vec<Value>,
    /// The people who have an email here.
    pub users: Vec<User>,
}

impl Model {
    /// The users of the sandbox, the main user first.
    pub fn fixtures() -> Self {
        // A test reads the file, which is part of the program.
        serde_json::from_str(include_str!("fixtures.json")).unwrap_or_default()
    }

    /// The user with this email, whatever the case of its letters.
    pub fn user(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_called(email))
    }

    /// The same, mutable.
    pub fn user_mut(&mut self, email: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.is_called(email))
    }

    /// Gives each user with a profile `count` of them, so that long lists can be tried.
    pub(super) fn fill_profiles(&mut self, count: u32) {
        for user in &mut self.users {
            let Some(first) = user.profiles.first().cloned() else {
                continue;
            };
            user.profiles.extend((1..=u64::from(count)).map(|number| {
                let mut profile = first.clone();
                profile.id = user.id * 100_000 + number;
                let company = format!("Company {number}").into();
                profile.fields.insert("CompanyName".to_owned(), company);
                profile.fields.insert("CoworkerType".to_owned(), 2.into());
                profile
            }));
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            user.profiles.truncate(count);
        }
    }
}

/// How a sign-in with the right password ends.
#[derive(Clone, Default, Deserialize, PartialEq)]
pub enum SignIn {
    /// With tokens.
    #[default]
    Allowed,
    /// With tokens, if the request has this one-time code.
    TwoFactor(String),
    /// With `must_reset_password` and this password-reset token.
    MustReset(String),
    /// With `invalid_grant`: suspended, or not registered here.
    Refused,
}

/// A person with an email here. It has no `Debug`: it holds a password.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct User {
    /// Identifier of the user account.
    pub id: u64,
    /// The email that they sign in with.
    pub email: String,
    /// The password; without one they sign in with one-time links.
    pub password: Option<String>,
    /// How a sign-in with the right password ends.
    pub sign_in: SignIn,
    /// What this fixture demonstrates.
    pub shows: String,
    /// `User.FullName` in lists.
    pub full_name: String,
    /// The current profile until the first switch.
    pub current: Option<u64>,
    /// Their profiles, in the order of the list. With none at all every request
    /// but the sign-in is answered with 401.
    pub profiles: Vec<Profile>,
}

impl User {
    fn is_called(&self, email: &str) -> bool {
        self.email.eq_ignore_ascii_case(email)
    }

    /// Their profile with this id.
    pub fn profile(&self, id: u64) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// The same, mutable.
    pub fn profile_mut(&mut self, id: u64) -> Option<&mut Profile> {
        self.profiles.iter_mut().find(|profile| profile.id == id)
    }
}

/// A customer record.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Identifier: what a switch names. It may exceed 32 bits.
    pub id: u64,
    /// Id of its location; it decides the list's `DefaultBusiness`.
    pub location: u64,
    /// The response with its benefits; null if it has none.
    pub benefits: Value,
    /// All other fields of the list item, by the portal's names. Only `"Active": false` refuses a switch.
    /// `IsDefaultProfile` replaces the value that the list would have.
    pub fields: Map<String, Value>,
}

impl Profile {
    pub(super) fn is_active(&self) -> bool {
        self.fields.get("Active") != Some(&Value::Bool(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn current_profiles_and_locations_exist() {
        let model = Model::fixtures();
        for user in &model.users {
            assert_eq!(user.current.is_some(), !user.profiles.is_empty());
            assert!(user.current.is_none_or(|id| user.profile(id).is_some()));
            for profile in &user.profiles {
                assert!(profile.id > 999_999);
                let mut locations = model.locations.iter();
                assert!(locations.any(|it| it["Id"] == profile.location));
            }
        }
    }

    #[test]
    fn main_user_has_every_kind_of_profile() {
        let model = Model::fixtures();
        let profiles = &model.user(MAIN).unwrap().profiles;
        assert!(profiles.iter().any(|it| it.id > u64::from(u32::MAX)));
        for (field, value) in [
            ("Active", false),
            ("VirtualOfficePaused", true),
            ("VirtualOfficePaused", false),
        ] {
            assert!(
                profiles.iter().any(|it| it.fields[field] == value),
                "{field}"
            );
        }
    }

    #[test]
    fn the_users_sign_in_as_the_help_says() {
        let users = Model::fixtures().users;
        assert_eq!((users.len(), users[0].email.as_str()), (6, MAIN));
        for user in &users {
            let password = Some(PASSWORD).filter(|_| user.email != LINK_ONLY);
            assert_eq!(user.password.as_deref(), password);
        }
        let code = SignIn::TwoFactor(ONE_TIME_CODE.to_owned());
        assert!(users.iter().any(|user| user.sign_in == code));
    }
}
