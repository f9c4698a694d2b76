//! `state.json` when it is not as it should be, or another process has it.

use std::fs::{self, File};
use std::process::Command;

use serde_json::json;

use crate::people::ANA;
use crate::support::{Home, Keyring, Output, Portal};

/// A user who has signed in.
struct SignedIn {
    _keyring: Keyring,
    home: Home,
    _portal: Portal,
}

impl SignedIn {
    fn new() -> Option<Self> {
        let keyring = Keyring::unlocked()?;
        let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
        home.sign_in(&portal, ANA);
        Some(Self {
            _keyring: keyring,
            home,
            _portal: portal,
        })
    }

    /// Runs a command that must not wait for ever.
    fn run(&self, words: &[&str]) -> Output {
        self.home.nxp([words, &["--timeout", "1"]].concat()).run()
    }
}

#[test]
fn a_lock_that_another_process_holds_is_an_error_that_names_it() {
    let Some(ana) = SignedIn::new() else { return };
    let lock = File::create(ana.home.state_file().with_extension("lock")).unwrap();
    lock.lock().unwrap();
    for words in [&["logout"][..], &["accounts", "use", ANA]] {
        let failed = ana.run(words).code(1);
        assert!(failed.stderr.contains("state.lock"), "{failed}");
        assert!(failed.stderr.contains("another nxp"), "{failed}");
    }
    drop(lock);
}

#[test]
fn a_lock_that_another_process_holds_keeps_no_one_from_a_list() {
    let Some(ana) = SignedIn::new() else { return };
    let lock = File::create(ana.home.state_file().with_extension("lock")).unwrap();
    lock.lock().unwrap();
    ana.run(&["profiles", "list"]).code(0);
}

#[test]
fn a_named_pipe_in_place_of_a_file_is_an_error_and_no_wait() {
    let Some(ana) = SignedIn::new() else { return };
    let pipe = |path: &std::path::Path| {
        fs::remove_file(path).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    ana.run(&["profiles", "list"]).code(0);
    let cache = fs::read_dir(ana.home.path().join("cache/nxp")).unwrap();
    for entry in cache {
        pipe(&entry.unwrap().path());
    }
    ana.run(&["profiles", "current", "--cached"]).code(3);
    ana.run(&["profiles", "list"]).code(0);
    ana.run(&["profiles", "current", "--cached"]).code(0);
    pipe(&ana.home.state_file());
    for words in [
        &["profiles", "list"][..],
        &["logout"],
        &["accounts", "list"],
    ] {
        let failed = ana.run(words).code(1);
        assert!(failed.stderr.contains("state.json"), "{failed}");
        assert!(failed.stderr.contains("not a regular file"), "{failed}");
    }
}

#[test]
fn a_record_of_a_newer_version_is_skipped_and_kept() {
    let Some(ana) = SignedIn::new() else { return };
    let newer = json!({"space": {"host": "acme.spaces.nexudus.com"}, "email": ANA});
    let mut state = ana.home.state();
    state["accounts"]
        .as_array_mut()
        .unwrap()
        .push(newer.clone());
    state["version"] = json!("9");
    fs::write(ana.home.state_file(), state.to_string()).unwrap();
    let output = ana.home.nxp(["accounts", "list"]).run().code(0);
    assert_eq!(output.stderr, "");
    assert_eq!(output.stdout.lines().count(), 1);
    ana.home.nxp(["accounts", "use", ANA]).run().code(0);
    ana.home.nxp(["logout"]).run().code(0);
    assert_eq!(ana.home.state()["accounts"], json!([newer]));
    assert_eq!(ana.home.state()["version"], "9");
}
