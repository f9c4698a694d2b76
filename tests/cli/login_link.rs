//! `nxp login` with the link that a portal emails.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::people::ANA;
use crate::support::{Home, Key, Keyring, Portal, answering, is_secret};

/// A one-time token: header, payload, signature.
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3MTA0NDY2In0.b25jZS1hbmQtbmV2ZXItYWdhaW4";

/// A portal that exchanges [`JWT`], once.
struct LinkPortal {
    address: SocketAddr,
    /// Method, path and query of each request.
    calls: Arc<Mutex<Vec<String>>>,
    keyring: Keyring,
    home: Home,
}

impl LinkPortal {
    fn start() -> Option<Self> {
        let keyring = Keyring::unlocked()?;
        let home = Home::with_keyring(&keyring);
        is_secret(JWT);
        let calls = Arc::<Mutex<Vec<String>>>::default();
        let (seen, portal) = (Arc::clone(&calls), Portal::start());
        let address = answering(move |head| {
            let line = head.lines().next().unwrap();
            let line = line.strip_suffix(" HTTP/1.1").unwrap();
            let (status, body) = match line.strip_prefix("POST /api/sys/users/exchange?token=") {
                Some(rest) => exchanged(head, rest, &seen.lock().unwrap(), &portal),
                None => {
                    let is_token = |line: &&str| line.to_lowercase().starts_with("authorization");
                    let token: Vec<&str> = head.lines().filter(is_token).collect();
                    portal.exchange(line, &token, "")
                }
            };
            seen.lock().unwrap().push(line.to_owned());
            let length = body.len();
            format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            )
        });
        Some(Self {
            address,
            calls,
            keyring,
            home,
        })
    }

    fn space(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The command line that reads `given`.
    fn login(&self, given: &str) -> crate::support::Call {
        let words = ["login", "--link-stdin", "-vv", "--space", &self.space()];
        self.home.nxp(words).stdin(given)
    }

    fn item(&self) -> Option<Value> {
        let item = self.keyring.lookup(&format!("nxp/{}", self.address), ANA)?;
        Some(serde_json::from_str(&item).unwrap())
    }
}

/// The answer to an exchange.
fn exchanged(head: &str, rest: &str, calls: &[String], portal: &Portal) -> (u16, String) {
    let head = head.to_ascii_lowercase();
    assert!(head.contains("content-length: 0"), "{head}");
    assert!(head.contains("client_id: "), "{head}");
    assert!(!head.contains("authorization"), "{head}");
    let token = rest.strip_suffix("&validForInMinutes=1440").unwrap();
    let is_used = calls.iter().any(|call| call.contains(token));
    match (token == JWT, is_used) {
        (false, _) => (
            400,
            json!({"Message": "The link is not valid."}).to_string(),
        ),
        (true, true) => (401, String::new()),
        (true, false) => {
            let body = json!({"token": portal.token(), "token_type": "bearer",
                "expires_in": 86400, "refresh_token": "a-refresh-token-of-a-link"});
            is_secret("a-refresh-token-of-a-link");
            (200, body.to_string())
        }
    }
}

#[test]
fn a_link_is_exchanged_tried_and_stored() {
    let Some(portal) = LinkPortal::start() else {
        return;
    };
    let link = format!(
        "\r\nhttps://mail.example/r?to={}/login?t={JWT}\r\n",
        portal.space()
    );
    let output = portal.login(&link).run().code(0);
    assert!(output.stderr.contains("as Ana Duarte"), "{output}");
    assert!(output.stderr.contains("nxp profiles list"), "{output}");
    assert!(output.stderr.contains("token=[redacted]&valid"), "{output}");
    let item = portal.item().unwrap();
    assert_eq!(item["refresh_token"], "a-refresh-token-of-a-link");
    assert_eq!(item["is_client_id_unverified"], true);
    assert_eq!(portal.calls.lock().unwrap().len(), 2);
    portal.home.nxp(["profiles", "list"]).run().code(0);
}

