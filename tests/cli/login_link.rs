//! `nxp login` with the link that a portal emails.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::people::ANA;
use crate::support::{Call, Home, Key, Keyring, Message, Portal, is_secret, serving};

const LIN: &str = "link-only@sandbox.example";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A portal that emails links, and a home to sign in from.
struct Links {
    keyring: Keyring,
    home: Home,
    portal: Portal,
}

impl Links {
    fn of(portal: Portal) -> Option<Self> {
        let keyring = Keyring::unlocked()?;
        Some(Self {
            home: Home::with_keyring(&keyring),
            keyring,
            portal,
        })
    }

    /// The command line that reads `given`.
    fn login(&self, given: &str) -> Call {
        let words = ["login", "--link-stdin", "-vv", "--space"];
        let words = words.into_iter().chain([self.portal.address()]);
        self.home.nxp(words).stdin(given)
    }

    fn item(&self) -> Option<Value> {
        crate::login::item(&self.keyring, &self.portal, LIN)
    }
}

/// The token of a link.
fn token_of(link: &str) -> &str {
    let is_part = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    let mut words = link.split(|char| !is_part(char));
    words.find(|word| word.starts_with("ey")).unwrap()
}

#[test]
fn a_link_is_exchanged_tried_and_stored() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let link = lin.portal.link();
    let wrapped = format!("\r\nhttps://mail.example/r?to={link}\r\n");
    let output = lin.login(&wrapped).run().code(0);
    assert!(output.stderr.contains("as Lin Okafor"), "{output}");
    assert!(output.stderr.contains("nxp profiles list"), "{output}");
    let trace = "/api/sys/users/exchange?token=[redacted]&validForInMinutes=1440";
    assert!(output.stderr.contains(trace), "{output}");
    assert!(lin.item().unwrap()["refresh_token"].is_string());
    assert_eq!(lin.item().unwrap()["is_client_id_unverified"], true);
    let requests = lin.portal.requests();
    let [exchange, list] = &requests[..] else {
        panic!("{:?}", lin.portal.calls());
    };
    assert_eq!(exchange.header("content-length"), Some("0"));
    let item = lin.item().unwrap();
    assert_eq!(exchange.header("client_id"), item["client_id"].as_str());
    assert_eq!(exchange.header("authorization"), None);
    assert!(list.header("authorization").is_some());
    lin.home.nxp(["profiles", "list"]).run().code(0);
}

#[test]
fn the_bare_token_is_enough() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let link = lin.portal.link();
    lin.login(token_of(&link)).run().code(0);
}

/// It isn't documented which `client_id` refreshes these tokens: ours, or the email.
#[test]
fn client_id_is_found_a_day_later() {
    for (fault, refreshes) in [(None, [1, 1]), (Some("exchange:email-as-client"), [2, 1])] {
        let Some(lin) = Links::of(Portal::start()) else {
            return;
        };
        fault.iter().for_each(|fault| lin.portal.fail(fault));
        lin.login(&lin.portal.link()).run().code(0);
        let before = lin.item().unwrap();
        for expected in refreshes {
            let seen = lin.portal.refreshes();
            lin.portal.update(|data| data.advance_clock(DAY));
            lin.home.nxp(["profiles", "list"]).run().code(0);
            assert_eq!(lin.portal.refreshes() - seen, expected, "{fault:?}");
        }
        let after = lin.item().unwrap();
        let client_id = match fault {
            Some(_) => LIN.into(),
            None => before["client_id"].clone(),
        };
        assert_eq!(after["client_id"], client_id);
        assert_eq!(after["is_client_id_unverified"], Value::Null);
    }
}

#[test]
fn each_way_to_get_a_link_wrong_has_words_of_its_own() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let (link, late) = (lin.portal.link(), lin.portal.link());
    let unknown = format!("{}x", token_of(&late));
    is_secret(&unknown);
    let mut told = String::new();
    for (what, given, requests) in [
        ("none", "https://acme.spaces.nexudus.com/login", 0),
        ("two", format!("{link} {late}").as_str(), 0),
        ("unknown", &unknown, 1),
        ("good", &link, 2),
        ("used", &link, 1),
        ("expired", &late, 1),
    ] {
        if what == "expired" {
            // The sandbox itself answers 400 to that, too.
            lin.portal.fail("exchange:expire");
        }
        let before = lin.portal.calls().len();
        let output = lin.login(given).run();
        let spoken = output.stderr.lines();
        let spoken: Vec<&str> = spoken.filter(|line| !line.starts_with("trace")).collect();
        told += &format!("# {what}: {}\n{}\n\n", output.code, spoken.join("\n"));
        assert_eq!(lin.portal.calls().len(), before + requests, "{what}");
    }
    insta::assert_snapshot!(told.replace(lin.portal.host(), "127.0.0.1:54321"));
}

