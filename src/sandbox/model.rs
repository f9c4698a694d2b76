//! Users, profiles, locations and rooms, which a test can change.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};

use super::nullable::Nullable;

/// The initial data. It has no `Debug`: it holds passwords.
#[derive(Clone, Default)]
pub struct Model {
    /// The locations that profiles belong to.
    pub locations: Vec<Location>,
    /// The rooms that can be booked.
    pub rooms: Vec<Room>,
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

    pub(super) fn room(&self, id: u64) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    pub(super) fn location(&self, id: u64) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == id)
    }
}

/// A room that can be booked.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// The `ResourceId` of a booking.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Hours of each working day at which another member has it.
    pub taken_daily: Vec<Range<u8>>,
}

/// A location of the space; in a list it is the `DefaultBusiness`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Location {
    /// Identifier, named by [`Profile::location`].
    pub id: u64,
    /// Its name.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub name: Nullable<String>,
    /// Its subdomain.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub web_address: Nullable<String>,
}

/// How a sign-in with the right password ends.
#[derive(Clone, Default)]
pub enum SignIn {
    /// With tokens.
    #[default]
    Allowed,
    /// With tokens once this one-time code comes along.
    TwoFactor(String),
    /// With `must_reset_password` and this password-reset token.
    MustReset(String),
    /// With `invalid_grant`: there is no password, only one-time links.
    LinkOnly,
    /// With `invalid_grant`: suspended, or not registered here.
    Refused,
}

/// A person with an email here. It has no `Debug`: it holds a password.
#[derive(Clone)]
pub struct User {
    /// Identifier of the user account.
    pub id: u64,
    /// The email that they sign in with.
    pub email: String,
    /// The password.
    pub password: String,
    /// How a sign-in with the right password ends.
    pub sign_in: SignIn,
    /// `User.FullName` in lists.
    pub full_name: Nullable<String>,
    /// `User.Active` in lists.
    pub active: Nullable<bool>,
    /// `User.IsAdmin` in lists.
    pub is_admin: Nullable<bool>,
    /// The current profile until the first switch.
    pub current: Option<u64>,
    /// Whether lists carry `IsDefaultProfile` at all.
    pub marks_current: bool,
    /// Their profiles, in the order of the list. With none at all every call
    /// but the sign-in answers 401.
    pub profiles: Vec<Profile>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            id: 0,
            email: String::new(),
            password: String::new(),
            sign_in: SignIn::default(),
            full_name: Nullable::Absent,
            active: Nullable::Value(true),
            is_admin: Nullable::Value(false),
            current: None,
            marks_current: true,
            profiles: Vec::new(),
        }
    }
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

/// A customer record. `Default` leaves every field but the id out of responses;
/// [`Profile::individual`] and [`Profile::company`] fill all of them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Profile {
    /// Identifier: what a switch names. It may exceed 32 bits.
    pub id: u64,
    /// The person.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub full_name: Nullable<String>,
    /// The company.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub company_name: Nullable<String>,
    /// Whether it can be switched to; only `false` refuses.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub active: Nullable<bool>,
    /// 1: individual, 2: company.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub coworker_type: Nullable<i64>,
    /// Whether it holds a virtual office.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub has_virtual_office: Nullable<bool>,
    /// Whether that office is paused.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub virtual_office_paused: Nullable<bool>,
    /// The id of its virtual office contract.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub virtual_office_contract_id: Nullable<u64>,
    /// Id of its [`Location`]; it decides the list's `DefaultBusiness`.
    #[serde(skip)]
    pub location: Nullable<u64>,
    /// The response with its benefits; `Null` if it has none.
    #[serde(skip)]
    pub benefits: Value,
    /// Further keys of the list item; they win over the fields above.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Profile {
    /// A person's own active profile.
    pub fn individual(id: u64, full_name: &str, location: u64) -> Self {
        Self {
            id,
            full_name: full_name.into(),
            company_name: Nullable::Null,
            active: true.into(),
            coworker_type: 1.into(),
            has_virtual_office: false.into(),
            virtual_office_paused: Nullable::Null,
            virtual_office_contract_id: Nullable::Null,
            location: location.into(),
            ..Self::default()
        }
    }

    /// A company's active profile, `full_name` being its contact.
    pub fn company(id: u64, full_name: &str, company: &str, location: u64) -> Self {
        Self {
            company_name: company.into(),
            coworker_type: 2.into(),
            ..Self::individual(id, full_name, location)
        }
    }

    /// The same with a virtual office under this contract.
    #[must_use]
    pub fn with_virtual_office(self, contract: u64, paused: bool) -> Self {
        Self {
            has_virtual_office: true.into(),
            virtual_office_paused: paused.into(),
            virtual_office_contract_id: contract.into(),
            ..self
        }
    }

    /// The same, suspended: it can't be switched to.
    #[must_use]
    pub fn suspended(self) -> Self {
        Self {
            active: false.into(),
            ..self
        }
    }
}
