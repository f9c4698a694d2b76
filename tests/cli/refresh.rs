//! Staying signed in.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::people::ANA;
use crate::support::{Home, Keyring, LIST, Portal, Request};

const TOKEN: &str = "POST /api/token";

/// A user who has signed in at a portal, and sees what it is asked from then on.
pub(crate) struct Signed {
    pub(crate) keyring: Keyring,
    pub(crate) home: Home,
    pub(crate) portal: Portal,
    pub(crate) before: usize,
}

impl Signed {
    pub(crate) fn in_to(portal: Portal) -> Option<Self> {
        let keyring = Keyring::unlocked()?;
        let home = Home::with_keyring(&keyring);
        home.sign_in(&portal, ANA);
        let before = portal.calls().len();
        Some(Self {
            keyring,
            home,
            portal,
            before,
        })
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.portal.calls().split_off(self.before)
    }

    fn service(&self) -> String {
        format!("nxp/{}", self.portal.host())
    }

    pub(crate) fn item(&self) -> Value {
        let item = self.keyring.lookup(&self.service(), ANA).unwrap();
        serde_json::from_str(&item).unwrap()
    }

    pub(crate) fn change_item(&self, change: impl FnOnce(&mut Value)) {
        let mut item = self.item();
        change(&mut item);
        self.keyring.clear(&self.service(), ANA);
        self.keyring.store(&self.service(), ANA, &item.to_string());
    }

    pub(crate) fn expires_in(&self, seconds: i64) {
        let at = i64::try_from(now()).unwrap() + seconds;
        self.change_item(|item| item["expires_at"] = json!(at));
    }
}

pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

fn client_ids(requests: &[Request]) -> Vec<&str> {
    let ids = requests
        .iter()
        .filter_map(|request| request.header("client_id"));
    ids.collect()
}

#[test]
fn expiring_token_is_refreshed_first() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    let before = ana.item();
    ana.expires_in(120);
    ana.home.nxp(["profiles", "list"]).run().code(0);
    assert_eq!(ana.calls(), [LIST]);
    for left in [30, -5] {
        ana.expires_in(left);
        let seen = ana.calls().len();
        ana.home.nxp(["profiles", "list"]).run().code(0);
        assert_eq!(ana.calls()[seen..], [TOKEN, LIST]);
    }
    let after = ana.item();
    assert_eq!(after["client_id"], before["client_id"]);
    assert_ne!(after["access_token"], before["access_token"]);
    assert_ne!(after["refresh_token"], before["refresh_token"]);
    assert!(after["expires_at"].as_u64().unwrap() > now() + 80_000);
    let requests = ana.portal.requests();
    let ids = client_ids(&requests);
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| before["client_id"] == **id));
    let last = requests.last().unwrap().header("authorization").unwrap();
    assert_eq!(
        last,
        format!("Bearer {}", after["access_token"].as_str().unwrap())
    );
}

#[test]
fn a_rejected_token_is_renewed_once_whatever_the_clock_says() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    for expires_at in [json!(null), json!(now() + 900_000)] {
        ana.change_item(|item| item["expires_at"] = expires_at);
        ana.portal.update(|data| data.expire_access_tokens());
        let seen = ana.calls().len();
        ana.home
            .nxp(["profiles", "switch", "14190688"])
            .run()
            .code(0);
        let put = "PUT /api/public/coworkers/profiles/current";
        assert_eq!(ana.calls()[seen..], [LIST, TOKEN, LIST, put, LIST]);
        ana.home.nxp(["profiles", "switch", "-"]).run().code(0);
    }
    assert_eq!(ana.portal.refreshes(), 2);
}

#[test]
fn rejected_token_is_refreshed_once() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    ana.portal
        .update(|data| data.model.user_mut(ANA).unwrap().profiles.clear());
    let failed = ana.home.nxp(["profiles", "list"]).run().code(4);
    assert!(
        failed.stderr.contains("rejects the stored token"),
        "{failed:?}"
    );
    assert_eq!(ana.calls(), [LIST, TOKEN, LIST]);
}

