//! What commands return: data, which `output` alone writes.

use std::time::Duration;

use crate::error::TokenOrigin;
use crate::portal::{Profile, ProfileId, ProfileList};

/// The answer of a command.
pub enum Answer {
    /// All has been said on standard error.
    Nothing,
    /// Text that is written as it is.
    Text(String),
    /// The profiles of `profiles list`.
    Profiles(ProfileList),
    /// The profile of `profiles current`.
    Current(Box<Profile>),
    /// The outcome of `profiles switch`.
    Switched(Switched),
    /// The accounts of `status`.
    Status(Vec<AccountStatus>),
}

/// What a switch did.
pub struct Switched {
    /// The profile that was current before, if the portal marked one.
    pub from: Option<ProfileId>,
    /// The profile that is current now.
    pub to: ProfileId,
    /// Whether it took a switch to get there.
    pub changed: bool,
    /// The list as the portal shows it now.
    pub list: ProfileList,
}

/// One account, as `status` finds it.
pub struct AccountStatus {
    /// The space's host.
    pub space: String,
    /// The account's email, if it is known.
    pub email: Option<String>,
    /// The person behind it, as the portal names him.
    pub full_name: Option<String>,
    /// Where the token comes from.
    pub source: TokenOrigin,
    /// What the portal says of the token.
    pub acceptance: Acceptance,
    /// The label of the current profile.
    pub current: Option<String>,
    /// The id of the current profile.
    pub current_id: Option<ProfileId>,
    /// When the access token expires, in seconds since the Unix epoch, if that is known.
    pub expires_at: Option<u64>,
    /// How long the access token still lasts.
    pub expires_in: Option<Duration>,
}

/// What the portal says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It works.
    Accepted,
    /// It doesn't.
    Rejected,
    /// Nobody knows: the portal or the keyring could not be asked.
    Unknown {
        /// Why not.
        cause: String,
    },
}
