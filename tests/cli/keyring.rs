//! The OS keyring when it is not as it should be, and the second choice.

use serde_json::{Value, json};

use crate::people::ANA;
use crate::support::{Call, Home, Keyring, Output, PASSWORD, Portal, skip};

/// A user of the machine's who is nobody in particular.
const NOBODY: u32 = 65_534;

/// Fails the test unless a run says in plain words that the keyring is no use, and both ways out.
fn says_what_to_do(output: &Output, cause: &str) {
    assert_eq!(output.code, 7, "{output:?}");
    for part in [cause, "NXP_TOKEN", "NXP_SPACE"] {
        assert!(output.stderr.contains(part), "{part}: {output:?}");
    }
}

/// Leaves it to nxp which keyring to use.
fn whichever(call: Call) -> Call {
    call.env("NXP_KEYRING", "")
}

#[test]
fn without_a_secret_service_it_is_known_in_time_what_to_do() {
    let Some(absent) = Keyring::absent() else {
        return;
    };
    let elsewhere = Home::new();
    let unix = format!("unix:path={}/no/bus", elsewhere.path().display());
    let portal = Portal::untouched();
    for (home, bus, cause) in [
        (Home::new(), None, "no session bus"),
        (Home::new(), Some(unix), "no session bus"),
        (
            Home::with_keyring(&absent),
            None,
            "no service on the session bus provides it",
        ),
    ] {
        let mut login = home.login(portal.address(), ANA);
        if let Some(bus) = bus {
            login = login.env("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        let output = login.run();
        says_what_to_do(&output, cause);
        assert!(output.stderr.contains("gnome-keyring-daemon --unlock"));
        assert!(!home.state_file().exists());
    }
}

#[test]
fn locked_keyring_is_named() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    keyring.lock();
    let state = home.state();
    let list = || home.nxp(["profiles", "list"]);
    for call in [list(), list().env("DISPLAY", ":77")] {
        says_what_to_do(&call.run(), "the Secret Service is locked");
    }
    let mut terminal = list().env("DISPLAY", ":77").in_terminal(24, 200);
    assert_eq!(terminal.finish(), 7, "{}", terminal.screen());
    let login = home.login(portal.address(), ANA);
    says_what_to_do(&login.run(), "the Secret Service is locked");
    assert_eq!(home.state(), state);
}

#[test]
fn hanging_keyring_is_reported_in_time() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let elsewhere = Home::with_keyring(&keyring);
    keyring.hang();
    let calls = [
        home.nxp(["profiles", "list"]).env("DISPLAY", ":77"),
        home.nxp(["logout", "--all"]),
        // In a home of its own, so that it doesn't wait for the logout.
        elsewhere.login(portal.address(), ANA),
    ];
    for running in calls.map(Call::start) {
        says_what_to_do(&running.finish(), "the Secret Service does not answer");
    }
}

#[test]
fn hanging_session_bus_is_reported_in_time() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let socket = home.path().join("run/bus");
    let _bus = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let login = home.login(portal.address(), ANA);
    let login = login.env(
        "DBUS_SESSION_BUS_ADDRESS",
        format!("unix:path={}", socket.display()),
    );
    says_what_to_do(&login.run(), "the Secret Service does not answer");
}

#[test]
fn a_keyring_that_is_not_known_is_a_wrong_setting() {
    let home = Home::new();
    let list = home.nxp(["profiles", "list"]).env("NXP_KEYRING", "file");
    list.run().refusal(
        2,
        "invalid NXP_KEYRING \"file\"",
        Some("set it to secret-service or keyutils, or unset it"),
    );
}

#[test]
fn foreign_item_is_replaced_by_login() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let service = format!("nxp/{}", portal.host());
    keyring.store(&service, ANA, "somebody-elses-secret");
    let failed = home.nxp(["profiles", "list"]).run().code(7);
    assert!(
        failed.stderr.contains("was not written by nxp"),
        "{failed:?}"
    );
    assert!(!failed.stderr.contains("somebody-elses"), "{failed:?}");
    home.sign_in(&portal, ANA);
    home.nxp(["profiles", "list"]).run().code(0);
}

