//! `nxp logout`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::login::{item, login};
use crate::people::{ANA, ANAS_OWN, TWO_FACTOR};
use crate::support::{Home, Keyring, ONE_TIME_CODE, Portal};

#[test]
fn the_item_and_the_account_are_gone() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let output = home.nxp(["logout", "-vv"]).run();
    insta::assert_snapshot!(output.at(&portal));
    assert_eq!(item(&keyring, &portal, ANA), None);
    assert_eq!(home.state()["accounts"], json!([]));
    home.nxp(["profiles", "list"]).run().code(4);
}

#[test]
fn only_the_account_that_is_named_is_signed_out() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let other = login(&home, &portal, TWO_FACTOR).args(["--totp", ONE_TIME_CODE]);
    other.run().code(0);
    home.nxp(["logout", "--account", TWO_FACTOR]).run().code(0);
    assert_eq!(item(&keyring, &portal, TWO_FACTOR), None);
    assert!(item(&keyring, &portal, ANA).is_some());
    home.nxp(["profiles", "list"]).run().code(0);
}

#[test]
fn all_signs_out_every_account_at_every_space() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let portals = [Portal::start(), Portal::start()];
    for portal in &portals {
        login(&home, portal, ANA).run().code(0);
    }
    home.nxp(["logout", "--all"]).run().code(0);
    for portal in &portals {
        assert_eq!(item(&keyring, portal, ANA), None);
    }
    assert_eq!(home.state(), Value::Null);
    home.nxp(["logout", "--all"]).run().code(0);
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    below.collect()
}

#[test]
fn all_removes_every_file() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    fs::create_dir(home.path().join("state/nxp")).unwrap();
    fs::write(home.state_file(), "damaged").unwrap();
    login(&home, &portal, ANA).run().code(0);
    let switch = ["profiles", "switch", "14190688"];
    home.nxp(switch).run().code(0);
    home.nxp(["--sandbox"].into_iter().chain(switch))
        .run()
        .code(0);
    assert!(files(home.path()).len() > 5);
    let output = home.nxp(["logout", "--all"]).run().code(0);
    assert!(
        output.stderr.contains("Removed nxp's files in "),
        "{output}"
    );
    assert_eq!(files(home.path()), [] as [PathBuf; 0]);
    assert!(!home.path().join("state/nxp").exists());
}

#[test]
fn logout_all_keeps_what_is_in_use() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let words = ["profiles", "exec", "14190688", "--", "sh", "-c"];
    let script = ["echo started; read line; true"];
    let mut exec = home.nxp(words.into_iter().chain(script)).start();
    assert_eq!(exec.line(), "started");
    let note = home.path().join("state/nxp/note");
    fs::write(&note, "").unwrap();
    let output = home.nxp(["logout", "--all"]).run().code(0);
    let left = files(&home.path().join("state/nxp"));
    assert!(left.contains(&home.journal_file().unwrap()), "{left:?}");
    for text in [
        ".json was not removed: in use by a running command".to_owned(),
        format!("{} was not removed: not written by nxp", note.display()),
    ] {
        assert!(output.stderr.contains(&text), "{text}: {output}");
    }
    exec.finish().code(0);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn an_item_that_is_gone_already_is_no_failure() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    keyring.clear(&format!("nxp/{}", portal.host()), ANA);
    home.nxp(["logout"]).run().code(0);
    assert_eq!(home.state()["accounts"], json!([]));
}

#[test]
fn logout_without_an_account() {
    let home = Home::new();
    insta::assert_snapshot!(home.nxp(["logout"]).run());
    assert_eq!(home.state(), Value::Null);
}

#[test]
fn an_account_whose_item_can_not_be_deleted_stays_known() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    keyring.lock();
    home.nxp(["logout"]).run().code(7);
    assert_eq!(home.state()["accounts"][0]["email"], ANA);
}

/// The tokens are gone, so the account is not called signed in, whatever else fails.
#[test]
fn files_that_stay_are_no_sign_in() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let folder = home.path().join("state/nxp");
    let allow = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o500);
    let Some(logout) = home.unprivileged(&["logout"]) else {
        return;
    };
    let output = logout.run();
    allow(0o700);
    let output = output.code(1);
    assert_eq!(item(&keyring, &portal, ANA), None);
    assert!(!output.stderr.contains("is still signed in"), "{output}");
    let address = portal.address();
    let warning = format!(
        "warning: the tokens of {ANA} at {address} are deleted, but the account is still listed: "
    );
    assert!(output.stderr.starts_with(&warning), "{output}");
}

/// Signs in to the Secret Service, then without a session bus to the kernel's keyring.
fn signed_in_twice(keyring: &Keyring, portal: &Portal) -> Option<Home> {
    let home = Home::with_keyring(keyring);
    if !home.has_kernel_keyring() {
        home.nxp(["profiles", "list"]).at(portal).run().code(0);
        return None;
    }
    login(&home, portal, ANA).run().code(0);
    let again = login(&home, portal, ANA).env("NXP_KEYRING", "");
    let again = again.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/bus");
    let output = again.run().code(0);
    let warning = "warning: could not delete the tokens of the earlier sign-in";
    assert!(output.stderr.contains(warning), "{output}");
    assert_eq!(home.state()["accounts"][0]["keyring"], "keyutils");
    assert!(item(keyring, portal, ANA).is_some());
    Some(home)
}

#[test]
fn tokens_are_deleted_from_every_keyring() {
    for words in [&["logout"][..], &["logout", "--all"]] {
        let Some(keyring) = Keyring::unlocked() else {
            return;
        };
        let portal = Portal::start();
        let Some(home) = signed_in_twice(&keyring, &portal) else {
            return;
        };
        home.nxp(words).run().code(0);
        assert_eq!(item(&keyring, &portal, ANA), None);
        home.nxp(["profiles", "list"]).run().code(4);
    }
}

#[test]
fn a_keyring_that_may_have_tokens_and_can_not_be_reached_is_named() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let portal = Portal::start();
    let Some(home) = signed_in_twice(&keyring, &portal) else {
        return;
    };
    let logout = || home.nxp(["logout"]);
    let away = logout().env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/bus");
    let output = away.run().code(7);
    let account = format!("{ANA} at {}", portal.address());
    for text in [
        format!("warning: {account} is still signed in: "),
        "the Secret Service is not available".to_owned(),
    ] {
        assert!(output.stderr.contains(&text), "{text}: {output}");
    }
    logout().run().code(0);
    assert_eq!(item(&keyring, &portal, ANA), None);
    assert_eq!(home.state()["accounts"], json!([]));
}

/// The folder may be shared with something else, such as the source of nxp.
#[test]
fn only_files_with_exactly_nxps_names_are_removed() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let others = [
        "state/nxp/state.rs",
        "state/nxp/sandbox.py",
        "state/nxp/state.json.damaged-note",
        "state/nxp/.tmp-notes",
        "cache/nxp/profiles-of-mine.json",
        "cache/nxp/previous-work.json",
    ];
    let others = others.map(|path| home.path().join(path));
    for path in &others {
        fs::write(path, "mine").unwrap();
    }
    let output = home.nxp(["logout", "--all"]).run().code(0);
    let mut left = files(home.path());
    left.sort();
    let mut expected = others.to_vec();
    expected.sort();
    assert_eq!(left, expected, "{output}");
}
