//! The profile of a directory: `.nxp.toml`, `nxp profiles pin`, `.` and `NXP_PROFILE`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use crate::people::{ANA, ANAS_OWN, CERAMICS};
use crate::support::BuildProfile as _;
use crate::support::{Call, Home, Keyring, Portal, make_fifo, people, skip};

const EXPECT: [&str; 4] = ["profiles", "current", "--expect", "."];

/// A user id that is neither root's nor anyone's who runs tests.
const STRANGER: u32 = 3_481_516;

fn write(home: &Home, path: &str, content: &str) -> PathBuf {
    let path = home.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

/// The file for a profile at this portal.
fn file(portal: &Portal, profile: u64) -> String {
    format!("space = \"{}\"\nprofile = {profile}\n", portal.address())
}

#[test]
fn a_pinned_profile_is_what_a_dot_means_here_and_below() {
    let (home, portal) = (Home::new(), Portal::start());
    let nxp = |words: &[&str], folder: &str| home.nxp(words).at(&portal).in_folder(folder);
    let path = home.path().join("repo/.nxp.toml");
    let run = nxp(&["profiles", "pin", "duarte ceramics"], "repo")
        .run()
        .code(0);
    assert_eq!(
        run.stderr,
        format!(
            "Pinned Ana Duarte — Duarte Ceramics #{CERAMICS} in {}.\n",
            path.display()
        )
    );
    assert_eq!(run.stdout, "");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!(
            "# Nexudus profile of this directory: Ana Duarte — Duarte Ceramics\n{}",
            file(&portal, CERAMICS)
        )
    );
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o444, 0o444, "others in the repository can read it");
    assert_eq!(portal.current(), ANAS_OWN, "pinning does not switch");

    let below = "repo/tools/deep";
    nxp(&EXPECT, below).run().refusal(
        3,
        "the current profile is Ana Duarte #14190271, not Ana Duarte — Duarte Ceramics #14190688",
        Some("switch with `nxp profiles switch 14190688`"),
    );
    let exec = nxp(
        &[
            "profiles",
            "exec",
            ".",
            "--",
            "sh",
            "-c",
            "echo $NXP_PROFILE_ID",
        ],
        below,
    );
    assert_eq!(exec.run().answer(), format!("{CERAMICS}\n"));
    assert_eq!(portal.current(), ANAS_OWN);
    nxp(&["profiles", "switch", "."], below).run().code(0);
    assert_eq!(portal.current(), CERAMICS);
    nxp(&EXPECT, below).run().code(0);
    // The file of a part of a repository takes precedence over that of the whole.
    write(&home, "repo/tools/.nxp.toml", "profile = 14190271\n");
    nxp(&EXPECT, below).run().code(3);
    nxp(&EXPECT, "repo").run().code(0);
}

