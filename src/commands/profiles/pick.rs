//! Picking a profile from the active ones.

use super::resolve::no_active_profile;
use crate::api::{Profile, ProfileId, ProfileList};
use crate::error::{Error, Result};
use crate::output::Console;
use crate::prompt::picker::{self, Picker, PickerItem};

/// Lets the user pick one of the active profiles, if there are several. The current one comes first; the arrow is on the
/// `previous` one, if that is among them. `filter` is typed in already.
pub(super) fn pick<'a>(
    console: Console,
    question: &str,
    list: &'a ProfileList,
    previous: Option<ProfileId>,
    filter: &str,
) -> Result<&'a Profile> {
    let mut active: Vec<&Profile> = list.active().collect();
    active.sort_by_key(|profile| !profile.is_current());
    match active.as_slice() {
        [] => return Err(no_active_profile()),
        [only] if filter.is_empty() => {
            console.note(&format!("{} is your only active profile.", only.label()));
            return Ok(only);
        }
        _ => {}
    }
    let preselected = active
        .iter()
        .position(|profile| Some(profile.id) == previous)
        .unwrap_or_default();
    let picked = picker::pick(
        console,
        Picker {
            question,
            items: active.iter().map(|profile| item(profile)).collect(),
            preselected,
            filter,
        },
    )?;
    active.get(picked).copied().ok_or_else(Error::cancelled)
}

fn item(profile: &Profile) -> PickerItem {
    let kind = profile.kind().map(String::from);
    let details = kind.into_iter().chain(profile.location.clone());
    PickerItem {
        is_current: profile.is_current(),
        label: profile.title(),
        detail: details.collect::<Vec<_>>().join(", "),
        id: format!("#{}", profile.id),
    }
}
