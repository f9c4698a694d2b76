//! `nxp profiles list`.

use nxp::sandbox::{Cast, Field, MAIN, Profile};

use crate::login::login;
use crate::people::ANA;
use crate::support::{Home, Keyring, Portal, Terminal};

const FORMATS: [&str; 5] = ["table", "tsv", "csv", "json", "id"];

#[test]
fn a_token_and_a_space_are_all_it_takes() {
    let (home, portal) = (Home::new(), Portal::start());
    let ids = home.nxp(["profiles", "list", "-o", "id"]).at(&portal).run();
    assert_eq!(
        ids.answer(),
        "14190271\n14190688\n14512340\n8590114207\n14388925\n14530016\n"
    );
    assert_eq!(portal.connections(), 1);
    assert!(!home.state_file().exists());
}

#[test]
fn whoever_is_signed_in_needs_no_options() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let listed = home.nxp(["profiles", "list", "-vv"]).run().answer();
    assert_eq!(listed.lines().count(), 6);
}

#[test]
fn every_format_is_as_promised() {
    let (home, portal) = (Home::new(), Portal::start());
    for format in FORMATS {
        let output = home.nxp(["profiles", "list", "-o", format]).at(&portal);
        insta::assert_snapshot!(format!("list_as_{format}"), output.run());
    }
}

#[test]
fn a_pipe_gets_tsv_unless_the_environment_says_otherwise() {
    let (home, portal) = (Home::new(), Portal::start());
    let list = || home.nxp(["profiles", "ls"]).at(&portal);
    let tsv = list().args(["-o", "tsv"]).run();
    assert_eq!(list().run(), tsv);
    let json = list().env("NXP_OUTPUT", "json");
    assert_eq!(json.run().json()["User"]["Email"], MAIN.email);
    let beaten = list().args(["-o", "tsv"]).env("NXP_OUTPUT", "json");
    assert_eq!(beaten.run(), tsv);
}

fn on_a_terminal(home: &Home, portal: &Portal, columns: u16) -> Terminal {
    let list = home.nxp(["profiles", "list"]).at(portal);
    let mut terminal = list.in_terminal(24, columns);
    assert_eq!(terminal.finish(), 0);
    terminal
}

#[test]
fn a_terminal_gets_a_table_as_wide_as_it_is() {
    let (home, portal) = (Home::new(), Portal::start());
    for columns in [120, 80, 50] {
        let terminal = on_a_terminal(&home, &portal, columns);
        insta::assert_snapshot!(format!("list_{columns}_columns_wide"), terminal.screen());
    }
}

#[test]
fn no_color_means_no_escape_sequences() {
    let (home, portal) = (Home::new(), Portal::start());
    let colored = on_a_terminal(&home, &portal, 100);
    assert!(colored.raw().contains(&b'\x1b'));
    for list in [
        home.nxp(["profiles", "list"]).env("NO_COLOR", "1"),
        home.nxp(["profiles", "list", "--color", "never"]),
    ] {
        let mut plain = list.at(&portal).in_terminal(24, 100);
        assert_eq!(plain.finish(), 0);
        assert!(!plain.raw().contains(&b'\x1b'));
        assert_eq!(plain.screen(), colored.screen());
    }
}

#[test]
fn the_token_never_comes_back_over_the_wire() {
    let (home, portal) = (Home::new(), Portal::start());
    let list = home.nxp(["profiles", "list", "-o", "json"]);
    let answer = list.at(&portal).run().answer();
    assert!(!answer.contains("AccessToken"));
    let [request] = portal.requests().try_into().unwrap();
    let query = request.query.clone().unwrap();
    assert!(query.contains("_shape="), "{query}");
    let bearer = format!(
        "Authorization: {}",
        request.header("authorization").unwrap()
    );
    let ask = |target: &str| portal.exchange(&format!("GET {target}"), &[&bearer], "");
    let (status, whole) = ask(&request.path);
    assert!(status == 200 && whole.contains("AccessToken"));
    let (status, shaped) = ask(&format!("{}?{query}", request.path));
    assert!(status == 200 && !shaped.contains("AccessToken"), "{shaped}");
}

#[test]
fn a_portal_that_sends_more_than_was_asked_for_changes_nothing() {
    let (home, portal) = (Home::new(), Portal::start());
    let wordy = Portal::with_faults(["ignore-shape"]);
    for format in FORMATS {
        let list = || home.nxp(["profiles", "list", "-o", format]);
        let output = list().arg("-vv").at(&wordy).run().answer();
        assert_eq!(output, list().at(&portal).run().answer());
    }
}

#[test]
fn fields_that_are_missing_are_null_in_json_and_empty_elsewhere() {
    let mut cast = Cast::practice();
    let user = cast.user_mut(MAIN.email).unwrap();
    user.profiles = vec![Profile {
        id: 9_007_199_254_740_993,
        full_name: Field::Null,
        ..Profile::default()
    }];
    user.marks_current = false;
    let (home, portal) = (Home::new(), Portal::with_cast(cast));
    for format in FORMATS {
        let output = home.nxp(["profiles", "list", "-o", format]).at(&portal);
        insta::assert_snapshot!(format!("bare_profile_as_{format}"), output.run());
    }
}

#[test]
fn what_the_portal_says_has_no_power_over_the_terminal() {
    let mut cast = Cast::practice();
    let user = cast.user_mut(MAIN.email).unwrap();
    let name = "Ana\u{1b}]0;owned\u{7}\u{1b}[2J\nDua\trte\u{202e}";
    user.profiles = vec![Profile::individual(1, name, 1_300_412)];
    user.current = Some(1);
    let (home, portal) = (Home::new(), Portal::with_cast(cast));
    for format in FORMATS {
        let output = home.nxp(["profiles", "list", "-o", format]).at(&portal);
        let answer = output.run().answer();
        let harmful = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
        assert!(!answer.contains(harmful), "{answer:?}");
        if format == "json" {
            let list: serde_json::Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(list["Profiles"][0]["FullName"], name);
        } else {
            let lines = usize::from(matches!(format, "table" | "csv")) + 1;
            assert_eq!(answer.lines().count(), lines, "{answer:?}");
        }
    }
}

#[test]
fn a_rejected_token_and_a_web_page_are_told_apart() {
    let (home, portal) = (Home::new(), Portal::start());
    let list = || home.nxp(["profiles", "list"]).at(&portal);
    let rejected = list();
    portal.update(|world| world.expire_access_tokens());
    insta::assert_snapshot!("list_with_a_rejected_token", rejected.run().at(&portal));
    portal.fail("web-page");
    insta::assert_snapshot!("list_from_a_web_page", list().run().at(&portal));
}

#[test]
fn a_space_without_a_token_or_an_account_is_a_question_of_signing_in() {
    let home = Home::new();
    insta::assert_snapshot!(home.nxp(["profiles", "list", "--space", "acme"]).run());
}

#[test]
fn a_token_without_a_space_goes_nowhere() {
    let output = Home::new()
        .nxp(["profiles", "list"])
        .env("NXP_TOKEN", "abc");
    insta::assert_snapshot!(output.run());
}