#[test]
fn pin_replace_and_remove() {
    let (home, portal) = (Home::new(), Portal::start());
    let pin = |words: &[&str]| {
        let words = [&["profiles", "pin"], words].concat();
        home.nxp(words).at(&portal).in_folder("repo")
    };
    let path = home.path().join("repo/.nxp.toml");
    let content = || fs::read_to_string(&path).unwrap();
    pin(&[]).run().code(0);
    assert!(
        content().ends_with(&file(&portal, ANAS_OWN)),
        "{}",
        content()
    );
    fs::write(&path, "malformed").unwrap();
    pin(&[&CERAMICS.to_string()]).run().code(0);
    assert!(
        content().ends_with(&file(&portal, CERAMICS)),
        "{}",
        content()
    );
    let left: Vec<_> = fs::read_dir(home.path().join("repo")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");

    let calls = portal.calls().len();
    let run = pin(&["--remove"]).run().code(0);
    assert_eq!(run.stderr, format!("Removed {}.\n", path.display()));
    assert!(!path.exists());
    pin(&["--remove"]).run().refusal(
        2,
        &format!("no .nxp.toml in {}", home.path().join("repo").display()),
        Some("run this in the directory that has the file; `nxp doctor` shows which file is used"),
    );
    assert_eq!(portal.calls().len(), calls);
    pin(&["--remove", "14190688"]).run().code(2);
    pin(&["no such profile"]).run().code(3);
    assert!(!path.exists());
}

#[test]
fn no_name_of_a_profile_escapes_the_comment() {
    let mut model = people();
    let ceramics = model.users[0].profile_mut(CERAMICS).unwrap();
    ceramics.set("CompanyName", "A\nprofile = 1\r\u{2028}\u{1b}[31m");
    let (home, portal) = (Home::new(), Portal::with_model(model));
    home.nxp(["profiles", "pin", "14190688"])
        .at(&portal)
        .run()
        .code(0);
    let content = fs::read_to_string(home.path().join(".nxp.toml")).unwrap();
    let mut lines = content.lines();
    assert!(lines.next().unwrap().starts_with("# "), "{content}");
    assert_eq!(
        lines.next().unwrap(),
        format!("space = \"{}\"", portal.address())
    );
    assert_eq!(lines.next().unwrap(), format!("profile = {CERAMICS}"));
    assert_eq!(lines.next(), None);
    assert!(
        !content.contains(['\u{1b}', '\r', '\u{2028}']),
        "{content:?}"
    );
    home.nxp(EXPECT).at(&portal).run().code(3);
}

#[test]
fn a_dot_needs_something_that_names_a_profile() {
    let (home, portal) = (Home::new(), Portal::untouched());
    for words in [
        &EXPECT[..],
        &["profiles", "current", "--cached", "--expect", "."],
        &["profiles", "switch", "."],
        &["profiles", "exec", ".", "--", "true"],
        &["profiles", "pin", "."],
    ] {
        home.nxp(words).at(&portal).run().refusal(
            2,
            "no profile is recorded for this directory",
            Some("record one with `nxp profiles pin`"),
        );
    }
}

#[test]
fn in_the_sandbox_the_hint_pins_there() {
    let home = Home::new();
    let switch = || home.nxp(["--sandbox", "profiles", "switch", "."]);
    switch().run().refusal(
        2,
        "no profile is recorded for this directory",
        Some("record one with `nxp --sandbox profiles pin`"),
    );
    switch().env("NXP_SANDBOX", "1").run().refusal(
        2,
        "no profile is recorded for this directory",
        Some("record one with `nxp profiles pin`"),
    );
}

#[test]
fn the_variable_takes_precedence_over_the_file() {
    let (home, portal) = (Home::new(), Portal::start());
    write(&home, ".nxp.toml", "not even TOML");
    let expect = |profile: &str| {
        home.nxp(EXPECT)
            .at(&portal)
            .env("NXP_PROFILE", profile)
            .run()
    };
    expect("14190271").code(0);
    expect("ana duarte — duarte ceramics #14190688").code(3);
    expect("Duarte Ceramics").code(3);
    expect("no such profile").code(3);
    for wrong in ["-", "."] {
        expect(wrong).refusal(
            2,
            &format!("invalid NXP_PROFILE \"{wrong}\": expected an id or a name"),
            Some("set it to the id or the name of a profile, or unset it"),
        );
    }
    expect("7").code(3);
    // An empty one is not set.
    expect("").code(2);
}

#[test]
fn space_of_the_file_chooses_the_account_for_the_variable_too() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let (first, second) = (Portal::start(), Portal::start());
    home.sign_in(&first, ANA);
    home.sign_in(&second, ANA);
    home.nxp(["accounts", "use", first.host()]).run().code(0);
    write(&home, ".nxp.toml", &file(&second, ANAS_OWN));
    let switch = || {
        let call = home.nxp(["profiles", "switch", "."]);
        call.env("NXP_PROFILE", CERAMICS.to_string())
    };
    switch().run().code(0);
    assert_eq!((first.current(), second.current()), (ANAS_OWN, CERAMICS));
    // A file that can't be used is an error as without the variable, unless it has nothing to choose.
    write(&home, ".nxp.toml", "not even TOML");
    switch().run().code(2);
    let run = switch().args(["--space", first.address()]).run();
    run.code(0);
    assert_eq!(first.current(), CERAMICS);
}

