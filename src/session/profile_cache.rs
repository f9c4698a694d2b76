//! The cache of profile lists: for shell completion and `--cached`, which use neither the network nor
//! the keyring.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::files::{self, digest_of};
use super::{Account, Identity};
use crate::api::{Profile, ProfileId, ProfileList, User};

/// The most profiles that are kept. Completion among more is of no use.
const LIMIT: usize = 1000;

/// The most accounts and tokens of one user that are known as theirs.
const IDENTITIES: usize = 8;

/// The cached profiles of one user: the active ones, and those that were current.
#[derive(Default, Serialize, Deserialize)]
struct CachedProfiles<P = Vec<Profile>> {
    user: Option<u64>,
    /// The accounts and tokens that saw the list, the last one first.
    #[serde(default)]
    seen_by: Vec<View>,
    profiles: P,
    /// The locations of profiles that have the same names as another one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    locations: BTreeMap<ProfileId, String>,
}

/// What an account or a token saw as current: a token may act as another profile than the user does.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct View {
    /// A digest: an email or a token is not stored.
    identity: String,
    /// More than one if the portal marks several.
    current: Vec<ProfileId>,
}

/// The cache of what an account or a token sees. Its file is that of the user.
pub(crate) struct ProfileCache {
    folder: PathBuf,
    space: String,
    identity: String,
}

impl ProfileCache {
    /// The cache of `identity` in `folder`, which need not exist yet.
    pub(crate) fn of(identity: &Identity, folder: &Path) -> Self {
        let space = identity.space_key();
        let who = match identity {
            Identity::Sandbox => "",
            Identity::Environment { token, .. } => token.expose(),
            Identity::Stored(Account { email, .. }) => &email.to_lowercase(),
        };
        Self {
            folder: folder.to_owned(),
            identity: digest_of(&[&space, who]),
            space,
        }
    }

    /// The profile list as it was last seen, as far as it was kept; `None` if there is none or it can't
    /// be read.
    pub(crate) fn load(&self) -> Option<ProfileList> {
        let (_, mut cached) = self.find()?;
        let is_own = |view: &View| view.identity == self.identity;
        let view = cached.seen_by.into_iter().find(is_own)?;
        for profile in &mut cached.profiles {
            profile.is_default_profile = Some(view.current.contains(&profile.id));
            profile.location = cached.locations.remove(&profile.id);
        }
        let user = User {
            id: cached.user,
            ..User::default()
        };
        Some(ProfileList {
            user: Some(user),
            default_business: None,
            profiles: cached.profiles,
        })
    }

    /// Adds the known locations to a profile list, and stores the list; gives whether that changed the
    /// cache. A failure is not reported: no command depends on the cache.
    pub(crate) fn keep(&self, list: &mut ProfileList) -> bool {
        let user = list.user_id();
        let path = files::path_of_user(&self.folder, "profiles", &self.space, user);
        let before = files::read(&path).unwrap_or_default();
        let CachedProfiles::<IgnoredAny> {
            seen_by,
            mut locations,
            ..
        } = files::parse_line(&before).unwrap_or_default();
        add_locations(list, &mut locations);
        let others = seen_by.into_iter();
        let others = others.filter(|view| view.identity != self.identity);
        let current = list.profiles.iter().filter(|it| it.is_current());
        let active = list.active().filter(|profile| !profile.is_current());
        let view = View {
            identity: self.identity.clone(),
            current: current.clone().map(|profile| profile.id).collect(),
        };
        let kept = current.chain(active).take(LIMIT);
        let not_current = |profile: &Profile| Profile {
            is_default_profile: Some(false),
            ..profile.clone()
        };
        let content = serde_json::to_vec(&CachedProfiles {
            user,
            seen_by: [view].into_iter().chain(others).take(IDENTITIES).collect(),
            profiles: kept.map(not_current).collect::<Vec<_>>(),
            locations,
        });
        let Ok(content) = content else { return false };
        if before.strip_suffix(b"\n") == Some(&content) {
            return false;
        }
        let opened = files::with_folder(&path, || files::open_to_write(&path));
        let written = opened.and_then(|mut file| files::write_line(&mut file, &content));
        // Something else than a file may be in its place.
        written.or_else(|_| files::replace(&path, &content)).is_ok()
    }

    /// Removes the cached profiles.
    ///
    /// # Errors
    /// If the file exists and can't be removed.
    pub(crate) fn forget(&self) -> io::Result<()> {
        self.find().map_or(Ok(()), |(path, _)| files::remove(&path))
    }

    /// The newest file with a list that this identity saw.
    fn find(&self) -> Option<(PathBuf, CachedProfiles)> {
        let entries = fs::read_dir(&self.folder).ok()?;
        let files = entries.flatten().filter_map(|entry| {
            let path = entry.path();
            let cached: CachedProfiles = files::parse_line(&files::read(&path).ok()?)?;
            let mut views = cached.seen_by.iter();
            let is_own = views.any(|view| view.identity == self.identity);
            is_own.then_some((path, cached))
        });
        files.max_by_key(|(path, _)| fs::metadata(path).and_then(|it| it.modified()).ok())
    }
}

/// Adds to each profile with the same names as another one the location where it was last seen as
/// the current one, and keeps the locations of these profiles only.
fn add_locations(list: &mut ProfileList, known: &mut BTreeMap<ProfileId, String>) {
    let same = list.with_same_names();
    if let (Some(current), Some(location)) = (list.current(), list.location())
        && list.acts_as(current.id)
    {
        known.insert(current.id, location.to_owned());
    }
    known.retain(|id, _| same.contains(id));
    for profile in &mut list.profiles {
        profile.location = known.get(&profile.id).cloned();
    }
}
