//! The answer to a switch: any bytes confirm, refuse, or can't be read.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    if let nxp::api::Confirmation::Refused {
        reason: Some(reason),
    } = nxp::api::Confirmation::from_body(body)
    {
        assert!(!reason.is_empty() && reason.chars().count() <= 1_001);
    }
});
