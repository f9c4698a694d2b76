//! The cache of profile lists: for shell completion and `--cached`, which use neither the network nor
//! the keyring.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Account;
use super::atomic_file::{Durability, digest_of, make_private_folder, read, replace};
use crate::api::{Profile, ProfileId, ProfileList, User};

/// The most profiles that are kept. Completion among more is of no use.
const LIMIT: usize = 1000;

/// The cached profiles of one identity: the current one and the active ones.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CachedProfiles {
    user: Option<u64>,
    profiles: Vec<Profile>,
    /// Where the session was while each of the profiles was current, if two have the same names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    locations: BTreeMap<ProfileId, String>,
}

impl CachedProfiles {
    /// The id of the user whose profiles they are, if the portal gave one.
    #[must_use]
    pub fn user(&self) -> Option<u64> {
        self.user
    }

    /// The list, as far as it was kept.
    #[must_use]
    pub fn into_list(self) -> ProfileList {
        let user = User {
            id: self.user,
            ..User::default()
        };
        let mut list = ProfileList {
            user: Some(user),
            default_business: None,
            profiles: self.profiles,
        };
        if !self.locations.is_empty() {
            list.set_locations(&self.locations);
        }
        list
    }
}

/// The cache folder: one file for each identity, without tokens.
pub struct ProfileCache {
    folder: PathBuf,
}

/// The name of an identity's cache file: a digest, so that any email fits into a file name and a token
/// is not stored.
pub struct CacheKey(String);

impl CacheKey {
    /// The key of a stored account.
    #[must_use]
    pub fn of_account(account: &Account) -> Self {
        Self::new(&[
            "account",
            &account.space.to_string(),
            &account.email.to_lowercase(),
        ])
    }

    /// The key of the identity that these parts describe.
    pub(super) fn new(parts: &[&str]) -> Self {
        Self(digest_of(parts))
    }
}

impl ProfileCache {
    /// The cache in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Reads the cached profiles; `None` if there are none or they can't be read.
    #[must_use]
    pub fn load(&self, key: &CacheKey) -> Option<CachedProfiles> {
        serde_json::from_slice(&read(&self.path(key)).ok()?).ok()
    }

    /// Stores a profile list. A failure is not reported: no command depends on the cache.
    pub fn store(&self, key: &CacheKey, list: &ProfileList) {
        let current = list.profiles.iter().filter(|profile| profile.is_current());
        let others = list.active().filter(|profile| !profile.is_current());
        let kept = current.chain(others).take(LIMIT);
        let seen = CachedProfiles {
            user: list.user.as_ref().and_then(|user| user.id),
            profiles: kept.cloned().collect(),
            locations: self.locations(key, list),
        };
        let Ok(content) = serde_json::to_vec(&seen) else {
            return;
        };
        let path = self.path(key);
        if read(&path).is_ok_and(|before| before == content) {
            return;
        }
        let put = || replace(&path, &content, Durability::Lazy);
        let _ = put().or_else(|_| make_private_folder(&self.folder).and_then(|()| put()));
    }

    /// Adds to profiles with the same names the location where each was current.
    pub fn add_locations(&self, key: &CacheKey, list: &mut ProfileList) {
        let known = self.locations(key, list);
        if !known.is_empty() {
            list.set_locations(&known);
        }
    }

    /// The locations known of the profiles in `list`, if two of them have the same names.
    fn locations(&self, key: &CacheKey, list: &ProfileList) -> BTreeMap<ProfileId, String> {
        if !list.has_same_names() {
            return BTreeMap::new();
        }
        let mut known = self.load(key).unwrap_or_default().locations;
        if let (Some(current), Some(location)) = (list.current(), list.location())
            && list.acts_as(current.id)
        {
            known.insert(current.id, location.to_owned());
        }
        known.retain(|id, _| list.find(*id).is_some());
        known
    }

    /// Removes the cached profiles.
    ///
    /// # Errors
    /// If the file exists and can't be removed.
    pub fn forget(&self, key: &CacheKey) -> std::io::Result<()> {
        match fs::remove_file(self.path(key)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, CacheKey(name): &CacheKey) -> PathBuf {
        Path::new(&self.folder).join(format!("profiles-{name}.json"))
    }
}
