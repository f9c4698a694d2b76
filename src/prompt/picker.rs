//! The picker: a list of active profiles to choose from with the arrow keys or by typing.

use dialoguer::FuzzySelect;

use super::guard::Guard;
use crate::error::{Error, Result};
use crate::output::clean;
use crate::portal::{Profile, ProfileList};

/// Lets a person pick one of the active profiles; the current one is marked and preselected.
///
/// # Errors
/// [`Error::NoActiveProfile`], [`Error::Cancelled`] at Esc or Ctrl-C.
pub(crate) fn pick(list: &ProfileList) -> Result<&Profile> {
    let active: Vec<&Profile> = list.active().collect();
    if active.is_empty() {
        return Err(Error::NoActiveProfile);
    }
    let current = active.iter().position(|profile| profile.is_current());
    let _guard = Guard::new()?;
    let picked = FuzzySelect::new()
        .with_prompt("Switch to")
        .items(active.iter().map(|profile| item(profile)))
        .default(current.unwrap_or_default())
        .report(false)
        .interact_opt()
        .map_err(super::failed)?;
    picked
        .and_then(|index| active.get(index).copied())
        .ok_or(Error::Cancelled)
}

fn item(profile: &Profile) -> String {
    let mark = if profile.is_current() { "*" } else { " " };
    let kind = profile
        .kind()
        .map(|kind| format!(", {kind}"))
        .unwrap_or_default();
    format!("{mark} {}{kind}", clean(&profile.label()))
}
