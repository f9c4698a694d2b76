//! The response to a write: any bytes can be read, and a message is never more than a person reads.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let (_, message) = nxp::testing::confirmation(body);
    if let Some(message) = message {
        assert!(!message.is_empty() && message.chars().count() <= 1_001);
    }
});
