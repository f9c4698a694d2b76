//! `nxp profiles current`, and the hint that the virtual office is elsewhere.

use nxp::sandbox::{Model, Profile};

use crate::people::CERAMICS;
use crate::support::BuildProfile as _;
use crate::support::{Home, Portal, people, responding};

const ELSEWHERE: &str = "hint: Ana Duarte #14190271 has no virtual office;";

/// People of whom the main one acts as this profile.
fn acting_as(profile: u64) -> Model {
    let mut model = people();
    model.users[0].current = Some(profile);
    model
}

#[test]
fn the_expected_profile_lets_a_script_go_on() {
    let (home, portal) = (Home::new(), Portal::start());
    let Some(call) = home.program(
        "bash",
        [
            "-ec",
            "nxp profiles current --expect 14190271 >/dev/null; echo went on; \
             nxp profiles current --expect 'duarte ceramics'; echo too far",
        ],
    ) else {
        return;
    };
    let run = call.at(&portal).run().code(3);
    assert_eq!(run.stdout, "went on\n");
    assert_eq!(
        run.stderr,
        "error: the current profile is Ana Duarte #14190271, not Ana Duarte — Duarte Ceramics #14190688\n\
         hint: switch with `nxp profiles switch 14190688`\n"
    );
}

#[test]
fn several_marked_profiles_are_never_the_expected_one() {
    const BOTH: &str = r#"{"User": {"Id": 1}, "Profiles": [
        {"Id": 1, "FullName": "Ana", "Active": true, "IsDefaultProfile": true},
        {"Id": 2, "FullName": "Bo", "Active": true, "IsDefaultProfile": true}]}"#;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        BOTH.len()
    );
    let (home, address) = (Home::new(), responding(head + BOTH, ""));
    let call = |words: &[&str]| {
        home.nxp(words)
            .env("NXP_TOKEN", "abc")
            .env("NXP_SPACE", format!("http://{address}"))
    };
    let message = "the portal marks 2 profiles as current: Ana #1, Bo #2";
    let run = call(&["profiles", "current", "-o", "id"]).run().code(0);
    assert_eq!(run.stdout, "1\n");
    assert_eq!(run.stderr, format!("warning: {message}\n"));
    for words in [&["profiles", "list"][..], &["status"]] {
        let run = call(words).run().code(0);
        assert_eq!(run.stderr, format!("warning: {message}\n"), "{words:?}");
    }
    for cached in [&[][..], &["--cached"]] {
        for expected in ["1", "#1", "ana", "2", "-"] {
            let words = [&["profiles", "current", "--expect", expected], cached].concat();
            let hint = "choose one with `nxp profiles switch`";
            call(&words).run().refusal(3, message, Some(hint));
        }
    }
}

#[test]
fn as_last_seen_needs_neither_network_nor_token() {
    let home = Home::new();
    let portal = Portal::start();
    let token = portal.token();
    let call = |words: &[&str]| {
        home.nxp(words)
            .env("NXP_TOKEN", &token)
            .env("NXP_SPACE", portal.address())
    };
    let cached = ["profiles", "current", "--cached", "-o", "id"];
    call(&cached).run().refusal(
        3,
        "no current profile in the cache",
        Some("run `nxp profiles current` once to fill it"),
    );
    call(&["profiles", "current"]).run().code(0);
    let seen = portal.calls().len();
    assert_eq!(call(&cached).run().answer(), "14190271\n");
    let other = [&cached[..], &["--expect", "14190688"]].concat();
    call(&other).run().code(3);
    assert_eq!(portal.calls().len(), seen);
}

#[test]
fn expect_hint_names_space_and_account() {
    let home = Home::new();
    let expecting = ["--sandbox", "profiles", "current", "--expect", "14190688"];
    let run = home.nxp(expecting).run().code(3);
    assert!(
        run.stderr
            .contains("hint: switch with `nxp --sandbox profiles switch 14190688`"),
        "{run:?}"
    );
}

/// What is on the screen after a switch to this profile.
fn screen_after_switch(home: &Home, portal: &Portal, words: &[&str]) -> String {
    let switch = ["profiles", "switch"].iter().chain(words);
    let mut terminal = home.nxp(switch).at(portal).in_terminal(40, 300);
    assert_eq!(terminal.finish(), 0);
    terminal.screen()
}

#[test]
fn a_switch_says_once_that_the_virtual_office_is_elsewhere() {
    let (home, portal) = (Home::new(), Portal::with_model(acting_as(CERAMICS)));
    let screen = screen_after_switch(&home, &portal, &["14190271"]);
    assert_eq!(screen.matches(ELSEWHERE).count(), 1, "{screen}");
    for part in [
        "these profiles have one: Ana Duarte — Duarte Ceramics #14190688; switch with ",
        "profiles switch 14190688`",
    ] {
        assert!(screen.contains(part), "no {part:?} in {screen}");
    }
    let lines: Vec<&str> = screen.trim_end().lines().collect();
    assert!(lines[lines.len() - 1].starts_with(ELSEWHERE), "{screen}");
    assert!(lines[lines.len() - 2].starts_with("Switched"), "{screen}");
    for command in [
        &["profiles", "current"][..],
        &["profiles", "current", "-o", "id"],
        &["profiles", "benefits"],
        &["status"],
    ] {
        let mut terminal = home.nxp(command).at(&portal).in_terminal(40, 300);
        assert_eq!(terminal.finish(), 0);
        let screen = terminal.screen();
        assert!(!screen.contains("virtual office;"), "{screen}");
    }
}

#[test]
fn elsewhere_it_does_not() {
    let (home, portal) = (Home::new(), Portal::with_model(acting_as(CERAMICS)));
    let switch = |to: &str| home.nxp(["profiles", "switch", to]).at(&portal).run();
    let said = switch("14190271").code(0).stderr;
    assert!(!said.contains("virtual office;"), "{said}");
    for quiet in [&["-q"][..], &["-o", "id"], &["-o", "json"], &["-o", "csv"]] {
        switch("14190688").code(0);
        let words = [&["14190271"], quiet].concat();
        let screen = screen_after_switch(&home, &portal, &words);
        assert!(!screen.contains("virtual office;"), "{screen}");
    }
}

#[test]
fn paused_virtual_office_gets_no_hint() {
    for profile in ["14190688", "14530016"] {
        let (home, portal) = (Home::new(), Portal::start());
        let screen = screen_after_switch(&home, &portal, &[profile]);
        assert!(!screen.contains("hint:"), "{screen}");
    }
}

#[test]
fn the_command_that_it_gives_does_it() {
    let (home, portal) = (Home::new(), Portal::start());
    home.nxp(["profiles", "switch", "--virtual-office"])
        .at(&portal)
        .run()
        .code(0);
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn without_an_active_profile_no_switch_is_suggested() {
    let mut model = people();
    model.users[0].current = None;
    model.users[0].profiles = vec![Profile::individual(1, "Ana Duarte", 0).suspended()];
    let (home, portal) = (Home::new(), Portal::with_model(model));
    for command in ["current", "benefits", "pin"] {
        home.nxp(["profiles", command]).at(&portal).run().refusal(
            3,
            "none of your profiles is active",
            Some("ask the space's team to activate a profile"),
        );
    }
}
