//! A user at a space, the same for all accounts and tokens of the user.

use super::atomic_file::digest_of;
use crate::api::Space;

/// A user at a space, identified by `User.Id` of the profile list. Only one process at a time switches
/// the profile of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserKey {
    space: String,
    user: Option<u64>,
}

impl UserKey {
    /// The user with this id at this space; a space that sends no ids has one user.
    #[must_use]
    pub fn new(space: &Space, user: Option<u64>) -> Self {
        Self {
            space: space.to_string(),
            user,
        }
    }

    /// A user in the sandbox, whose address changes with each run.
    #[must_use]
    pub fn in_sandbox(user: Option<u64>) -> Self {
        Self {
            space: "sandbox".to_owned(),
            user,
        }
    }

    /// A name for files about this user.
    pub(super) fn digest(&self) -> String {
        let user = self.user.map(|user| user.to_string());
        digest_of(&[&self.space, &user.unwrap_or_default()])
    }
}
