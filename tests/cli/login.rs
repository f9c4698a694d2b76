//! `nxp login`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;
use serde_json::Value;

use crate::people::{ANA, MUST_RESET, NO_PROFILE, SUSPENDED, TWO_FACTOR};
use crate::support::{
    Call, Gate, Home, Key, Keyring, LIST, ONE_TIME_CODE, Output, PASSWORD, Portal, Terminal,
    closed_port, is_secret, serving,
};

/// The command line that signs in with a password from standard input.
pub(crate) fn login(home: &Home, portal: &Portal, email: &str) -> Call {
    let space = portal.address();
    home.nxp(["login", "--space", space, "--email", email])
        .arg("--password-stdin")
        .stdin(PASSWORD)
}

/// What another program finds in the keyring.
pub(crate) fn item(keyring: &Keyring, portal: &Portal, email: &str) -> Option<Value> {
    let item = keyring.lookup(&format!("nxp/{}", portal.host()), email)?;
    Some(serde_json::from_str(&item).unwrap())
}

fn assert_nothing_kept(keyring: &Keyring, portal: &Portal, home: &Home, email: &str) {
    assert_eq!(item(keyring, portal, email), None);
    assert_eq!(home.state(), Value::Null);
}

#[test]
fn login_stores_tokens_and_account() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let begun = SystemTime::now();
    let output = login(&home, &portal, ANA).arg("-vv").run().code(0);
    assert_eq!(output.stdout, "");
    let item = item(&keyring, &portal, ANA).unwrap();
    let expires = UNIX_EPOCH + Duration::from_secs(item["expires_at"].as_u64().unwrap());
    let lifetime = expires.duration_since(begun).unwrap().as_secs();
    assert!((86_399..=86_460).contains(&lifetime), "{lifetime}");
    let [access, refresh] = portal.issued_tokens().try_into().unwrap();
    assert_eq!(item["access_token"], access);
    assert_eq!(item["refresh_token"], refresh);
    assert!(item["client_id"].as_str().unwrap().len() >= 16);
    assert_eq!(item.as_object().unwrap().len(), 4);
    let accounts = home.state()["accounts"].clone();
    assert_eq!(
        accounts,
        serde_json::json!([{
            "space": portal.address(),
            "email": ANA,
            "keyring": "secret-service",
            "user": portal.update(|data| data.model.user(ANA).unwrap().id),
        }])
    );
    assert_eq!(portal.connections(), 1);
}

#[test]
fn greeting_names_person_space_profile() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let output = login(&home, &portal, ANA).run();
    insta::assert_snapshot!(output.at(&portal));
}

#[test]
fn a_line_break_after_the_password_is_no_part_of_it() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    for end in ["\n", "\r\n"] {
        let password = format!("{PASSWORD}{end}");
        login(&home, &portal, ANA).stdin(password).run().code(0);
    }
}

#[test]
fn the_sign_in_is_a_form_with_a_client_id_and_who_asks() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let [grant, trial] = portal.requests().try_into().unwrap();
    assert_eq!(
        grant.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let client_id = item(&keyring, &portal, ANA).unwrap()["client_id"].clone();
    assert_eq!(grant.header("client_id"), client_id.as_str());
    for request in [grant, trial] {
        let agent = format!("nxp/{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(request.header("user-agent"), Some(agent.as_str()));
    }
}

#[test]
fn each_sign_in_has_a_client_id_of_its_own() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let client_id = || item(&keyring, &portal, ANA).unwrap()["client_id"].clone();
    login(&home, &portal, ANA).run().code(0);
    let first = client_id();
    login(&home, &portal, ANA).run().code(0);
    assert_ne!(client_id(), first);
}

#[test]
fn signing_in_on_another_machine_ends_nothing_here() {
    let (Some(one), Some(other)) = (Keyring::unlocked(), Keyring::unlocked()) else {
        return;
    };
    let portal = Portal::start();
    let (home, away) = (Home::with_keyring(&one), Home::with_keyring(&other));
    login(&home, &portal, ANA).run().code(0);
    login(&away, &portal, ANA).run().code(0);
    home.nxp(["profiles", "list"]).run().code(0);
    let item = item(&one, &portal, ANA).unwrap();
    let client_id = format!("client_id: {}", item["client_id"].as_str().unwrap());
    let form = "Content-Type: application/x-www-form-urlencoded";
    let grant = item["refresh_token"].as_str().unwrap();
    let grant = format!("grant_type=refresh_token&refresh_token={grant}");
    let (status, _) = portal.exchange("POST /api/token", &[form, &client_id], &grant);
    assert_eq!(status, 200);
}

