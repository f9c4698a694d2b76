//! Where a token may go, and where it must not: to no other place than the space's own, and into no
//! trace.

use crate::people::ANA;
use crate::support::{Home, Keyring, Portal, is_secret, responding, serving};

#[test]
fn a_token_never_follows_a_redirection() {
    for words in [
        ["profiles", "list", "-vv"],
        ["profiles", "switch", "14190688"],
    ] {
        let (elsewhere, home) = (Portal::untouched(), Home::new());
        let (_, port) = elsewhere.host().split_once(':').unwrap();
        let portal = Portal::start();
        portal.fail(&format!("redirect={port}"));
        let output = home.nxp(words).at(&portal).run().code(1);
        assert!(
            output.stderr.contains(&format!(
                "redirect to {}, not followed",
                elsewhere.address()
            )),
            "{output:#?}"
        );
        assert_eq!(elsewhere.connections(), 0);
    }
}

#[test]
fn a_junk_token_is_refused_and_not_sent() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let (space, character) = (
        "it has white space in it",
        "it has a character that access tokens can't contain",
    );
    for (junk, problem) in [
        ("sec3t-token\nX-Evil: 1", space),
        ("sec3t token", space),
        ("Bearer sec3t-token", "it starts with \"Bearer\""),
        ("\"sec3t-token\"", "it has quotes around it"),
        ("'sec3t-token'", "it has quotes around it"),
        ("sec3t-t\u{f6}ken", character),
        ("sec3t-token\u{7f}", character),
        ("sec3t-{token}", character),
    ] {
        is_secret("sec3t-token");
        home.nxp(["profiles", "list"])
            .env("NXP_SPACE", portal.address())
            .env("NXP_TOKEN", junk)
            .run()
            .refusal(
                2,
                &format!("invalid access token in NXP_TOKEN: {problem}; nothing was sent"),
                Some("put only the access token in NXP_TOKEN: one line, without \"Bearer\""),
            );
    }
    assert_eq!(portal.connections(), 0);
}

#[test]
fn more_than_a_password_a_link_or_a_token_is_not_cut_and_sent() {
    let (home, portal) = (Home::new(), Portal::untouched());
    for what in ["password", "token", "link"] {
        let words = ["login", "--space", portal.address()];
        home.nxp(words)
            .args(["--email", ANA, &format!("--{what}-stdin")])
            .stdin("x".repeat(100_000))
            .run()
            .refusal(
                2,
                &format!("more than one {what} on standard input; nothing was sent"),
                Some("pipe in nothing else"),
            );
    }
}

#[test]
fn a_space_that_could_lead_a_token_astray_is_refused() {
    let home = Home::new();
    for space in [
        "acme.spaces.nexudus.com@evil.example",
        "https://acme.spaces.nexudus.com:443@evil.example",
        "acme/..",
        "https://acme.spaces.nexudus.com/../..",
        "evil.example#.spaces.nexudus.com",
        "https://evil.example?.spaces.nexudus.com",
        "https://evil.example\\.spaces.nexudus.com",
        "https://acme%2espaces.nexudus.com",
        "\u{430}cme",
        "acme\u{2024}spaces.nexudus.com",
        "acme.spaces.nexudus.com\u{ff0f}evil.example",
        "acme\u{7}",
        "acme\nevil.example",
        "http://acme.spaces.nexudus.com",
        "http://127.0.0.1.evil.example",
        "https://0x7f000001",
        "ftp://acme.spaces.nexudus.com",
        "file:///etc/passwd",
        "//evil.example",
        "//acme.spaces.nexudus.com@evil.example/",
        "https://ana:pasted-by-mistake@acme.spaces.nexudus.com",
        "https://acme.spaces.nexudus.com/login?token=pasted-by-mistake",
        "acme:443",
        "acme.spaces.nexudus.com.",
        "acme.spaces.nexudus.com\t.evil.example",
        "https://acme.spaces.nexudus.com\\@evil.example",
        "http://localhost.evil.example",
        "http://localhost.",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://[::1%25lo]",
        "http://[::1].evil.example",
        "http://0.0.0.0",
    ] {
        let token = "a-token-for-acme-alone";
        is_secret(token);
        is_secret("pasted-by-mistake");
        let call = home.nxp(["profiles", "list", "--timeout", "1", "--space", space]);
        let output = call.env("NXP_TOKEN", token).run().code(2);
        assert!(
            output.stderr.contains("invalid space"),
            "{space:?}: {output:#?}"
        );
    }
}

