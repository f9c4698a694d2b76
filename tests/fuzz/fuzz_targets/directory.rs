//! The directory's answer: whatever it names is a place that a token may be sent to, or none.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Some(space) = nxp::testing::directory_entry(body) else {
        return;
    };
    let address = space.to_string();
    assert!(address.starts_with("https://") || space.is_loopback());
    assert!(!address.contains(['@', '#', '?', '\\', '%']));
    assert!(!space.is_given_by_nexudus() || space.host().ends_with(".spaces.nexudus.com"));
});
