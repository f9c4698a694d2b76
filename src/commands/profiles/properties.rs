//! What holds of PROFILE, whatever it says and whoever is listed.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::resolve::{folded, resolve};
use crate::api::{Profile, ProfileList};

fn name() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        "[ABCabc]{0,2}",
        "[0-9]{1,3}",
        " ?[äÄßİi-]{1,3} ?",
        ".{0,6}"
    ])
}

fn list() -> impl Strategy<Value = ProfileList> {
    let profile = (1_u64..9, name(), name(), option::of(any::<bool>()));
    vec(profile, 0..6).prop_map(|profiles| ProfileList {
        user: None,
        default_business: None,
        profiles: profiles
            .into_iter()
            .map(|(id, full_name, company_name, active)| Profile {
                id: id.into(),
                full_name,
                company_name,
                active,
                is_default_profile: None,
                coworker_type: None,
                has_virtual_office: None,
                virtual_office_paused: None,
                virtual_office_contract_id: None,
                location: None,
            })
            .collect(),
    })
}

proptest! {
    /// Whoever is found is active and answers to what was given.
    #[test]
    fn whoever_is_found_was_meant(list in list(), given in name()) {
        let given = given.unwrap_or_default();
        let Ok(found) = resolve(&given, &list, || Ok(None)) else { return Ok(()) };
        prop_assert!(found.is_active());
        let alike = |name: &&String| folded(name) == folded(&given);
        let is_named = [&found.full_name, &found.company_name]
            .into_iter()
            .flatten()
            .any(|name| alike(&name));
        let is_numbered = given.parse().is_ok_and(|id: u64| found.id == id.into());
        prop_assert!(is_numbered || is_named, "{:?} found {:?}", given, found);
    }

    /// An id finds its profile, or says why not; never another one.
    #[test]
    fn an_id_finds_nobody_else(list in list(), id in 1_u64..9) {
        match resolve(&id.to_string(), &list, || Ok(None)) {
            Ok(found) => prop_assert_eq!(found.id, id.into()),
            Err(_) => {
                let first = list.find(id.into());
                prop_assert!(first.is_none_or(|profile| !profile.is_active()));
            }
        }
    }

    /// A name that two active profiles answer to finds neither.
    #[test]
    fn a_shared_name_finds_nobody(mut list in list(), name in "[A-Za-z]{1,5}") {
        for profile in list.profiles.iter_mut().take(2) {
            profile.full_name = Some(name.clone());
            profile.active = Some(true);
        }
        let answering = list.profiles.iter().take(2).count();
        let found = resolve(&name.to_uppercase(), &list, || Ok(None));
        prop_assert!(answering < 2 || found.is_err());
    }
}
