//! Which values name a space, and which place each of them leads to.

use super::*;
use crate::error::ErrorCode;

fn origin(given: &str) -> String {
    given
        .parse::<Space>()
        .map(|space| space.to_string())
        .unwrap_or_else(|error| error.to_string())
}

#[test]
fn slugs_hosts_and_addresses_are_read() {
    for (given, expected) in [
        ("acme", "https://acme.spaces.nexudus.com"),
        ("acme/", "https://acme.spaces.nexudus.com"),
        ("acme.example/", "https://acme.example"),
        ("ACME", "https://acme.spaces.nexudus.com"),
        (" acme\n", "https://acme.spaces.nexudus.com"),
        ("acme.spaces.nexudus.com", "https://acme.spaces.nexudus.com"),
        ("acme.example:8443", "https://acme.example:8443"),
        ("localhost:8443", "https://localhost:8443"),
        ("https://acme.example:443/", "https://acme.example"),
        ("https://acme.example/en/home", "https://acme.example"),
        ("HTTPS://Acme.Example", "https://acme.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ] {
        assert_eq!(origin(given), expected, "{given}");
    }
}

#[test]
fn whatever_could_lead_a_token_astray_is_refused() {
    for given in [
        "",
        "http://acme.example",
        "http://127.0.0.1.evil.example",
        "ftp://acme.example",
        "acme.spaces.nexudus.com@evil.example",
        "https://acme.spaces.nexudus.com@evil.example",
        "evil.example#.spaces.nexudus.com",
        "https://evil.example#.spaces.nexudus.com",
        "https://evil.example?.spaces.nexudus.com",
        "https://evil.example\\.spaces.nexudus.com",
        "acme/..",
        "acme//",
        "/",
        "https://acme.example/../x",
        "acme..example",
        "-acme",
        "a\u{441}me",
        "acme\u{7}.example",
        "acme example",
        "https://",
        "https://127.1",
        "http://0x7f.0.0.1",
        "https://2130706433",
        "https://010.0.0.1",
        "https://acme.spaces.nexudus.com%40evil.example",
        "https://acme.spaces.nexudus.com:443@evil.example",
        "https://acme\u{2024}spaces.nexudus.com",
        "https://acme.spaces.nexudus.com\u{ff0f}.evil.example",
        "https:evil.example",
        "//evil.example",
        "https://acme.example/a/./../b",
        "acme.example.",
        "http://[::ffff:127.0.0.1]",
        "acme.example:99999",
        "acme.example:",
        "acme:8443",
        "acme:443",
    ] {
        let error = given.parse::<Space>().map(|space| space.to_string());
        assert!(
            error
                .as_ref()
                .is_err_and(|error| error.code == ErrorCode::Usage),
            "{given:?} became {error:?}"
        );
    }
}

#[test]
fn the_host_names_the_port_only_where_it_is_not_the_schemes_own() {
    let host = |given: &str| given.parse::<Space>().unwrap().host();
    assert_eq!(host("acme"), "acme.spaces.nexudus.com");
    assert_eq!(host("https://acme.example:8443"), "acme.example:8443");
    assert_eq!(host("http://127.0.0.1:80"), "127.0.0.1");
    assert_eq!(host("http://[::1]:9000"), "[::1]:9000");
}

#[test]
fn only_hosts_below_the_domain_of_spaces_are_given_by_nexudus() {
    for (given, expected) in [
        ("acme", true),
        ("a.b.spaces.nexudus.com", true),
        ("spaces.nexudus.com", false),
        ("acme.spaces.nexudus.com:8443", false),
        ("acme.spaces.nexudus.com.evil.example", false),
        ("evilspaces.nexudus.com", false),
        ("acme.nexudus.site", false),
        ("http://127.0.0.1:8080", false),
    ] {
        let space: Space = given.parse().unwrap();
        assert_eq!(space.is_given_by_nexudus(), expected, "{given}");
    }
    assert_eq!(Space::directory().to_string(), "https://spaces.nexudus.com");
}

#[test]
fn the_short_name_leads_back_to_the_space() {
    for given in [
        "acme",
        "acme.example",
        "http://127.0.0.1:8080",
        "a.b.spaces.nexudus.com",
    ] {
        let space: Space = given.parse().unwrap();
        assert_eq!(space.short_name(), given);
        assert_eq!(space.short_name().parse::<Space>().unwrap(), space);
    }
}