#[test]
fn an_id_that_toml_can_not_hold_is_not_pinned() {
    let mut model = people();
    let id = u64::MAX;
    model.users[0].profile_mut(CERAMICS).unwrap().set("Id", id);
    let (home, portal) = (Home::new(), Portal::with_model(model));
    let run = home
        .nxp(["profiles", "pin", &id.to_string()])
        .at(&portal)
        .run();
    run.refusal(
        2,
        "profile 18446744073709551615 can't be pinned: the largest id in .nxp.toml is 9223372036854775807",
        Some("give the id in the command"),
    );
    assert!(!home.path().join(".nxp.toml").exists());
}

#[test]
fn pin_in_a_folder_that_can_only_be_read() {
    let (home, portal) = (Home::new(), Portal::start());
    let Some(pin) = home.unprivileged(&["profiles", "pin"]) else {
        return;
    };
    let folder = home.path().join("repo");
    fs::create_dir(&folder).unwrap();
    let may = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    may(0o500);
    let run = pin.at(&portal).in_folder("repo").run();
    may(0o700);
    run.refusal(
        1,
        &format!(
            "can't write {}: permission denied",
            folder.join(".nxp.toml").display()
        ),
        Some("check the directory's permissions and the free disk space"),
    );
}

#[test]
fn terminal_warns_of_a_file_that_can_not_be_used() {
    let (home, portal) = (Home::new(), Portal::start());
    let path = write(&home, ".nxp.toml", "profile = 0\n");
    let warning = format!(
        "hint: {}: TOML parse error at line 1, column 11: invalid value: integer `0`, expected a nonzero u64",
        path.display()
    );
    for words in [&["profiles", "current"][..], &["status"]] {
        let mut terminal = home.nxp(words).at(&portal).in_terminal(40, 300);
        assert_eq!(terminal.finish(), 0);
        let screen = terminal.screen();
        assert_eq!(screen.matches(&warning).count(), 1, "{screen}");
    }
}

#[test]
fn terminal_tells_of_a_profile_at_another_space() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let other = Portal::untouched();
    let path = write(&home, ".nxp.toml", &file(&other, CERAMICS));
    let note = format!(
        "hint: the profile of this directory is 14190688 at {} ({})",
        other.host(),
        path.display()
    );
    let screen = |call: Call| {
        let mut terminal = call.in_terminal(40, 400);
        assert_eq!(terminal.finish(), 0);
        terminal.screen()
    };
    let current = || home.nxp(["profiles", "current"]);
    let command = format!(
        "{note}: `nxp --space {} profiles switch 14190688`",
        other.address()
    );
    for call in [
        current(),
        home.nxp(["status"]),
        current().env("NXP_SPACE", portal.address()),
        // `--space` chooses a stored account there, and the token isn't used.
        current().at(&portal),
    ] {
        let screen = screen(call);
        assert_eq!(screen.matches(&command).count(), 1, "{screen}");
    }
}

#[test]
fn spaces_of_one_host_are_told_apart() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let path = write(
        &home,
        ".nxp.toml",
        &format!("space = \"https://{}\"\nprofile = 1\n", portal.host()),
    );
    home.nxp(EXPECT).at(&portal).run().refusal(
        2,
        &format!(
            "{} is for https://{host}, but NXP_TOKEN is for http://{host}",
            path.display(),
            host = portal.host()
        ),
        Some("unset NXP_TOKEN and NXP_SPACE to use a stored account"),
    );
}

