//! Several accounts: which one is meant, and what signing in and out does to the others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::people::{ANA, ANAS_OWN};
use crate::support::{Home, Key, Keyring, PASSWORD, Portal, people};

const BO: &str = "bo@sandbox.example";

/// A portal with a second person who can sign in.
fn portal() -> Portal {
    let mut model = people();
    let mut bo = model.user(ANA).unwrap().clone();
    bo.id += 1;
    bo.email = BO.to_owned();
    model.users.push(bo);
    Portal::with_model(model)
}

/// Two portals; Ana has signed in at both, Bo at the first.
struct Three {
    keyring: Keyring,
    home: Home,
    here: Portal,
    there: Portal,
}

impl Three {
    fn signed_in() -> Option<Self> {
        let keyring = Keyring::unlocked()?;
        let home = Home::with_keyring(&keyring);
        let (here, there) = (portal(), portal());
        home.sign_in(&here, ANA);
        home.sign_in(&here, BO);
        home.sign_in(&there, ANA);
        Some(Self {
            keyring,
            home,
            here,
            there,
        })
    }

    /// The exit code, which user a command acts for, and whether that is at the second portal.
    fn who(&self, options: &[&str], variables: &[(&str, &str)]) -> (i32, String, bool) {
        let before = self.there.calls().len();
        let words = [&["profiles", "list", "-o", "json"], options].concat();
        let mut call = self.home.nxp(words);
        for (name, value) in variables {
            call = call.env(name, value);
        }
        let output = call.run();
        let list: serde_json::Value = serde_json::from_str(&output.stdout).unwrap_or_default();
        let email = list["User"]["Email"].as_str().unwrap_or_default();
        (
            output.code,
            email.to_owned(),
            self.there.calls().len() > before,
        )
    }

    fn tokens(&self, portal: &Portal, email: &str) -> Option<String> {
        self.keyring
            .lookup(&format!("nxp/{}", portal.host()), email)
    }
}

#[test]
fn account_precedence() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let (here, there) = (three.here.address(), three.there.address());
    let ana = |is_there| (0, ANA.to_owned(), is_there);
    let bo = (0, BO.to_owned(), false);
    let nobody = |code| (code, String::new(), false);
    assert_eq!(three.who(&[], &[]), ana(false));
    assert_eq!(three.who(&["--space", here], &[]), ana(false));
    assert_eq!(three.who(&["--account", ANA], &[]), ana(false));
    assert_eq!(three.who(&["--space", there], &[]), ana(true));
    assert_eq!(three.who(&["--account", "BO@sandbox.example"], &[]), bo);
    let both = ["--space", here, "--account", ANA];
    assert_eq!(three.who(&both, &[]), ana(false));
    assert_eq!(
        three.who(&["--space", there, "--account", BO], &[]),
        nobody(4)
    );
    assert_eq!(three.who(&[], &[("NXP_SPACE", there)]), ana(true));
    assert_eq!(three.who(&[], &[("NXP_ACCOUNT", BO)]), bo);
    let elsewhere = [("NXP_SPACE", here), ("NXP_ACCOUNT", BO)];
    assert_eq!(three.who(&["--space", there], &elsewhere), ana(true));
    assert_eq!(
        three.who(&[], &[("NXP_ACCOUNT", "cy@sandbox.example")]),
        nobody(4)
    );

    let call = three.home.nxp(["accounts", "use", BO]);
    call.run().code(0);
    assert_eq!(three.who(&[], &[]), bo);
    assert_eq!(three.who(&["--space", here], &[]), bo);
    assert_eq!(three.who(&["--space", there], &[]), ana(true));
    assert_eq!(three.who(&[], &[("NXP_SPACE", there)]), ana(true));
    let token = three.there.token();
    let environment = [("NXP_TOKEN", token.as_str()), ("NXP_SPACE", there)];
    assert_eq!(three.who(&[], &environment), ana(true));
    // A token in the environment belongs to the space in the environment, and to its user.
    assert_eq!(three.who(&["--space", there], &environment), ana(true));
    assert_eq!(three.who(&["--account", BO], &environment), bo);
    assert_eq!(three.who(&["--space", here], &environment), bo);
    let unknown = ["--account", "cy@sandbox.example"];
    assert_eq!(three.who(&unknown, &environment), nobody(4));
    let elsewhere = ["--space", "https://127.0.0.1:1"];
    assert_eq!(three.who(&elsewhere, &environment), nobody(4));
    let token = [("NXP_TOKEN", token.as_str())];
    assert_eq!(three.who(&["--space", there], &token), ana(true));
    assert_eq!(three.who(&[], &token), nobody(2));
}

