//! `nxp --sandbox …`, `nxp sandbox serve` and `nxp sandbox reset`.

use crate::cast::{ANA, ANAS_OWN, CERAMICS};
use crate::support::{Home, Keyring, Running, is_secret};

/// The id of the profile that is current on the practice portal.
fn current(home: &Home) -> u64 {
    let list = home.nxp(["--sandbox", "profiles", "list", "-o", "json"]);
    let list = list.run().json();
    let mut profiles = list["Profiles"].as_array().unwrap().iter();
    let current = profiles.find(|profile| profile["IsDefaultProfile"] == true);
    current.unwrap()["Id"].as_u64().unwrap()
}

/// Starts the server and gives it with the address that it prints.
fn serve(home: &Home) -> (Running, String) {
    let mut server = home.nxp(["sandbox", "serve"]).start();
    let first = server.line();
    let mut words = first.split(' ');
    let address = words.rfind(|word| word.starts_with("http://"));
    let address = address.expect("an address in the first line").to_owned();
    (server, address)
}

#[test]
fn a_switch_is_still_there_in_the_next_command() {
    let home = Home::new();
    assert_eq!(current(&home), ANAS_OWN);
    let switch = ["--sandbox", "-vv", "profiles", "switch", "14190688"];
    home.nxp(switch).run().code(0);
    assert_eq!(current(&home), CERAMICS);
}

#[test]
fn reset_brings_the_first_state_back() {
    let home = Home::new();
    home.nxp(["sandbox", "reset"]).run().code(0);
    home.nxp(["--sandbox", "profiles", "switch", "14190688"])
        .run()
        .code(0);
    home.nxp(["sandbox", "reset"]).run().code(0);
    assert_eq!(current(&home), ANAS_OWN);
}

#[test]
fn the_environment_can_ask_for_it_and_a_named_space_beats_that() {
    let home = Home::new();
    let list = |arguments: &[&str]| {
        let all = ["profiles", "list", "-o", "id"].iter().chain(arguments);
        home.nxp(all).env("NXP_SANDBOX", "1").run()
    };
    assert_eq!(list(&[]).answer().lines().count(), 6);
    let elsewhere = list(&["--space", "acme"]).code(4);
    assert!(elsewhere.stderr.contains("acme"), "{elsewhere}");
    let both = home.nxp(["--sandbox", "--space", "acme", "profiles", "list"]);
    both.run().code(2);
}

#[test]
fn what_is_set_for_real_portals_does_not_stand_in_its_way() {
    let home = Home::new();
    for (name, value) in [
        ("NXP_TOKEN", "b b"),
        ("NXP_KEYRING", "foo"),
        ("NXP_SPACE", "bad space"),
    ] {
        let list = home.nxp(["--sandbox", "profiles", "list", "-o", "id"]);
        let list = list.env(name, value).run().answer();
        assert_eq!(list.lines().count(), 6, "{name}");
        let real = home.nxp(["profiles", "list"]).env(name, value);
        real.run().code(2);
    }
}

#[test]
fn a_proxy_does_not_stand_in_its_way() {
    let home = Home::new();
    let mut call = home.nxp(["--sandbox", "profiles", "list"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
        call = call.env(name, "http://127.0.0.1:1");
    }
    call.run().code(0);
}

#[test]
fn one_can_sign_in_at_the_address_that_serve_prints() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let (server, address) = serve(&home);
    let login = [
        "login",
        "--space",
        &address,
        "--email",
        ANA,
        "--password-stdin",
    ];
    home.nxp(login).stdin("practice").run().code(0);
    let host = address.strip_prefix("http://").unwrap();
    let item = keyring.lookup(&format!("nxp/{host}"), ANA).unwrap();
    let item: serde_json::Value = serde_json::from_str(&item).unwrap();
    for token in ["access_token", "refresh_token"] {
        is_secret(item[token].as_str().unwrap());
    }
    home.nxp(["-vv", "profiles", "switch", "14190688"])
        .run()
        .code(0);
    assert_eq!(current(&home), CERAMICS);
    server.interrupt();
    let introduction = server.finish();
    assert_eq!(introduction.code, 130);
    let told = introduction
        .stdout
        .replace(&address, "http://127.0.0.1:54321");
    insta::assert_snapshot!(told);
}

#[test]
fn a_reset_reaches_a_server_that_runs() {
    let home = Home::new();
    let (server, _) = serve(&home);
    home.nxp(["--sandbox", "profiles", "switch", "14190688"])
        .run()
        .code(0);
    home.nxp(["sandbox", "reset"]).run().code(0);
    assert_eq!(current(&home), ANAS_OWN);
    drop(server);
}

#[test]
fn a_port_that_is_taken_is_said() {
    let home = Home::new();
    let (server, address) = serve(&home);
    let port = address.rsplit(':').next().unwrap();
    let output = home.nxp(["sandbox", "serve", "--port", port]).run().code(1);
    assert!(output.stderr.contains(port), "{output}");
    drop(server);
}

#[test]
fn a_state_that_can_not_be_kept_is_said_with_its_file() {
    let home = Home::new();
    let folder = home.path().join("file");
    std::fs::write(&folder, "").unwrap();
    let file = folder.join("nxp/sandbox.json");
    let expected = format!(
        "error: can't start the practice portal: can't use {}: ",
        file.display()
    );
    for words in [
        &["--sandbox", "profiles", "list"][..],
        &["sandbox", "serve"],
    ] {
        let call = home.nxp(words).env("XDG_STATE_HOME", &folder);
        let said = call.run().code(1).stderr;
        assert!(said.starts_with(&expected), "{said}");
    }
}