#[test]
fn link_to_another_host_is_named() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let link = lin.portal.link();
    let link = format!(
        "https://members.acme.example/login#token={}",
        token_of(&link)
    );
    let output = lin.login(&link).run().code(0);
    let note = format!(
        "The link is for members.acme.example; nxp sends it only to {}.",
        lin.portal.host()
    );
    assert!(output.stderr.contains(&note), "{output}");
}

#[test]
fn link_chooses_only_nexudus_hosts() {
    let portal = Portal::start();
    let link = portal.link();
    let token = token_of(&link);
    let home = Home::new();
    // The portal is called for the token alone.
    home.nxp(["profiles", "list"]).at(&portal).run().code(0);
    let login = home.nxp(["login", "--link-stdin"]);
    let link = format!("https://acme.example/login?t={token}");
    login.stdin(link).run().refusal(
        2,
        "the link is for acme.example, which is not a Nexudus host; nothing was sent",
        Some("give the space with `--space SPACE`"),
    );
    let login = home.nxp(["login", "--link-stdin"]);
    login.stdin(token).run().refusal(
        2,
        "no `--space` given, and nxp can't ask (no terminal, or `--no-input`)",
        Some("give `--space SPACE`"),
    );
    assert_eq!(portal.calls().len(), 1);
}

#[test]
fn a_link_of_another_user_is_not_stored() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let login = lin.login(&lin.portal.link()).args(["--email", ANA]);
    let output = login.run().code(4);
    assert!(output.stderr.contains("nothing was stored"), "{output}");
    assert_eq!(lin.home.state(), Value::Null);
}

#[test]
fn wrong_link_can_be_pasted_again() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let link = lin.portal.link();
    let used = lin.portal.link();
    lin.login(&used).run().code(0);
    lin.home.nxp(["logout"]).run().code(0);
    let words = ["login", "--space", lin.portal.address(), "--email", LIN];
    let mut terminal = lin.home.nxp(words).in_terminal(30, 120);
    terminal.wait_for("Password");
    terminal.press(Key::Enter);
    terminal.wait_for("(Y/n)");
    terminal.type_in_plain_sight("n");
    terminal.press(Key::Enter);
    // What is typed before the question stands there is shown.
    let is_asked = |screen: &str| screen.trim_end().ends_with("Sign-in link ›");
    for (given, problem) in [
        ("no link at all", "no sign-in link in the input"),
        (used.as_str(), "already been used"),
    ] {
        terminal.wait_until("a question", is_asked);
        terminal.type_text(given);
        terminal.press(Key::Enter);
        terminal.wait_for(problem);
    }
    terminal.wait_until("a question", is_asked);
    terminal.type_text(&link);
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
    assert!(lin.item().is_some());
}

#[test]
fn a_refused_password_leads_to_the_link() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let output = lin.home.login(lin.portal.address(), LIN).run().code(4);
    assert!(output.stderr.contains("`--link-stdin`"), "{output}");
}

/// A portal that is asked to email a link, and answers with this status and body.
fn mailing(status: u16, body: &str) -> (std::net::SocketAddr, Requests) {
    let requests = Requests::default();
    let (seen, body) = (Arc::clone(&requests), body.as_bytes().to_vec());
    let portal = serving(move |request| {
        let line = request.start.clone();
        let entry = json!({"Id": 7, "WebAddress": "acme.spaces.nexudus.com"});
        let answer = if line.contains("getByHost") {
            Message::response(200, entry.to_string().into_bytes())
                .with_header("Content-Type", "application/json")
        } else if line.contains("sendOtp") {
            Message::response(status, body.clone())
        } else {
            Message::response(401, Vec::new())
        };
        seen.lock().unwrap().push(line);
        answer.bytes()
    });
    (portal, requests)
}

type Requests = Arc<Mutex<Vec<String>>>;

