//! What happens to an account while its tokens are being renewed.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::people::ANA;
use crate::refresh::{Signed, now};
use crate::support::{Gate, Home, Keyring, LIST, Output, Portal, Running, wait_until};

/// A user who is in the middle of a renewal: the portal has answered, and its answer is held back.
struct Midway {
    ana: Signed,
    gate: Gate,
    running: Running,
}

impl Midway {
    fn new() -> Option<Self> {
        Self::with_options(&[])
    }

    fn with_options(options: &[&str]) -> Option<Self> {
        let keyring = Keyring::unlocked()?;
        let home = Home::with_keyring(&keyring);
        let portal = Portal::start();
        let gate = Gate::before(&portal);
        home.login(gate.address(), ANA).run().code(0);
        let host = gate.address().strip_prefix("http://").unwrap().to_owned();
        let service = format!("nxp/{host}");
        let item = keyring.lookup(&service, ANA).unwrap();
        let mut item: Value = serde_json::from_str(&item).unwrap();
        item["expires_at"] = json!(now() + 10);
        keyring.store(&service, ANA, &item.to_string());
        let before = portal.calls().len();
        let ana = Signed {
            keyring,
            home,
            portal,
            before,
        };
        let words = [&["profiles", "list", "-o", "id"], options].concat();
        let running = ana.home.nxp(words).start();
        gate.wait_until_held();
        Some(Self { ana, gate, running })
    }
}

/// Opens the gate once a command that doesn't wait for the renewal would have ended.
fn open_behind(gate: &mut Gate, command: &thread::ScopedJoinHandle<'_, Output>) {
    let patience = Instant::now() + Duration::from_millis(1_500);
    while Instant::now() < patience && !command.is_finished() {
        thread::sleep(Duration::from_millis(10));
    }
    gate.open();
}

#[test]
fn interrupt_waits_for_stored_tokens() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let Some(Midway {
            ana,
            mut gate,
            running,
        }) = Midway::new()
        else {
            return;
        };
        let service = format!("nxp/{}", gate.address().strip_prefix("http://").unwrap());
        let before = ana.keyring.lookup(&service, ANA).unwrap();
        running.signal(signal);
        gate.open();
        let output = running.finish().code(128 + signal.as_raw());
        assert_eq!(output.stdout, "", "the list came too late");
        assert_ne!(ana.keyring.lookup(&service, ANA).unwrap(), before);
        let list = ana.home.nxp(["profiles", "list", "-o", "id"]).run();
        list.code(0);
        assert_eq!(ana.portal.refreshes(), 1);
    }
}

#[test]
fn second_interrupt_ends_at_once() {
    let Some(Midway { gate, running, .. }) = Midway::new() else {
        return;
    };
    running.signal(Signal::TERM);
    running.signal(Signal::INT);
    let code = running.finish().code;
    assert!(code == 130 || code == 143, "{code}");
    drop(gate);
}

/// A switch waits for its outcome for a short time after an interrupt, and for a renewal longer.
#[test]
fn interrupt_of_a_switch_waits_for_refresh() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut gate = Gate::open_before(&portal);
    home.login(gate.address(), ANA).run().code(0);
    portal.fail("switch:not-applied-then=401,1");
    gate.hold("grant_type=refresh_token");
    let switch = home.nxp(["profiles", "switch", "14190688"]).start();
    gate.wait_until_held();
    switch.interrupt();
    switch.says("Interrupted");
    // Longer than a switch waits without a renewal.
    thread::sleep(Duration::from_millis(2_500));
    gate.open();
    switch.finish();
    portal.update(|data| data.expire_access_tokens());
    home.nxp(["profiles", "list"]).run().code(0);
}

#[test]
fn killed_during_refresh() {
    let Some(Midway {
        ana,
        mut gate,
        running,
    }) = Midway::new()
    else {
        return;
    };
    running.kill();
    assert_eq!(running.finish().code, 137);
    gate.open();
    ana.home.nxp(["profiles", "list"]).run().code(0);
    ana.portal.update(|data| data.expire_access_tokens());
    let failed = ana.home.nxp(["profiles", "list"]).run().code(4);
    let login = format!("nxp login --space {} --email {ANA}", gate.address());
    assert!(failed.stderr.contains(&login), "{failed:?}");
    ana.home.login(gate.address(), ANA).run().code(0);
    ana.home.nxp(["profiles", "list"]).run().code(0);
}

