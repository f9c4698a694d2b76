//! The profile list: any bytes are read or refused.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Ok(list) = nxp::portal::ProfileList::from_json(body) else {
        return;
    };
    // What was read can be named, searched and written.
    let current = list.current().map(|profile| profile.id);
    assert!(current.is_none_or(|id| list.find(id).is_some()));
    for profile in &list.profiles {
        assert!(profile.label().contains('#'));
    }
    assert!(list.active().count() <= list.profiles.len());
});