#[test]
fn bad_file_is_refused_with_what_the_parser_says() {
    let (home, portal) = (Home::new(), Portal::untouched());
    write(&home, ".nxp.toml", "profile = 14190688\n");
    let path = home.path().join("repo/.nxp.toml");
    let remedy = "correct this file or remove it, or write one for this directory \
                  with `nxp profiles pin PROFILE`";
    for (content, problem) in [
        (
            "space = \"acme\"\n",
            "line 1, column 1: missing field `profile`",
        ),
        (
            "profile = 14190688\n\nprofil = 3\n",
            "line 3, column 1: unknown field `profil`, expected `space` or `profile`",
        ),
        (
            "# a\nprofile = 0\n",
            "line 2, column 11: invalid value: integer `0`",
        ),
        (
            "profile = -1\n",
            "line 1, column 11: invalid value: integer `-1`",
        ),
        (
            "profile = \"14190688\"\n",
            "line 1, column 11: invalid type: string \"14190688\"",
        ),
        ("# a\nprofile = 102 x\n", "line 2, column 11: "),
        ("profile = 99999999999999999999\n", "line 1, column 11: "),
        (
            "profile = 1\nspace = acme\n",
            "line 2, column 9: string values must be quoted",
        ),
        (
            "profile = 1\nspace = 3\n",
            "line 2, column 9: invalid type: integer `3`",
        ),
        (
            "profile = 14190688\nspace = \"http://acme.example\"\n",
            "line 2, column 9: invalid space \"http://acme.example\"",
        ),
        (
            "profile = 14190688\nspace = \"https://evil.example@acme.example\"\n",
            "line 2, column 9: invalid space",
        ),
        (
            "profile = 14190688\n[exec]\ncommand = \"rm\"\n",
            "line 2, column 2: unknown field `exec`",
        ),
        ("\u{1b}[31mprofile", "line 1, column 2: "),
        (
            &format!("profile = 14190688\n#{}", "a".repeat(64 * 1024)),
            "larger than 64 KiB",
        ),
    ] {
        write(&home, "repo/.nxp.toml", content);
        let run = home
            .nxp(EXPECT)
            .at(&portal)
            .in_folder("repo/below")
            .run()
            .code(2);
        let start = format!("error: {}: ", path.display());
        assert!(run.stderr.starts_with(&start), "{content:?}: {run:?}");
        let message = run.stderr.lines().next().unwrap();
        assert!(message.contains(problem), "{content:?}: {run:?}");
        assert!(
            run.stderr.ends_with(&format!("\nhint: {remedy}\n")),
            "{run:?}"
        );
        assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    }
}

#[test]
fn pipes_devices_and_folders_are_refused_at_once() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let path = home.path().join(".nxp.toml");
    let refuse = || {
        home.nxp(EXPECT).at(&portal).run().refusal(
            2,
            &format!("{}: not a regular file", path.display()),
            Some("correct this file or remove it, or write one for this directory with `nxp profiles pin PROFILE`"),
        );
    };
    make_fifo(&path);
    refuse();
    fs::remove_file(&path).unwrap();
    symlink("/dev/zero", &path).unwrap();
    refuse();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refuse();
    fs::remove_dir(&path).unwrap();
}

#[test]
fn files_of_other_users_and_links_to_them_are_refused() {
    if !rustix::process::geteuid().is_root() {
        skip("root, who alone can give a file to another user");
        return;
    }
    let (home, portal) = (Home::new(), Portal::start());
    let theirs = write(&home, "theirs.toml", "profile = 14190271\n");
    let path = home.path().join(".nxp.toml");
    let refuse = || {
        home.nxp(EXPECT).at(&portal).run().refusal(
            2,
            &format!("{}: another user owns this file", path.display()),
            Some(
                "if you trust it, set NXP_PROFILE to the profile in it, or make a copy of your own",
            ),
        );
    };
    let give_away = |path: &PathBuf| chown(path, Some(STRANGER), None).unwrap();
    give_away(&theirs);
    symlink(&theirs, &path).unwrap();
    refuse();
    fs::remove_file(&path).unwrap();
    fs::copy(&theirs, &path).unwrap();
    home.nxp(EXPECT).at(&portal).run().code(0);
    give_away(&path);
    refuse();
    // Who became root with sudo trusts their own files, as with git.
    let expect = |name: &str, user: u32| {
        let call = home.nxp(EXPECT).at(&portal);
        call.env(name, user.to_string()).run()
    };
    expect("SUDO_UID", STRANGER).code(0);
    expect("SUDO_UID", STRANGER + 1).code(2);
    expect("NXP_PROFILE", 14_190_271).code(0);
    fs::remove_file(&path).unwrap();
    // Their link to a file of one's own.
    let own = write(&home, "own.toml", "profile = 14190271\n");
    symlink(&own, &path).unwrap();
    home.nxp(EXPECT).at(&portal).run().code(0);
    std::os::unix::fs::lchown(&path, Some(STRANGER), None).unwrap();
    refuse();
    fs::remove_file(&path).unwrap();
}