#[test]
fn refused_refresh_says_how_to_sign_in() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    let (item, state) = (ana.item(), ana.home.state());
    ana.portal.update(|data| {
        data.expire_access_tokens();
        data.expire_refresh_tokens();
    });
    for _ in 0..2 {
        let address = ana.portal.address();
        ana.home.nxp(["profiles", "list"]).run().refusal(
            4,
            &format!(
                "the sign-in of {ANA} at {address} has expired: the portal no longer refreshes its tokens"
            ),
            Some(&format!(
                "sign in again with `nxp login --space {address} --email {ANA}`"
            )),
        );
    }
    assert_eq!(ana.item(), item);
    assert_eq!(ana.home.state(), state);
}

#[test]
fn fast_clock_keeps_the_account() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    ana.expires_in(-900_000);
    ana.portal.update(|data| data.expire_refresh_tokens());
    ana.home.nxp(["profiles", "list"]).run().code(0);
    assert_eq!(ana.calls(), [TOKEN, LIST]);
}

#[test]
fn a_token_from_the_environment_is_never_renewed() {
    let portal = Portal::start();
    let home = Home::new();
    let call = home.nxp(["profiles", "list"]).at(&portal);
    portal.update(|data| data.expire_access_tokens());
    let failed = call.run().code(4);
    assert!(failed.stderr.contains("set NXP_TOKEN to a new token"));
    assert_eq!(portal.calls(), [LIST]);
}

#[test]
fn a_token_without_a_refresh_token_is_used_as_long_as_it_works() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let login = ["login", "--space", portal.address(), "--token-stdin"];
    home.nxp(login).stdin(portal.token()).run().code(0);
    home.nxp(["profiles", "list"]).run().code(0);
    portal.update(|data| data.expire_access_tokens());
    let failed = home.nxp(["profiles", "list"]).run().code(4);
    assert!(
        failed.stderr.contains("rejects the stored token"),
        "{failed:?}"
    );
    assert_eq!(portal.calls(), [LIST, LIST, LIST]);
}

#[test]
fn many_at_once_renew_once() {
    for is_known_to_be_over in [true, false] {
        let Some(ana) = Signed::in_to(Portal::start()) else {
            return;
        };
        if is_known_to_be_over {
            ana.expires_in(-10);
        }
        ana.portal.update(|data| data.expire_access_tokens());
        let running: Vec<_> = (0..16)
            .map(|_| ana.home.nxp(["profiles", "list", "-o", "id"]).start())
            .collect();
        for one in running {
            let answer = one.finish().answer();
            assert_eq!(answer.lines().count(), 6);
        }
        assert_eq!(ana.portal.refreshes(), 1);
        let lists = ana.calls().iter().filter(|call| *call == LIST).count();
        assert!((16..=32).contains(&lists), "{lists}");
    }
}

#[test]
fn two_machines_of_one_user_do_not_disturb_each_other() {
    let (Some(one), Some(other)) = (Keyring::unlocked(), Keyring::unlocked()) else {
        return;
    };
    let portal = Portal::start();
    let homes = [Home::with_keyring(&one), Home::with_keyring(&other)];
    for home in &homes {
        home.sign_in(&portal, ANA);
    }
    for _ in 0..3 {
        portal.update(|data| data.expire_access_tokens());
        for home in &homes {
            home.nxp(["profiles", "list"]).run().code(0);
        }
    }
    assert_eq!(portal.refreshes(), 6);
    let requests = portal.requests();
    let mut ids = client_ids(&requests);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2);
}

#[test]
fn short_lived_tokens_are_no_trouble() {
    let Some(ana) = Signed::in_to(Portal::with_token_lifetime(30)) else {
        return;
    };
    let running: Vec<_> = (0..4)
        .map(|_| ana.home.nxp(["profiles", "list"]).start())
        .collect();
    for one in running {
        one.finish().answer();
    }
    assert!((1..=4).contains(&ana.portal.refreshes()));
}

#[test]
fn unanswered_refresh_reports_the_time_that_it_was_given() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    ana.expires_in(-5);
    ana.portal.fail("token:hang");
    let call = ana.home.nxp(["profiles", "list", "--timeout", "1"]);
    let output = call.run().code(5);
    // Five seconds, and what was spent before.
    let is_real = ["within 5", "within 6 s"].map(|time| output.stderr.contains(time));
    assert!(is_real.contains(&true), "{output}");
}
