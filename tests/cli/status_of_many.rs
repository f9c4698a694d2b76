//! `nxp status` where there are several accounts, and offline.

use serde_json::{Value, json};

use crate::people::{ANA, ANAS_OWN, CERAMICS};
use crate::support::{Home, Keyring, LIST, Portal, wait_until};

fn accounts(home: &Home, options: &[&str], code: i32) -> Vec<Value> {
    let words = [&["status", "-o", "json"], options].concat();
    let output = home.nxp(words).run().code(code);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    document["Accounts"].as_array().unwrap().clone()
}

fn verdicts(accounts: &[Value]) -> Vec<Value> {
    let verdict = |account: &Value| account["Accepted"].clone();
    accounts.iter().map(verdict).collect()
}

#[test]
fn each_account_is_shown_with_what_the_portal_says_of_it() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let [good, bad, gone] = [Portal::start(), Portal::start(), Portal::start()];
    for portal in [&good, &bad, &gone] {
        home.sign_in(portal, ANA);
    }
    assert_eq!(accounts(&home, &[], 0).len(), 3);
    bad.update(|data| {
        data.expire_access_tokens();
        data.expire_refresh_tokens();
    });
    let address = gone.address().to_owned();
    drop(gone);

    let all = accounts(&home, &[], 0);
    assert_eq!(verdicts(&all), [json!(true), json!(false), json!(null)]);
    assert_eq!(all[0]["FullName"], "Ana Duarte");
    assert_eq!(all[0]["CurrentProfile"], ANAS_OWN);
    assert_eq!(all[0]["Source"], "keyring");
    assert!(all[0]["ExpiresAt"].as_u64().is_some());
    let problem = all[1]["Problem"].as_str().unwrap();
    assert!(problem.starts_with("the sign-in of ana"), "{problem}");
    let table = home.nxp(["status", "-o", "table"]).run().answer();
    assert!(
        table.contains(&format!("portal:          {problem}\n")),
        "{table}"
    );
    let problem = all[2]["Problem"].as_str().unwrap();
    assert!(problem.contains("can't reach"), "{problem}");
    let chosen = |account: &Value| account["Chosen"].clone();
    let chosen: Vec<Value> = all.iter().map(chosen).collect();
    assert_eq!(chosen, [json!(true), json!(false), json!(false)]);

    assert_eq!(accounts(&home, &["--space", good.address()], 0).len(), 1);
    assert_eq!(accounts(&home, &["--space", bad.address()], 4).len(), 1);
    assert_eq!(accounts(&home, &["--space", &address], 5).len(), 1);

    home.nxp(["accounts", "use", good.address()]).run().code(0);
    let all = accounts(&home, &[], 0);
    assert_eq!(verdicts(&all), [json!(true), json!(false), json!(null)]);
    assert_eq!(all[0]["Chosen"], true);
    home.nxp(["accounts", "use", &address]).run().code(0);
    accounts(&home, &[], 5);
}

#[test]
fn offline_sends_nothing() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    portal.update(|data| data.expire_access_tokens());
    let asked = portal.calls().len();
    let all = accounts(&home, &["--offline"], 0);
    assert_eq!(all[0]["Accepted"], json!(null));
    assert!(all[0]["ExpiresAt"].as_u64().is_some());
    assert_eq!(portal.calls().len(), asked);
    keyring.clear(&format!("nxp/{}", portal.host()), ANA);
    let all = accounts(&home, &["--offline"], 4);
    assert_eq!(all[0]["Problem"], "no token is stored");
    let environment = home.nxp(["status", "--offline"]).at(&portal);
    environment.run().code(0);
    assert_eq!(portal.calls().len(), asked);
}

#[test]
fn a_token_that_is_due_is_renewed_and_its_new_end_shown() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let service = format!("nxp/{}", portal.host());
    let mut item: Value = serde_json::from_str(&keyring.lookup(&service, ANA).unwrap()).unwrap();
    item["expires_at"] = json!(1_000_000_000);
    keyring.store(&service, ANA, &item.to_string());
    let all = accounts(&home, &[], 0);
    assert!(all[0]["ExpiresAt"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(portal.refreshes(), 1);
}

#[test]
fn all_are_asked_at_a_time() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let portals: Vec<Portal> = (0..4).map(|_| Portal::start()).collect();
    for portal in &portals {
        home.sign_in(portal, ANA);
    }
    for portal in &portals {
        portal.fail("hang=9");
    }
    let asked: Vec<usize> = portals.iter().map(|portal| portal.calls().len()).collect();
    std::thread::scope(|scope| {
        let all = scope.spawn(|| accounts(&home, &["--timeout", "60"], 5));
        // No portal answers, and still each of them is asked.
        for (portal, before) in portals.iter().zip(asked) {
            wait_until("each is asked", || {
                portal.calls().len() > before || all.is_finished()
            });
            assert!(!all.is_finished(), "one account is asked after the other");
        }
        drop(portals);
        assert_eq!(all.join().unwrap().len(), 4);
    });
}

#[test]
fn what_status_shows_is_cached() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let portals = [Portal::start(), Portal::start()];
    for portal in &portals {
        home.sign_in(portal, ANA);
        portal.fail("profiles:answer-after=1500");
        portal.update(|data| data.set_current(ANA, CERAMICS));
    }
    let one = ["status", "--space", portals[0].address()];
    for (words, awaited) in [
        (&one[..], format!("Waiting for {}", portals[0].host())),
        (&["status"], "Waiting for 2 spaces".to_owned()),
    ] {
        let mut terminal = home.nxp(words).in_terminal(10, 120);
        assert_eq!(terminal.finish(), 0);
        assert!(terminal.written(&awaited) > 0);
        let screen = terminal.screen();
        assert!(!screen.contains("Waiting"), "{screen}");
    }
    let cached = ["profiles", "current", "--cached", "-o", "id", "--space"];
    for portal in &portals {
        let words = [&cached[..], &[portal.address()]].concat();
        assert_eq!(home.nxp(words).run().answer(), "14190688\n");
    }
}

#[test]
fn no_account_is_not_signed_in() {
    Home::new()
        .nxp(["status"])
        .run()
        .refusal(4, "not signed in", Some("sign in with `nxp login`"));
}

#[test]
fn a_keyring_that_can_not_be_asked_is_no_rejection() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    keyring.lock();
    let all = accounts(&home, &[], 7);
    assert_eq!(verdicts(&all), [json!(null)]);
    let problem = all[0]["Problem"].as_str().unwrap();
    assert!(problem.contains("is locked"), "{problem}");
    assert_eq!(portal.calls(), ["POST /api/token", LIST]);
}

/// The refreshes run at the same time, and each ends at another moment.
#[test]
fn an_interrupt_loses_the_sign_in_of_no_account() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let portals = [Portal::start(), Portal::start(), Portal::start()];
    for portal in &portals {
        home.sign_in(portal, ANA);
        portal.update(|data| data.expire_access_tokens());
    }
    for (portal, fault) in portals.iter().zip([500, 900, 1300]) {
        portal.fail(&format!("token:answer-after={fault}"));
    }
    let status = home.nxp(["status"]).start();
    wait_until("every refresh is under way", || {
        portals.iter().all(|portal| portal.refreshes() == 1)
    });
    status.interrupt();
    status.finish().code(130);
    for portal in &portals {
        portal.update(|data| data.expire_access_tokens());
    }
    assert_eq!(
        verdicts(&accounts(&home, &[], 0)),
        [json!(true), json!(true), json!(true)]
    );
}
