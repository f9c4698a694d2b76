//! Completion, in the shells themselves.

use std::path::Path;

use nxp::sandbox::Profile;

use crate::people::ANA;
use crate::support::BuildProfile as _;
use crate::support::{Call, Home, Keyring, Portal, Terminal};

/// Where the scripts lie that packages install.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");

/// A home in which the sandbox's profiles were seen.
fn home() -> Home {
    let home = Home::new();
    home.nxp(["--sandbox", "profiles", "list"]).run().code(0);
    home
}

/// An interactive shell that knows the script, with the prompt `> `.
fn interactive(shell: Call, set_up: &str) -> Terminal {
    let shell = shell.env("PS1", "> ").env("LC_ALL", "C.UTF-8");
    let mut terminal = shell.in_terminal(30, 100);
    terminal.type_text(&format!("{set_up}; echo set''up\r"));
    terminal.wait_for("setup");
    terminal.type_text("clear\r");
    terminal.wait_until("an empty line", |screen| screen.trim() == ">");
    terminal
}

fn in_sandbox(call: Call) -> Call {
    call.env("NXP_SANDBOX", "1")
}

fn bash(home: &Home, environment: impl Fn(Call) -> Call) -> Option<Terminal> {
    let bash = home.program("bash", ["--norc", "--noprofile", "-i"])?;
    let set_up = format!("PS1='> '; source {SCRIPTS}/nxp.bash");
    Some(interactive(environment(bash), &set_up))
}

fn zsh(home: &Home, environment: impl Fn(Call) -> Call) -> Option<Terminal> {
    let zsh = home.program("zsh", ["-f", "-i"])?;
    let set_up =
        format!("PS1='> '; fpath=({SCRIPTS} $fpath); autoload -Uz compinit; compinit -u -D");
    Some(interactive(environment(zsh), &set_up))
}

fn elvish(home: &Home, environment: impl Fn(Call) -> Call) -> Option<Terminal> {
    let elvish = home.program("elvish", ["-norc"])?;
    let prompt = "set edit:prompt = { put '> ' }; set edit:rprompt = { }";
    let set_up = format!("{prompt}; eval (slurp < {SCRIPTS}/nxp.elv)");
    Some(interactive(environment(elvish), &set_up))
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
    let Some(mut bash) = bash(&home, in_sandbox) else {
        return;
    };
    completes(&mut bash, "nxp pro\t", &["> nxp profiles "]);
    completes(&mut bash, "nxp --outp\t", &["> nxp --output "]);
    completes(&mut bash, "nxp -o \t\t", &["table", "json", "csv"]);
    completes(&mut bash, "nxp help \t\t", &["scripting", "profiles"]);
    completes(
        &mut bash,
        "nxp help profiles sw\t",
        &["> nxp help profiles switch "],
    );
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
    completes(
        &mut bash,
        "nxp profiles exec --wait 5 Dua\t",
        &["exec --wait 5 Duarte\\ Ceramics "],
    );
    completes(
        &mut bash,
        "nxp sandbox serve --fault=unav\t",
        &["--fault=unavailable "],
    );
}

#[test]
fn a_name_that_bash_completed_is_the_profile_that_was_meant() {
    let home = home();
    let Some(mut bash) = bash(&home, in_sandbox) else {
        return;
    };
    bash.type_text("nxp profiles switch Dua\t-o id\r");
    bash.wait_for("Switched (sandbox) from Ana Duarte #14190271 to Ana Duarte — Duarte Ceramics");
}

#[test]
fn zsh_completes_commands_options_values_and_profiles() {
    let home = home();
    let Some(mut zsh) = zsh(&home, in_sandbox) else {
        return;
    };
    completes(&mut zsh, "nxp pro\t", &["> nxp profiles"]);
    completes(&mut zsh, "nxp -o \t", &["table", "Columns for people"]);
    completes(
        &mut zsh,
        "nxp profiles switch \t",
        &["8590114207", "-- Ana Duarte — Duarte Ceramics"],
    );
    completes(
        &mut zsh,
        "nxp profiles switch dua\t",
        &["> nxp profiles switch Duarte\\ Ceramics"],
    );
    zsh.type_text("nxp profiles exec \t");
    zsh.wait_for("Ana Duarte — Duarte Ceramics");
    assert!(!zsh.screen().contains("--wait"), "{}", zsh.screen());
}