#[test]
fn the_spelling_of_an_email_makes_no_second_account() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    login(&home, &portal, "Ana@Sandbox.Example").run().code(0);
    assert_eq!(home.state()["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(item(&keyring, &portal, "Ana@Sandbox.Example"), None);
    let newest = &portal.issued_tokens()[2];
    assert_eq!(
        item(&keyring, &portal, ANA).unwrap()["access_token"],
        *newest
    );
}

#[test]
fn a_one_time_code_can_be_given_at_once() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let login = login(&home, &portal, TWO_FACTOR).args(["--totp", ONE_TIME_CODE, "-vv"]);
    login.run().code(0);
    assert!(item(&keyring, &portal, TWO_FACTOR).is_some());
    assert_eq!(portal.calls().len(), 2);
}

#[test]
fn a_token_that_exists_already_is_kept_without_a_refresh_token() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let token = portal.token();
    let login = home.nxp(["login", "--token-stdin", "-vv", "--space", portal.address()]);
    login.stdin(format!("{token}\n")).run().code(0);
    let item = item(&keyring, &portal, ANA).unwrap();
    assert_eq!(item["access_token"], token);
    assert_eq!(item["refresh_token"], Value::Null);
    home.nxp(["profiles", "list"]).run().code(0);
}

/// Signs in at a portal with this fault, if any, and sees that nothing is kept.
#[track_caller]
fn refused(email: &str, fault: Option<&str>, change: impl FnOnce(Call) -> Call) -> Option<String> {
    let keyring = Keyring::unlocked()?;
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    fault.iter().for_each(|fault| portal.fail(fault));
    let output = change(login(&home, &portal, email).arg("-vv")).run();
    assert_nothing_kept(&keyring, &portal, &home, email);
    let spoken = output
        .stderr
        .lines()
        .filter(|line| !line.starts_with("trace"));
    let stderr = spoken.map(|line| format!("{line}\n")).collect();
    Some(Output { stderr, ..output }.at(&portal))
}

#[test]
fn each_refusal_has_words_of_its_own_and_keeps_nothing() {
    is_secret("not-the-password");
    let wrong_code = |login: Call| login.args(["--totp", "000000"]);
    let refusals = [
        ("wrong password", ANA, None),
        ("suspended", SUSPENDED, None),
        ("a new password is wanted", MUST_RESET, None),
        ("no one-time code", TWO_FACTOR, None),
        ("wrong one-time code", TWO_FACTOR, None),
        ("no such space", ANA, Some("web-page")),
        ("no profile there", NO_PROFILE, None),
        ("the portal is broken", ANA, Some("token:unavailable=9")),
        ("the list is broken", ANA, Some("profiles:web-page")),
    ];
    let mut told = String::new();
    for (what, email, fault) in refusals {
        let output = refused(email, fault, |login| match what {
            "wrong password" => login.stdin("not-the-password"),
            "wrong one-time code" => wrong_code(login),
            _ => login,
        });
        let Some(output) = output else { return };
        told += &format!("# {what}\n{output}\n");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_token_that_the_portal_rejects_is_not_kept() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    is_secret("a-token-of-nobodys");
    let login = home.nxp(["login", "--token-stdin", "--space", portal.address()]);
    let output = login.stdin("a-token-of-nobodys").run();
    insta::assert_snapshot!(output.at(&portal));
    assert_nothing_kept(&keyring, &portal, &home, ANA);
}

#[test]
fn token_of_another_user_is_refused() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let space = portal.address();
    let login = home.nxp([
        "login",
        "--token-stdin",
        "--email",
        TWO_FACTOR,
        "--space",
        space,
    ]);
    let output = login.stdin(portal.token()).run();
    insta::assert_snapshot!(output.at(&portal));
    assert_nothing_kept(&keyring, &portal, &home, TWO_FACTOR);
}

#[test]
fn a_refused_sign_in_leaves_the_earlier_one_as_it_was() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let before = item(&keyring, &portal, ANA);
    let wrong = login(&home, &portal, ANA).stdin("wrong");
    wrong.run().code(4);
    assert_eq!(item(&keyring, &portal, ANA), before);
    home.nxp(["profiles", "list"]).run().code(0);
}