#[test]
fn an_account_beside_a_token_is_compared_with_its_user() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = |words: &[&str], account: &str| {
        let call = home.nxp(words).at(&portal).env("NXP_ACCOUNT", account);
        call.run()
    };
    let error = format!("NXP_TOKEN is a token of {ANA}, but NXP_ACCOUNT is {BO}");
    for words in [
        &["profiles", "list"][..],
        &["profiles", "current"],
        &["profiles", "benefits"],
        &["profiles", "switch", "14190688"],
        &["profiles", "exec", "14190688", "--", "true"],
        &["status"],
    ] {
        let output = run(words, BO).code(4);
        assert!(output.stderr.contains(&error), "{words:?}: {output}");
        run(&["profiles", "current"], "Ana@Sandbox.Example").code(0);
        assert_eq!(portal.current(), ANAS_OWN);
    }
    let doctor = run(&["doctor"], BO).code(1);
    assert!(doctor.stdout.contains(&error), "{doctor}");
}

#[test]
fn an_argument_beats_a_variable() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let (here, there) = (three.here.address(), three.there.address());
    let nxp = |words: &[&str]| three.home.nxp(words).env("NXP_SPACE", here);
    let output = nxp(&["accounts", "use", there]).run().code(0);
    assert_eq!(
        output.stderr,
        format!(
            "The default account is now {ANA} at {there}.\n\
             warning: NXP_SPACE is set, and commands still use it\n"
        )
    );
    // The variable chooses among several.
    let output = nxp(&["accounts", "use", ANA]).run().code(0);
    assert_eq!(
        output.stderr,
        format!("The default account is now {ANA} at {here}.\n")
    );
    let token = three.here.token();
    let output = nxp(&["logout", "--space", there])
        .env("NXP_TOKEN", token)
        .run();
    assert_eq!(
        output.code(0).stderr,
        format!(
            "Signed out {ANA} at {there}.\n\
             warning: NXP_TOKEN is still set, and commands still use it\n"
        )
    );
    let output = nxp(&["logout", BO]).run().code(0);
    assert_eq!(output.stderr, format!("Signed out {BO} at {here}.\n"));
}

#[test]
fn several_and_no_choice_names_them() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let here = three.here.address();
    let default = ["accounts", "use", "--space", three.there.address(), ANA];
    three.home.nxp(default).run().code(0);
    let list = ["profiles", "list", "--space", three.here.address()];
    three.home.nxp(list).run().refusal(
        2,
        "2 accounts are signed in, and none was chosen",
        Some(&format!(
            "choose one with `--account`, or a default with `nxp accounts use`: \
             {ANA} at {here}, {BO} at {here}"
        )),
    );
}

#[test]
fn accounts_are_listed_and_one_is_made_the_default() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let (here, there) = (three.here.address(), three.there.address());
    let list = || three.home.nxp(["accounts", "list"]).run().answer();
    assert_eq!(
        list(),
        format!(
            "{here}\t{ANA}\ttrue\tsecret-service\n{here}\t{BO}\tfalse\tsecret-service\n\
             {there}\t{ANA}\tfalse\tsecret-service\n"
        )
    );
    let ambiguous = three.home.nxp(["accounts", "use", ANA]).run();
    ambiguous.refusal(
        2,
        &format!("several accounts match \"{ANA}\""),
        Some(&format!(
            "add `--space SPACE` or `--account EMAIL`: {ANA} at {here}, {ANA} at {there}"
        )),
    );
    let unknown = three.home.nxp(["accounts", "use", "cy@sandbox.example"]);
    assert!(
        unknown
            .run()
            .code(4)
            .stderr
            .contains("not signed in as cy@")
    );
    let space = three.home.nxp(["accounts", "use", three.there.address()]);
    assert_eq!(
        space.run().code(0).stderr,
        format!("The default account is now {ANA} at {there}.\n")
    );
    let words = ["accounts", "use", ANA, "--space", three.here.address()];
    three.home.nxp(words).run().code(0);
    let list = three
        .home
        .nxp(["accounts", "list", "-o", "json"])
        .run()
        .json();
    assert_eq!(
        list["Accounts"][0],
        json!({"Space": here, "Email": ANA, "Default": true, "Keyring": "secret-service"})
    );
    assert_eq!(list["Accounts"][2]["Default"], false);
}

