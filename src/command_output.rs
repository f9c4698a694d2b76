//! What commands return: data, which `output` writes.

use serde::{Serialize, Serializer};

use crate::api::{Benefits, Profile, ProfileId, ProfileList};
use crate::secret::BearerToken;

/// The output of a command. Its types serialize to the documents of `-o json`.
pub(crate) enum CommandOutput {
    /// No output.
    Nothing,
    /// No output: the command that `exec` ran had its own. Its exit code.
    Ended(u8),
    /// Text, written as it is.
    Text(String),
    /// The profiles of `profiles list`.
    Profiles(ProfileList),
    /// The profile of `profiles current`.
    Current(Box<Profile>),
    /// The benefits of `profiles benefits`.
    Benefits(Box<ProfileBenefits>),
    /// The benefits of `profiles benefits --all`.
    AllBenefits(Vec<ProfileBenefits>),
    /// The result of `profiles switch`.
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
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProfileBenefits {
    /// The profile.
    pub(crate) profile: Profile,
    /// Its benefits, unless there is a problem.
    #[serde(flatten)]
    pub(crate) benefits: Option<Benefits>,
    /// Why the portal doesn't say, if it doesn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// The result of `profiles switch`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Switched {
    /// The switch itself.
    pub(crate) switched: SwitchedProfile,
    /// The list fetched after the switch.
    #[serde(flatten)]
    pub(crate) list: ProfileList,
    /// What was done, in a sentence. It comes after the list, which may be longer than a terminal.
    #[serde(skip)]
    pub(crate) message: String,
    /// What to know about the profile that is current now, in a table for a terminal.
    #[serde(skip)]
    pub(crate) hint: Option<String>,
}

/// A switch from one profile to another.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SwitchedProfile {
    /// The profile that was current before, if the portal marked one.
    pub(crate) from: Option<ProfileId>,
    /// The profile that is current now.
    pub(crate) to: ProfileId,
    /// Whether it was another profile before.
    pub(crate) changed: bool,
}

/// One account, as `accounts list` shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListedAccount {
    /// The space's host.
    pub(crate) space: String,
    /// The account's email.
    pub(crate) email: String,
    /// Whether it was made the default.
    #[serde(rename = "Default")]
    pub(crate) is_default: bool,
    /// The keyring that has its tokens.
    #[serde(rename = "Keyring")]
    pub(crate) store: &'static str,
}

/// An access token for another program. `access_token` is the name that OAuth has for it (RFC 6749,
/// section 5.1); the other fields are called as in `status`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IssuedToken {
    #[serde(rename = "access_token", serialize_with = "expose")]
    pub(crate) access_token: BearerToken,
    /// When it expires, in Unix seconds, if known.
    pub(crate) expires_at: Option<u64>,
    /// The space's host.
    pub(crate) space: String,
    /// The account's email, unless it comes from `NXP_TOKEN`.
    pub(crate) email: Option<String>,
    /// The profile that the token acts as, if it is another one than the user's current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<ProfileId>,
}

fn expose<S: Serializer>(token: &BearerToken, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose())
}

/// One check of `doctor`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Check {
    /// What is checked.
    #[serde(rename = "Check")]
    pub(crate) name: &'static str,
    /// The result.
    #[serde(rename = "Status")]
    pub(crate) verdict: Verdict,
    /// What was found.
    pub(crate) detail: String,
    /// What to do about it.
    pub(crate) remedy: Option<String>,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// No problem.
    Ok,
    /// A problem.
    Fail,
    /// Nothing to check, or it couldn't be checked.
    Skip,
}

/// An account in `status`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountStatus {
    /// The space's host.
    pub(crate) space: String,
    /// The account's email, if known.
    pub(crate) email: Option<String>,
    /// The user's name, from the portal.
    pub(crate) full_name: Option<String>,
    /// Where the token comes from, in a word.
    pub(crate) source: &'static str,
    /// When the access token expires, in Unix seconds, if known.
    pub(crate) expires_at: Option<u64>,
    /// Whether the portal accepts the token, if that is known.
    pub(crate) accepted: Option<bool>,
    /// Why it doesn't, or why that isn't known.
    pub(crate) problem: Option<String>,
    /// The id of the current profile.
    #[serde(rename = "CurrentProfile")]
    pub(crate) current_id: Option<ProfileId>,
    /// Whether commands use it by default.
    #[serde(rename = "Chosen")]
    pub(crate) is_chosen: bool,
    /// How long the access token still lasts, in words.
    #[serde(skip)]
    pub(crate) lifetime: Option<String>,
    /// The label of the current profile.
    #[serde(skip)]
    pub(crate) current: Option<String>,
}
