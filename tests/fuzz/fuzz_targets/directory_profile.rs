//! See `src/testing.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| nxp::testing::directory_profile(body));
