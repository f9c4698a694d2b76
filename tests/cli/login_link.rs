//! `nxp login` with the link that a portal emails.

use std::time::Duration;

use serde_json::Value;

use crate::people::ANA;
use crate::support::{Call, Home, Key, Keyring, Portal, is_secret};

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
        "`--space` is required without a terminal to prompt on, or with `--no-input`",
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