#[test]
fn elvish_completes_commands_values_and_profiles() {
    let home = home();
    let Some(mut elvish) = elvish(&home, in_sandbox) else {
        return;
    };
    completes(&mut elvish, "nxp pro\t", &["> nxp profiles "]);
    completes(
        &mut elvish,
        "nxp profiles switch Dua\t\r",
        &["> nxp profiles switch 'Duarte Ceramics' "],
    );
    elvish.type_text("nxp profiles exec \t");
    elvish.wait_for("8590114207 (Ana Duarte)");
    assert!(!elvish.screen().contains("--wait"), "{}", elvish.screen());
}

#[test]
fn fish_completes_commands_options_values_and_profiles() {
    let home = home();
    let Some(commands) = fish(&home, "nxp pro") else {
        return;
    };
    assert_eq!(
        commands,
        "profiles\tList profiles and switch between them\n"
    );
    let short_form = fish(&home, "nxp lis").unwrap();
    assert_eq!(short_form, "list\tList your profiles\n");
    assert!(fish(&home, "nxp l").unwrap().contains("\nlist\t"));
    let options = fish(&home, "nxp list --t").unwrap();
    assert!(
        options.contains("--type") && options.contains("--timeout"),
        "{options}"
    );
    let formats = fish(&home, "nxp -o ").unwrap();
    assert!(formats.contains("table\tColumns for people\n"), "{formats}");
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
fn completion_asks_nothing() {
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

/// Where Ana has companies of these names.
struct Companies {
    home: Home,
    portal: Portal,
    token: String,
}

impl Companies {
    fn named(companies: &[&str]) -> Self {
        let own = Profile::individual(1, "Ana", 0);
        let companies = companies.iter().zip(2..);
        let companies = companies.map(|(name, id)| Profile::company(id, "Ana", name, 0));
        let portal = Portal::with_profiles(1, std::iter::once(own).chain(companies).collect());
        let this = Self {
            home: Home::new(),
            token: portal.token(),
            portal,
        };
        this.signed_in(this.home.nxp(["profiles", "list"]))
            .run()
            .code(0);
        this
    }

    fn signed_in(&self, call: Call) -> Call {
        call.env("NXP_TOKEN", &self.token)
            .env("NXP_SPACE", self.portal.address())
    }

    /// The candidates that a shell's script gets for `nxp profiles switch `.
    fn offered(&self, shell: &str) -> String {
        let words = ["--", "nxp", "profiles", "switch", ""];
        let call = self.home.nxp(words).env("_NXP_COMPLETE", shell);
        self.signed_in(call).run().answer()
    }
}

/// Names that each shell quotes in a way of its own.
const QUOTED: [&str; 4] = ["Wharf's End", r"Back\Slash", "Colon: Works", "Café Olé"];

/// Types the beginning of a name and a tab, and runs what that makes of the line.
#[track_caller]
fn switches(shell: &mut Terminal, typed: &str, name: &str) {
    shell.type_text(&format!("nxp profiles switch {typed}"));
    let end = &name[name.len() - 3..];
    shell.wait_until(name, |screen| {
        screen
            .lines()
            .any(|line| line.starts_with("> nxp") && line.contains(end))
    });
    shell.type_text("-o id\r");
    shell.wait_for(&format!("Ana — {name}"));
    shell.type_text("\u{15}clear\r");
    shell.wait_until("an empty line", |screen| screen.trim() == ">");
}

#[test]
fn bash_gets_names_in_the_quotes_that_are_open() {
    let companies = Companies::named(&QUOTED);
    let Some(mut bash) = bash(&companies.home, |call| companies.signed_in(call)) else {
        return;
    };
    let [apostrophe, backslash, colon, accent] = QUOTED;
    for (typed, name) in [
        ("Wha", apostrophe),
        ("'wha", apostrophe),
        ("\"Wha", apostrophe),
        (r"Wharf\'s", apostrophe),
        ("Back", backslash),
        ("'back", backslash),
        ("Col", colon),
        (r"Colon\:", colon),
        ("\"Colon: ", colon),
        ("Colon:", colon),
        ("'caf", accent),
        ("caf", accent),
    ] {
        switches(&mut bash, &format!("{typed}\t"), name);
    }
}

#[test]
fn zsh_gets_names_in_the_quotes_that_are_open() {
    let companies = Companies::named(&QUOTED);
    let Some(mut zsh) = zsh(&companies.home, |call| companies.signed_in(call)) else {
        return;
    };
    let [apostrophe, backslash, colon, accent] = QUOTED;
    for (typed, name) in [
        ("Wha", apostrophe),
        ("\"Wha", apostrophe),
        ("Back", backslash),
        ("'Back", backslash),
        ("Col", colon),
        ("'caf", accent),
    ] {
        switches(&mut zsh, &format!("{typed}\t"), name);
    }
}

#[test]
fn elvish_gets_names_quoted() {
    let companies = Companies::named(&QUOTED);
    let Some(mut elvish) = elvish(&companies.home, |call| companies.signed_in(call)) else {
        return;
    };
    for name in QUOTED {
        // Elvish shows a value that it has to quote in its menu first.
        switches(&mut elvish, &format!("{}\t\r", &name[..3]), name);
    }
}

#[test]
fn fish_gets_names_whole() {
    let companies = Companies::named(&QUOTED);
    for (typed, name) in [
        ("Wha", QUOTED[0]),
        ("'Wharf", QUOTED[0]),
        ("Back", QUOTED[1]),
        ("Colon:", QUOTED[2]),
        (r"Café\ O", QUOTED[3]),
    ] {
        let script = format!(
            "source {SCRIPTS}/nxp.fish; complete -C \"nxp profiles switch {}\"",
            typed.replace('\\', r"\\")
        );
        let fish = ["--no-config", "-c", &script];
        let Some(fish) = companies.home.program("fish", fish) else {
            return;
        };
        let fish = companies.signed_in(fish).env("LC_ALL", "C.UTF-8");
        let offered = fish.run().answer();
        assert!(
            offered.starts_with(&format!("{name}\t#")),
            "{typed}: {offered}"
        );
    }
}

#[test]
fn accounts_are_offered_wherever_one_is_named() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let first = |words: &[&str]| {
        let all = ["--", "nxp"].iter().chain(words);
        let offered = home.nxp(all).env("_NXP_COMPLETE", "fish").run().answer();
        offered.split('\t').next().unwrap().to_owned()
    };
    assert_eq!(first(&["--account", ""]), ANA);
    assert_eq!(first(&["accounts", "use", "an"]), ANA);
    for words in [
        &["profiles", "list", "--space", ""][..],
        &["accounts", "use", "http"],
    ] {
        let list = ["profiles", "list", "--space", &first(words)];
        home.nxp(list).run().code(0);
    }
}

#[test]
fn bash_completes_an_email_after_its_at_sign() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let (name, host) = ANA.split_once('@').unwrap();
    let Some(mut bash) = bash(&home, |call| call) else {
        return;
    };
    for typed in [format!("{name}@"), format!("{name}@{}", &host[..2])] {
        for command in ["accounts use", "logout", "profiles list --account"] {
            let line = format!("nxp {command} {typed}");
            completes(
                &mut bash,
                &format!("{line}\t"),
                &[&format!("> nxp {command} {ANA} ")],
            );
        }
    }
}

