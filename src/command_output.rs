//! What commands return: data, which `output` alone writes.

use std::time::Duration;

use crate::api::{Benefits, Profile, ProfileId, ProfileList};
use crate::error::TokenOrigin;
use crate::secret::BearerToken;

/// The answer of a command.
pub enum CommandOutput {
    /// All has been said on standard error.
    Nothing,
    /// Text that is written as it is.
    Text(String),
    /// The profiles of `profiles list`.
    Profiles(ProfileList),
    /// The profile of `profiles current`.
    Current(Box<Profile>),
    /// What `profiles benefits` finds.
    Benefits(Box<Spending>),
    /// The outcome of `profiles switch`.
    Switched(Switched),
    /// The accounts of `status`.
    Status(Vec<AccountStatus>),
    /// The accounts of `accounts list`.
    Accounts(Vec<ListedAccount>),
    /// The token of `token`.
    Token(IssuedToken),
    /// The checks of `doctor`.
    Checks(Vec<Check>),
}

/// What a profile can spend.
pub struct Spending {
    /// The profile.
    pub profile: Profile,
    /// Its benefits.
    pub benefits: Benefits,
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

/// One account, as `accounts list` shows it.
pub struct ListedAccount {
    /// The space's host.
    pub space: String,
    /// Who signs in.
    pub email: String,
    /// Whether it was made the default.
    pub is_default: bool,
    /// The keyring's store that has its tokens.
    pub store: &'static str,
}

/// An access token for another program.
pub struct IssuedToken {
    /// The token.
    pub token: BearerToken,
    /// When it expires, in seconds since the Unix epoch, if that is known.
    pub expires_at: Option<u64>,
    /// The host of the space that it is for.
    pub space: String,
    /// The email of the account, if it is of one.
    pub account: Option<String>,
}

/// One check of `doctor`.
pub struct Check {
    /// What is checked.
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Ok,
    /// Something is wrong.
    Fail,
    /// There was nothing to check, or no way to.
    Skip,
}

impl Verdict {
    /// The contract's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One account, as `status` finds it.
pub struct AccountStatus {
    /// Whether it is the one that commands are for, as things stand.
    pub is_chosen: bool,
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
    /// What the current profile is called.
    pub current: Option<String>,
    /// The id of the current profile.
    pub current_id: Option<ProfileId>,
    /// When the access token expires, in seconds since the Unix epoch, if that is known.
    pub expires_at: Option<u64>,
    /// How long the access token still lasts.
    pub expires_in: Option<Duration>,
    /// Whether a new access token is fetched when this one is about to expire.
    pub is_renewed: bool,
}

/// What the portal says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It works.
    Accepted,
    /// It doesn't.
    Rejected,
    /// There is none to ask about.
    NoToken,
    /// Nobody was asked (`--offline`).
    NotAsked,
    /// Nobody knows: the portal or the keyring could not be asked.
    Unknown {
        /// Why not.
        cause: String,
    },
}
