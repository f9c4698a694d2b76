//! `nxp token` and `nxp profiles exec --with-token`: the only two ways in which nxp gives a token
//! away.

use serde_json::{Value, json};

use crate::people::ANA;
use crate::refresh::{Signed, now};
use crate::support::{Home, LIST, Output, Portal};

const ENVIRONMENT: &str = "echo ${NXP_TOKEN-none} ${API_TOKEN-none}";

fn token_in(item: &Value) -> String {
    item["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn printed_token_is_refreshed() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    let print = || ana.home.nxp(["token"]).printing_token().run();
    let before = token_in(&ana.item());
    assert_eq!(print().answer(), format!("{before}\n"));
    assert_eq!(ana.calls(), [""; 0]);
    ana.expires_in(30);
    let renewed = print().code(0);
    assert_eq!(ana.calls(), ["POST /api/token"]);
    let item = ana.item();
    assert_ne!(token_in(&item), before);
    let expected = Output {
        code: 0,
        stdout: format!("{}\n", token_in(&item)),
        stderr: String::new(),
    };
    assert_eq!(renewed, expected);
    let document = ana.home.nxp(["token", "-o", "json"]).printing_token();
    assert_eq!(
        document.run().json(),
        json!({
            "access_token": token_in(&item),
            "ExpiresAt": item["expires_at"],
            "Space": ana.portal.address(),
            "Email": ANA,
        })
    );
    let request = LIST;
    let header = format!("Authorization: Bearer {}", token_in(&item));
    assert_eq!(ana.portal.exchange(request, &[&header], "").0, 200);
}

#[test]
fn a_token_that_has_expired_is_not_printed() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    let login = format!("nxp login --space {} --email {ANA}", ana.portal.address());
    ana.expires_in(-5);
    ana.portal.update(|data| data.expire_refresh_tokens());
    let refused = ana.home.nxp(["token"]).run();
    refused.refusal(
        4,
        &format!(
            "the sign-in of {ANA} at {} has expired: the portal no longer refreshes its tokens",
            ana.portal.address()
        ),
        Some(&format!("sign in again with `{login}`")),
    );
    // Nothing to renew it with.
    ana.change_item(|item| item["refresh_token"] = Value::Null);
    let run = ana.home.nxp(["token"]).run().code(4);
    assert!(run.stderr.contains(&login), "{run:?}");
    ana.change_item(|item| item["expires_at"] = json!(now() + 30));
    ana.home.nxp(["token"]).printing_token().run().code(0);
    ana.home.nxp(["logout"]).run().code(0);
    ana.home.nxp(["token"]).run().code(4);
}

#[test]
fn the_token_of_the_environment_is_printed_as_it_is() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let print = |words: &[&str]| home.nxp(words).env("NXP_TOKEN", "abc.DEF-1~/+=");
    let there = |words: &[&str]| print(words).env("NXP_SPACE", portal.address()).run();
    assert_eq!(there(&["token"]).answer(), "abc.DEF-1~/+=\n");
    assert_eq!(
        there(&["token", "-o", "json"]).json(),
        json!({
            "access_token": "abc.DEF-1~/+=",
            "ExpiresAt": null,
            "Space": portal.address(),
            "Email": null,
        })
    );
    print(&["token"]).run().code(2);
}

#[test]
fn exec_passes_the_token_only_if_asked() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    let exec = |options: &[&str]| {
        let words = [
            &["profiles", "exec"],
            options,
            &["14190688", "--", "sh", "-c", ENVIRONMENT],
        ];
        ana.home.nxp(words.concat())
    };
    assert_eq!(exec(&[]).run().answer(), "none none\n");
    let token = token_in(&ana.item());
    let given = exec(&["--with-token"]).printing_token().run();
    assert_eq!(given.answer(), format!("{token} none\n"));
    let given = exec(&["--with-token=API_TOKEN"]).printing_token().run();
    assert_eq!(given.answer(), format!("none {token}\n"));
    ana.expires_in(30);
    exec(&["--with-token"]).printing_token().run().code(0);
    assert_ne!(token_in(&ana.item()), token);
    // A token that nxp was given is in the environment of the job anyway.
    let with = |options: &[&str]| exec(options).env("NXP_SPACE", ana.portal.address());
    let token = ana.portal.token();
    let run = with(&["--with-token=API_TOKEN"]).env("NXP_TOKEN", &token);
    let run = run.printing_token().run();
    assert_eq!(run.answer(), format!("{token} {token}\n"));
    for wrong in ["", "1A", "A-B", "A=B", "NXP_SPACE", "NXP_EXECS", "\u{e9}"] {
        let calls = ana.calls().len();
        exec(&[&format!("--with-token={wrong}")]).run().code(2);
        assert_eq!(ana.calls().len(), calls, "{wrong}");
    }
}

#[test]
fn with_the_token_nxp_and_others_work_without_a_keyring() {
    let (home, portal) = (Home::new(), Portal::start());
    let script = "nxp profiles exec --with-token 14190688 -- \
                  sh -c 'nxp profiles current -o id; nxp api /api/public/coworkers/profiles'";
    let Some(call) = home.program("sh", ["-c", script]) else {
        return;
    };
    let answer = call.at(&portal).run().answer();
    assert!(answer.starts_with("14190688\n{"), "{answer}");
}