#[test]
fn profiles_are_offered_after_as() {
    let home = home();
    for words in [
        &["api", "--as", "Dua"][..],
        &["token", "--as", "Dua"],
        &["profiles", "benefits", "--as", "Dua"],
        &["exec", "--no-switch", "Dua"],
        &["switch", "Dua"],
    ] {
        let line = ["--", "nxp"].iter().chain(words);
        let call = in_sandbox(home.nxp(line)).env("_NXP_COMPLETE", "fish");
        assert_eq!(
            call.run().answer(),
            "Duarte Ceramics\t#14190688\n",
            "{words:?}"
        );
    }
}

#[test]
fn names_that_are_one_to_a_switch_are_not_offered() {
    let offered = |companies: &[&str]| Companies::named(companies).offered("fish");
    assert!(offered(&["Straße", "Café"]).contains("\nStraße\t"));
    for pair in [
        ["Straße", "STRASSE"],
        ["Café", "Cafe\u{301}"],
        ["Acme", "acme "],
    ] {
        let offered = offered(&pair);
        for line in offered.lines() {
            let value = line.split('\t').next().unwrap();
            let is_other = value == "Ana" || value.parse::<u64>().is_ok();
            assert!(is_other, "{pair:?}: {offered}");
        }
    }
}

#[test]
fn names_that_a_shell_would_obey_are_not_offered() {
    let companies = Companies::named(&[
        "$(reboot)",
        "`id`",
        "a;b",
        "a\u{1b}b",
        "a\"b",
        "-rf",
        "Fine & Dandy's",
    ]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        for line in companies.offered(shell).lines() {
            let value = line.split(['\t', ':']).next().unwrap();
            let is_safe = !value.contains(['$', '`', ';', '\u{1b}']);
            assert!(is_safe && !value.starts_with('-'), "{shell}: {value}");
        }
    }
    for (shell, quoted) in [
        ("bash", "\nFine & Dandy's\t"),
        ("powershell", "'Fine & Dandy''s'"),
    ] {
        let offered = companies.offered(shell);
        assert!(offered.contains(quoted), "{offered}");
    }
}
