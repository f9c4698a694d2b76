//! Texts alone: addresses, proxies, faults, the portal's `Retry-After`, and the sanitizer.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    assert!(!nxp::testing::sanitize(text).chars().any(char::is_control));
    if let Ok(space) = text.parse::<nxp::api::Space>() {
        assert_eq!(
            space.to_string().parse::<nxp::api::Space>().ok(),
            Some(space)
        );
    }
    let _ = nxp::testing::is_proxy(text);
    let now = std::time::SystemTime::UNIX_EPOCH;
    if let Some(wait) = nxp::testing::read_retry_after(text, now) {
        let seconds = wait.as_secs().to_string();
        assert_eq!(nxp::testing::read_retry_after(&seconds, now), Some(wait));
    }
    let _ = text.parse::<nxp::sandbox::Fault>();
});
