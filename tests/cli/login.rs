//! `nxp login`.

use crate::support::{Home, Keyring, PASSWORD, Portal};

const ANA: &str = "ana@sandbox.example";

#[test]
fn the_tokens_go_into_the_keyring() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let space = portal.address();
    let login = [
        "login",
        "--space",
        space,
        "--email",
        ANA,
        "--password-stdin",
        "-vv",
    ];
    home.nxp(login).stdin(PASSWORD).run().code(0);
    let item = keyring.lookup(&format!("nxp/{}", portal.host()), ANA);
    let item: serde_json::Value = serde_json::from_str(&item.unwrap()).unwrap();
    assert_eq!(item["access_token"], portal.issued_tokens()[0]);
    assert_eq!(item["refresh_token"], portal.issued_tokens()[1]);
}
