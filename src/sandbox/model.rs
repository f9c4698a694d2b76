//! Users, profiles and locations, which a test can change.

use serde::Serialize;
use serde_json::{Map, Value};

/// The initial data. It has no `Debug`: it holds passwords.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Model {
    /// The locations that profiles belong to.
    pub locations: Vec<Location>,
    /// The people who have an email here.
    pub users: Vec<User>,
}

impl Model {
    /// The user with this email, whatever the case of its letters.
    pub fn user(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_called(email))
    }

    /// The same, mutable.
    pub fn user_mut(&mut self, email: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.is_called(email))
    }

    pub(super) fn user_by_id(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn location(&self, id: u64) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == id)
    }
}

/// A location of the space; in a list it is the `DefaultBusiness`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Location {
    /// Identifier, named by [`Profile::location`].
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its subdomain.
    pub web_address: String,
}

/// How a sign-in with the right password ends.
#[derive(Clone, Default)]
#[non_exhaustive]
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
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct User {
    /// Identifier of the user account.
    pub id: u64,
    /// The email that they sign in with.
    pub email: String,
    /// The password; without one they sign in with one-time links.
    pub password: Option<String>,
    /// How a sign-in with the right password ends.
    pub sign_in: SignIn,
    /// What signing in as them shows: the end of a sentence.
    pub shows: &'static str,
    /// `User.FullName` in lists.
    pub full_name: String,
    /// The current profile until the first switch.
    pub current: Option<u64>,
    /// Their profiles, in the order of the list. With none at all every request
    /// but the sign-in is answered with 401.
    pub profiles: Vec<Profile>,
}

impl User {
    /// Their profile with this id.
    pub fn profile(&self, id: u64) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// The same, mutable.
    pub fn profile_mut(&mut self, id: u64) -> Option<&mut Profile> {
        self.profiles.iter_mut().find(|profile| profile.id == id)
    }

    fn is_called(&self, email: &str) -> bool {
        self.email.eq_ignore_ascii_case(email)
    }
}

/// A customer record.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Profile {
    /// Identifier: what a switch names. It may exceed 32 bits.
    pub id: u64,
    /// Id of its [`Location`]; it decides the list's `DefaultBusiness`.
    pub location: u64,
    /// The response with its benefits; null if it has none.
    pub benefits: Value,
    /// All other fields of the list item, by the portal's names. Only `"Active": false` refuses a switch.
    /// `IsDefaultProfile` replaces the value that the list would have.
    pub fields: Map<String, Value>,
}

impl Profile {
    /// A profile of which lists show the id and whether it is current.
    pub fn bare(id: u64) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    /// A person's own active profile.
    pub fn individual(id: u64, full_name: &str, location: u64) -> Self {
        Self {
            location,
            ..Self::bare(id)
        }
        .with("FullName", full_name)
        .with("CompanyName", ())
        .with("Active", true)
        .with("CoworkerType", 1)
        .with("HasVirtualOffice", false)
        .with("VirtualOfficePaused", ())
        .with("VirtualOfficeContractId", ())
    }

    /// A company's active profile, `full_name` being its contact.
    pub fn company(id: u64, full_name: &str, company: &str, location: u64) -> Self {
        Self::individual(id, full_name, location)
            .with("CompanyName", company)
            .with("CoworkerType", 2)
    }

    /// The same with a virtual office under this contract.
    #[must_use]
    pub fn with_virtual_office(self, contract: u64, paused: bool) -> Self {
        self.with("HasVirtualOffice", true)
            .with("VirtualOfficePaused", paused)
            .with("VirtualOfficeContractId", contract)
    }

    /// The same, suspended: it can't be switched to.
    #[must_use]
    pub fn suspended(self) -> Self {
        self.with("Active", false)
    }

    /// The same with this field of the list item; `()` stands for null.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.set(field, value);
        self
    }

    /// Sets a field of the list item; `()` stands for null.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }
}
