//! `nxp profiles list`.

use nxp::sandbox::Profile;

use crate::login::login;
use crate::people::ANA;
use crate::support::BuildProfile as _;
use crate::support::{Home, Keyring, Portal, responding};

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
fn list_needs_no_options() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let listed = home.nxp(["profiles", "list", "-vv"]).run().answer();
    assert_eq!(listed.lines().count(), 6);
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
fn missing_fields_are_null_or_empty() {
    let id = 9_007_199_254_740_993;
    let profile = Profile::bare(id)
        .with("FullName", ())
        .with("IsDefaultProfile", ());
    let (home, portal) = (Home::new(), Portal::with_profiles(id, vec![profile]));
    for format in FORMATS {
        let output = home.nxp(["profiles", "list", "-o", format]).at(&portal);
        insta::assert_snapshot!(format!("bare_profile_as_{format}"), output.run());
    }
}

#[test]
fn a_rejected_token_and_a_web_page_are_told_apart() {
    let (home, portal) = (Home::new(), Portal::start());
    let list = || home.nxp(["profiles", "list"]).at(&portal);
    let rejected = list();
    portal.update(|data| data.expire_access_tokens());
    insta::assert_snapshot!("list_with_a_rejected_token", rejected.run().at(&portal));
    portal.fail("web-page");
    insta::assert_snapshot!("list_from_a_web_page", list().run().at(&portal));
}

#[test]
fn space_without_an_account() {
    let home = Home::new();
    insta::assert_snapshot!(home.nxp(["profiles", "list", "--space", "acme"]).run());
}

#[test]
fn a_token_without_a_space_goes_nowhere() {
    let home = Home::new();
    let list = home.nxp(["profiles", "list"]).env("NXP_TOKEN", "abc");
    insta::assert_snapshot!(list.run());
}

#[test]
fn an_empty_list_is_said() {
    const NONE: &str = r#"{"User": {"Id": 1}, "Profiles": []}"#;
    const ONE: &str = r#"{"User": {"Id": 1}, "Profiles": [{"Id": 1}]}"#;
    let home = Home::new();
    for (body, words, said) in [
        (NONE, &["profiles", "list"][..], "No profiles.\n"),
        (NONE, &["profiles", "list", "--active"], "No profiles.\n"),
        (NONE, &["profiles", "list", "-q"], ""),
        (
            ONE,
            &["profiles", "list", "--active"],
            "No profile matches the filter.\n",
        ),
        (ONE, &["profiles", "list", "-o", "id"], ""),
    ] {
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
        let address = responding(format!("{head}: {length}\r\n\r\n{body}"), "");
        let call = home.nxp(words).env("NXP_TOKEN", "abc");
        let run = call
            .env("NXP_SPACE", format!("http://{address}"))
            .run()
            .code(0);
        assert_eq!(run.stderr, said, "{words:?}");
    }
}