#[test]
fn without_a_name_the_default_is_picked_on_a_terminal() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let words = ["accounts", "use"];
    three.home.nxp(words).run().refusal(
        2,
        "no account given, and nxp can't ask (no terminal, or `--no-input`)",
        Some("give its email: `nxp accounts use EMAIL` (`nxp accounts list` shows them)"),
    );
    let mut terminal = three.home.nxp(words).in_terminal(20, 100);
    terminal.wait_for("Default account");
    terminal.type_text("bo@");
    terminal.press(Key::Enter);
    terminal.wait_for(&format!(
        "The default account is now {BO} at {}.",
        three.here.address()
    ));
    assert_eq!(terminal.finish(), 0);
    assert_eq!(three.who(&[], &[]), (0, BO.to_owned(), false));
}

#[test]
fn the_accounts_are_listed_where_the_sandbox_is_chosen_too() {
    let home = Home::new();
    let call = home.nxp(["accounts", "list"]).env("NXP_SANDBOX", "1");
    assert_eq!(call.run().code(0).stdout, "");
}

#[test]
fn no_account_at_all_is_an_empty_list() {
    let output = Home::new().nxp(["accounts", "list"]).run();
    assert_eq!(
        output.stderr,
        "No account is signed in. Sign in with `nxp login`.\n"
    );
    assert_eq!(output.answer(), "");
}

#[test]
fn signing_in_again_replaces_the_tokens_and_keeps_the_rest() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    three.home.nxp(["accounts", "use", BO]).run().code(0);
    let before = three.tokens(&three.here, BO).unwrap();
    let others = [&three.here, &three.there].map(|portal| three.tokens(portal, ANA));
    let state = three.home.state();
    let call = three.home.login(three.here.address(), "Bo@Sandbox.example");
    call.run().code(0);
    let after = three.tokens(&three.here, BO).unwrap();
    let [before, after]: [serde_json::Value; 2] =
        [before, after].map(|item| serde_json::from_str(&item).unwrap());
    assert_ne!(before["access_token"], after["access_token"]);
    assert_ne!(before["refresh_token"], after["refresh_token"]);
    assert_ne!(before["client_id"], after["client_id"]);
    assert_eq!(three.home.state(), state);
    let now = [&three.here, &three.there].map(|portal| three.tokens(portal, ANA));
    assert_eq!(now, others);
}

#[test]
fn signing_out_removes_one_account_and_moves_the_default() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    three.home.nxp(["accounts", "use", BO]).run().code(0);
    three
        .home
        .nxp(["profiles", "switch", "14190688"])
        .run()
        .code(0);
    let cached = ["profiles", "current", "--cached", "-o", "id"];
    assert_eq!(three.home.nxp(cached).run().answer(), "14190688\n");
    let (here, there) = (three.here.address(), three.there.address());

    let left = three.home.nxp(["logout"]).run().code(0);
    assert_eq!(
        left.stderr,
        format!("Signed out {BO} at {here}.\nThe default account is now {ANA} at {here}.\n")
    );
    assert_eq!(three.tokens(&three.here, BO), None);
    assert!(three.tokens(&three.here, ANA).is_some());
    assert_eq!(three.who(&[], &[]), (0, ANA.to_owned(), false));
    assert_eq!(
        three.who(&["--account", BO], &[]),
        (4, String::new(), false)
    );

    let left = three.home.nxp(["logout"]).run().code(0);
    assert_eq!(left.stderr, format!("Signed out {ANA} at {here}.\n"));
    assert_eq!(three.home.state()["default"], json!(null));
    assert_eq!(three.who(&[], &[]), (0, ANA.to_owned(), true));

    let left = three.home.nxp(["logout"]).run().code(0);
    assert_eq!(left.stderr, format!("Signed out {ANA} at {there}.\n"));
    three
        .home
        .nxp(["logout"])
        .run()
        .refusal(4, "not signed in", Some("sign in with `nxp login`"));
    let seen = fs::read_dir(three.home.path().join("cache/nxp")).unwrap();
    assert_eq!(seen.count(), 0, "what was last seen stays behind");
}

#[test]
fn signing_out_of_all_leaves_nothing() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    three.home.nxp(["logout", "--all"]).run().code(0);
    for (portal, email) in [(&three.here, ANA), (&three.here, BO), (&three.there, ANA)] {
        assert_eq!(three.tokens(portal, email), None);
    }
    let again = three.home.nxp(["logout", "--all"]).run().code(0);
    assert_eq!(again.stderr, "No account was signed in.\n");
}