/// Two items for one account, as a restored backup leaves them: which one counts is not known, and the
/// next sign-in leaves one.
#[test]
fn two_items_for_one_account_need_a_sign_in() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let service = format!("nxp/{}", portal.host());
    let list = |code| home.nxp(["profiles", "list"]).run().code(code);
    home.sign_in(&portal, ANA);
    let old = keyring.lookup(&service, ANA).unwrap();
    let mut old: Value = serde_json::from_str(&old).unwrap();
    old["expires_at"] = json!(1_700_000_000);
    old["refresh_token"] = json!("a-token-of-long-ago");
    let spoil = |copy| {
        keyring.store_copy(&service, ANA, copy, &old.to_string());
        assert_eq!(keyring.count(&service, ANA), 2);
    };
    spoil("first");
    let refused = list(7);
    assert!(refused.stderr.contains("nxp login"), "{refused}");
    home.sign_in(&portal, ANA);
    assert_eq!(keyring.count(&service, ANA), 1);
    list(0);
    spoil("second");
    home.nxp(["logout"]).run().code(0);
    assert_eq!(keyring.count(&service, ANA), 0);
}

#[test]
fn a_client_id_that_can_not_be_sent_is_a_damaged_item() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let service = format!("nxp/{}", portal.host());
    let item = keyring.lookup(&service, ANA).unwrap();
    let mut item: Value = serde_json::from_str(&item).unwrap();
    item["client_id"] = json!("broken\nin two");
    keyring.store(&service, ANA, &item.to_string());
    portal.update(|data| data.expire_access_tokens());
    let failed = home.nxp(["profiles", "list"]).run().code(7);
    assert!(
        failed.stderr.contains("was not written by nxp"),
        "{failed:?}"
    );
    assert!(failed.stderr.contains("nxp login"), "{failed:?}");
    home.sign_in(&portal, ANA);
    home.nxp(["profiles", "list"]).run().code(0);
}

/// A user whose tokens are in the kernel's keyring; `None` where the machine has none to lend, as
/// in many a container.
fn in_the_kernel(home: &Home, portal: &Portal) -> Option<Output> {
    if !home.has_kernel_keyring() {
        // A portal that is never called fails its test.
        home.nxp(["profiles", "list"]).at(portal).run().code(0);
        return None;
    }
    let login = home.login(portal.address(), ANA);
    Some(login.env("NXP_KEYRING", "keyutils").run().code(0))
}

#[test]
fn the_kernels_keyring_is_the_second_choice_and_said_to_be() {
    let Some(absent) = Keyring::absent() else {
        return;
    };
    let (probe, portal) = (Home::new(), Portal::start());
    if in_the_kernel(&probe, &portal).is_none() {
        return;
    }
    probe.nxp(["logout"]).run().code(0);
    for home in [Home::new(), Home::with_keyring(&absent)] {
        let output = whichever(home.login(portal.address(), ANA)).run().code(0);
        for part in [
            "warning: the tokens are stored in the kernel's keyring (keyutils) until",
            "a restart of this machine",
            "the Secret Service is not available",
        ] {
            assert!(output.stderr.contains(part), "{part}: {output:?}");
        }
        assert_eq!(home.state()["accounts"][0]["keyring"], "keyutils");
        home.nxp(["profiles", "list"]).run().code(0);
        portal.update(|data| data.expire_access_tokens());
        home.nxp(["profiles", "list"]).run().code(0);
        home.nxp(["profiles", "list"]).run().code(0);
        let status = home.nxp(["status", "-o", "json"]).run().json();
        assert_eq!(status["Accounts"][0]["Accepted"], true);
        home.nxp(["logout"]).run().code(0);
        whichever(home.login(portal.address(), ANA)).run().code(0);
        assert!(
            home.nxp(["logout"])
                .run()
                .code(0)
                .stderr
                .contains("Signed out")
        );
    }
    assert_eq!(portal.refreshes(), 2);
}

#[test]
fn keyutils_without_a_session_keyring() {
    if !rustix::process::geteuid().is_root() {
        skip("root, who alone can become a user who never logged in");
        return;
    }
    let (home, portal) = (Home::new(), Portal::start());
    if in_the_kernel(&home, &portal).is_none() {
        return;
    }
    home.nxp(["logout"]).run().code(0);
    home.give_to(NOBODY);
    let login = ["login", "--space", portal.address(), "--email", ANA];
    let words = [&login[..], &["--password-stdin"]].concat();
    let Some(login) = home.nxp_as(NOBODY, &words) else {
        return;
    };
    let login = login.env("NXP_KEYRING", "keyutils").stdin(PASSWORD);
    login.run().code(0);
    for words in [["profiles", "list"], ["logout", "--all"]] {
        home.nxp_as(NOBODY, &words).unwrap().run().code(0);
    }
}