#[test]
fn keyring_refuses_the_new_tokens() {
    let Some(Midway {
        ana,
        mut gate,
        running,
    }) = Midway::new()
    else {
        return;
    };
    ana.keyring.lock();
    gate.open();
    let output = running.finish();
    assert_eq!(output.code, 7, "{output:?}");
    assert_eq!(output.stdout.lines().count(), 6);
    for part in [
        "could not be stored, and the stored ones will stop working",
        "the Secret Service is locked",
        &format!("nxp login --space {} --email {ANA}", gate.address()),
    ] {
        assert!(output.stderr.contains(part), "{part}: {output:?}");
    }
}

/// The other refresh lasts for as long as the gate is closed.
#[test]
fn a_valid_token_is_used_while_another_process_refreshes_it() {
    let Some(Midway {
        ana,
        mut gate,
        running,
    }) = Midway::new()
    else {
        return;
    };
    let waiting = ana.home.nxp(["profiles", "list", "--timeout", "5"]);
    waiting.run().code(0);
    gate.open();
    running.finish().code(0);
}

/// A sign-in waits for a renewal that is about to write its tokens into the keyring.
#[test]
fn login_during_refresh() {
    let Some(Midway {
        ana,
        mut gate,
        running,
    }) = Midway::new()
    else {
        return;
    };
    let address = gate.address().to_owned();
    let calls = ana.portal.calls().len();
    thread::scope(|scope| {
        let login = scope.spawn(|| ana.home.login(&address, ANA).run().code(0));
        // Then only the lock keeps it from its end.
        wait_until("it has signed in", || ana.portal.calls().len() > calls);
        open_behind(&mut gate, &login);
        running.finish().code(0);
        login.join().unwrap();
    });
    ana.portal.update(|data| data.expire_access_tokens());
    ana.home.nxp(["profiles", "list"]).run().code(0);
}

#[test]
fn logout_during_refresh() {
    let Some(Midway {
        ana,
        mut gate,
        running,
    }) = Midway::new()
    else {
        return;
    };
    thread::scope(|scope| {
        let logout = scope.spawn(|| ana.home.nxp(["logout"]).run().code(0));
        open_behind(&mut gate, &logout);
        running.finish().answer();
        logout.join().unwrap();
    });
    let host = gate.address().strip_prefix("http://").unwrap();
    assert_eq!(ana.keyring.lookup(&format!("nxp/{host}"), ANA), None);
    assert_eq!(ana.home.state()["accounts"], json!([]));
}

#[test]
fn refresh_is_stored_after_the_timeout() {
    let Some(Midway {
        ana,
        mut gate,
        running,
    }) = Midway::with_options(&["--timeout", "1"])
    else {
        return;
    };
    // The time of the command must pass here.
    thread::sleep(Duration::from_millis(1_200));
    gate.open();
    running.finish().code(5);
    ana.portal.update(|data| data.expire_access_tokens());
    ana.home.nxp(["profiles", "list"]).run().code(0);
}

/// Another state folder means another lock: both processes send the same refresh token.
#[test]
fn race_between_two_state_folders() {
    let Some(Midway {
        ana,
        mut gate,
        running,
    }) = Midway::new()
    else {
        return;
    };
    ana.portal.update(|data| data.expire_access_tokens());
    let elsewhere = Home::with_keyring(&ana.keyring);
    let state = elsewhere.state_file();
    fs::create_dir(state.parent().unwrap()).unwrap();
    fs::copy(ana.home.state_file(), state).unwrap();
    let loser = elsewhere.nxp(["profiles", "list", "-o", "id"]).start();
    wait_until("both renewals are sent", || ana.portal.refreshes() >= 2);
    gate.open();
    running.finish().code(0);
    assert_eq!(loser.finish().answer().lines().count(), 6);
}

/// The list that is in flight when the user signs out is not kept.
#[test]
fn logout_during_a_list_leaves_no_cache() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut gate = Gate::open_before(&portal);
    home.login(gate.address(), ANA).run().code(0);
    gate.hold(LIST);
    let list = home.nxp(["profiles", "list"]).start();
    gate.wait_until_held();
    home.nxp(["logout"]).run().code(0);
    gate.open();
    list.finish().code(0);
    let cache = home.path().join("cache/nxp");
    let left: Vec<_> = fs::read_dir(cache).unwrap().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}
