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

/// Another user could have made the folder, or have put a link into it.
#[cfg(unix)]
#[test]
fn what_another_user_can_write_is_refused() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    let Some(ana) = SignedIn::new() else { return };
    let (file, home) = (ana.home.state_file(), ana.home.path());
    let folder = file.parent().unwrap();
    let refused = |problem: &str| {
        for words in [
            &["accounts", "list"][..],
            &["accounts", "use", ANA],
            &["logout"],
        ] {
            let output = ana.run(words).code(1);
            assert!(output.stderr.contains(problem), "{problem}: {output}");
        }
    };
    let allow = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(folder, 0o777);
    refused("other users can write to it, or to its folder");
    allow(folder, 0o700);
    allow(&file, 0o666);
    refused("other users can write to it, or to its folder");
    allow(&file, 0o600);
    ana.run(&["accounts", "list"]).code(0);
    if rustix::process::geteuid().is_root() {
        for path in [folder, &file] {
            chown(path, Some(3_481_516), None).unwrap();
            refused("another user owns it, or its folder");
            chown(path, Some(0), None).unwrap();
        }
    }
    let target = home.join("authorized_keys");
    fs::rename(&file, &target).unwrap();
    symlink(&target, &file).unwrap();
    refused("can't read");
    fs::rename(&target, &file).unwrap();
    let lock = file.with_extension("lock");
    fs::remove_file(&lock).unwrap();
    symlink(&target, &lock).unwrap();
    ana.run(&["accounts", "use", ANA]).code(1);
    fs::remove_file(&lock).unwrap();
}

#[test]
fn a_planted_link_is_not_written_through() {
    let (home, portal) = (Home::new(), Portal::start());
    let switch = || {
        home.nxp(["profiles", "switch", "14190688"])
            .at(&portal)
            .run()
    };
    switch().code(0);
    let target = home.path().join("authorized_keys");
    fs::write(&target, "mine").unwrap();
    let mut planted = 0;
    for folder in ["state/nxp", "state/nxp/locks", "cache/nxp"] {
        let Ok(entries) = fs::read_dir(home.path().join(folder)) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_file() {
                fs::remove_file(&path).unwrap();
                std::os::unix::fs::symlink(&target, &path).unwrap();
                planted += 1;
            }
        }
    }
    assert!(planted > 1, "{planted}");
    home.nxp(["profiles", "switch", "14190271"])
        .at(&portal)
        .run()
        .code(0);
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let Some(ana) = SignedIn::new() else { return };
    let file = File::create(ana.home.state_file()).unwrap();
    file.set_len(3 << 30).unwrap();
    let output = ana.run(&["accounts", "list"]).code(1);
    assert!(output.stderr.contains("larger than 16 MiB"), "{output}");
    file.set_len(0).unwrap();
}
