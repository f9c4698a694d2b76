//! Where `nxp login` signs in: the space that an address belongs to.

use crate::people::ANA;
use crate::support::{Home, Internet, Key, Keyring, PASSWORD, Portal};

/// Where a space that was found is asked for tokens.
const ASKED: &str = "acme.spaces.nexudus.com POST /api/token";
const ENTRY: &str = r#"{"Id":7,"WebAddress":"acme.spaces.nexudus.com"}"#;

fn looked_up(host: &str) -> String {
    format!("spaces.nexudus.com GET /api/sys/businesses/getByHost?host={host}")
}

#[test]
fn a_domain_of_the_spaces_own_leads_to_its_host() {
    for given in [
        "members.acme.example",
        "https://members.acme.example/en/home",
        "acme.nexudus.site",
    ] {
        let Some(keyring) = Keyring::unlocked() else {
            return;
        };
        let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
        let internet = Internet::new();
        internet.portal("acme.spaces.nexudus.com", &portal);
        internet.directory([
            ("members.acme.example", 200, ENTRY),
            ("acme.nexudus.site", 200, ENTRY),
        ]);
        let login = internet.around(home.login(given, ANA)).run().code(0);
        assert!(login.stderr.contains("to acme.spaces.nexudus.com"));
        let name = given.trim_start_matches("https://");
        let name = name.split('/').next().unwrap();
        assert_eq!(internet.visits()[..2], [looked_up(name), ASKED.to_owned()]);
        let item = keyring.lookup("nxp/acme.spaces.nexudus.com", ANA);
        assert!(item.is_some());
        for space in ["acme", "acme.spaces.nexudus.com", given] {
            let list = home.nxp(["profiles", "list", "--space", space]);
            internet.around(list).run().code(0);
        }
        let looks = internet.visits();
        let looks = looks.iter().filter(|visit| visit.contains("getByHost"));
        assert_eq!(looks.count(), 1);
    }
}

#[test]
fn a_host_of_nexudus_is_taken_as_it_is() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let internet = Internet::new();
    internet.portal("acme.spaces.nexudus.com", &portal);
    let login = internet.around(home.login("acme", ANA));
    login.run().code(0);
    assert_eq!(internet.visits()[0], ASKED);
}

#[test]
fn a_directory_that_leads_elsewhere_is_not_followed() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let elsewhere = Portal::untouched();
    let internet = Internet::new();
    internet.portal("evil.example", &elsewhere);
    internet.directory([
        ("a.example", 200, r#"{"WebAddress":"evil.example"}"#),
        (
            "b.example",
            200,
            r#"{"WebAddress":"http://acme.spaces.nexudus.com"}"#,
        ),
        (
            "c.example",
            200,
            r#"{"WebAddress":"acme.spaces.nexudus.com@evil.example"}"#,
        ),
        (
            "d.example",
            200,
            r#"{"WebAddress":"acme.spaces.nexudus.com.evil.example"}"#,
        ),
        (
            "e.example",
            200,
            r#"{"WebAddress":"acme.spaces.nexudus.com:8443"}"#,
        ),
    ]);
    for given in [
        "a.example",
        "b.example",
        "c.example",
        "d.example",
        "e.example",
    ] {
        let refused = internet.around(home.login(given, ANA)).run().code(2);
        for part in ["is not a Nexudus host", "--space acme.spaces.nexudus.com"] {
            assert!(refused.stderr.contains(part), "{part}: {refused:?}");
        }
    }
    assert!(
        internet
            .visits()
            .iter()
            .all(|visit| visit.contains("getByHost"))
    );
}

#[test]
fn the_space_is_asked_for_again_on_a_terminal() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let internet = Internet::new();
    internet.portal("acme.spaces.nexudus.com", &portal);
    internet.directory([("a.example", 200, r#"{"WebAddress":"evil.example"}"#)]);
    let login = home.nxp(["login", "--email", ANA]);
    let mut terminal = internet.around(login).in_terminal(24, 120);
    terminal.wait_for("Space");
    terminal.type_text("a.example");
    terminal.press(Key::Enter);
    terminal.wait_for("a.example belongs to evil.example");
    terminal.type_text("acme");
    terminal.press(Key::Enter);
    terminal.wait_for("Password");
    terminal.type_text(PASSWORD);
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0, "{}", terminal.screen());
}

#[test]
fn unknown_space_is_an_error() {
    let home = Home::new();
    let internet = Internet::new();
    internet.web_page("shop.example");
    internet.web_page("nope.spaces.nexudus.com");
    internet.directory([
        ("null.example", 200, "null"),
        ("bad.example", 400, "{}"),
        ("empty.example", 204, ""),
    ]);
    for (given, named) in [
        ("bad.example", "bad.example"),
        ("empty.example", "empty.example"),
        ("shop.example", "shop.example"),
        ("nobody.example", "nobody.example"),
        ("null.example", "null.example"),
        ("nope", "nope.spaces.nexudus.com"),
    ] {
        // The keyring is looked at before the portal is asked for tokens.
        let Some(keyring) = Keyring::unlocked() else {
            return;
        };
        let there = Home::with_keyring(&keyring);
        let failed = internet.around(there.login(given, ANA)).run();
        assert_eq!(failed.code, 4, "{given}: {failed:?}");
        let message = format!("error: no space at {named}: ");
        assert!(failed.stderr.starts_with(&message), "{failed:?}");
        assert!(failed.stderr.contains("check `--space`"), "{failed:?}");
    }
    assert!(!home.state_file().exists());
}

#[test]
fn unknown_address_that_answers_as_api() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let internet = Internet::new();
    internet.portal("portal.example", &portal);
    internet.directory([]);
    let login = internet.around(home.login("https://portal.example", ANA));
    login.run().code(0);
    let visits = internet.visits();
    assert_eq!(visits[0], looked_up("portal.example"));
    assert_eq!(
        visits[1],
        "portal.example GET /api/public/coworkers/profiles"
    );
    assert_eq!(visits[2], "portal.example POST /api/token");
    let list = home.nxp(["profiles", "list"]);
    internet.around(list).run().code(0);
}

#[test]
fn sign_in_without_the_directory() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let internet = Internet::new();
    internet.portal("portal.example", &portal);
    internet.web_page("members.acme.example");
    let login = internet.around(home.login("portal.example", ANA));
    login.run().code(0);
    let login = internet.around(home.login("members.acme.example", ANA));
    let failed = login.run().code(5);
    assert!(
        failed.stderr.contains("can't reach spaces.nexudus.com"),
        "{failed:?}"
    );
}
