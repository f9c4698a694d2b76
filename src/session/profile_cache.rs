//! The cache of profile lists: for shell completion and `--cached`, which use neither the network nor
//! the keyring.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{self, Durability, digest_of};
use super::{Account, Identity};
use crate::api::{Profile, ProfileId, ProfileList, User};

/// The most profiles that are kept. Completion among more is of no use.
const LIMIT: usize = 1000;

/// The cached profiles of one identity: the current one and the active ones.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CachedProfiles {
    user: Option<u64>,
    profiles: Vec<Profile>,
    /// The locations of profiles that have the same names as another one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    locations: BTreeMap<ProfileId, String>,
}

impl CachedProfiles {
    /// The id of the user whose profiles they are, if the portal gave one.
    pub(crate) fn user(&self) -> Option<u64> {
        self.user
    }

    /// The list, as far as it was kept.
    pub(crate) fn into_list(self) -> ProfileList {
        let user = User {
            id: self.user,
            ..User::default()
        };
        let mut list = ProfileList {
            user: Some(user),
            default_business: None,
            profiles: self.profiles,
        };
        for profile in &mut list.profiles {
            profile.location = self.locations.get(&profile.id).cloned();
        }
        list
    }
}

/// The cache file of an identity, without tokens. Its name is a digest, so that any email fits into it
/// and a token is not stored.
pub(crate) struct ProfileCache {
    path: PathBuf,
}

impl ProfileCache {
    /// The cache of `identity` in `folder`, which need not exist yet.
    pub(crate) fn of(identity: &Identity, folder: &Path) -> Self {
        let name = match identity {
            Identity::Sandbox => digest_of(&["sandbox"]),
            Identity::Environment { space, token } => {
                digest_of(&["token", &space.to_string(), token.expose()])
            }
            Identity::Stored(Account { space, email, .. }) => {
                digest_of(&["account", &space.to_string(), &email.to_lowercase()])
            }
        };
        Self {
            path: folder.join(format!("profiles-{name}.json")),
        }
    }

    /// Reads the cached profiles; `None` if there are none or they can't be read.
    pub(crate) fn load(&self) -> Option<CachedProfiles> {
        serde_json::from_slice(&files::read(&self.path).ok()?).ok()
    }

    /// Stores a profile list and the locations in it. A failure is not reported: no command depends on
    /// the cache.
    pub(crate) fn store(&self, list: &ProfileList) {
        let current = list.profiles.iter().filter(|profile| profile.is_current());
        let others = list.active().filter(|profile| !profile.is_current());
        let kept = current.chain(others).take(LIMIT);
        let located = list.profiles.iter();
        let located = located.filter_map(|profile| Some((profile.id, profile.location.clone()?)));
        let seen = CachedProfiles {
            user: list.user.as_ref().and_then(|user| user.id),
            profiles: kept.cloned().collect(),
            locations: located.collect(),
        };
        let Ok(content) = serde_json::to_vec(&seen) else {
            return;
        };
        if files::read(&self.path).is_ok_and(|before| before == content) {
            return;
        }
        let _ = files::replace(&self.path, &content, Durability::Lazy);
    }

    /// Adds to each profile with the same names as another one the location where it was last seen as
    /// the current one.
    pub(crate) fn add_locations(&self, list: &mut ProfileList) {
        let same = list.with_same_names();
        if same.is_empty() {
            return;
        }
        let mut known = self.load().unwrap_or_default().locations;
        if let (Some(current), Some(location)) = (list.current(), list.location())
            && list.acts_as(current.id)
        {
            known.insert(current.id, location.to_owned());
        }
        for profile in &mut list.profiles {
            if same.contains(&profile.id) {
                profile.location = known.get(&profile.id).cloned();
            }
        }
    }

    /// Removes the cached profiles.
    ///
    /// # Errors
    /// If the file exists and can't be removed.
    pub(crate) fn forget(&self) -> io::Result<()> {
        files::remove(&self.path)
    }
}
