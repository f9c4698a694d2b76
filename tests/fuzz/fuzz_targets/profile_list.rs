//! The profile list: any bytes are read or refused, and `doctor` can tell how it has drifted.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let drift = nxp::api::Drift::from_json(body);
    let Ok(list) = nxp::api::ProfileList::from_json(body) else {
        return;
    };
    // What is passed over in a list needs to be no JSON to the letter, so `drift` may be an error.
    if let Ok(drift) = drift {
        assert_eq!(drift.profiles, list.profiles.len());
    }
    // What was read can be named, searched and written.
    let current = list.current().map(|profile| profile.id);
    assert!(current.is_none_or(|id| list.find(id).is_some()));
    for profile in &list.profiles {
        assert!(profile.label().contains('#'));
    }
    assert!(list.active().count() <= list.profiles.len());
});