#[test]
fn each_way_to_get_a_link_wrong_has_words_of_its_own() {
    let Some(portal) = LinkPortal::start() else {
        return;
    };
    let other = JWT.replace("b25jZ", "dHdpY");
    is_secret(&other);
    let mut told = String::new();
    for (what, given, requests) in [
        (
            "none",
            "https://acme.spaces.nexudus.com/login".to_owned(),
            0,
        ),
        ("two", format!("{JWT} {other}"), 0),
        ("unknown", other.clone(), 1),
        ("good", JWT.to_owned(), 2),
        ("used", JWT.to_owned(), 1),
    ] {
        let before = portal.calls.lock().unwrap().len();
        let output = portal.login(&given).run();
        let spoken = output.stderr.lines();
        let spoken: Vec<&str> = spoken.filter(|line| !line.starts_with("trace")).collect();
        told += &format!("# {what}: {}\n{}\n\n", output.code, spoken.join("\n"));
        assert_eq!(
            portal.calls.lock().unwrap().len(),
            before + requests,
            "{what}"
        );
    }
    let host = portal.address.to_string();
    insta::assert_snapshot!(told.replace(&host, "127.0.0.1:54321"));
}

#[test]
fn a_link_to_another_host_is_named_and_goes_to_the_chosen_space_only() {
    let Some(portal) = LinkPortal::start() else {
        return;
    };
    let link = format!("https://members.acme.example/login#token={JWT}");
    let output = portal.login(&link).run().code(0);
    let note = format!(
        "The link leads to members.acme.example; it is sent to {} only.",
        portal.address
    );
    assert!(output.stderr.contains(&note), "{output}");
}

#[test]
fn a_link_chooses_the_space_only_if_it_leads_to_a_host_of_nexudus() {
    is_secret(JWT);
    let home = Home::new();
    let link = |host: &str| format!("https://{host}/login?t={JWT}");
    let login = home.nxp(["login", "--link-stdin"]);
    login.stdin(link("acme.example")).run().refusal(
        2,
        "the link leads to acme.example, which is not a Nexudus host; nothing was sent",
        Some("give the space with `--space SPACE`"),
    );
    home.nxp(["login", "--link-stdin"])
        .stdin(JWT)
        .run()
        .refusal(
            2,
            "`--space` is required without a terminal to prompt on, or with `--no-input`",
            Some("give `--space SPACE`"),
        );
}

#[test]
fn a_link_of_somebody_else_is_not_stored() {
    let Some(portal) = LinkPortal::start() else {
        return;
    };
    let login = portal.login(JWT).args(["--email", "bo@sandbox.example"]);
    let output = login.run().code(4);
    assert!(output.stderr.contains("nothing was stored"), "{output}");
    assert_eq!(portal.home.state(), Value::Null);
}

#[test]
fn an_empty_password_lets_the_user_paste_a_link_again_where_it_is_wrong() {
    let Some(portal) = LinkPortal::start() else {
        return;
    };
    let words = ["login", "--space", &portal.space(), "--email", ANA];
    let mut terminal = portal.home.nxp(words).in_terminal(30, 120);
    terminal.wait_for("Password");
    terminal.press(Key::Enter);
    let other = JWT.replace("b25jZ", "dHdpY");
    is_secret(&other);
    // What is typed before the question stands there is shown.
    let is_asked = |screen: &str| screen.trim_end().ends_with("Sign-in link:");
    for (given, problem) in [
        ("no link at all", "no sign-in link"),
        (other.as_str(), "The link is not valid."),
    ] {
        terminal.wait_until("a question", is_asked);
        terminal.type_text(given);
        terminal.press(Key::Enter);
        terminal.wait_for(problem);
    }
    terminal.wait_until("a question", is_asked);
    terminal.type_text(&format!("{}/login/{JWT}", portal.space()));
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
    assert!(portal.item().is_some());
}