#[test]
fn the_portal_is_asked_to_email_a_link() {
    let body = r#"{"WasSuccessful":true,"Value":null,"Status":200,"Message":null,"Errors":null}"#;
    let (portal, requests) = mailing(200, body);
    let (home, space) = (Home::new(), format!("http://{portal}"));
    let words = ["login", "--send-link", "--space", &space, "--email", LIN];
    let output = home.nxp(words).run().code(0);
    assert_eq!(
        output.stderr,
        format!(
            "If {portal} knows {LIN}, it emails a sign-in link there.\n\
             Then sign in with `nxp login --space {space} --email {LIN} --link-stdin` and the link \
             on standard input, or paste it at a prompt.\n"
        )
    );
    assert_eq!(
        *requests.lock().unwrap(),
        [
            format!(
                "GET /api/sys/businesses/getByHost?host={}",
                portal.to_string().replace(':', "%3A")
            ),
            "GET /api/sys/users/sendOtp?email=link-only%40sandbox.example&businessId=7".to_owned(),
        ]
        .map(|line| line + " HTTP/1.1")
    );
    let words = ["login", "--send-link", "--space", &space];
    home.nxp(words).run().code(2);
    assert_eq!(home.state(), Value::Null);
}

#[test]
fn a_portal_that_is_asked_too_often_is_not_asked_again() {
    for status in [429, 409] {
        let (portal, requests) = mailing(status, "");
        let (home, space) = (Home::new(), format!("http://{portal}"));
        let words = ["login", "--send-link", "--space", &space, "--email", LIN];
        home.nxp(words).run().refusal(
            6,
            &format!("{portal} was asked for a sign-in email too often"),
            Some("wait before you ask again"),
        );
        assert_eq!(requests.lock().unwrap().len(), 2);
    }
}

#[test]
fn at_the_password_enter_offers_to_have_a_link_emailed() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    // A portal of another machine mails it; here the link is known.
    let link = lin.portal.link();
    for answer in ["", "n"] {
        let words = ["login", "--space", lin.portal.address(), "--email", LIN];
        let mut terminal = lin.home.nxp(words).in_terminal(30, 120);
        terminal.wait_for("Password");
        terminal.press(Key::Enter);
        terminal.wait_for(&format!("Have a sign-in link emailed to {LIN}? (Y/n)"));
        terminal.type_in_plain_sight(answer);
        terminal.press(Key::Enter);
        terminal.wait_until("a question", |screen| {
            screen.trim_end().ends_with("Sign-in link ›")
        });
        let asked = terminal.screen().contains("Request a sign-in link at ");
        assert!(answer.is_empty() || asked, "{}", terminal.screen());
        if answer.is_empty() {
            terminal.press(Key::Escape);
            assert_eq!(terminal.finish(), 130);
        } else {
            terminal.type_text(&link);
            terminal.press(Key::Enter);
            terminal.wait_for("Signed in");
            assert_eq!(terminal.finish(), 0);
        }
    }
    assert!(lin.item().is_some());
    let calls = lin.portal.calls();
    let asked = |path: &str| calls.iter().any(|call| call.contains(path));
    assert!(asked("getByHost"), "{calls:?}");
}

#[test]
fn with_read_only_no_link_is_emailed() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let words = ["login", "--space", lin.portal.address(), "--email", LIN];
    let login = lin.home.nxp(words).env("NXP_READ_ONLY", "1");
    let mut terminal = login.in_terminal(30, 120);
    terminal.wait_for("Password");
    terminal.press(Key::Enter);
    terminal.wait_for("Request a sign-in link at ");
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
    assert!(
        !terminal.screen().contains("(Y/n)"),
        "{}",
        terminal.screen()
    );
    let calls = lin.portal.calls();
    assert!(
        !calls.iter().any(|call| call.contains("sendOtp")),
        "{calls:?}"
    );
}

/// What is pasted and has no token of a link in it may be a short code.
#[test]
fn a_code_is_passed_on() {
    let Some(lin) = Links::of(Portal::start()) else {
        return;
    };
    let output = lin.login("123456\n").run().code(4);
    assert!(
        output.stderr.contains("sign-in link not accepted"),
        "{output}"
    );
    let requests = lin.portal.requests();
    assert!(
        requests[0]
            .query
            .as_ref()
            .unwrap()
            .starts_with("token=123456&")
    );
}