#[test]
fn signing_out_cleans_up_where_the_item_is_gone_already() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let service = format!("nxp/{}", three.there.host());
    three.keyring.clear(&service, ANA);
    let there = ["--space", three.there.address()];
    let missing = three
        .home
        .nxp(["profiles", "list"].into_iter().chain(there));
    assert!(missing.run().code(4).stderr.contains("nxp login --space"));
    three
        .home
        .nxp(["logout"].into_iter().chain(there))
        .run()
        .code(0);
    assert_eq!(three.home.state()["accounts"].as_array().unwrap().len(), 2);
}

#[test]
fn who_can_not_be_signed_out_stays_and_the_others_go() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    three.keyring.lock();
    let failed = three.home.nxp(["logout", "--all"]).run().code(7);
    assert!(failed.stderr.contains("is still signed in"), "{failed:?}");
    assert_eq!(three.home.state()["accounts"].as_array().unwrap().len(), 3);
}

#[test]
fn damaged_state_file_is_set_aside_with_a_warning() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let file = three.home.state_file();
    let whole = fs::read_to_string(&file).unwrap();
    for damaged in [
        &whole[..whole.len() / 2],
        "",
        "null",
        "{\"accounts\":7}",
        "\0\0\0",
    ] {
        fs::write(&file, damaged).unwrap();
        let output = three.home.nxp(["accounts", "list"]).run().code(0);
        assert!(
            output.stderr.contains("was damaged and is now"),
            "{output:?}"
        );
        assert!(!file.exists());
        let kept = fs::read_dir(file.parent().unwrap()).unwrap();
        let kept = kept
            .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
            .any(|content| content == damaged);
        assert!(kept, "{damaged:?} is gone");
    }
    three.home.sign_in(&three.here, ANA);
    assert_eq!(three.who(&[], &[]), (0, ANA.to_owned(), false));
}

#[test]
fn unwritable_state_keeps_the_token_usable() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let folder = home.state_file().parent().unwrap().to_owned();
    let allow = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(&folder, permissions).unwrap();
    };
    allow(0o500);
    let Some(list) = home.unprivileged(&["profiles", "list"]) else {
        return;
    };
    list.run().code(0);
    portal.update(|data| data.expire_access_tokens());
    home.unprivileged(&["profiles", "list"])
        .unwrap()
        .run()
        .code(0);
    assert_eq!(portal.refreshes(), 1);
    let failed = home.unprivileged(&["accounts", "use", ANA]).unwrap().run();
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stderr.contains("state.json"), "{failed:?}");
    allow(0o700);
}

#[test]
fn an_account_that_can_not_be_remembered_is_not_half_stored() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::untouched());
    let folder = home.state_file().parent().unwrap().to_owned();
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    let words = ["login", "--space", portal.address(), "--email", ANA];
    let words = [&words[..], &["--password-stdin"]].concat();
    let Some(login) = home.unprivileged(&words) else {
        return;
    };
    let failed = login.stdin(PASSWORD).run();
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stderr.contains("state.lock"), "{failed:?}");
    let item = format!("nxp/{}", portal.host());
    assert_eq!(keyring.lookup(&item, ANA), None);
}

#[test]
fn all_is_every_account_whatever_the_variables_name() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let (here, there) = (three.here.address(), three.there.address());
    let variables = [("NXP_SPACE", there), ("NXP_ACCOUNT", BO)];
    let call = |words: &[&str]| {
        let call = three.home.nxp(words);
        variables
            .iter()
            .fold(call, |call, (name, value)| call.env(name, value))
    };
    for words in [
        &["accounts", "list", "-o", "id"][..],
        &["accounts", "list", "-o", "id", "--space", there],
    ] {
        let emails = format!("{ANA} --space {here}\n{BO}\n{there}\n");
        assert_eq!(call(words).run().answer(), emails, "{words:?}");
    }
    for words in [
        ["logout", "--all", "--space", there],
        ["--account", BO, "logout", "--all"],
    ] {
        three.home.nxp(words).run().refusal(
            2,
            "`--all` can't be used with `--space` or `--account`",
            Some(
                "leave out `--all`; to sign out all accounts, leave out `--space` and `--account`",
            ),
        );
    }
    let output = call(&["logout", "--all"]).run().code(0);
    let signed_out = format!(
        "Signed out {ANA} at {here}.\nSigned out {BO} at {here}.\nSigned out {ANA} at {there}.\n"
    );
    assert!(output.stderr.starts_with(&signed_out), "{output}");
    assert!(!output.stderr.contains("default account"), "{output}");
    for (portal, email) in [(&three.here, ANA), (&three.here, BO), (&three.there, ANA)] {
        assert_eq!(three.tokens(portal, email), None);
    }
}