/// Whatever happens after the portal has granted new tokens, the old ones stay good until the new
/// ones are stored.
#[test]
fn failed_login_keeps_the_earlier_one() {
    for (fault, code) in [("profiles:unavailable=3,503", 5), ("profiles:expire", 4)] {
        let Some(keyring) = Keyring::unlocked() else {
            return;
        };
        let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
        login(&home, &portal, ANA).run().code(0);
        let before = item(&keyring, &portal, ANA);
        portal.fail(fault);
        login(&home, &portal, ANA).run().code(code);
        assert_eq!(item(&keyring, &portal, ANA), before);
        portal.update(|data| data.expire_access_tokens());
        home.nxp(["profiles", "list"]).run().code(0);
        assert_eq!(portal.refreshes(), 1);
    }
}

#[test]
fn unstored_login_keeps_the_earlier_one() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let folder = home.state_file().parent().unwrap().to_owned();
    let allow = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    // As an older version has left it: there is something to write.
    let mut state = home.state();
    state["accounts"][0].as_object_mut().unwrap().remove("user");
    fs::write(home.state_file(), state.to_string()).unwrap();
    allow(0o500);
    let words = ["login", "--space", portal.address(), "--email", ANA];
    let words = [&words[..], &["--password-stdin"]].concat();
    let Some(again) = home.unprivileged(&words) else {
        return;
    };
    again.stdin(PASSWORD).run().code(1);
    allow(0o700);
    portal.update(|data| data.expire_access_tokens());
    home.nxp(["profiles", "list"]).run().code(0);
    assert_eq!(portal.refreshes(), 1);
}

#[test]
fn missing_input_is_a_usage_error_that_names_the_flag() {
    let home = Home::new();
    let portal = Portal::untouched();
    let space = ["--space", portal.address()];
    let mut told = String::new();
    for arguments in [
        &["login"][..],
        &["login", space[0], space[1]],
        &["login", space[0], space[1], "--email", ANA],
        &[
            "login",
            space[0],
            space[1],
            "--email",
            ANA,
            "--password-stdin",
        ],
        &["login", space[0], space[1], "--token-stdin"],
    ] {
        let output = home.nxp(arguments).run().code(2);
        told += &format!("# {}\n{output}\n", arguments.join(" "));
    }
    insta::assert_snapshot!(told.replace(portal.host(), "127.0.0.1:54321"));
}

#[test]
fn no_input_asks_nothing_on_a_terminal() {
    let home = Home::new();
    for call in [
        home.nxp(["login", "--no-input"]),
        home.nxp(["login"]).env("NXP_NO_INPUT", "1"),
    ] {
        let mut terminal = call.in_terminal(24, 80);
        assert_eq!(terminal.finish(), 2);
        assert!(
            terminal.screen().contains("--space"),
            "{}",
            terminal.screen()
        );
    }
}

fn at_the_password(terminal: &mut Terminal, portal: &Portal, email: &str) {
    terminal.wait_for("Space");
    terminal.type_text(portal.address());
    terminal.press(Key::Enter);
    terminal.wait_for("Email");
    terminal.type_text(email);
    terminal.press(Key::Enter);
    terminal.wait_for("Password");
}

#[test]
fn at_a_terminal_all_that_is_missing_is_asked_for() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut terminal = home.nxp(["login"]).in_terminal(24, 100);
    at_the_password(&mut terminal, &portal, TWO_FACTOR);
    terminal.type_text(PASSWORD);
    terminal.press(Key::Enter);
    terminal.wait_for("One-time code");
    terminal.type_in_plain_sight(ONE_TIME_CODE);
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
    assert!(item(&keyring, &portal, TWO_FACTOR).is_some());
}

#[test]
fn a_mistyped_one_time_code_can_be_typed_again() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let space = portal.address();
    let login = home.nxp(["login", "--space", space, "--email", TWO_FACTOR]);
    let mut terminal = login.in_terminal(24, 100);
    terminal.wait_for("Password");
    terminal.type_text(PASSWORD);
    terminal.press(Key::Enter);
    terminal.wait_for("One-time code");
    terminal.type_text("111111");
    terminal.press(Key::Enter);
    terminal.wait_for("not accepted");
    terminal.type_in_plain_sight(ONE_TIME_CODE);
    terminal.press(Key::Enter);
    assert_eq!(terminal.finish(), 0);
    assert!(
        !terminal.screen().contains("--totp"),
        "{}",
        terminal.screen()
    );
    assert!(item(&keyring, &portal, TWO_FACTOR).is_some());
}

