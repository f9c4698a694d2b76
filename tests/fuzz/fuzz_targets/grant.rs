//! The answer to a sign-in: any token that is read can be sent.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    match nxp::testing::grant(body) {
        Ok(grant) => assert!(
            grant
                .access_token
                .expose()
                .bytes()
                .all(|byte| byte.is_ascii_graphic())
        ),
        Err(problem) => assert!(problem.is_ascii()),
    }
});
