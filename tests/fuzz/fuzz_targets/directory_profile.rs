//! `.nxp.toml`, which anyone may have written: any bytes name a profile or a line with a problem,
//! and what was read can be written and read again, whatever the profile is called.

#![no_main]

use nxp::testing::reread_directory_profile;

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    let title = String::from_utf8_lossy(content);
    match reread_directory_profile(content, &title) {
        Ok([profile, again]) => assert_eq!(profile, again),
        Err((line, problem)) => {
            let lines = content.iter().filter(|byte| **byte == b'\n').count() + 1;
            assert!((1..=lines).contains(&line), "{line}: {problem}");
            assert!(!problem.contains('\n'), "{problem}");
        }
    }
});
