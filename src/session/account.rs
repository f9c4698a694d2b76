//! One email at one space.

use std::fmt;

use super::StoreKind;
use crate::api::Space;
use crate::error::CommandLine;

/// What `nxp login` adds and `nxp logout` removes.
///
/// A session of the one that is the default has its tokens renewed in time:
///
/// ```no_run
/// use std::path::Path;
/// use std::time::Duration;
///
/// use nxp::api::{Deadline, Connection, ConnectionOptions};
/// use nxp::session::{Keyring, KeyringOptions, Session, StateFile, Storage};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let state_folder = Path::new("/home/ana/.local/state/nxp");
/// let lock_timeout = Duration::from_secs(30);
/// let state = StateFile::in_folder(state_folder, lock_timeout, Box::new(|_| {})).load()?;
/// let account = state.default_account().ok_or("no account is the default")?;
/// let connection = Connection::new(ConnectionOptions {
///     space: account.space.clone(),
///     budget: Deadline::new(Duration::from_secs(30)),
///     trace: None,
///     waiting: None,
/// })?;
/// let storage = Storage {
///     keyring: Keyring::new(KeyringOptions::default()),
///     state_folder,
///     // Renewed tokens that can't be stored are this process's alone.
///     mishap: Box::new(|error| drop(error)),
/// };
/// let session = Session::of_account(connection, account, storage)?;
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// let list = runtime.block_on(session.profiles())?;
/// # drop(list);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    /// Where the user signs in.
    pub space: Space,
    /// Who signs in, as given at the first sign-in.
    pub email: String,
    /// The address that the space was called by at the sign-in, where it was another one.
    pub portal: Option<Space>,
    /// The keyring's store that has its tokens, once they are written.
    pub store: Option<StoreKind>,
    /// The id of the user at the portal, once it was seen in the profile list.
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
    pub fn keyring_service(&self) -> String {
        format!("nxp/{}", self.space.host())
    }

    /// The command that signs in to this account.
    #[must_use]
    pub fn login_command(&self) -> CommandLine {
        CommandLine::login(Some(&self.space.short_name()), Some(&self.email))
    }

    /// Whether its user signs in with this email. Case does not matter.
    #[must_use]
    pub fn is_of(&self, email: &str) -> bool {
        self.email.to_lowercase() == email.to_lowercase()
    }

    /// Whether it is at this space, called by either of its addresses.
    #[must_use]
    pub fn is_at(&self, space: &Space) -> bool {
        self.space == *space || self.portal.as_ref() == Some(space)
    }
}

/// An account is its space and its email; where its tokens are makes no other one of it.
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
