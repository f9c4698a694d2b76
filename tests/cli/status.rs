//! `nxp status`.

use crate::login::login;
use crate::people::{ANA, TWO_FACTOR};
use crate::support::{Home, Keyring, ONE_TIME_CODE, Portal};

#[test]
fn accounts_with_space_and_profile() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let other = login(&home, &portal, TWO_FACTOR).args(["--totp", ONE_TIME_CODE]);
    other.run().code(0);
    let output = home.nxp(["status", "-o", "table"]).run();
    insta::assert_snapshot!(output.at(&portal));
}

#[test]
fn terminal_blocks_wrap() {
    let (home, portal) = (Home::new(), Portal::start());
    for width in [120, 60, 40] {
        let mut terminal = home.nxp(["status"]).at(&portal).in_terminal(20, width);
        assert_eq!(terminal.finish(), 0);
        let screen = terminal.screen();
        for text in [
            "space: ",
            portal.address(),
            ANA,
            "token: ",
            "NXP_TOKEN",
            "#14190271",
        ] {
            assert!(screen.contains(text), "{width}, {text}: {screen}");
        }
    }
}

#[test]
fn the_only_account_needs_no_options_in_a_command_to_paste() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let switch = home.nxp(["profiles", "switch", "14512340"]);
    let mut terminal = switch.in_terminal(24, 80);
    assert_eq!(terminal.finish(), 0);
    let screen = terminal.screen();
    let command = "`nxp profiles switch 14190688`";
    assert!(screen.contains(command), "{screen}");
}

#[test]
fn refreshed_token_shows_no_expiry() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let status = || home.nxp(["status", "-o", "table"]).run().answer();
    assert!(status().contains("keyring, refreshed automatically\n"));
    let service = format!("nxp/{}", portal.host());
    let mut item = crate::login::item(&keyring, &portal, ANA).unwrap();
    item["refresh_token"] = serde_json::Value::Null;
    keyring.store(&service, ANA, &item.to_string());
    assert!(
        status().contains("keyring, expires in 23 h\n"),
        "{}",
        status()
    );
}

#[test]
fn json_says_until_when_the_token_is_good() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let item = crate::login::item(&keyring, &portal, ANA).unwrap();
    let status = home.nxp(["status", "-o", "json", "-vv"]).run().json();
    let accounts = status["Accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["Space"], portal.address());
    assert_eq!(accounts[0]["Email"], ANA);
    assert_eq!(accounts[0]["Accepted"], true);
    assert_eq!(accounts[0]["ExpiresAt"], item["expires_at"]);
}

#[test]
fn a_rejected_token_is_shown_and_is_a_failure() {
    let (home, portal) = (Home::new(), Portal::start());
    let call = home.nxp(["status", "-vv", "-o", "json"]).at(&portal);
    portal.update(|data| data.expire_access_tokens());
    let output = call.run().code(4);
    let status: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(status["Accounts"][0]["Accepted"], false);
    assert!(output.stderr.contains("\"code\":\"auth\""), "{output}");
}

#[test]
fn a_portal_that_is_away_is_not_called_a_rejected_token() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("unavailable=9,502");
    let output = home.nxp(["status", "-o", "json"]).at(&portal).run();
    let output = output.code(5);
    let status: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(status["Accounts"][0]["Accepted"], serde_json::Value::Null);
}

#[test]
fn with_no_account_there_is_nothing_to_show() {
    insta::assert_snapshot!(Home::new().nxp(["status"]).run());
}

#[test]
fn an_account_whose_item_is_gone_counts_as_signed_out() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    keyring.clear(&format!("nxp/{}", portal.host()), ANA);
    let output = home.nxp(["status"]).run().code(4);
    assert!(output.stdout.contains(ANA), "{output}");
    assert!(output.stderr.contains("nxp login"), "{output}");
}

#[test]
fn the_sandbox_has_a_status_too() {
    let home = Home::new();
    let status = home.nxp(["--sandbox", "status", "-o", "json"]).run().json();
    assert_eq!(status["Accounts"][0]["Email"], ANA);
    assert_eq!(status["Accounts"][0]["Accepted"], true);
    assert_eq!(status["Accounts"][0]["Space"], "sandbox");
    let table = home.nxp(["--sandbox", "status", "-o", "table"]).run();
    insta::assert_snapshot!(table);
}

/// What is printed as a space is a value of `--space`.
#[test]
fn a_space_that_is_printed_can_be_given() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    for words in [["accounts", "list"], ["status", "--offline"]] {
        let printed = home.nxp(words).run().answer();
        let space = printed.split('\t').next().unwrap();
        home.nxp(["profiles", "list", "--space", space])
            .run()
            .code(0);
        home.nxp(["accounts", "use", space]).run().code(0);
    }
}

/// A JWT says when it expires.
#[test]
fn the_expiry_of_a_token_that_was_given_is_shown_where_it_says_so() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let status = |token: &str| {
        let call = home.nxp(["status", "--offline", "-o", "json"]);
        let call = call
            .env("NXP_TOKEN", token)
            .env("NXP_SPACE", portal.address());
        call.run().json()["Accounts"][0]["ExpiresAt"].clone()
    };
    // {"sub":"7","exp":1900000000}
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3IiwiZXhwIjoxOTAwMDAwMDAwfQ.x";
    assert_eq!(status(jwt), 1_900_000_000);
    assert_eq!(status("an-opaque-token"), serde_json::Value::Null);
}
