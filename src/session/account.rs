//! One email at one space.

use std::fmt;

use super::StoreKind;
use crate::api::Space;
use crate::error::CommandLine;

/// An account: one email at one space. `nxp login` adds it, `nxp logout` removes it.
///
/// A session of the default account, with token refresh:
///
/// ```no_run
/// use std::path::Path;
/// use std::time::Duration;
///
/// use nxp::api::{Client, ClientOptions, Deadline};
/// use nxp::session::{Keyring, KeyringOptions, Session, StateFile, Storage};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let state_folder = Path::new("/home/ana/.local/state/nxp");
/// let lock_timeout = Duration::from_secs(30);
/// let state = StateFile::in_folder(state_folder, lock_timeout, |_| {}).load()?;
/// let account = state.default_account().ok_or("no account is the default")?;
/// let space = account.space.clone();
/// let deadline = Deadline::new(Duration::from_secs(30));
/// let client = Client::new(ClientOptions::new(space, deadline))?;
/// let storage = Storage::new(Keyring::new(KeyringOptions::default()), state_folder);
/// let session = Session::of_account(client, account, storage)?;
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// let list = runtime.block_on(session.profiles())?;
/// # drop(list);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// Where the user signs in.
    pub space: Space,
    /// The email, as given at the first sign-in.
    pub email: String,
    /// The address that was given at the sign-in, if it differs from `space`.
    pub portal: Option<Space>,
    /// The keyring that has its tokens, once they are stored.
    pub store: Option<StoreKind>,
    /// The user's id at the portal, once a profile list has shown it.
    pub user: Option<u64>,
}

impl Account {
    /// An account that isn't stored yet.
    #[must_use]
    pub fn new(space: Space, email: String) -> Self {
        Self {
            space,
            email,
            portal: None,
            store: None,
            user: None,
        }
    }

    /// The keyring item's service: `nxp/<host>`.
    #[must_use]
    pub(crate) fn keyring_service(&self) -> String {
        format!("nxp/{}", self.space.host())
    }

    /// The command that signs in to this account.
    #[must_use]
    pub(crate) fn login_command(&self) -> CommandLine {
        CommandLine::login(Some(&self.space.short_name()), Some(&self.email))
    }

    /// Whether its user signs in with this email. Case does not matter.
    #[must_use]
    pub(crate) fn is_of(&self, email: &str) -> bool {
        self.email.to_lowercase() == email.to_lowercase()
    }

    /// Whether this is one of the two addresses of its space.
    #[must_use]
    pub(crate) fn is_at(&self, space: &Space) -> bool {
        self.space == *space || self.portal.as_ref() == Some(space)
    }
}

/// Accounts are equal if space and email are.
impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space && self.is_of(&other.email)
    }
}

/// `email at space`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.email, self.space.name())
    }
}
