//! The command lines in hints: pasted into a shell, they are the words that were meant.

use std::process::Command;

use crate::support::{Home, Keyring, PASSWORD, Portal, people};

/// What an email, a name or a profile can hold at worst.
const HOSTILE: [&str; 8] = [
    "o'brien@acme.example",
    "$(touch pwned)@acme.example",
    "`touch pwned`@acme.example",
    "a@b; touch pwned; nxp",
    "a@b' && touch pwned && echo '",
    "Ana \"Duarte\" & Söhne > pwned",
    "-rf~*?!{a,b}\\",
    "two  spaces ",
];

/// Runs a command line in a shell that has only a stub of nxp, and returns the words it is given.
#[track_caller]
fn words_in_shell(command: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let stub = r#"nxp() { printf '%s\0' "$@"; }"#;
    let run = Command::new("sh")
        .args(["-c", &format!("set -eu; {stub}; {command}")])
        .env_clear()
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success() && said.is_empty(), "{command}: {said}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{command}");
    let words = String::from_utf8(run.stdout).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
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
    for email in HOSTILE {
        let account = format!("--account={email}");
        let list = home.nxp(["profiles", "list", "--space", "acme", &account]);
        let run = list.run().code(4);
        let words = words_in_shell(command_in(&run.stderr));
        let email = match email {
            email if email.starts_with('-') => vec![format!("--email={email}")],
            email => vec!["--email".to_owned(), email.to_owned()],
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
    let email = "$(touch pwned)'`touch pwned`'@acme.example";
    let mut model = people();
    model.users[0].email = email.to_owned();
    let (home, portal) = (Home::with_keyring(&keyring), Portal::with_model(model));
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
    let run = home.nxp(["profiles", "list"]).run().code(4);
    let words = words_in_shell(command_in(&run.stderr));
    assert_eq!(
        words,
        ["login", "--space", portal.address(), "--email", email]
    );
}

#[test]
fn a_switch_in_a_hint_is_for_the_account_that_was_named() {
    let (home, portal) = (Home::new(), Portal::start());
    let current = home.nxp(["profiles", "current", "--expect", "14190688"]);
    let current = current.at(&portal).env("NXP_SPACE", "");
    let run = current.args(["--space", portal.address()]).run().code(3);
    let words = words_in_shell(command_in(&run.stderr));
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
