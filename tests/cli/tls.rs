//! TLS: whom nxp trusts, and what it says of those it doesn't.

use std::fs;

use crate::people::CERAMICS;
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
            "certificate not meant for servers",
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
fn no_tls_and_no_cas_are_told_apart() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let authority = Authority::new("Friends");
    let at = format!("https://{}", portal.host());
    let output = listing(&home, &portal, &authority, &at).run().code(5);
    assert!(output.stderr.contains("not a TLS server"), "{output:#?}");
    let front = tls_front(authority.issue("localhost", Valid::Now), portal.host());
    let at = format!("https://localhost:{}", front.port());
    let broken = home.path().join("broken.pem");
    fs::write(
        &broken,
        "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (variable, path) in [
        ("SSL_CERT_FILE", home.path().join("nothing.pem")),
        ("SSL_CERT_FILE", broken),
        ("SSL_CERT_FILE", empty),
        ("SSL_CERT_DIR", home.path().join("nothing")),
    ] {
        let output = home
            .nxp(["profiles", "list"])
            .at(&portal)
            .env("NXP_SPACE", &at)
            .env(variable, &path)
            .run()
            .code(5);
        assert!(
            output.stderr.contains(
                "no certificate authorities are installed on this machine\nhint: set SSL"
            ),
            "{variable} {path:?}: {output}"
        );
    }
}

#[test]
fn a_tls_that_is_broken_off_is_said_to_be() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let authority = Authority::new("Friends");
    for (alert, words) in [
        (0x28, "TLS alert HandshakeFailure"),
        (0x46, "no TLS version in common"),
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
