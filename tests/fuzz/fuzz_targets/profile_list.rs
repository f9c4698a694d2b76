//! The profile list: any bytes are read or refused, and `doctor` counts the same profiles.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let count = nxp::testing::profile_count(body);
    let Ok(list) = nxp::testing::profile_list(body) else {
        return;
    };
    // What is passed over in a list needs to be no JSON to the letter, so `count` may be an error.
    if let Ok(count) = count {
        assert_eq!(count, list.profiles.len());
    }
    // What was read can be named, searched and written.
    let current = list.current().map(|profile| profile.id);
    assert!(current.is_none_or(|id| list.find(id).is_some()));
    for profile in &list.profiles {
        assert!(profile.label().contains('#'));
    }
    assert!(list.active().count() <= list.profiles.len());
});
