//! Texts that people and environments give: addresses, proxies, faults, and the cleaner.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    assert!(!nxp::output::clean(text).chars().any(char::is_control));
    if let Ok(space) = text.parse::<nxp::portal::Space>() {
        assert_eq!(
            space.to_string().parse::<nxp::portal::Space>().ok(),
            Some(space)
        );
    }
    let _ = nxp::portal::is_proxy(text);
    if let Ok(fault) = text.parse::<nxp::sandbox::Fault>() {
        assert_eq!(fault.to_string().parse(), Ok(fault));
    }
});
