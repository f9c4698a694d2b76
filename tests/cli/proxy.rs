//! Proxies: who is asked to lead the way, who is not, and what is said of those who don't.

use std::fs;

use crate::support::{
    Authority, Call, Home, Portal, Proxy, ProxyMode, Valid, closed_port, is_secret, responding,
    tls_front,
};

const NAME: &str = "acme.example";

/// A portal that only a proxy can find.
struct Hidden {
    home: Home,
    portal: Portal,
    front: std::net::SocketAddr,
}

impl Hidden {
    fn new(portal: Portal) -> Self {
        let (home, authority) = (Home::new(), Authority::new("Friends"));
        let front = tls_front(authority.issue(NAME, Valid::Now), portal.host());
        fs::write(home.path().join("ca.pem"), authority.pem()).unwrap();
        Self {
            home,
            portal,
            front,
        }
    }

    fn listing(&self) -> Call {
        self.home
            .nxp(["profiles", "list", "-o", "id", "--timeout", "10"])
            .at(&self.portal)
            .env("NXP_SPACE", format!("https://{NAME}"))
            .env("SSL_CERT_FILE", self.home.path().join("ca.pem"))
    }
}

#[test]
fn https_goes_through_the_proxy_and_the_token_stays_inside() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let hidden = Hidden::new(Portal::start());
        let proxy = Proxy::start(ProxyMode::Tunnel(hidden.front));
        let url = format!("http://somebody:pr0xy-w0rd@{}", proxy.address);
        is_secret("pr0xy-w0rd");
        let listing = hidden.listing().env(variable, url);
        assert!(listing.run().answer().contains("14190688"));
        let calls = proxy.calls();
        assert_eq!(calls.len(), 1);
        assert!(
            calls[0].starts_with("CONNECT acme.example:443 "),
            "{calls:?}"
        );
        assert!(
            calls[0]
                .to_lowercase()
                .contains("proxy-authorization: basic")
        );
        assert!(!calls[0].to_lowercase().contains("bearer"));
    }
}

#[test]
fn a_socks_proxy_leads_there_as_well() {
    let hidden = Hidden::new(Portal::start());
    let proxy = Proxy::start(ProxyMode::Socks(hidden.front));
    let url = format!("socks5h://{}", proxy.address);
    hidden.listing().env("ALL_PROXY", url).run().code(0);
    assert_eq!(proxy.calls(), [NAME]);
}

#[test]
fn bad_proxy_is_named() {
    let nobody = format!("http://{}", closed_port());
    let hidden = Hidden::new(Portal::untouched());
    let socks = Proxy::start(ProxyMode::SocksRefusing);
    let answering = |status| {
        let proxy = Proxy::start(ProxyMode::Respond(status));
        format!("http://{}", proxy.address)
    };
    for (url, words) in [
        (
            answering("403 Forbidden"),
            "the proxy refused to connect\nhint: check HTTPS_PROXY",
        ),
        (
            answering("502 Bad Gateway"),
            "the proxy refused to connect\nhint: check HTTPS_PROXY",
        ),
        (
            answering("407 Proxy Authentication Required"),
            "the proxy requires a valid user name and password\nhint: put the user name",
        ),
        (nobody, "HTTPS_PROXY proxy: connection refused"),
        (
            "http://somebody:p@ss@proxy.invalid".to_owned(),
            "invalid proxy address in HTTPS_PROXY: its password has characters that must be percent-encoded; nothing was sent\nhint: write @ as %40",
        ),
        (
            format!("http://{}", responding("nothing like HTTP\r\n\r\n", "")),
            "the proxy refused to connect\nhint: check HTTPS_PROXY",
        ),
        (
            format!("socks5h://{}", socks.address),
            "the proxy refused to connect\nhint: check HTTPS_PROXY",
        ),
        (
            format!("socks5://{}", socks.address),
            "unknown host name (DNS)",
        ),
        ("http://proxy.invalid:3128".to_owned(), "proxy: "),
    ] {
        let output = hidden.listing().env("HTTPS_PROXY", &url).run().code(5);
        assert!(output.stderr.contains(words), "{url}: {output:#?}");
    }
}