#[test]
fn space_of_the_file_chooses_the_account() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let (first, second, stranger) = (Portal::start(), Portal::start(), Portal::untouched());
    home.sign_in(&first, ANA);
    home.sign_in(&second, ANA);
    home.nxp(["accounts", "use", first.host()]).run().code(0);
    write(&home, ".nxp.toml", &file(&second, CERAMICS));
    // Nothing but a dot looks at the file.
    home.nxp(["profiles", "switch", "14190688"]).run().code(0);
    assert_eq!((first.current(), second.current()), (CERAMICS, ANAS_OWN));
    home.nxp(["profiles", "switch", "."]).run().code(0);
    assert_eq!(second.current(), CERAMICS);
    home.nxp([
        "profiles", "current", "--cached", "--expect", ".", "-o", "id",
    ])
    .run()
    .code(0);
    // The command line and the environment take precedence.
    let before = second.calls().len();
    home.nxp(EXPECT)
        .args(["--space", first.address()])
        .run()
        .code(0);
    home.nxp(EXPECT)
        .env("NXP_SPACE", first.address())
        .run()
        .code(0);
    assert_eq!(second.calls().len(), before);

    // An email that has no account there does not lead to another space.
    let nobody = home.nxp(EXPECT).args(["--account", "bo@sandbox.example"]);
    let run = nobody.run().code(4);
    assert!(
        run.stderr
            .starts_with("error: not signed in as bo@sandbox.example at 127.0.0.1:"),
        "{run:?}"
    );
    assert_eq!(second.calls().len(), before);

    // A space without an account is not asked.
    write(&home, ".nxp.toml", &file(&stranger, CERAMICS));
    for words in [
        &EXPECT[..],
        &["profiles", "current", "--cached", "--expect", "."],
        &["profiles", "switch", "."],
        &["profiles", "exec", ".", "--", "true"],
    ] {
        home.nxp(words).run().refusal(
            4,
            &format!("not signed in at {}", stranger.host()),
            Some(&format!(
                "sign in with `nxp login --space {}`",
                stranger.address()
            )),
        );
    }
    // The token of another space is not sent to it either, nor is one without a space.
    let token = home.nxp(EXPECT).env("NXP_TOKEN", first.token());
    token.run().code(2);
    let run = home.nxp(EXPECT).at(&first).run();
    run.refusal(
        2,
        &format!(
            "{} is for {}, but NXP_TOKEN is for {}",
            home.path().join(".nxp.toml").display(),
            stranger.address(),
            first.address()
        ),
        Some("unset NXP_TOKEN and NXP_SPACE to use a stored account"),
    );
}

#[test]
fn terminal_warns_once_of_another_profile() {
    let (home, portal) = (Home::new(), Portal::start());
    write(&home, ".nxp.toml", &file(&portal, CERAMICS));
    let hint = "hint: the profile of this directory is Ana Duarte — Duarte Ceramics #14190688, \
                not the current one: `nxp profiles switch .`";
    let screen = |words: &[&str]| {
        let mut terminal = home.nxp(words).at(&portal).in_terminal(40, 200);
        assert_eq!(terminal.finish(), 0);
        terminal.screen()
    };
    for words in [&["profiles", "current"][..], &["status"]] {
        let screen = screen(words);
        assert_eq!(screen.matches(hint).count(), 1, "{screen}");
        let run = home.nxp(words).at(&portal).run().code(0);
        assert_eq!(run.stderr, "");
    }
    let silent = "the profile of this directory";
    for words in [&["profiles", "current", "-q"][..], &["profiles", "list"]] {
        assert!(!screen(words).contains(silent), "{words:?}");
    }
    // It is never switched to by itself.
    let calls = portal.calls();
    assert!(
        !calls.iter().any(|call| call.starts_with("PUT")),
        "{calls:?}"
    );
    home.nxp(["profiles", "switch", "."])
        .at(&portal)
        .run()
        .code(0);
    assert!(!screen(&["profiles", "current"]).contains(silent));
}

/// There the profile is another one on purpose.
#[test]
fn within_an_exec_no_other_profile_is_suggested() {
    let (home, portal) = (Home::new(), Portal::start());
    write(&home, ".nxp.toml", &file(&portal, ANAS_OWN));
    let id = CERAMICS.to_string();
    for command in [&["profiles", "current"][..], &["status"]] {
        let nxp = env!("CARGO_BIN_EXE_nxp");
        let exec = ["profiles", "exec", "--with-token", &id, "--", nxp];
        let call = home.nxp([&exec, command].concat()).at(&portal);
        let mut terminal = call.in_terminal(40, 200);
        assert_eq!(terminal.finish(), 0);
        let screen = terminal.screen();
        assert!(screen.contains("Duarte Ceramics"), "{screen}");
        assert!(!screen.contains("hint:"), "{screen}");
    }
}

