//! `NXP_READ_ONLY=1`: nothing changes at the portal.

use serde_json::Value;

use crate::help::commands;
use crate::people::{ANA, ANAS_OWN, LINK_ONLY};
use crate::refresh::Signed;
use crate::support::{Call, Home, Key, Keyring, PASSWORD, Portal, Request};

const MESSAGE: &str = "NXP_READ_ONLY is set: this command would change something at the portal";
const HINT: &str = "unset NXP_READ_ONLY to allow it";

const PROFILES: &str = "/api/public/coworkers/profiles";

fn read_only(call: Call) -> Call {
    call.env("NXP_READ_ONLY", "1")
}

#[test]
fn what_changes_something_is_refused() {
    let (home, portal) = (Home::new(), Portal::untouched());
    for words in [
        &["profiles", "switch", "14190688"][..],
        &["profiles", "use", "-", "--force"],
        &["profiles", "switch", "--virtual-office"],
        &["switch"],
        &["use", "14190688"],
        &["profiles", "exec", "14190688", "--", "true"],
        &["exec", "--with-token", ".", "--", "true"],
        &["api", "-X", "POST", "/en/basket/CreateInvoice"],
        &["api", "-X", "delete", "/"],
        &["api", "-f", "A=b", "/"],
        &["api", "--input", "-", "/"],
        &["api", "--as", "14190688", "-X", "PUT", "/"],
        &["login", "--send-link", "--space", "acme"],
    ] {
        let run = read_only(home.nxp(words).at(&portal)).run();
        run.refusal(2, MESSAGE, Some(HINT));
    }
    let switch = read_only(home.nxp(["switch", "14190688", "-o", "json"]).at(&portal));
    let error: Value = serde_json::from_str(&switch.run().code(2).stderr).unwrap();
    assert_eq!(error["error"]["code"], "usage");
    assert_eq!(error["error"]["message"], MESSAGE);
}

#[test]
fn what_only_reads_works_and_so_does_acting_as_a_profile() {
    let (home, portal) = Home::at_portal();
    for (words, expected) in [
        (&["profiles", "current", "-o", "id"][..], "14190271\n"),
        (&["list", "--type", "company", "-o", "id"], "14190688\n"),
        (&["benefits", "--as", "14190688", "-o", "id"], "5310391\n"),
        (&["api", "-f", "A=b", "-X", "GET", PROFILES], "\"Profiles\""),
        (&["api", "--as", "14190688", PROFILES], "\"Profiles\""),
    ] {
        let run = read_only(home.nxp(words).at(&portal)).run();
        let shown = run.answer();
        assert!(shown.contains(expected), "{words:?}: {shown}");
    }
    let token = read_only(home.nxp(["token"]).at(&portal)).printing_token();
    token.run().code(0);
    // The command can't change anything either.
    let words = ["exec", "--no-switch", "14190688", "--", "/bin/sh", "-c"];
    let script = r#""$nxp" current -o id; "$nxp" switch 14190271"#;
    let exec = home.nxp(words).arg(script).at(&portal);
    let exec = read_only(exec.env("nxp", env!("CARGO_BIN_EXE_nxp"))).run();
    assert_eq!((exec.code, exec.stdout.as_str()), (2, "14190688\n"));
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
}

#[test]
fn a_value_that_means_no_refuses_nothing() {
    let (home, portal) = Home::at_portal();
    for value in ["0", ""] {
        let switch = home.nxp(["switch", "14190271"]).at(&portal);
        switch.env("NXP_READ_ONLY", value).run().code(0);
    }
}

/// No prompt offers it either.
#[test]
fn no_email_is_requested_at_the_password_prompt() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    let words = ["login", "--space", portal.address(), "--email", LINK_ONLY];
    let mut terminal = read_only(home.nxp(words)).in_terminal(30, 120);
    terminal.wait_for("Password");
    terminal.press(Key::Enter);
    terminal.wait_for("Request a sign-in link at ");
    assert!(!terminal.screen().contains("Have a sign-in link"));
    terminal.wait_until("a question", |screen| {
        screen.trim_end().ends_with("Sign-in link ›")
    });
    terminal.press(Key::Escape);
    assert_eq!(terminal.finish(), 130);
    read_only(home.nxp(["list"]).at(&portal)).run().code(0);
    assert!(!portal.calls().iter().any(|call| call.contains("sendOtp")));
}