#[test]
fn keyutils_replaces_a_hanging_service() {
    for spoil in [Keyring::hang, Keyring::lock] {
        let Some(keyring) = Keyring::unlocked() else {
            return;
        };
        spoil(&keyring);
        let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
        if in_the_kernel(&home, &portal).is_none() {
            return;
        }
        home.nxp(["logout"]).run().code(0);
        whichever(home.login(portal.address(), ANA)).run().code(0);
        home.nxp(["profiles", "list"]).run().code(0);
        home.nxp(["logout"]).run().code(0);
    }
}

#[test]
fn tokens_move_with_the_next_login() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let service = format!("nxp/{}", portal.host());
    if in_the_kernel(&home, &portal).is_none() {
        return;
    }
    assert_eq!(keyring.lookup(&service, ANA), None);
    let client_ids = || -> Vec<String> {
        let requests = portal.requests();
        let ids = requests
            .iter()
            .filter_map(|request| request.header("client_id"));
        ids.map(str::to_owned).collect()
    };
    for variable in ["keyutils", "secret-service"] {
        let list = home.nxp(["profiles", "list"]).env("NXP_KEYRING", variable);
        list.run().code(0);
    }
    (home.login(portal.address(), ANA)).run().code(0);
    let item = keyring.lookup(&service, ANA).unwrap();
    let item: Value = serde_json::from_str(&item).unwrap();
    let [first, second] = client_ids().try_into().unwrap();
    assert_ne!(first, second);
    assert_eq!(item["client_id"], second);
    assert_eq!(home.state()["accounts"][0]["keyring"], "secret-service");
    home.nxp(["profiles", "list"])
        .env("NXP_KEYRING", "keyutils")
        .run()
        .code(0);
    keyring.clear(&service, ANA);
    let gone = home.nxp(["profiles", "list"]).run();
    assert_eq!(gone.code, 4, "the kernel's item is still there: {gone:?}");
    home.nxp(["logout"]).run().code(0);
    assert_eq!(home.state()["accounts"], json!([]));
}

/// A user at a terminal may be asked to unlock the keyring, which takes a while.
#[test]
fn terminal_waits_for_the_keyring() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    keyring.hang();
    let list = home.nxp(["profiles", "list"]).env("DISPLAY", ":77");
    let mut terminal = list.in_terminal(24, 200);
    terminal.wait_for("Waiting for the Secret Service …; unlock it if it asks you to");
    keyring.resume();
    assert_eq!(terminal.finish(), 0);
}

/// Over ssh there is no session bus: the hint names the easy way first.
#[test]
fn an_account_of_the_desktop_without_its_keyring_can_sign_in_again_here() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let away = |words: &[&str]| {
        let call = whichever(home.nxp(words));
        call.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/bus")
            .run()
    };
    let login = format!("nxp login --space {} --email {ANA}", portal.address());
    let hint = format!("hint: sign in here with `{login}`, which uses the kernel's keyring; or ");
    let list = away(&["profiles", "list"]).code(7);
    assert!(list.stderr.contains(&hint), "{list}");
    let status = away(&["status"]).code(7);
    assert!(status.stderr.contains(&hint), "{status}");
    let doctor = away(&["doctor"]).code(1);
    let remedy = hint.replace("hint: ", "");
    assert!(doctor.stdout.contains(&remedy), "{doctor}");
}

/// http and https on one loopback port are two spaces.
#[test]
fn the_scheme_tells_two_spaces_of_one_port_apart() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let mut state = home.state();
    let secure = format!("https://{}", portal.host());
    state["accounts"][0]["space"] = json!(secure);
    std::fs::write(home.state_file(), state.to_string()).unwrap();
    let calls = portal.calls().len();
    let list = home
        .nxp(["profiles", "list", "--space", &secure])
        .run()
        .code(4);
    assert!(list.stderr.contains("not signed in"), "{list}");
    assert_eq!(portal.calls().len(), calls);
}
