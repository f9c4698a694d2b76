//! `nxp --sandbox …`, `nxp sandbox serve` and `nxp sandbox reset`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use crate::people::{ANA, ANAS_OWN, CERAMICS, LINK_ONLY};
use crate::support::{Home, Keyring, Portal, Running, UNTIL_TOLD, is_secret, make_fifo};

/// The id of the profile that is current in the sandbox.
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
fn switch_outlives_the_command() {
    let home = Home::new();
    assert_eq!(current(&home), ANAS_OWN);
    let switch = ["--sandbox", "-vv", "profiles", "switch", "14190688"];
    home.nxp(switch).run().code(0);
    assert_eq!(current(&home), CERAMICS);
}

#[test]
fn reset_restores_the_initial_state() {
    let home = Home::new();
    home.nxp(["sandbox", "reset"]).run().code(0);
    home.nxp(["--sandbox", "profiles", "switch", "14190688"])
        .run()
        .code(0);
    home.nxp(["sandbox", "reset"]).run().code(0);
    assert_eq!(current(&home), ANAS_OWN);
}

#[test]
fn environment_selects_the_sandbox() {
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
fn sandbox_ignores_settings_of_portals() {
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
fn sandbox_ignores_proxies() {
    let home = Home::new();
    let mut call = home.nxp(["--sandbox", "profiles", "list"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
        call = call.env(name, "http://127.0.0.1:1");
    }
    call.run().code(0);
}

#[test]
fn sign_in_at_the_served_address() {
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
    let (before, link) = told.split_once("/login?token=").unwrap();
    let (_, after) = link.split_once('\n').unwrap();
    let told = format!("{before}/login?token=JWT\n{after}");
    insta::assert_snapshot!(told);
}

#[test]
fn reset_reaches_a_running_server() {
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
fn taken_port_is_an_error() {
    let home = Home::new();
    let (server, address) = serve(&home);
    let port = address.rsplit(':').next().unwrap();
    let output = home.nxp(["sandbox", "serve", "--port", port]).run().code(1);
    assert!(output.stderr.contains(port), "{output}");
    drop(server);
}

#[test]
fn unusable_state_file_is_named() {
    let home = Home::new();
    let folder = home.path().join("file");
    std::fs::write(&folder, "").unwrap();
    let file = folder.join("nxp/sandbox.json");
    let expected = format!(
        "error: can't start the sandbox: can't use {}: ",
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

#[test]
fn serve_prints_links() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let (mut server, address) = serve(&home);
    let printed = loop {
        let line = server.line();
        if line.contains("/login?token=") {
            break line;
        }
    };
    let words = ["login", "--space", &address, "--email", LINK_ONLY];
    home.nxp(words).arg("--send-link").run().code(0);
    let login = |link: &str| {
        let words = ["login", "--space", &address, "--link-stdin"];
        home.nxp(words).stdin(link).run()
    };
    server.says(&format!("Mail to {LINK_ONLY}: "));
    let said = server.said();
    for link in [printed.as_str(), said.rsplit(' ').next().unwrap()] {
        login(link).code(0);
        login(link).code(4);
    }
    let list = home.nxp(["profiles", "list", "-o", "id"]).run().answer();
    assert_eq!(list, "14802114\n14802120\n");
    let host = address.strip_prefix("http://").unwrap();
    let item = keyring.lookup(&format!("nxp/{host}"), LINK_ONLY).unwrap();
    let item: serde_json::Value = serde_json::from_str(&item).unwrap();
    for token in ["access_token", "refresh_token"] {
        is_secret(item[token].as_str().unwrap());
    }
}

#[test]
fn link_only_user_is_refreshed() {
    for fault in ["exchange:email-as-client", "late"] {
        let Some(keyring) = Keyring::unlocked() else {
            return;
        };
        let (home, portal) = (Home::with_keyring(&keyring), Portal::with_faults([fault]));
        let login = ["login", "--space", portal.address(), "--link-stdin"];
        home.nxp(login).stdin(portal.link()).run().code(0);
        for _ in 0..2 {
            portal.update(|data| data.advance_clock(Duration::from_secs(25 * 60 * 60)));
            let list = home.nxp(["profiles", "list", "-o", "id"]).run();
            assert_eq!(list.answer(), "14802114\n14802120\n", "{fault}");
        }
    }
}

#[test]
fn expired_link_is_refused() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let link = portal.link();
    portal.update(|data| data.advance_clock(Duration::from_secs(2 * 60 * 60)));
    let login = ["login", "--space", portal.address(), "--link-stdin"];
    home.nxp(login).stdin(link).run().code(4);
}

#[test]
fn serve_prints_faults_and_requests() {
    let home = Home::new();
    let faults = ["--fault", "throttle=1,7", "--fault", "switch:refuse"];
    let words = ["sandbox", "serve", "-v"].into_iter().chain(faults);
    let mut server = home.nxp(words).start();
    let first = server.line();
    let address = first.split(' ').rfind(|word| word.starts_with("http://"));
    let list = home
        .nxp(["profiles", "list", "--timeout", "2"])
        .env("NXP_SPACE", address.unwrap())
        .env("NXP_TOKEN", "any");
    list.run().code(6);
    server.interrupt();
    let output = server.finish();
    let faults = "Active faults:\n  throttle=1,7\n  switch:refuse\n";
    assert!(output.stdout.ends_with(faults), "{output}");
    let line = "trace: > GET /api/public/coworkers/profiles?";
    assert!(output.stderr.starts_with(line), "{output}");
    assert!(output.stderr.ends_with("\ntrace: < 409\n"), "{output}");
}

#[test]
fn serve_as_json() {
    let home = Home::new();
    let words = ["sandbox", "serve", "-o", "json", "--fault", "hang"];
    let mut server = home.nxp(words).start();
    let document: serde_json::Value = serde_json::from_str(&server.line()).unwrap();
    let address = document["Address"].as_str().unwrap();
    assert!(address.starts_with("http://127.0.0.1:"), "{document}");
    let users = document["Users"].as_array().unwrap();
    assert_eq!(users.len(), 6);
    assert_eq!(users[0]["Email"], ANA);
    assert_eq!(users[0]["Password"], "practice");
    let link_only = users.iter().find(|user| user["Email"] == LINK_ONLY);
    assert_eq!(link_only.unwrap()["Password"], serde_json::Value::Null);
    assert!(document["Link"].as_str().unwrap().starts_with(address));
    assert_eq!(document["Faults"], serde_json::json!(["hang"]));
}

/// The status of the response to this request.
fn status(address: &str, request: &str, headers: &str) -> u16 {
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    write!(
        stream,
        "{request} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn serve_mails_links_to_its_terminal() {
    let home = Home::new();
    let (server, address) = serve(&home);
    let path = "/api/sys/users/sendOtp";
    let request = format!("GET {path}?email={LINK_ONLY}&businessId=1300412");
    assert_eq!(status(&address, &request, "Host: localhost\r\n"), 200);
    let mail = format!("Mail to {LINK_ONLY}: {address}/login?token=ey");
    server.says(&mail);
    let request = format!("GET {path}?email=no@sandbox.example&businessId=1300412");
    assert_eq!(status(&address, &request, "Host: localhost\r\n"), 200);
    server.interrupt();
    let said = server.finish().stderr;
    assert!(
        said.starts_with(&mail) && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn a_web_page_cannot_drive_the_server() {
    let home = Home::new();
    let (_server, address) = serve(&home);
    let list = "GET /api/public/coworkers/profiles";
    let own = format!("Host: {}\r\n", address.strip_prefix("http://").unwrap());
    assert_eq!(status(&address, list, &own), 401);
    let rebound = "Host: rebound.example\r\n";
    assert_eq!(status(&address, list, rebound), 403);
    let foreign = own + "Origin: https://rebound.example\r\n";
    assert_eq!(status(&address, list, &foreign), 403);
}

/// The state file, in its folder.
fn state_file(home: &Home) -> PathBuf {
    let folder = home.path().join("state/nxp");
    fs::create_dir_all(&folder).unwrap();
    folder.join("sandbox.json")
}

/// A command of the sandbox that may take a second.
fn hurried(home: &Home) -> String {
    let list = ["--sandbox", "profiles", "list", "--timeout", "1"];
    home.nxp(list).run().code(1).stderr
}

#[test]
fn a_fifo_in_place_of_the_state_keeps_no_command_waiting() {
    let home = Home::new();
    make_fifo(&state_file(&home));
    let said = hurried(&home);
    assert!(said.contains("sandbox.json: not a file"), "{said}");
}

#[test]
fn a_locked_state_keeps_no_command_waiting() {
    let home = Home::new();
    let lock = fs::File::create(state_file(&home)).unwrap();
    lock.lock().unwrap();
    let said = hurried(&home);
    assert!(said.contains("another process has it locked"), "{said}");
    lock.unlock().unwrap();
    assert_eq!(current(&home), ANAS_OWN);
}

#[test]
fn a_state_that_is_locked_meanwhile_keeps_no_command_waiting() {
    let home = Home::new();
    let words = [
        "--sandbox",
        "profiles",
        "exec",
        "14190688",
        "--timeout",
        "1",
    ];
    let call = home.nxp(words).args(["--", "/bin/sh", "-c", UNTIL_TOLD]);
    let mut exec = call.start();
    assert_eq!(exec.line(), "begun");
    let lock = fs::File::open(state_file(&home)).unwrap();
    lock.lock().unwrap();
    exec.end_input();
    let said = exec.finish().code(1).stderr;
    assert!(said.contains("switch back"), "{said}");
}

#[test]
fn without_a_place_for_state_it_is_in_memory() {
    // No user has this number, and so a home directory.
    const NOBODY: u32 = 54_321;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = Home::new();
    home.give_to(NOBODY);
    let list = ["--sandbox", "profiles", "list", "-o", "id"];
    let Some(mut list) = home.nxp_as(NOBODY, &list) else {
        return;
    };
    for variable in ["HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        list = list.env(variable, "");
    }
    assert_eq!(list.run().answer().lines().count(), 6);
}

#[test]
fn many_profiles_are_listed() {
    let (home, portal) = (Home::new(), Portal::with_faults(["many-profiles=203"]));
    let list = home.nxp(["profiles", "list", "-o", "id"]).at(&portal).run();
    let list = list.answer();
    assert_eq!(list.lines().count(), 203);
    let last = list.lines().last().unwrap();
    let switch = ["profiles", "switch", last, "-o", "id"];
    let switched = home.nxp(switch).at(&portal).run().answer();
    assert_eq!(switched, format!("{last}\n"));
}
