//! What is true of PROFILE, for any value and any list.

use std::ops::Range;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::json;

use super::resolve::{id_in, resolve};
use crate::api::{Profile, ProfileList};
use crate::output::folded;

fn name() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        "[ABCabc]{0,2}",
        "[0-9]{1,3}",
        " ?[äÄßİi-]{1,3} ?",
        ".{0,6}"
    ])
}

fn list() -> impl Strategy<Value = ProfileList> {
    list_of(0..6)
}

fn list_of(count: Range<usize>) -> impl Strategy<Value = ProfileList> {
    let profile = (1_u64..9, name(), name(), option::of(any::<bool>()));
    vec(profile, count).prop_map(|profiles| {
        let profiles = profiles.into_iter().map(|(id, person, company, active)| {
            json!({"Id": id, "FullName": person, "CompanyName": company, "Active": active})
        });
        let body = json!({"Profiles": profiles.collect::<Vec<_>>()}).to_string();
        ProfileList::from_json(body.as_bytes()).unwrap()
    })
}

/// A list, and a name that is often on it.
fn list_and_name() -> impl Strategy<Value = (ProfileList, String)> {
    (list(), name(), any::<prop::sample::Index>()).prop_map(|(list, name, index)| {
        let names: Vec<&str> = list.profiles.iter().flat_map(Profile::names).collect();
        let listed = (!names.is_empty()).then(|| (*index.get(&names)).to_owned());
        let given = listed.or(name).unwrap_or_default();
        (list, given)
    })
}

proptest! {
    /// A name finds the one active profile that has it, and none where that isn't one.
    #[test]
    fn a_name_finds_the_one_that_has_it((list, given) in list_and_name()) {
        prop_assume!(id_in(&given).is_none() && given != "-");
        let named: Vec<&Profile> = list
            .active()
            .filter(|profile| profile.names().any(|name| folded(name) == folded(&given)))
            .collect();
        match (resolve(&given, &list, None), named.as_slice()) {
            (Ok(found), [named]) => prop_assert!(std::ptr::eq(found, *named)),
            (found, [_]) => prop_assert!(false, "{given:?} found {found:?}"),
            (found, _) => prop_assert!(found.is_err(), "{given:?} found {found:?}"),
        }
    }

    /// An id finds its profile, or says why not; never another one.
    #[test]
    fn an_id_finds_no_other(list in list(), id in 1_u64..9) {
        match resolve(&id.to_string(), &list, None) {
            Ok(found) => prop_assert_eq!(found.id, id.into()),
            Err(_) => {
                let first = list.find(id.into());
                prop_assert!(first.is_none_or(|profile| !profile.is_active()));
            }
        }
    }

    /// A name that two active profiles answer to finds neither.
    #[test]
    fn a_shared_name_finds_none(mut list in list_of(2..6), name in "[A-Za-z]{1,5}") {
        for profile in list.profiles.iter_mut().take(2) {
            profile.full_name = Some(name.clone());
            profile.active = Some(true);
        }
        prop_assert!(resolve(&name.to_uppercase(), &list, None).is_err());
    }
}
