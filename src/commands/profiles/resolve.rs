//! PROFILE: which profile a person means by an id, a name, a label or `-`.

use unicode_normalization::UnicodeNormalization as _;

use crate::api::{Profile, ProfileId, ProfileList, VirtualOffice};
use crate::error::{Error, ErrorCode, LISTED, Result, listed};
use crate::output::clean;

/// What helps where no profile is active.
const ACTIVATE: &str = "ask the space's team to activate a profile";

/// How similar two names must be, from 0 to 1, for "did you mean".
const CLOSE: f64 = 0.7;

/// How many profiles "did you mean" names.
const MOST_SIMILAR: usize = 3;

/// Finds the active profile that `given` means.
///
/// Digits, with or without `#`, are an id. `-` is the previous profile, from `previous`. Anything
/// else is the full name of a person or a company, or a label as nxp prints it, if exactly one
/// active profile has it. Case makes no difference.
pub(super) fn resolve<'a>(
    given: &str,
    list: &'a ProfileList,
    previous: impl FnOnce() -> Option<ProfileId>,
) -> Result<&'a Profile> {
    if given == "-" {
        let id = previous().ok_or_else(|| {
            let message = "no previous profile is known on this machine";
            choosing(
                Error::new(ErrorCode::Profile, message),
                &labels(list.active()),
            )
        })?;
        return by_id(id, &id.to_string(), list);
    }
    if let Some(digits) = id_in(given) {
        return match digits.parse() {
            Ok(id) => by_id(id, digits, list),
            Err(_) => Err(unknown(digits, list)),
        };
    }
    by_name(given, list)
}

/// The digits of an id, with or without `#` before it.
pub(super) fn id_in(given: &str) -> Option<&str> {
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
    let holding = |office| {
        list.active()
            .filter(move |profile| profile.virtual_office() == office)
    };
    let holders: Vec<&Profile> = holding(VirtualOffice::Active).collect();
    match holders.as_slice() {
        [holder] => Ok(holder),
        [] => {
            let message = "no active profile has a virtual office that is not paused";
            let error = Error::new(ErrorCode::Profile, message);
            let paused = labels(holding(VirtualOffice::Paused));
            Err(match paused.as_slice() {
                [] => error,
                paused => {
                    error.with_hint(format!("choose a paused one by its id: {}", listed(paused)))
                }
            })
        }
        several => {
            let candidates = labels(several.iter().copied());
            Err(ambiguous("have a virtual office", &candidates))
        }
    }
}

fn ambiguous(what: &str, candidates: &[String]) -> Error {
    let message = format!("{} active profiles {what}", candidates.len());
    Error::new(ErrorCode::Profile, message)
        .with_hint(format!("give the id of one: {}", listed(candidates)))
}

/// Adds the profiles to choose from.
fn choosing(error: Error, possible: &[String]) -> Error {
    error.with_hint(match possible {
        [] => ACTIVATE.to_owned(),
        possible => format!("choose one of {}", listed(possible)),
    })
}

fn by_id<'a>(id: ProfileId, given: &str, list: &'a ProfileList) -> Result<&'a Profile> {
    match list.find(id) {
        Some(profile) if profile.is_active() => Ok(profile),
        Some(profile) => Err(inactive(profile, given, list)),
        None => Err(unknown(given, list)),
    }
}

fn by_name<'a>(name: &str, list: &'a ProfileList) -> Result<&'a Profile> {
    let wanted = folded(name);
    let answering = list.profiles.iter().filter(|it| answers_to(it, &wanted));
    let (active, others): (Vec<_>, Vec<_>) = answering.partition(|it| it.is_active());
    match (active.as_slice(), others.first()) {
        ([profile], _) => Ok(profile),
        ([], Some(profile)) => Err(inactive(profile, &wanted, list)),
        ([], None) => Err(unknown_name(name, &wanted, list)),
        (candidates, _) => {
            let labels = candidates.iter().map(|it| it.label_with_location());
            let what = format!("are called \"{name}\"");
            Err(ambiguous(&what, &labels.collect::<Vec<_>>()))
        }
    }
}