#[test]
fn esc_and_ctrl_d_cancel_at_every_question() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let space = ["login", "--space", portal.address()];
    let email = [&space[..], &["--email", ANA]].concat();
    for key in [Key::Escape, Key::CtrlD] {
        for (words, question) in [
            (&["login"][..], "Space"),
            (&space, "Email"),
            (&email, "Password"),
        ] {
            let mut terminal = home.nxp(words).in_terminal(24, 100);
            terminal.wait_for(question);
            terminal.press(key);
            assert_eq!(terminal.finish(), 130, "{question}");
        }
    }
    assert_nothing_kept(&keyring, &portal, &home, ANA);
}

#[test]
fn a_mistyped_password_can_be_corrected_three_times() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let space = portal.address();
    let login = || home.nxp(["login", "--space", space, "--email", ANA]);
    let mut terminal = login().in_terminal(24, 100);
    for attempt in 0..=3 {
        let wrong = move |screen: &str| screen.matches("wrong email or password").count();
        terminal.wait_until("a question for the password", |screen| {
            wrong(screen) == attempt && screen.matches("Password").count() == attempt + 1
        });
        terminal.type_text(if attempt < 3 { "mistyped" } else { PASSWORD });
        terminal.press(Key::Enter);
    }
    terminal.wait_for("Signed in");
    assert_eq!(terminal.finish(), 0);
    assert!(item(&keyring, &portal, ANA).is_some());

    let mut terminal = login().in_terminal(24, 100);
    for attempt in 0..=3 {
        terminal.wait_until("a question for the password", |screen| {
            screen.matches("Password").count() == attempt + 1
        });
        terminal.type_text("mistyped");
        terminal.press(Key::Enter);
    }
    assert_eq!(terminal.finish(), 4);
}

#[test]
fn a_space_is_tried_before_the_password_is_asked_for() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let closed = format!("http://{}", closed_port());
    let mut terminal = home.nxp(["login", "--space", &closed]).in_terminal(24, 100);
    assert_eq!(terminal.finish(), 5);
    assert!(
        !terminal.screen().contains("Email"),
        "{}",
        terminal.screen()
    );

    let page = serving(|_| {
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>".to_vec()
    });
    let mut terminal = home.nxp(["login"]).in_terminal(24, 100);
    for (typed, problem) in [
        ("my space", "invalid space"),
        (format!("http://{page}").as_str(), "no space at"),
    ] {
        terminal.wait_for("Space");
        terminal.type_text(typed);
        terminal.press(Key::Enter);
        terminal.wait_for(problem);
    }
    terminal.type_text(&format!("{}/", portal.address()));
    terminal.press(Key::Enter);
    terminal.wait_for("Email");
    terminal.type_text("ana at home");
    terminal.press(Key::Enter);
    terminal.wait_for("invalid email");
    terminal.type_text(ANA);
    terminal.press(Key::Enter);
    terminal.wait_for("Password");
    terminal.type_text(PASSWORD);
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in");
    terminal.wait_for("nxp profiles list");
    assert_eq!(terminal.finish(), 0);
}

#[test]
fn ctrl_c_at_the_password() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut terminal = home.nxp(["login"]).in_terminal(24, 100);
    at_the_password(&mut terminal, &portal, ANA);
    terminal.press(Key::CtrlC);
    assert_eq!(terminal.finish(), 130);
    // The space was tried, and nothing was sent to it.
    assert_eq!(portal.calls(), [LIST]);
    assert!(terminal.shows_cursor());
    assert!(terminal.echoes(), "what is typed next would not be seen");
    assert_nothing_kept(&keyring, &portal, &home, ANA);
}

#[test]
fn without_a_keyring_no_password_is_sent() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let output = login(&home, &portal, ANA).run().code(7);
    assert!(output.stderr.contains("hint: "), "{output}");
    assert_eq!(home.state(), Value::Null);
}

