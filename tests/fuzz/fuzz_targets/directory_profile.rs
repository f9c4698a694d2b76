//! `.nxp.toml`, which anyone may have written: any bytes name a profile or a line with a problem,
//! and what was read can be written and read again, whatever the profile is called.

#![no_main]

use nxp::session::DirectoryProfile;

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    let title = String::from_utf8_lossy(content);
    match DirectoryProfile::parse(content) {
        Ok(profile) => {
            let written = profile.to_toml(&title);
            assert_eq!(DirectoryProfile::parse(written.as_bytes()), Ok(profile));
        }
        Err(problem) => {
            let lines = content.iter().filter(|byte| **byte == b'\n').count() + 1;
            assert!((1..=lines).contains(&problem.line), "{problem:?}");
            assert!(!problem.what.contains('\n'), "{problem:?}");
        }
    }
});
