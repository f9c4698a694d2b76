//! Completion, in the shells themselves.

use std::path::Path;

use crate::support::{Home, Terminal, people};

/// Where the scripts lie that packages install.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");

/// A home in which the sandbox's profiles were seen.
fn home() -> Home {
    let home = Home::new();
    home.nxp(["--sandbox", "profiles", "list"]).run().code(0);
    home
}

/// An interactive shell that knows the script, with the prompt `> `.
fn shell<const N: usize>(
    home: &Home,
    name: &str,
    arguments: [&str; N],
    set_up: &str,
) -> Option<Terminal> {
    let call = home
        .program(name, arguments)?
        .env("NXP_SANDBOX", "1")
        .env("PS1", "> ")
        .env("LC_ALL", "C.UTF-8");
    let mut terminal = call.in_terminal(30, 100);
    terminal.type_text(&format!("{set_up}; echo set''up\r"));
    terminal.wait_for("setup");
    terminal.type_text("clear\r");
    terminal.wait_until("an empty screen", |screen| !screen.contains("setup"));
    Some(terminal)
}

fn bash(home: &Home) -> Option<Terminal> {
    shell(
        home,
        "bash",
        ["--norc", "--noprofile", "-i"],
        &format!("PS1='> '; source {SCRIPTS}/nxp.bash"),
    )
}

fn zsh(home: &Home) -> Option<Terminal> {
    let set_up =
        format!("PS1='> '; fpath=({SCRIPTS} $fpath); autoload -Uz compinit; compinit -u -D");
    shell(home, "zsh", ["-f", "-i"], &set_up)
}

/// What fish offers for a command line.
fn fish(home: &Home, line: &str) -> Option<String> {
    let script = format!("source {SCRIPTS}/nxp.fish; complete -C '{line}'");
    let call = home.program("fish", ["--no-config", "-c", &script])?;
    Some(call.env("NXP_SANDBOX", "1").run().answer())
}

#[track_caller]
fn completes(terminal: &mut Terminal, typed: &str, expected: &[&str]) {
    terminal.type_text(typed);
    for text in expected {
        terminal.wait_for(text);
    }
    terminal.type_text("\u{15}clear\r");
    terminal.wait_until("an empty line", |screen| screen.trim() == ">");
}

#[test]
fn bash_completes_commands_options_values_and_profiles() {
    let home = home();
    let Some(mut bash) = bash(&home) else { return };
    completes(&mut bash, "nxp pro\t", &["> nxp profiles "]);
    completes(&mut bash, "nxp --outp\t", &["> nxp --output "]);
    completes(&mut bash, "nxp -o \t\t", &["table", "json", "csv"]);
    completes(
        &mut bash,
        "nxp profiles switch \t\t",
        &["14190271", "8590114207"],
    );
    completes(
        &mut bash,
        "nxp profiles switch 85\t",
        &["> nxp profiles switch 8590114207 "],
    );
    completes(
        &mut bash,
        "nxp profiles switch Dua\t",
        &["> nxp profiles switch Duarte\\ Ceramics "],
    );
    completes(
        &mut bash,
        "nxp profiles current --expect 85\t",
        &["--expect 8590114207 "],
    );
}

#[test]
fn a_name_that_bash_completed_is_the_profile_that_was_meant() {
    let home = home();
    let Some(mut bash) = bash(&home) else { return };
    bash.type_text("nxp profiles switch Dua\t-o id\r");
    bash.wait_for("Switched from Ana Duarte #14190271 to Ana Duarte — Duarte Ceramics");
}

#[test]
fn zsh_completes_commands_options_values_and_profiles() {
    let home = home();
    let Some(mut zsh) = zsh(&home) else { return };
    completes(&mut zsh, "nxp pro\t", &["> nxp profiles"]);
    completes(&mut zsh, "nxp -o \t", &["table", "For people"]);
    completes(
        &mut zsh,
        "nxp profiles switch \t",
        &["8590114207", "-- Ana Duarte — Duarte Ceramics"],
    );
    completes(
        &mut zsh,
        "nxp profiles switch Dua\t",
        &["> nxp profiles switch Duarte\\ Ceramics"],
    );
}

#[test]
fn fish_completes_commands_options_values_and_profiles() {
    let home = home();
    let Some(commands) = fish(&home, "nxp pro") else {
        return;
    };
    assert_eq!(
        commands,
        "profiles\tList your profiles and switch between them\n"
    );
    let formats = fish(&home, "nxp -o ").unwrap();
    assert!(formats.contains("table\tFor people\n"), "{formats}");
    let profiles = fish(&home, "nxp profiles switch ").unwrap();
    assert!(
        profiles.contains("14190271\tAna Duarte (current)\n"),
        "{profiles}"
    );
    assert!(
        profiles.contains("14190688\tAna Duarte — Duarte Ceramics\n"),
        "{profiles}"
    );
    assert!(
        profiles.contains("Duarte Ceramics\t#14190688\n"),
        "{profiles}"
    );
    assert!(
        !profiles.contains("14388925"),
        "a suspended one: {profiles}"
    );
}