#[test]
fn the_sandbox_needs_no_sign_in() {
    let output = Home::new().nxp(["login", "--sandbox"]).run();
    insta::assert_snapshot!(output);
}

/// With the grant a sign-in is under way: an interrupt ends it once its tokens are stored.
#[test]
fn interrupt_waits_for_stored_tokens() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let mut gate = Gate::open_before(&portal);
    gate.hold("grant_type=password");
    let mut login = home.login(gate.address(), ANA).start();
    login.end_input();
    gate.wait_until_held();
    login.signal(Signal::TERM);
    gate.open();
    assert_eq!(login.finish().code, 143);
    home.nxp(["profiles", "list"]).run().code(0);
}

#[test]
fn a_secret_is_read_without_what_editors_and_shells_add() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    for password in [
        format!("\u{feff}{PASSWORD}\r\n"),
        format!("{PASSWORD}\n\n"),
        format!("  {PASSWORD}\t\r\n"),
    ] {
        login(&home, &portal, ANA).stdin(password).run().code(0);
    }
    let token = portal.token();
    let with_token = home.nxp(["login", "--token-stdin", "--space", portal.address()]);
    let given = format!("\u{feff} {token}\r\n");
    with_token.stdin(given).run().code(0);
    let list = || home.nxp(["profiles", "list"]);
    let space = format!(" {}\n", portal.address());
    for token in [format!("{token}\n"), format!("\u{feff}{token} ")] {
        let call = list().env("NXP_TOKEN", token).env("NXP_SPACE", &space);
        call.run().code(0);
    }
    let call = list().args(["--account", &format!(" {ANA}\n"), "--space", &space]);
    call.run().code(0);
}

#[test]
fn utf_16_is_named_and_not_sent() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    for what in ["password", "token", "link"] {
        let option = format!("--{what}-stdin");
        let words = [
            "login",
            "--space",
            portal.address(),
            "--email",
            ANA,
            &option,
        ];
        for given in [
            wide("\u{feff}sec3t\r\n"),
            wide("sec3t"),
            vec![0xfe, 0xff, 0, b's'],
        ] {
            home.nxp(words).stdin(given).run().refusal(
                2,
                &format!("the {what} on standard input is UTF-16; nothing was sent"),
                Some("write it in UTF-8, in PowerShell with `Out-File -Encoding utf8`"),
            );
        }
    }
}

#[test]
fn a_terminal_that_would_show_a_secret_is_refused() {
    let (home, portal) = (Home::new(), Portal::untouched());
    for what in ["password", "token", "link"] {
        let option = format!("--{what}-stdin");
        let words = [
            "login",
            "--space",
            portal.address(),
            "--email",
            ANA,
            &option,
        ];
        let mut terminal = home.nxp(words).in_terminal(24, 100);
        assert_eq!(terminal.finish(), 2);
        let message = format!("standard input is a terminal, which would show the {what}");
        let screen = terminal.screen();
        assert!(screen.contains(&message), "{screen}");
    }
}

#[test]
fn after_a_sign_in_the_list_is_known_without_the_network() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    login(&home, &portal, ANA).run().code(0);
    let calls = portal.calls().len();
    let cached = ["profiles", "current", "--cached", "-o", "id"];
    assert_eq!(home.nxp(cached).run().answer(), "14190271\n");
    assert_eq!(portal.calls().len(), calls);
}

#[test]
fn a_token_that_commands_use_instead_is_named() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let output = login(&home, &portal, ANA).env("NXP_TOKEN", portal.token());
    let output = output.run().code(0);
    let warning = "warning: NXP_TOKEN is set, and commands use it instead of this sign-in\n";
    assert!(output.stderr.contains(warning), "{output}");
}

#[test]
fn one_account_is_signed_in_to_however_it_is_given() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let login = |words: &[&str]| {
        let start = ["login", "--password-stdin", "--space", portal.address()];
        home.nxp([&start, words].concat()).stdin(PASSWORD)
    };
    login(&["--account", ANA]).run().code(0);
    login(&["--account", ANA, "--email", "Ana@Sandbox.example"])
        .run()
        .code(0);
    login(&["--account", ANA, "--email", TWO_FACTOR])
        .run()
        .refusal(
            2,
            &format!("{TWO_FACTOR} and `--account {ANA}` are different accounts"),
            Some("leave out one of them"),
        );
}