#[test]
fn status_and_doctor_say_so() {
    let (home, portal) = (Home::new(), Portal::start());
    let said = "NXP_READ_ONLY is set: nxp refuses commands that change something at the portal";
    let status = |format| home.nxp(["status", "-o", format]).at(&portal);
    let table = read_only(status("table")).run().code(0);
    assert_eq!(table.stderr, format!("{said}.\n"));
    for call in [read_only(status("json")), status("table")] {
        assert_eq!(call.run().code(0).stderr, "");
    }
    let doctor = || home.nxp(["doctor", "-o", "tsv"]).at(&portal);
    let line = format!("read-only\tok\t{said}\t\n");
    assert!(read_only(doctor()).run().answer().ends_with(&line));
    assert!(!doctor().run().answer().contains("read-only"));
}

/// What to try of a command, after its name.
fn tried(command: &str) -> Option<&'static [&'static str]> {
    Some(match command {
        "accounts" | "profiles" | "sandbox" | "" => &[],
        "login" => &[
            "--password-stdin",
            "--send-link",
            "--token-stdin",
            "--link-stdin",
        ],
        "logout" => &["", "--all"],
        "status" => &["", "--offline"],
        "token" => &["", "--as 14190688"],
        "api" => &[
            PROFILES,
            "-X POST /",
            "-X HEAD /",
            "-f A=b /en/bookings/deletejson/1",
            "--input - /en/basket/CreateInvoice",
            "--as 14190688 -X DELETE /",
            "--as 14190688 /en/bookings/fullCalendarBookings",
            "/api/public/coworkers/14190688/impersonate",
            "/en/coworker/setCurrentProfile?coworkerId=14190688",
        ],
        "accounts list" | "doctor" | "man" | "help" | "sandbox reset" => &[""],
        "accounts use" => &["ana@sandbox.example"],
        "profiles list" => &["", "--active --virtual-office"],
        "profiles switch" => &[
            "",
            "14190688",
            "-",
            ".",
            "--virtual-office",
            "--force 14190688",
        ],
        "profiles current" => &["", "--expect 14190688", "--cached"],
        "profiles benefits" => &["", "--as 14190688", "--all"],
        "profiles exec" => &[
            "14190688 -- true",
            "--wait 0 14190688 -- true",
            "--with-token 14190688 -- true",
            "--no-switch 14190688 -- true",
        ],
        "profiles pin" => &["14190688", "", "--remove"],
        "completions" => &["bash"],
        // It serves until it is stopped, and sends nothing.
        "sandbox serve" => &["--fault none-such"],
        _ => return None,
    })
}

/// Whether a request only reads, signs in, refreshes, or asks for a token that acts as a profile.
fn is_allowed(request: &Request) -> bool {
    match request.method.as_str() {
        "GET" => {
            let path = request.path.to_lowercase();
            !path.ends_with("/sendotp") && !path.ends_with("/setcurrentprofile")
        }
        "POST" => ["/api/token", "/api/sys/users/exchange"].contains(&request.path.as_str()),
        _ => false,
    }
}

#[test]
fn no_command_sends_what_changes_something() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    let mut count = 0;
    for command in commands(&ana.home) {
        let name = command.join(" ");
        let Some(all) = tried(&name) else {
            panic!("add `{name}` to the commands that are tried");
        };
        for line in all {
            let short = name.strip_prefix("profiles ");
            for name in [Some(name.as_str()), short].into_iter().flatten() {
                // A logout or a login may have changed that.
                ana.home.sign_in(&ana.portal, ANA);
                ana.portal.update(|data| data.expire_access_tokens());
                let words = name.split(' ').chain(line.split_whitespace());
                let call = read_only(ana.home.nxp(words)).env("NXP_PROFILE", "14190688");
                let call = call.stdin(PASSWORD);
                let call = match name {
                    "login" => call.args(["--space", ana.portal.address(), "--email", ANA]),
                    "token" => call.printing_token(),
                    _ => call,
                };
                call.run();
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count}");
    let requests = ana.portal.requests();
    let others: Vec<&Request> = requests.iter().filter(|it| !is_allowed(it)).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(ana.portal.refreshes() > 10);
    assert!(ana.calls().iter().any(|call| call.contains("impersonate")));
    assert_eq!(ana.portal.current(), ANAS_OWN);
}
