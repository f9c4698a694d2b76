//! PROFILE: which profile a person means by an id, a name or `-`.

use unicode_normalization::UnicodeNormalization as _;

use crate::api::{Profile, ProfileId, ProfileList, VirtualOffice};
use crate::error::{Error, Result};

/// How alike two names are, from 0 to 1, before one is offered for the other.
const CLOSE: f64 = 0.7;

/// Finds the active profile that `given` means.
///
/// Digits are an id; `-` is the profile before this one, which `previous` knows; anything else is
/// the whole name of a person or a company, in upper or lower case, and only if exactly one active
/// profile answers to it.
///
/// # Errors
/// [`Error::NoSuchProfile`], [`Error::InactiveProfile`], [`Error::AmbiguousProfile`].
pub(super) fn resolve<'a>(
    given: &str,
    list: &'a ProfileList,
    previous: impl FnOnce() -> Result<Option<ProfileId>>,
) -> Result<&'a Profile> {
    if given == "-" {
        let id = previous()?.ok_or_else(|| Error::NoSuchProfile {
            wanted: "before this one on record".to_owned(),
            close: None,
            possible: labels(list.active()),
        })?;
        return by_id(id, &id.to_string(), list);
    }
    if !given.is_empty() && given.bytes().all(|byte| byte.is_ascii_digit()) {
        return match given.parse() {
            Ok(id) => by_id(id, given, list),
            Err(_) => Err(unknown(given, list)),
        };
    }
    by_name(given, list)
}

/// Finds the one active profile that holds a virtual office that is not paused.
///
/// # Errors
/// [`Error::NoVirtualOffice`], [`Error::SeveralVirtualOffices`].
pub(super) fn virtual_office(list: &ProfileList) -> Result<&Profile> {
    let holding = |office| {
        list.active()
            .filter(move |profile| profile.virtual_office() == office)
    };
    let holders: Vec<&Profile> = holding(VirtualOffice::Active).collect();
    match holders.as_slice() {
        [holder] => Ok(holder),
        [] => Err(Error::NoVirtualOffice {
            paused: labels(holding(VirtualOffice::Paused)),
        }),
        several => Err(Error::SeveralVirtualOffices {
            candidates: labels(several.iter().copied()),
        }),
    }
}

fn by_id<'a>(id: ProfileId, given: &str, list: &'a ProfileList) -> Result<&'a Profile> {
    match list.find(id) {
        Some(profile) if profile.is_active() => Ok(profile),
        Some(profile) => Err(inactive(profile, list)),
        None => Err(unknown(given, list)),
    }
}

fn by_name<'a>(name: &str, list: &'a ProfileList) -> Result<&'a Profile> {
    let wanted = folded(name);
    let answering: Vec<&Profile> = list
        .profiles
        .iter()
        .filter(|profile| profile.names().any(|name| folded(name) == wanted))
        .collect();
    let active: Vec<&Profile> = answering
        .iter()
        .copied()
        .filter(|profile| profile.is_active())
        .collect();
    match (active.as_slice(), answering.as_slice()) {
        ([profile], _) => Ok(profile),
        ([], [profile, ..]) => Err(inactive(profile, list)),
        ([], []) => Err(unknown_name(name, &wanted, list)),
        (candidates, _) => Err(Error::AmbiguousProfile {
            name: format!("\"{name}\""),
            candidates: labels(candidates.iter().copied()),
        }),
    }
}

fn unknown_name(name: &str, wanted: &str, list: &ProfileList) -> Error {
    let close = list
        .active()
        .flat_map(|profile| {
            profile
                .names()
                .map(move |name| (strsim::jaro_winkler(&folded(name), wanted), name))
        })
        .filter(|(likeness, _)| *likeness >= CLOSE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    Error::NoSuchProfile {
        wanted: format!("called \"{name}\""),
        close: close.map(|(_, name)| format!("\"{name}\"")),
        possible: labels(list.active()),
    }
}

fn unknown(given: &str, list: &ProfileList) -> Error {
    Error::NoSuchProfile {
        wanted: given.to_owned(),
        close: None,
        possible: labels(list.active()),
    }
}

fn inactive(profile: &Profile, list: &ProfileList) -> Error {
    Error::InactiveProfile {
        label: profile.label(),
        possible: labels(list.active()),
    }
}

/// A name as it is compared: without regard to case, to the spaces around it, and to how its
/// accents are encoded (Unicode Standard, section 3.13, "canonical caseless match"). Upper case
/// comes first for letters that are two in it, such as ß.
pub(in crate::commands) fn folded(name: &str) -> String {
    let cased: String = name
        .trim()
        .nfd()
        .collect::<String>()
        .to_uppercase()
        .to_lowercase();
    cased.nfc().collect()
}

fn labels<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Vec<String> {
    profiles.map(Profile::label).collect()
}
