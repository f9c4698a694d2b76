//! PROFILE: finds the profile that an id, a name, a label, `-` or `.` means, or lets the user pick one.

use std::cmp::Reverse;

use super::directory::{HERE, profile_of_directory};
use crate::api::{Profile, ProfileId, ProfileList, VirtualOffice};
use crate::commands::app::App;
use crate::config;
use crate::error::{Error, ErrorCode, ErrorKind, LISTED, Result, listed};
use crate::output::{Console, folded};
use crate::prompt::picker::{self, Picker, PickerItem};

/// What helps where no profile is active.
const ACTIVATE: &str = "ask the space's team to activate a profile";

/// If `given` is `.`: replaces it by the profile of this directory, and narrows the choice of the account
/// to the space that has it.
pub(in crate::commands) fn resolve_here(app: &mut App, given: &mut String) -> Result<()> {
    if given != HERE {
        return config::no_secret("PROFILE", given).map(drop);
    }
    let (found, choice) = profile_of_directory(app)?;
    *given = found.profile;
    app.settings.choice = choice;
    Ok(())
}

/// Finds the active profile that `given` means.
///
/// Digits, with or without `#`, are an id. `-` is the `previous` profile. Anything
/// else is the full name of a person or a company, or a label as nxp prints it, if exactly one
/// active profile has it. Case makes no difference.
pub(super) fn resolve<'a>(
    given: &str,
    list: &'a ProfileList,
    previous: Option<ProfileId>,
) -> Result<&'a Profile> {
    let given = match given {
        "-" => previous.map(|id| id.to_string()).ok_or_else(|| {
            let message = "no previous profile is known on this machine";
            Error::new(ErrorCode::Profile, message).with_hint(choices("", list))
        })?,
        given => given.to_owned(),
    };
    let Some(digits) = id_in(&given) else {
        return by_name(&given, list);
    };
    match digits.parse().ok().and_then(|id| list.find(id)) {
        Some(profile) if profile.is_active() => Ok(profile),
        Some(profile) => Err(inactive(profile, digits, list)),
        None => Err(no_such_profile(digits, digits, list)),
    }
}

/// The digits of an id, with or without `#` before it and white space around it.
pub(super) fn id_in(given: &str) -> Option<&str> {
    let given = given.trim();
    let digits = given.strip_prefix('#').unwrap_or(given);
    let is_id = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then_some(digits)
}

/// The current profile.
pub(super) fn current(list: &ProfileList) -> Result<&Profile> {
    list.current().ok_or_else(|| match list.active().next() {
        Some(_) => Error::new(ErrorCode::Profile, "no profile is current")
            .with_hint("choose one with `nxp profiles switch`"),
        None => no_active_profile(),
    })
}

/// The error that there is nothing to switch to.
pub(super) fn no_active_profile() -> Error {
    Error::new(ErrorCode::Profile, "none of your profiles is active").with_hint(ACTIVATE)
}

/// Finds the one active profile that has a virtual office that is not paused.
pub(super) fn virtual_office(list: &ProfileList) -> Result<&Profile> {
    let active = list.active();
    let holders = active.filter(|profile| profile.virtual_office() == VirtualOffice::Active);
    match holders.collect::<Vec<_>>().as_slice() {
        [holder] => Ok(holder),
        [] => {
            let message = "no active profile has a virtual office that is not paused";
            Err(Error::new(ErrorCode::Profile, message)
                .with_hint("see `nxp profiles list --virtual-office`"))
        }
        several => Err(ambiguous("have a virtual office", several)),
    }
}

fn ambiguous(what: &str, candidates: &[&Profile]) -> Error {
    let labels = candidates.iter().map(|it| it.label_with_location());
    let hint = format!(
        "give the id of one: {}",
        listed(&labels.collect::<Vec<_>>())
    );
    let message = format!("{} active profiles {what}", candidates.len());
    Error::new(ErrorCode::Profile, message).with_hint(hint)
}

fn by_name<'a>(name: &str, list: &'a ProfileList) -> Result<&'a Profile> {
    let wanted = folded(name);
    let named = list.profiles.iter().filter(|it| is_called(it, &wanted));
    let (active, others): (Vec<_>, Vec<_>) = named.partition(|it| it.is_active());
    match (active.as_slice(), others.first()) {
        ([profile], _) => Ok(profile),
        ([], Some(profile)) => Err(inactive(profile, &wanted, list)),
        ([], None) => {
            let called = format!("called \"{name}\"");
            Err(no_such_profile(&called, &wanted, list).of_kind(ErrorKind::NoSuchName))
        }
        (several, _) => Err(ambiguous(&format!("are called \"{name}\""), several)),
    }
}

fn no_such_profile(described: &str, wanted: &str, list: &ProfileList) -> Error {
    Error::new(ErrorCode::Profile, format!("no profile {described}"))
        .with_hint(choices(wanted, list))
}

/// Whether this is one of its names, or its label with or without the id.
fn is_called(profile: &Profile, wanted: &str) -> bool {
    let located = profile.label_with_location();
    let without_id = located.rsplit_once(" #").map_or("", |(title, _)| title);
    let (label, title) = (profile.label(), profile.title());
    let labels = [&label, &title, without_id, &located];
    let mut all = profile.names().chain(labels);
    all.any(|name| !name.is_empty() && folded(name) == wanted)
}

fn inactive(profile: &Profile, given: &str, list: &ProfileList) -> Error {
    // The portal may also leave the field out.
    let why = match profile.active {
        Some(_) => ": suspended or archived",
        None => "",
    };
    let message = format!("{} is not active{why}", profile.label());
    Error::new(ErrorCode::Profile, message).with_hint(choices(given, list))
}

/// The hint that names the active profiles which are the most similar to `wanted`, in the order of the
/// list.
fn choices(wanted: &str, list: &ProfileList) -> String {
    let similarity = |profile: &Profile| {
        let id = profile.id.to_string();
        let names = profile.names().map(folded).chain([id]);
        let similarities = names.map(|name| strsim::jaro_winkler(&name, wanted));
        similarities.fold(0.0, f64::max)
    };
    let mut active: Vec<_> = list.active().enumerate().collect();
    // The bits of numbers that aren't negative are in the order of the numbers.
    active.sort_by_cached_key(|(_, profile)| Reverse(similarity(profile).to_bits()));
    let shown = LISTED.min(active.len());
    let (shown, _) = active.split_at_mut(shown);
    shown.sort_by_key(|(place, _)| *place);
    let labels: Vec<String> = active.iter().map(|(_, profile)| profile.label()).collect();
    match labels.as_slice() {
        [] => ACTIVATE.to_owned(),
        labels => format!("choose one of {}", listed(labels)),
    }
}

/// Lets the user pick one of the active profiles, if there are several. The current one comes first; the
/// arrow is on the `previous` one, if that is among them. `filter` is typed in already.
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