#[test]
fn status_shows_every_account_and_the_variables_choose_one() {
    let Some(three) = Three::signed_in() else {
        return;
    };
    let (here, there) = (three.here.address(), three.there.address());
    let status = |words: &[&str], variables: &[(&str, &str)]| {
        let call = three.home.nxp([&["status", "-o", "json"], words].concat());
        let set = |call: crate::support::Call, (name, value): &(&str, &str)| call.env(name, value);
        let output = variables.iter().fold(call, set).run();
        let document: serde_json::Value = serde_json::from_str(&output.stdout).unwrap_or_default();
        let accounts = document["Accounts"].as_array().cloned().unwrap_or_default();
        let chosen = accounts
            .iter()
            .position(|account| account["Chosen"] == true);
        (output.code, accounts.len(), chosen)
    };
    assert_eq!(status(&[], &[]), (0, 3, Some(0)));
    assert_eq!(status(&[], &[("NXP_SPACE", there)]), (0, 3, Some(2)));
    assert_eq!(status(&[], &[("NXP_ACCOUNT", BO)]), (0, 3, Some(1)));
    assert_eq!(status(&["--space", here], &[]), (0, 2, Some(0)));
    assert_eq!(
        status(&["--space", here], &[("NXP_ACCOUNT", BO)]),
        (0, 2, Some(1))
    );
    assert_eq!(
        status(&["--account", ANA], &[("NXP_SPACE", there)]),
        (0, 2, Some(1))
    );
    assert_eq!(
        status(&["--account", "cy@sandbox.example"], &[]),
        (4, 0, None)
    );
    let unknown = [("NXP_ACCOUNT", "cy@sandbox.example")];
    assert_eq!(status(&[], &unknown), (4, 3, None));
    let output = three
        .home
        .nxp(["status"])
        .env("NXP_ACCOUNT", unknown[0].1)
        .run();
    assert!(
        output.stderr.starts_with("error: not signed in as cy@"),
        "{output}"
    );
}

#[test]
fn an_empty_token_is_said() {
    let warning = "warning: NXP_TOKEN is empty and counts as unset\n";
    let home = Home::new();
    let list = home.nxp(["profiles", "list"]).env("NXP_TOKEN", "");
    assert_eq!(
        list.run().code(4).stderr,
        format!("{warning}error: not signed in\nhint: sign in with `nxp login`\n")
    );
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), portal());
    home.sign_in(&portal, ANA);
    let list = home.nxp(["profiles", "list"]).env("NXP_TOKEN", "");
    assert_eq!(list.run().code(0).stderr, warning);
}

#[test]
fn a_lock_that_another_nxp_holds_is_no_slow_portal() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), portal());
    home.sign_in(&portal, ANA);
    let locks = fs::read_dir(home.path().join("state/nxp")).unwrap();
    let is_lock = |entry: &std::io::Result<fs::DirEntry>| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_str().unwrap().starts_with("tokens-")
    };
    let files: Vec<fs::File> = locks
        .filter(is_lock)
        .map(|entry| {
            fs::File::options()
                .write(true)
                .open(entry.unwrap().path())
                .unwrap()
        })
        .collect();
    files.iter().for_each(|file| file.lock().unwrap());
    portal.update(|data| data.expire_access_tokens());
    for words in [&["logout"][..], &["profiles", "list"]] {
        let output = home.nxp(words).args(["--timeout", "1"]).run().code(8);
        let error = format!(
            "error: another nxp is changing the tokens of {ANA} at {}\n\
             hint: wait longer with `--timeout SECONDS`\n",
            portal.address()
        );
        assert!(output.stderr.ends_with(&error), "{output}");
    }
}

#[test]
fn the_default_can_be_named_by_the_options_alone() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), portal());
    home.sign_in(&portal, ANA);
    let set = |words: &[&str]| home.nxp([&["accounts", "use"], words].concat()).run();
    let said = set(&["--space", portal.address(), "--account", ANA]).code(0);
    assert!(
        said.stderr.contains("The default account is now "),
        "{said}"
    );
    let said = set(&[ANA, "--account", "bo@x.example"]).code(2).stderr;
    assert!(said.contains("are different accounts"), "{said}");
    let said = set(&["ana"]).code(4).stderr;
    assert!(
        said.ends_with(&format!("hint: did you mean {ANA}?\n")),
        "{said}"
    );
    let said = set(&["-"]).code(4).stderr;
    assert!(said.ends_with("hint: sign in with `nxp login`\n"), "{said}");
}
