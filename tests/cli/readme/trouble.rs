//! Troubleshooting: what the README quotes is what the program says.

use std::fs;

use crate::people::{ANA, CERAMICS};
use crate::support::{Authority, Call, Home, Keyring, Portal, Valid, tls_front};

use super::section;

/// The messages of the table, each in its parts.
fn quoted() -> Vec<Vec<String>> {
    let section = section("Messages");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let first = rows.map(|row| row.split('|').nth(1).unwrap());
    let parts = |cell: &str| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    first.map(parts).collect()
}

/// The messages of one run for each trouble.
fn troubles(keyring: &Keyring) -> Vec<String> {
    let home = Home::new();
    let list = || home.nxp(["profiles", "list"]);
    let elsewhere = |call: Call| call.env("NXP_TOKEN", "t").env("NXP_SPACE", "acme");
    let said = |call: Call| call.run().stderr;
    let faults = [
        ("expire", &["profiles", "list"][..]),
        ("throttle=9,60", &["profiles", "list", "--timeout", "1"]),
        ("hang", &["profiles", "list", "--timeout", "0.5"]),
        ("web-page", &["profiles", "list"]),
        ("firewall", &["profiles", "list"]),
        ("switch:not-applied", &["profiles", "switch", "14190688"]),
    ];
    let running = faults.map(|(fault, words)| {
        let portal = Portal::with_faults([fault]);
        let run = home.nxp(words).at(&portal).start();
        (portal, run)
    });
    let mut said = vec![
        said(list()),
        said(elsewhere(list()).env("HTTPS_PROXY", "not a proxy")),
        said(home.login("http://127.0.0.1:9", ANA)),
        said(elsewhere(list()).env("NXP_SPACE", "http://127.0.0.1:9")),
        said(home.nxp(["--sandbox", "profiles", "switch"])),
        said(home.nxp(["--sandbox", "profiles", "switch", "ana duarte"])),
        once_a_sign_in_is_over(keyring),
        with_a_strange_certificate(&home),
        during_an_exec(&home),
    ];
    said.extend(running.map(|(_portal, run)| run.finish().stderr));
    said
}

fn once_a_sign_in_is_over(keyring: &Keyring) -> String {
    let (home, portal) = (Home::with_keyring(keyring), Portal::start());
    home.sign_in(&portal, ANA);
    portal.update(|data| {
        data.expire_access_tokens();
        data.expire_refresh_tokens();
    });
    home.nxp(["profiles", "list"]).run().code(4).stderr
}

fn with_a_strange_certificate(home: &Home) -> String {
    let portal = Portal::untouched();
    let [ours, theirs] = ["Ours", "Theirs"].map(Authority::new);
    let front = tls_front(theirs.issue("localhost", Valid::Now), portal.host());
    let file = home.path().join("ca.pem");
    fs::write(&file, ours.pem()).unwrap();
    let list = home.nxp(["profiles", "list"]).at(&portal);
    let list = list.env("NXP_SPACE", format!("https://localhost:{}", front.port()));
    list.env("SSL_CERT_FILE", file).run().stderr
}

fn during_an_exec(home: &Home) -> String {
    let portal = Portal::start();
    let company = CERAMICS.to_string();
    let words = ["profiles", "exec", &company, "--", "sh", "-c", "echo; cat"];
    let mut exec = home.nxp(words).at(&portal).start();
    exec.line();
    let switch = home.nxp(["profiles", "switch", &company]).at(&portal);
    let said = switch.run().code(8).stderr;
    exec.finish().code(0);
    said
}

#[test]
fn messages_table_is_true() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (quoted, said) = (quoted(), troubles(&keyring));
    let is_in = |said: &str, quoted: &[String]| quoted.iter().all(|part| said.contains(part));
    for quoted in &quoted {
        assert!(
            said.iter().any(|said| is_in(said, quoted)),
            "nothing says {quoted:?}:\n{said:#?}"
        );
    }
    for said in &said {
        assert!(
            quoted.iter().any(|quoted| is_in(said, quoted)),
            "not in the table: {said}"
        );
    }
}
