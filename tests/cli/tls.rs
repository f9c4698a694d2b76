//! TLS: whom nxp trusts, and what it says of those it doesn't.

use std::fs;

use crate::people::CERAMICS;
#[cfg(unix)]
use crate::support::make_fifo;
use crate::support::{
    Authority, Call, Home, Portal, Valid, closed_port, forward, skip, tls_alert, tls_front,
};

/// A listing through TLS, at the name `localhost`, with the authority's certificate at hand.
fn listing(home: &Home, portal: &Portal, authority: &Authority, at: &str) -> Call {
    let file = home.path().join("ca.pem");
    fs::write(&file, authority.pem()).unwrap();
    home.nxp(["profiles", "list", "-o", "id"])
        .at(portal)
        .env("NXP_SPACE", at)
        .env("SSL_CERT_FILE", file)
}

fn said(portal: Portal, authority: &Authority, identity: crate::support::Identity) -> String {
    let home = Home::new();
    let front = tls_front(identity, portal.host());
    let at = format!("https://localhost:{}", front.port());
    let output = listing(&home, &portal, authority, &at).run().code(5);
    assert!(portal.calls().is_empty());
    output.stderr
}

#[test]
fn private_ca_from_file_and_folder() {
    let (home, portal, authority) = (Home::new(), Portal::start(), Authority::new("Friends"));
    let front = tls_front(authority.issue("localhost", Valid::Now), portal.host());
    let at = format!("https://localhost:{}", front.port());
    let from_file = listing(&home, &portal, &authority, &at).run().answer();
    assert!(from_file.contains("14190688"));
    let folder = home.path().join("authorities");
    fs::create_dir(&folder).unwrap();
    // The folder is read by names like those that c_rehash gives.
    fs::write(folder.join("0123abcd.0"), authority.pem()).unwrap();
    let from_folder = home
        .nxp(["profiles", "list", "-o", "id"])
        .at(&portal)
        .env("NXP_SPACE", &at)
        .env("SSL_CERT_DIR", folder)
        .run();
    assert_eq!(from_folder.answer(), from_file);
}

