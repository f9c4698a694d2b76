//! What can be spent: any bytes are read or refused, and what was read can be written and read.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    match nxp::testing::benefits(body) {
        Ok(benefits) => {
            let written = serde_json::to_vec(&benefits).unwrap();
            let again = nxp::testing::benefits(&written).unwrap();
            assert_eq!(again.is_empty(), benefits.is_empty());
        }
        Err(problem) => assert!(problem.is_ascii()),
    }
});
