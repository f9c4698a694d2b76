//! `nxp logout`.

use std::fs;
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