#[test]
fn one_connection_serves_a_whole_switch() {
    let (home, portal, authority) = (Home::new(), Portal::start(), Authority::new("Friends"));
    let front = tls_front(authority.issue("localhost", Valid::Now), portal.host());
    let file = home.path().join("ca.pem");
    fs::write(&file, authority.pem()).unwrap();
    home.nxp(["profiles", "switch", "14190688"])
        .at(&portal)
        .env("NXP_SPACE", format!("https://localhost:{}", front.port()))
        .env("SSL_CERT_FILE", file)
        .run()
        .code(0);
    assert_eq!((portal.current(), portal.connections()), (CERAMICS, 1));
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_in_plain_words() {
    let authority = Authority::new("Friends");
    for (name, valid, words) in [
        (
            "localhost",
            Valid::NoLonger,
            "expired certificate, or this machine's clock is ahead\n\
             hint: check this machine's clock",
        ),
        (
            "localhost",
            Valid::NotYet,
            "certificate not valid yet, or this machine's clock is behind\n\
             hint: check this machine's clock",
        ),
        (
            "acme.example",
            Valid::Now,
            "certificate for another name\nhint: check `--space`",
        ),
    ] {
        let said = said(
            Portal::untouched(),
            &authority,
            authority.issue(name, valid),
        );
        assert!(said.contains(words), "{said}");
    }
    for (identity, words) in [
        (
            authority.issue_for_clients("localhost"),
            "invalid certificate (certificate does not allow extended key usage",
        ),
        (Authority::new("Itself").own(), "self-signed certificate"),
    ] {
        let said = said(Portal::untouched(), &authority, identity);
        assert!(said.contains(words), "{said}");
    }
    let stranger = Authority::new("Strangers").issue("localhost", Valid::Now);
    let said = said(Portal::untouched(), &authority, stranger);
    let words = "certificate from an unknown authority\n\
                 hint: try another network; if you trust this one, set SSL_CERT_FILE";
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_server_without_tls_is_named() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let at = format!("https://{}", portal.host());
    let output = listing(&home, &portal, &Authority::new("Friends"), &at).run();
    let output = output.code(5);
    assert!(output.stderr.contains("not a TLS server"), "{output:#?}");
}

#[test]
fn certificate_authorities_that_can_not_be_used_are_named() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let pem = Authority::new("Friends").pem();
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let folder = home.path().join("empty");
    fs::create_dir(&folder).unwrap();
    let write = |name: &str, content: &[u8]| fs::write(home.path().join(name), content).unwrap();
    write("good.pem", pem.as_bytes());
    write(
        "broken.pem",
        b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n",
    );
    write("text.pem", b"no certificate\n");
    write("bom.pem", format!("\u{feff}{pem}").as_bytes());
    write(
        "der.pem",
        &[&[0x30, 0x82, 1, 0][..], der.as_bytes()].concat(),
    );
    write(
        "trusted.pem",
        pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE").as_bytes(),
    );
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(pem.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    write("utf16.pem", &utf16);
    #[cfg(unix)]
    make_fifo(&home.path().join("pipe.pem"));
    for (variable, name, problem) in [
        ("SSL_CERT_FILE", "nothing.pem", "no such file"),
        (
            "SSL_CERT_FILE",
            "'good.pem'",
            "no such file; leave out the quotes",
        ),
        ("SSL_CERT_FILE", "broken.pem", "no valid certificate in it"),
        ("SSL_CERT_FILE", "text.pem", "no PEM certificate in it"),
        (
            "SSL_CERT_FILE",
            "bom.pem",
            "it begins with a byte order mark",
        ),
        ("SSL_CERT_FILE", "der.pem", "DER, not PEM"),
        ("SSL_CERT_FILE", "utf16.pem", "UTF-16, not PEM"),
        (
            "SSL_CERT_FILE",
            "trusted.pem",
            "in the format TRUSTED CERTIFICATE",
        ),
        #[cfg(unix)]
        ("SSL_CERT_FILE", "pipe.pem", "not a file"),
        ("SSL_CERT_FILE", "empty", "no valid certificate in it"),
        ("SSL_CERT_DIR", "empty", "no valid certificate in it"),
        ("SSL_CERT_DIR", "nothing", "no such file"),
    ] {
        let path = match name.strip_prefix('\'') {
            Some(rest) => format!("'{}", home.path().join(rest).display()),
            None => home.path().join(name).display().to_string(),
        };
        let call = home.nxp(["profiles", "list"]).at(&portal);
        let call = call
            .env("NXP_SPACE", "https://localhost:1")
            .env(variable, &path);
        let output = call.run().code(5);
        let message = format!("error: {variable} can't be used: {path}: {problem}");
        assert!(output.stderr.starts_with(&message), "{message}: {output}");
        let hint = format!("\nhint: set {variable} to PEM certificates");
        assert!(output.stderr.contains(&hint), "{output}");
        let doctor = home.nxp(["doctor", "-v", "-o", "json"]).at(&portal);
        let doctor = doctor.env("NXP_SPACE", "https://localhost:1");
        let checks = doctor.env(variable, &path).run().code(1).stdout;
        let checks: serde_json::Value = serde_json::from_str(&checks).unwrap();
        let checks = checks["Checks"].as_array().unwrap().clone();
        for name in ["certificates", "connection"] {
            let check = checks.iter().find(|check| check["Check"] == name).unwrap();
            assert_eq!(check["Status"], "fail", "{check}");
            let detail = check["Detail"].as_str().unwrap();
            assert!(detail.contains(problem), "{check}");
        }
    }
}

#[test]
fn an_empty_variable_stands_for_the_systems_authorities() {
    let (home, portal, authority) = (Home::new(), Portal::untouched(), Authority::new("Friends"));
    let front = tls_front(authority.issue("localhost", Valid::Now), portal.host());
    let at = format!("https://localhost:{}", front.port());
    for variables in [
        &["SSL_CERT_FILE"][..],
        &["SSL_CERT_DIR"],
        &["SSL_CERT_FILE", "SSL_CERT_DIR"],
    ] {
        let mut call = home
            .nxp(["profiles", "list"])
            .at(&portal)
            .env("NXP_SPACE", &at);
        for variable in variables {
            call = call.env(variable, "");
        }
        let output = call.run().code(5);
        // The system does not trust this authority, but it trusts others.
        let words = "certificate from an unknown authority";
        assert!(output.stderr.contains(words), "{variables:?}: {output}");
    }
}

#[test]
fn a_tls_that_is_broken_off_is_said_to_be() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let authority = Authority::new("Friends");
    for (alert, words) in [
        (0x28, "TLS failed (received fatal alert: HandshakeFailure)"),
        (0x46, "TLS failed (received fatal alert: ProtocolVersion)"),
    ] {
        let at = format!("https://localhost:{}", tls_alert(alert).port());
        let output = listing(&home, &portal, &authority, &at).run().code(5);
        assert!(output.stderr.contains(words), "{output}");
    }
}

#[test]
fn a_portal_on_ipv6_is_a_portal() {
    let (home, portal) = (Home::new(), Portal::start());
    let Some(address) = forward("[::1]:0", portal.host()) else {
        skip("IPv6, which this machine does not provide");
        home.nxp(["profiles", "list"]).at(&portal).run().code(0);
        return;
    };
    home.nxp(["profiles", "list"])
        .at(&portal)
        .env("NXP_SPACE", format!("http://{address}"))
        .run()
        .code(0);
}

#[test]
fn names_and_ports_without_a_portal_are_told_apart() {
    let home = Home::new();
    let address = closed_port();
    let refused = home
        .nxp(["profiles", "list", "--space", &format!("http://{address}")])
        .env("NXP_TOKEN", "any")
        .run();
    refused.refusal(
        5,
        &format!("can't reach {address}: connection refused"),
        Some("check the connection and the space's name; `-v` shows each request"),
    );
    let unknown = home
        .nxp([
            "profiles",
            "list",
            "--space",
            "https://nobody.invalid",
            "--timeout",
            "20",
        ])
        .env("NXP_TOKEN", "any")
        .run()
        .code(5);
    assert!(unknown.stderr.contains("(DNS)"), "{unknown:#?}");
}

#[test]
fn one_connection_serves_a_switch_in_a_long_list() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("many-profiles=5000");
    home.nxp(["profiles", "switch", "14190688"])
        .at(&portal)
        .run()
        .code(0);
    assert_eq!((portal.current(), portal.connections()), (CERAMICS, 1));
}