/// Whether this is one of its names, or its label.
fn answers_to(profile: &Profile, wanted: &str) -> bool {
    if profile.names().any(|name| folded(name) == wanted) {
        return true;
    }
    // Only labels have one of these. Most names need no comparison with them.
    if !wanted.contains(['#', '—', '…', '(']) {
        return false;
    }
    let labels = [profile.label(), profile.label_with_location()];
    let without_id = labels.iter().filter_map(|label| label.rsplit_once(" #"));
    let titles = without_id.map(|(title, _)| title.to_owned());
    let title = profile.title();
    labels
        .iter()
        .cloned()
        .chain(titles)
        .chain([title])
        .any(|label| folded(&label) == wanted)
}

fn unknown_name(name: &str, wanted: &str, list: &ProfileList) -> Error {
    let close: Vec<String> = similar(wanted, list)
        .into_iter()
        .map(|name| format!("\"{name}\""))
        .collect();
    Error::NoSuchProfile {
        wanted: format!("called \"{name}\""),
        close: (!close.is_empty()).then(|| close.join(" or ")),
        possible: closest(wanted, list),
    }
}

/// The names that could be meant. Each is of one active profile only.
fn similar(wanted: &str, list: &ProfileList) -> Vec<String> {
    // A label with a wrong id: the profile with that id, or those with the rest of the label.
    if let Some((title, id)) = wanted.rsplit_once(" #") {
        let has_either =
            |profile: &&Profile| profile.id.to_string() == id || answers_to(profile, title);
        let found = list.active().filter(has_either).take(MOST_SIMILAR);
        let found: Vec<String> = labels(found);
        if !found.is_empty() {
            return found;
        }
    }
    let names = list.active().flat_map(Profile::names);
    let closest = names
        .map(|name| (strsim::jaro_winkler(&folded(name), wanted), name))
        .filter(|(likeness, _)| *likeness >= CLOSE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let Some((_, name)) = closest else {
        return Vec::new();
    };
    let named = folded(name);
    let named = list.active().filter(|it| answers_to(it, &named));
    match labels(named.take(MOST_SIMILAR)) {
        labels if labels.len() > 1 => labels,
        _ => vec![name.to_owned()],
    }
}

fn unknown(given: &str, list: &ProfileList) -> Error {
    Error::NoSuchProfile {
        wanted: given.to_owned(),
        close: None,
        possible: closest(given, list),
    }
}

fn inactive(profile: &Profile, given: &str, list: &ProfileList) -> Error {
    // The portal may also leave the field out.
    let why = match profile.active {
        Some(_) => ": suspended or archived",
        None => "",
    };
    let message = format!("{} is not active{why}", profile.label());
    choosing(
        Error::new(ErrorCode::Profile, message),
        &closest(given, list),
    )
}

/// The labels of the active profiles: first those that a hint shows, which are the most similar to
/// `wanted`, in the order of the list.
fn closest(wanted: &str, list: &ProfileList) -> Vec<String> {
    let similarity = |profile: &Profile| {
        let id = profile.id.to_string();
        profile
            .names()
            .map(folded)
            .chain([id])
            .map(|name| strsim::jaro_winkler(&name, wanted))
            .fold(0.0, f64::max)
    };
    let active = list.active().enumerate();
    let mut active: Vec<(usize, f64, &Profile)> = active
        .map(|(place, profile)| (place, similarity(profile), profile))
        .collect();
    active.sort_by(|(_, one, _), (_, other, _)| other.total_cmp(one));
    if let Some(shown) = active.get_mut(..LISTED) {
        shown.sort_by_key(|(place, ..)| *place);
    } else {
        active.sort_by_key(|(place, ..)| *place);
    }
    labels(active.into_iter().map(|(.., profile)| profile))
}

/// A name in the form in which names are compared: as it is printed, without case and surrounding
/// spaces, and with accents encoded in one way (Unicode Standard, section 3.13, "canonical caseless
/// match"). Upper case comes first because of letters that become two in it, such as ß.
pub(in crate::commands) fn folded(name: &str) -> String {
    let cased: String = clean(name)
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