#[test]
fn a_trace_tells_of_headers_and_strikes_out_secrets() {
    let (home, portal) = (Home::new(), Portal::start());
    let output = home.nxp(["profiles", "list", "-vv"]).at(&portal).run();
    let trace = output.code(0).stderr;
    for line in [
        "trace: > authorization: [redacted]",
        "trace: > content-type: application/json",
        "trace: < content-type: application/json",
        "trace: < 200 OK in",
    ] {
        assert_eq!(trace.contains(line), !line.contains("> content"), "{trace}");
    }
    let quiet = home.nxp(["profiles", "list", "-v"]).at(&portal).run();
    assert!(!quiet.code(0).stderr.contains("authorization"));
}

/// Whatever an answer points to, it is said where that is, without what may be secret in it.
#[test]
fn redirect_is_named_without_secrets() {
    let home = Home::new();
    for status in ["301", "302", "303", "307", "308"] {
        for (location, place) in [
            (
                "https://elsewhere.example/?token=a-token-in-an-address",
                "https://elsewhere.example",
            ),
            ("//elsewhere.example/login", "http://elsewhere.example"),
            ("/\\elsewhere.example", "http://elsewhere.example"),
            ("/login?token=a-token-in-an-address", "another path"),
            ("javascript:alert(1)", "an invalid address"),
        ] {
            is_secret("a-token-in-an-address");
            let answer =
                format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let at = responding(answer, "");
            let output = home
                .nxp(["profiles", "list", "-vv"])
                .env("NXP_SPACE", format!("http://{at}"))
                .env("NXP_TOKEN", "any")
                .run()
                .code(1);
            for words in [
                format!("redirect to {place}, not followed"),
                format!("trace: < location: {place}"),
            ] {
                assert!(output.stderr.contains(&words), "{location}: {output}");
            }
        }
    }
}

/// A portal that repeats what it was sent, in a header and in the sentence that is shown.
fn echo(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nServer: {body}\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

#[test]
fn repeated_secrets_are_redacted() {
    const TOKEN: &str = "a-token-that-comes-back";
    const SECRET: &str = "a-password-that-comes-back";
    is_secret(TOKEN);
    is_secret(SECRET);
    let at = serving(|request| match request.word(0) {
        "PUT" => echo(
            "200 OK",
            &format!("{{\"WasSuccessful\":false,\"Message\":\"No: {TOKEN}\"}}"),
        ),
        "GET" if request.start.contains("benefits") => {
            echo("400 Bad", &format!("{{\"Message\":\"No: {TOKEN}\"}}"))
        }
        "GET" => echo(
            "200 OK",
            r#"{"Profiles":[{"Id":7,"Active":true},{"Id":8,"Active":true,"IsDefaultProfile":true}]}"#,
        ),
        _ => echo("400 Bad", &format!("{{\"error\":\"No: {SECRET}\"}}")),
    });
    let at = format!("http://{at}");
    let home = Home::new();
    for words in [&["profiles", "benefits"][..], &["profiles", "switch", "7"]] {
        let call = home.nxp(words).arg("-vv").env("NXP_SPACE", &at);
        let output = call.env("NXP_TOKEN", TOKEN).run().code(1);
        assert!(output.stderr.contains(": No: [redacted]\n"), "{output}");
    }
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let login = ["login", "-vv", "--space", &at, "--email", ANA];
    let login = home.nxp(login).arg("--password-stdin").stdin(SECRET);
    let output = login.run().code(4);
    assert!(output.stderr.contains(": No: [redacted]\n"), "{output}");
}

/// A password is sent in the spelling of a form; a portal may repeat that, too.
#[test]
fn password_is_redacted_as_it_was_sent() {
    const PASSWORD: &str = "a pass word+that/comes back";
    const SENT: &str = "a+pass+word%2Bthat%2Fcomes+back";
    is_secret(PASSWORD);
    is_secret(SENT);
    let at = serving(|request| {
        let body = String::from_utf8_lossy(&request.body);
        echo("400 Bad", &format!("{{\"error\":\"No: {body}\"}}"))
    });
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let space = format!("http://{at}");
    let login = ["login", "-vv", "--space", &space, "--email", ANA];
    let login = home.nxp(login).arg("--password-stdin").stdin(PASSWORD);
    let output = login.run().code(4);
    assert!(output.stderr.contains("password=[redacted]"), "{output}");
}