#[test]
fn status_speaks_of_the_account_that_the_directory_is_for() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let (first, second) = (Portal::start(), Portal::start());
    home.sign_in(&first, ANA);
    home.sign_in(&second, ANA);
    home.nxp(["accounts", "use", first.host()]).run().code(0);
    write(&home, ".nxp.toml", &file(&second, CERAMICS));
    let screen = |words: &[&str]| {
        let mut terminal = home.nxp(words).in_terminal(40, 240);
        assert_eq!(terminal.finish(), 0);
        terminal.screen()
    };
    let hint = "hint: the profile of this directory is ";
    let here = screen(&["status"]);
    assert_eq!(here.matches(hint).count(), 1, "{here}");
    let current = screen(&["profiles", "current"]);
    let elsewhere = format!("{hint}14190688 at {}", second.host());
    assert_eq!(current.matches(&elsewhere).count(), 1, "{current}");
    home.nxp(["profiles", "switch", "."]).run().code(0);
    assert!(!screen(&["status"]).contains(hint));
    assert_eq!((first.current(), second.current()), (ANAS_OWN, CERAMICS));
}

#[test]
fn doctor_names_what_a_dot_means_here() {
    let (home, portal) = (Home::new(), Portal::start());
    let check = |variable: &str| {
        let call = home.nxp(["doctor"]).at(&portal).in_folder("repo/below");
        let output = call.env("NXP_PROFILE", variable).run();
        let line = output
            .stdout
            .lines()
            .find(|line| line.starts_with("directory\t"));
        (output.code, line.map(str::to_owned))
    };
    assert_eq!(check(""), (0, None));
    let path = write(&home, "repo/.nxp.toml", &file(&portal, CERAMICS));
    let detail = format!(
        "{} names profile 14190688 at {}",
        path.display(),
        portal.host()
    );
    assert_eq!(check(""), (0, Some(format!("directory\tok\t{detail}\t"))));
    assert_eq!(
        check("Duarte Ceramics"),
        (
            0,
            Some("directory\tok\tNXP_PROFILE names profile Duarte Ceramics\t".to_owned())
        )
    );
    fs::write(&path, "profile = 1\nprofile = 2\n").unwrap();
    let (code, line) = check("");
    let line = line.unwrap();
    let start = format!("directory\tfail\t{}: ", path.display());
    assert!(code == 1 && line.starts_with(&start), "{line:?}");
    assert!(line.contains("line 2, column 1: duplicate key"), "{line:?}");
}

#[test]
fn in_the_sandbox_a_pin_names_no_space() {
    let home = Home::new();
    let sandbox = |words: &[&str]| home.nxp([&["--sandbox"], words].concat()).run();
    sandbox(&["profiles", "pin", "14190688"]).code(0);
    assert_eq!(
        fs::read_to_string(home.path().join(".nxp.toml")).unwrap(),
        "# Nexudus profile of this directory: Ana Duarte — Duarte Ceramics\nprofile = 14190688\n"
    );
    sandbox(&EXPECT).code(3);
    sandbox(&["profiles", "switch", "."]).code(0);
    sandbox(&EXPECT).code(0);
}

#[test]
fn a_dot_is_completed_where_it_means_a_profile() {
    let home = Home::new();
    let complete = || {
        let script = format!(
            "source {}/completions/nxp.fish; complete -C 'nxp profiles switch .'",
            env!("CARGO_MANIFEST_DIR")
        );
        let call = home.program("fish", ["--no-config", "-c", &script])?;
        Some(call.env("NXP_SANDBOX", "1").run().answer())
    };
    let Some(nothing) = complete() else { return };
    assert_eq!(nothing, "");
    write(&home, ".nxp.toml", "profile = 14190688\n");
    assert_eq!(complete().unwrap(), ".\tthe profile of this directory\n");
}