#[test]
fn a_proxy_that_can_not_be_used_is_not_passed_over() {
    let hidden = Hidden::new(Portal::untouched());
    is_secret("pr0xy-w0rd");
    for (variable, value) in [
        ("HTTPS_PROXY", "http//somebody:pr0xy-w0rd@proxy"),
        ("https_proxy", "ftp://proxy.example"),
        ("ALL_PROXY", "http://pro xy"),
        ("all_proxy", "http://"),
    ] {
        let output = hidden.listing().env(variable, value).run();
        output.refusal(
            5,
            &format!("invalid proxy address in {variable}; nothing was sent"),
            Some(&format!(
                "set {variable} to an address such as http://proxy.example:3128, or unset it"
            )),
        );
    }
}

#[test]
fn loopback_is_never_proxied() {
    let (home, portal) = (Home::new(), Portal::start());
    let proxy = Proxy::start(ProxyMode::Respond("403 Forbidden"));
    let url = format!("http://{}", proxy.address);
    home.nxp(["profiles", "list"])
        .at(&portal)
        .env("HTTP_PROXY", &url)
        .env("http_proxy", &url)
        .env("HTTPS_PROXY", &url)
        .env("ALL_PROXY", "not a proxy at all")
        .run()
        .code(0);
    assert!(proxy.calls().is_empty());
}

#[test]
fn no_proxy_makes_an_exception() {
    let hidden = Hidden::new(Portal::untouched());
    let proxy = Proxy::start(ProxyMode::Tunnel(hidden.front));
    let listing = |except: &str| {
        let url = format!("http://{}", proxy.address);
        let listing = hidden.listing().env("HTTPS_PROXY", url);
        listing.env("NO_PROXY", except).run()
    };
    for except in [
        ".example",
        "*.example",
        "other.test acme.example",
        "acme.example:443",
        "acme.example.",
        "*",
    ] {
        let output = listing(except).code(5);
        assert!(output.stderr.contains("(DNS)"), "{except}: {output}");
    }
    assert!(proxy.calls().is_empty());
    let hidden = Hidden::new(Portal::start());
    let proxy = Proxy::start(ProxyMode::Tunnel(hidden.front));
    let url = format!("http://{}", proxy.address);
    let listing = hidden.listing().env("HTTPS_PROXY", url);
    listing.env("NO_PROXY", "acme.example:8443").run().code(0);
    assert_eq!(proxy.calls().len(), 1);
}

/// An address that answers no attempt to connect: its queue of connections is full.
#[cfg(target_os = "linux")]
#[test]
fn what_could_not_be_connected_to_is_named() {
    let silent = crate::support::Silent::new();
    let home = Home::new();
    let listing = home
        .nxp(["profiles", "list", "--timeout", "4"])
        .env("NXP_TOKEN", "any")
        .env("NXP_SPACE", format!("http://{}", silent.address));
    listing.run().refusal(
        5,
        &format!("can't reach {}: connection timed out", silent.address),
        Some("check the connection and the space's name; `-v` shows each request"),
    );
    let port = silent.address.port();
    let listing = home
        .nxp(["profiles", "list", "--timeout", "4"])
        .env("NXP_TOKEN", "any")
        .env("NXP_SPACE", format!("http://localhost:{port}"));
    let output = listing.run().code(5);
    let words = format!("can't reach localhost:{port}: connection timed out (127.0.0.1, ::1)\n");
    assert!(
        output.stderr.contains(&words) || output.stderr.contains("refused (127.0.0.1, ::1)"),
        "{output}"
    );
    let hidden = Hidden::new(Portal::untouched());
    let url = format!("http://{}", silent.address);
    let listing = hidden.listing().env("ALL_PROXY", url);
    let output = listing.run().code(5);
    let words =
        "can't reach acme.example: ALL_PROXY proxy: connection timed out\nhint: check HTTPS_PROXY";
    assert!(output.stderr.contains(words), "{output}");
}