#[test]
fn nobody_is_asked_for_a_completion() {
    let home = Home::new();
    let portal = crate::support::Portal::untouched();
    let complete = home
        .nxp(["--", "nxp", "profiles", "switch", ""])
        .at(&portal);
    let answer = complete.env("_NXP_COMPLETE", "fish").run().answer();
    assert!(!answer.contains('#'), "{answer}");
}

#[test]
fn a_logout_forgets_what_was_seen() {
    let Some(keyring) = crate::support::Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (
        Home::with_keyring(&keyring),
        crate::support::Portal::start(),
    );
    let login = ["login", "--space", portal.address(), "--token-stdin"];
    home.nxp(login).stdin(portal.token()).run().code(0);
    home.nxp(["profiles", "list"]).run().code(0);
    let complete = || {
        let call = home.nxp(["--", "nxp", "profiles", "switch", "1419"]);
        call.env("_NXP_COMPLETE", "fish").run().answer()
    };
    assert!(complete().contains("14190271"));
    home.nxp(["logout"]).run().code(0);
    assert!(!complete().contains("14190271"));
    assert_eq!(
        std::fs::read_dir(home.path().join("cache/nxp"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn the_scripts_are_the_ones_that_lie_in_the_folder() {
    let home = Home::new();
    for (shell, file) in [
        ("bash", "nxp.bash"),
        ("zsh", "_nxp"),
        ("fish", "nxp.fish"),
        ("powershell", "_nxp.ps1"),
        ("elvish", "nxp.elv"),
    ] {
        let kept = std::fs::read_to_string(Path::new(SCRIPTS).join(file)).unwrap();
        assert_eq!(
            home.nxp(["completions", shell]).run().answer(),
            kept,
            "{file} is stale"
        );
    }
}

/// What bash is offered as a profile, where the companies are called like this.
fn offered(companies: &[&str]) -> String {
    let mut cast = people();
    let profiles = companies.iter().zip(1..);
    cast.users[0].profiles = profiles
        .map(|(name, id)| nxp::sandbox::Profile::company(id, "Ana", name, 0))
        .collect();
    let (home, portal) = (Home::new(), crate::support::Portal::with_cast(cast));
    let token = portal.token();
    let known = |words: &[&str]| {
        let call = home.nxp(words).env("NXP_TOKEN", &token);
        call.env("NXP_SPACE", portal.address())
    };
    known(&["profiles", "list"]).run().code(0);
    known(&["--", "nxp", "profiles", "switch", ""])
        .env("_NXP_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "3")
        .run()
        .answer()
}

#[test]
fn names_that_are_one_to_a_switch_are_not_offered() {
    assert!(offered(&["Straße", "Café"]).contains("Straße"));
    for pair in [
        ["Straße", "STRASSE"],
        ["Café", "Cafe\u{301}"],
        ["Acme", "acme "],
    ] {
        let offered = offered(&pair);
        for name in pair {
            assert!(!offered.contains(name.trim()), "{pair:?}: {offered}");
        }
    }
}

#[test]
fn names_that_a_shell_would_obey_are_not_offered() {
    let mut cast = people();
    cast.users[0].profiles = [
        "$(reboot)",
        "`id`",
        "a;b",
        "a\u{1b}b",
        "a\"b",
        "Fine & Dandy's",
    ]
    .iter()
    .zip(1..)
    .map(|(name, id)| nxp::sandbox::Profile::company(id, "Ana", name, 0))
    .collect();
    let (home, portal) = (Home::new(), crate::support::Portal::with_cast(cast));
    let token = portal.token();
    let known = |call: crate::support::Call| {
        call.env("NXP_TOKEN", &token)
            .env("NXP_SPACE", portal.address())
    };
    known(home.nxp(["profiles", "list"])).run().code(0);
    let complete = |shell| {
        let call = known(home.nxp(["--", "nxp", "profiles", "switch", ""]));
        call.env("_NXP_COMPLETE", shell)
            .env("_CLAP_COMPLETE_INDEX", "3")
            .run()
            .answer()
    };
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let offered = complete(shell);
        let values = offered
            .lines()
            .map(|line| line.split(['\t', ':']).next().unwrap());
        for value in values {
            assert!(
                !value.contains(['$', '`', ';', '"', '\u{1b}']),
                "{shell}: {value}"
            );
        }
    }
    assert!(
        complete("bash").contains("Fine\\ \\&\\ Dandy\\'s"),
        "{}",
        complete("bash")
    );
    assert!(
        complete("powershell").contains("'Fine & Dandy''s'"),
        "{}",
        complete("powershell")
    );
}
