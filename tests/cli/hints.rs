//! The command lines in hints: pasted into a shell, they are the words that were meant.

use crate::support::{Home, Keyring, PASSWORD, Portal, people};

/// What an email can hold at worst, and whether a hint shows it.
const HOSTILE: [(&str, bool); 13] = [
    ("$(touch pwned)@acme.example", true),
    ("a@b; touch pwned; nxp", true),
    ("Ana \"Duarte\" & Söhne > pwned | *?[a]~", true),
    ("-rf", true),
    ("=ls", true),
    ("%self ^x #y", true),
    ("two  spaces ", true),
    ("o'brien@acme.example", false),
    ("`touch pwned`@acme.example", false),
    ("a@b' && touch pwned && echo '", false),
    (r"\';touch pwned;#", false),
    ("{jane@example.com,profiles,exec,ID,--,touch,pwned}", false),
    ("!!@acme.example", false),
];

/// Runs a command line in each shell, with a function in the place of nxp, and returns the words that
/// it is given.
#[track_caller]
fn words_in_shells(command: &str) -> Vec<String> {
    let posix = r#"nxp() { printf '%s\0' "$@"; }"#;
    let fish = r"function nxp; printf '%s\0' $argv; end";
    let home = Home::new();
    let before = home.path().read_dir().unwrap().count();
    let mut read = None;
    for (shell, stub) in [
        ("sh", posix),
        ("bash", posix),
        ("zsh", posix),
        ("fish", fish),
    ] {
        let script = format!("{stub}; {command}");
        let Some(call) = home.program(shell, ["-c", &script]) else {
            continue;
        };
        let run = call.run();
        assert_eq!(run.stderr, "", "{shell}: {command}");
        assert!(!home.path().join("pwned").exists(), "{shell}: {command}");
        let words: Vec<String> = run
            .answer()
            .split_terminator('\0')
            .map(str::to_owned)
            .collect();
        let expected = read.get_or_insert_with(|| words.clone());
        assert_eq!(&words, expected, "{shell}: {command}");
    }
    let after = home.path().read_dir().unwrap().count();
    assert!(after <= before + 2, "{command}");
    read.unwrap()
}

/// The command line in a hint that has one, whatever is in it.
fn command_in(stderr: &str) -> &str {
    let hint = stderr.split_once("hint: ").unwrap().1;
    let (start, end) = (hint.find("`nxp ").unwrap(), hint.rfind('`').unwrap());
    &hint[start + 1..end]
}

#[test]
fn an_account_on_the_command_line_is_one_word_of_the_hint() {
    let home = Home::new();
    for (email, is_shown) in HOSTILE {
        let account = format!("--account={email}");
        let list = home.nxp(["profiles", "list", "--space", "acme", &account]);
        let run = list.run().code(4);
        let words = words_in_shells(command_in(&run.stderr));
        let email = match email {
            _ if !is_shown => vec!["--email".to_owned(), "EMAIL".to_owned()],
            email if email.starts_with('-') => vec![format!("--email={email}")],
            // White space around it is no part of it.
            email => vec!["--email".to_owned(), email.trim().to_owned()],
        };
        assert_eq!(
            words,
            [&["login", "--space", "acme"].map(str::to_owned)[..], &email].concat()
        );
    }
}

#[test]
fn an_email_that_the_portal_sends_runs_nothing() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    for (email, shown) in [
        ("$(touch pwned)@acme.example", "$(touch pwned)@acme.example"),
        (r"\';touch pwned;#@acme.example", "EMAIL"),
        ("{a@b,profiles,exec,1,--,touch,pwned}", "EMAIL"),
    ] {
        let hint = hint_after_expiry(&keyring, email);
        let words = words_in_shells(command_in(&hint));
        assert_eq!(words[..2], ["login", "--space"]);
        assert_eq!(words[3..], ["--email", shown]);
    }
}

/// What nxp says when the sign-in of the user with this email has expired.
fn hint_after_expiry(keyring: &Keyring, email: &str) -> String {
    let mut model = people();
    model.users[0].email = email.to_owned();
    let (home, portal) = (Home::with_keyring(keyring), Portal::with_model(model));
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("grant_type", "password"), ("username", email)])
        .append_pair("password", PASSWORD)
        .finish();
    let headers = ["Content-Type: application/x-www-form-urlencoded"];
    let (_, granted) = portal.exchange("POST /api/token", &headers, &form);
    let granted: serde_json::Value = serde_json::from_str(&granted).unwrap();
    let login = home.nxp(["login", "--token-stdin", "--space", portal.address()]);
    let token = granted["access_token"].as_str().unwrap();
    login.stdin(token).run().code(0);
    portal.update(|data| data.expire_access_tokens());
    home.nxp(["profiles", "list"]).run().code(4).stderr
}

#[test]
fn a_switch_in_a_hint_is_for_the_account_that_was_named() {
    let (home, portal) = (Home::new(), Portal::start());
    let current = home.nxp(["profiles", "current", "--expect", "14190688"]);
    let current = current.at(&portal).env("NXP_SPACE", "");
    let run = current.args(["--space", portal.address()]).run().code(3);
    let words = words_in_shells(command_in(&run.stderr));
    assert_eq!(
        words,
        [
            "--space",
            portal.address(),
            "profiles",
            "switch",
            "14190688"
        ]
    );
}

#[test]
fn the_usage_in_a_hint_keeps_the_account() {
    let home = Home::new();
    let hint = |words: &[&str], variables: &[(&str, &str)]| {
        let call = home.nxp(words);
        let call = variables
            .iter()
            .fold(call, |call, (name, value)| call.env(name, value));
        let said = call.run().code(2).stderr;
        said.split_once("hint: ").unwrap().1.trim_end().to_owned()
    };
    let switch = ["--space", "acme", "profiles", "switch"];
    assert_eq!(
        hint(&switch, &[]),
        "give its id: `nxp --space acme profiles switch ID` (`nxp --space acme profiles list` shows them)"
    );
    assert_eq!(
        hint(&["--sandbox", "profiles", "switch"], &[]),
        "give its id: `nxp --sandbox profiles switch ID` (`nxp --sandbox profiles list` shows them)"
    );
    assert_eq!(
        hint(&switch, &[("NXP_SPACE", "acme")]),
        "give its id: `nxp profiles switch ID` (`nxp profiles list` shows them)"
    );
    assert_eq!(
        hint(&["accounts", "use", "--space", "acme"], &[]),
        "give its email: `nxp --space acme accounts use EMAIL` (`nxp accounts list` shows them)"
    );
}
