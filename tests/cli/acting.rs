//! Acting as a profile without switching: `exec --no-switch`, `--as` and `benefits --all`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::people::{ANA, ANAS_OWN, CERAMICS, SLOW_TYPE, TIDEWATER};
use crate::refresh::Signed;
use crate::support::{Call, Gate, Home, Key, Keyring, LIST, Portal, begun, exec_with, switch};

/// Prints the profile that the command is told, and the one that the portal shows.
const SHOW: &str = r#"echo "$NXP_PROFILE_ID $("$nxp" profiles current -o id)""#;
const IMPERSONATE: &str = "GET /api/public/coworkers/14190688/impersonate";
const EXCHANGE: &str = "POST /api/sys/users/exchange";

/// What comes after the list that shows which profile is meant.
const CHECKED: [&str; 4] = [IMPERSONATE, EXCHANGE, LIST, LIST];

/// `exec --no-switch PROFILE -- sh -c SCRIPT` with `NXP_TOKEN`.
fn acting(home: &Home, portal: &Portal, profile: &str, script: &str) -> Call {
    exec_with(home, portal, &["--no-switch", profile], script)
}

/// The same with the account's token of the keyring.
fn acting_signed_in(home: &Home, script: &str) -> Call {
    let words = ["profiles", "exec", "--no-switch", "14190688"];
    let words = words.into_iter().chain(["--", "/bin/sh", "-c", script]);
    home.nxp(words).env("nxp", env!("CARGO_BIN_EXE_nxp"))
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            let content = fs::read(&path).unwrap();
            found.insert(path, content);
        }
    }
    found
}

#[test]
fn the_command_acts_as_the_profile_and_nothing_is_switched() {
    let (home, portal) = Home::at_portal();
    let script = format!("{SHOW}; echo $NXP_SPACE; echo $VAR | wc -c; test $NXP_TOKEN != $outer");
    let words = ["--no-switch", "--with-token=VAR", "14190688"];
    let call = exec_with(&home, &portal, &words, &script);
    let outer = portal.token();
    let shown = call.env("outer", &outer).env("NXP_TOKEN", &outer).run();
    let shown = shown.code(0);
    let expected = format!("{CERAMICS} {CERAMICS}\n{}\n65\n", portal.address());
    assert_eq!((shown.stdout, shown.stderr), (expected, String::new()));
    // `--with-token` alone is what happens anyway.
    let words = ["--no-switch", "--with-token", "14190688"];
    let plain = exec_with(&home, &portal, &words, SHOW).run();
    assert_eq!(plain.answer(), "14190688 14190688\n");
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
    assert_eq!(home.journal_file(), None);
}

#[test]
fn the_exit_code_is_the_commands() {
    let (home, portal) = Home::at_portal();
    let run = |script| acting(&home, &portal, "14190688", script).run().code;
    assert_eq!(run("exit 7"), 7);
    assert_eq!(run("kill -9 $$"), 137);
    let before = portal.calls().len();
    let words = ["exec", "--no-switch", "14190688", "--", "no-such-command"];
    let missing = home.nxp(words).at(&portal).run();
    missing.refusal(127, "can't run no-such-command: command not found", None);
    assert_eq!(portal.calls().len(), before);
}

#[test]
fn it_works_in_the_sandbox() {
    let home = Home::new();
    let words = ["--sandbox", "exec", "--no-switch", "14190688", "--"];
    let words = words.into_iter().chain(["/bin/sh", "-c", SHOW]);
    let run = home.nxp(words).env("nxp", env!("CARGO_BIN_EXE_nxp")).run();
    assert_eq!(run.answer(), "14190688 14190688\n");
    let current = home.nxp(["--sandbox", "current", "-o", "id"]).run();
    assert_eq!(current.answer(), "14190271\n");
}

#[test]
fn the_profile_is_named_as_everywhere() {
    let (home, portal) = Home::at_portal();
    switch(&home, &portal, CERAMICS).run().code(0);
    switch(&home, &portal, ANAS_OWN).run().code(0);
    let benefits = "/api/public/coworkers/profiles/current/benefits";
    for profile in [
        "14190688",
        "#14190688",
        "duarte ceramics",
        "Ana Duarte — Duarte Ceramics",
        "Ana Duarte — Duarte Ceramics #14190688",
        "-",
        ".",
    ] {
        let with_directory = |call: Call| match profile {
            "." => call.env("NXP_PROFILE", "14190688"),
            _ => call,
        };
        let exec = with_directory(acting(&home, &portal, profile, SHOW));
        assert_eq!(exec.run().answer(), "14190688 14190688\n", "{profile}");
        let api = home.nxp(["api", "--as", profile, benefits]).at(&portal);
        let shown = with_directory(api).run().answer();
        assert!(shown.contains("Team room credit"), "{profile}: {shown}");
        let token = home.nxp(["token", "--as", profile, "-o", "json"]);
        let token = with_directory(token.at(&portal)).printing_token().run();
        assert_eq!(token.json()["Profile"], CERAMICS, "{profile}");
        let spent = home.nxp(["benefits", "--as", profile, "-o", "json"]);
        let spent = with_directory(spent.at(&portal)).run().json();
        assert_eq!(spent["Profile"]["Id"], CERAMICS, "{profile}");
    }
    assert_eq!((portal.switches(), portal.current()), (2, ANAS_OWN));
}

#[test]
fn the_profile_of_a_pinned_directory_is_used() {
    let (home, portal) = Home::at_portal();
    let pin = home.nxp(["pin", "14190688"]).at(&portal);
    pin.in_folder("project").run().code(0);
    let exec = acting(&home, &portal, ".", SHOW).in_folder("project");
    assert_eq!(exec.run().answer(), "14190688 14190688\n");
    for words in [
        &["profiles", "exec", "--no-switch", ".", "--", "true"][..],
        &["profiles", "benefits", "--as", "."],
        &["token", "--as", "."],
        &["api", "--as", ".", "/"],
    ] {
        home.nxp(words).at(&portal).run().refusal(
            2,
            "no profile is recorded for this directory",
            Some("record one with `nxp profiles pin`"),
        );
    }
}

#[test]
fn both_lists_are_fetched_before_anything_is_done() {
    let (home, portal) = Home::at_portal();
    acting(&home, &portal, "14190688", "exit 0").run().code(0);
    let requests = portal.requests();
    let calls: Vec<String> = portal.calls();
    assert_eq!(calls, [&[LIST][..], &CHECKED].concat());
    let bearer = |index: usize| requests[index].header("authorization").unwrap_or_default();
    assert_eq!([1, 4].map(bearer), [bearer(0); 2]);
    assert_ne!(bearer(3), bearer(0));
    assert!(bearer(3).starts_with("Bearer "));
    let query = requests[2].query.as_deref().unwrap();
    assert!(query.ends_with("&validForInMinutes=1440"), "{query}");
    assert!(requests[2].header("client_id").is_some());
    acting(&home, &portal, "14190688", "exit 0").run().code(0);
    let again = portal.requests();
    assert_ne!(again[2].header("client_id"), again[7].header("client_id"));
}

#[test]
fn a_request_is_sent_as_the_profile() {
    let (home, portal) = Home::at_portal();
    let basket = "/en/basket/CreateInvoice?createZeroValueInvoice=true";
    let booking = json!([{"Type": "booking", "Booking": {
        "Id": 0, "ResourceId": 1_414_021, "FromTime": "2031-09-01T16:00Z",
        "ToTime": "2031-09-01T17:00Z", "CoworkerId": CERAMICS, "ChargeNow": true,
        "BookingVisitors": [], "BookingProducts": [], "CustomFields": {"Data": []},
        "UniqueId": "2f1d7c0e-64f0-4b9e-9a55-0d5b8d3c1a77",
    }}]);
    let booked = home.nxp(["api", "--as", "14190688", "--input", "-", basket]);
    booked.at(&portal).stdin(booking.to_string()).run().code(0);
    let calls = portal.calls();
    let expected = [&[LIST][..], &CHECKED, &["POST /en/basket/CreateInvoice"]].concat();
    assert_eq!(calls, expected);
    let calendar = "/en/bookings/fullCalendarBookings?start=2031-09-01&end=2031-09-02";
    let calendar = home.nxp(["api", calendar]).at(&portal).run().json();
    let own = calendar.as_array().unwrap().iter();
    let own: Vec<&Value> = own.filter(|item| item["private"] == false).collect();
    assert_eq!(own.len(), 1, "{calendar}");
    assert_eq!(own[0]["coworkerId"], CERAMICS.to_string());
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
}

#[test]
fn a_response_shows_neither_token() {
    let (home, portal) = Home::at_portal();
    let list = "/api/public/coworkers/profiles";
    // The portal mirrors the token of the request.
    let shown = home.nxp(["api", "--as", "14190688", list, "-vv"]);
    let shown = shown.at(&portal).run().code(0);
    assert!(shown.stdout.contains("\"AccessToken\":\"[redacted]\""));
    assert!(
        shown.stderr.contains("exchange?token=[redacted]"),
        "{shown}"
    );
    let requests = portal.requests();
    let bearer = requests[0].header("authorization").unwrap();
    let of_account = bearer.strip_prefix("Bearer ").unwrap();
    portal.fail(&format!("bookings:text={of_account}"));
    let bookings = "/en/bookings/fullCalendarBookings";
    let shown = home.nxp(["api", "--as", "14190688", bookings]).at(&portal);
    assert_eq!(shown.run().answer(), "[redacted]");
}

#[test]
fn a_token_is_printed_that_acts_as_the_profile() {
    let (home, portal) = Home::at_portal();
    let print = home.nxp(["token", "--as", "duarte ceramics"]).at(&portal);
    let printed = print.printing_token().run().code(0);
    let token = printed.stdout.trim_end();
    let current = home.nxp(["current", "-o", "id"]).at(&portal);
    let current = current.env("NXP_TOKEN", token).run().answer();
    assert_eq!(current, "14190688\n");
    let document = home.nxp(["token", "--as", "14190688", "-o", "json"]);
    let document = document.at(&portal).printing_token().run().json();
    let fields: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["Email", "ExpiresAt", "Profile", "Space", "access_token"]
    );
    let day = crate::refresh::now() + 24 * 60 * 60;
    let expiry = document["ExpiresAt"].as_u64().unwrap();
    assert!((day - 60..=day + 60).contains(&expiry), "{document}");
    let plain = home.nxp(["token", "-o", "json"]).at(&portal);
    let plain = plain.printing_token().run().json();
    assert_eq!(plain.get("Profile"), None);
}

#[test]
fn it_runs_beside_an_exec_that_holds_the_lock() {
    let (home, portal) = Home::at_portal();
    let mut holder = begun(&home, &portal, TIDEWATER);
    let journal = fs::read(home.journal_file().unwrap()).unwrap();
    let run = acting(&home, &portal, "14190688", SHOW).run();
    assert_eq!(run.answer(), "14190688 14190688\n");
    assert_eq!(fs::read(home.journal_file().unwrap()).unwrap(), journal);
    assert_eq!(portal.current(), TIDEWATER);
    holder.enter("");
    holder.finish().code(0);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn there_is_nothing_to_wait_for() {
    let (home, portal) = (Home::new(), Portal::untouched());
    let wait = exec_with(
        &home,
        &portal,
        &["--no-switch", "--wait", "3", "14190688"],
        "",
    );
    wait.run().refusal(
        2,
        "the argument '--no-switch' cannot be used with '--wait <SECONDS>'",
        Some("leave out one of them"),
    );
    let bare = home.nxp(["profiles", "exec", "--no-switch", "14190688"]);
    bare.at(&portal).run().refusal(
        2,
        "no COMMAND given, and nxp can't start a shell (no terminal, or `--no-input`)",
        Some("give the command after `--`"),
    );
}

#[test]
fn at_a_terminal_a_shell_acts_as_the_profile() {
    let (home, portal) = Home::at_portal();
    let shell = home.nxp(["exec", "--no-switch", "duarte ceramics"]);
    let shell = shell.at(&portal).env("SHELL", "/bin/sh");
    let shell = shell.env("nxp", env!("CARGO_BIN_EXE_nxp"));
    let mut terminal = shell.in_terminal(24, 100);
    terminal.wait_for("This shell acts as Ana Duarte — Duarte Ceramics #14190688.");
    terminal.type_text("echo as $(\"$nxp\" current -o id)\r");
    terminal.wait_for("as 14190688");
    terminal.type_text("exit 4\r");
    assert_eq!(terminal.finish(), 4);
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
}

#[test]
fn at_a_terminal_a_part_of_a_name_opens_the_picker() {
    let (home, portal) = Home::at_portal();
    let script = "echo as $NXP_PROFILE_ID";
    let open = || {
        let exec = acting(&home, &portal, "ceram", script).env("NO_COLOR", "1");
        let terminal = exec.in_terminal(24, 100);
        terminal.wait_until("only what matches", |screen| {
            screen.contains("Duarte Ceramics") && !screen.contains("Northlight")
        });
        terminal
    };
    let mut terminal = open();
    terminal.press(Key::Enter);
    terminal.wait_for("as 14190688");
    assert_eq!(terminal.finish(), 0);
    let before = portal.calls().len();
    let mut terminal = open();
    terminal.press(Key::CtrlC);
    assert_eq!(terminal.finish(), 130);
    assert!(terminal.echoes());
    assert_eq!(portal.calls()[before..], [LIST]);
    let guess = acting(&home, &portal, "ceram", script).run().code(3);
    assert_eq!(guess.stdout, "");
}

#[test]
fn benefits_are_those_of_the_profile() {
    let (home, portal) = Home::at_portal();
    let words = ["profiles", "benefits", "--as", "14190688", "-o", "tsv"];
    let run = home.nxp(words).at(&portal).run().answer();
    assert_eq!(
        run,
        "team\tcredit\t5310391\tTeam room credit\t115\t200\t\ttrue\t\n\
         team\tservice\t5602218\tBlack and white pages\t381\t500\tUses\ttrue\t2031-01-31T23:59:00Z\n"
    );
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
}

#[test]
fn one_refusal_is_a_row_of_all_benefits() {
    let (home, portal) = Home::at_portal();
    portal.fail("impersonate:not-applied-then=403,1");
    let all = |format| {
        let words = ["profiles", "benefits", "--all", "-o", format];
        home.nxp(words).at(&portal).run().code(0)
    };
    let json = all("json").json();
    let list = json.as_array().unwrap();
    let ids: Vec<u64> = list
        .iter()
        .map(|item| item["Profile"]["Id"].as_u64().unwrap())
        .collect();
    let active = home.nxp(["list", "--active", "-o", "id"]).at(&portal);
    let active = active.run().answer();
    let active: Vec<u64> = active.lines().map(|id| id.parse().unwrap()).collect();
    assert_eq!(ids, active);
    assert!(!ids.contains(&SLOW_TYPE));
    let refused: Vec<&Value> = list
        .iter()
        .filter(|item| item["Personal"].is_null())
        .collect();
    assert_eq!(refused.len(), 1, "{json}");
    portal.fail("impersonate:not-applied-then=403,1");
    let table = all("table").stdout;
    let row = table.lines().find(|line| line.contains("Duarte Ceramics"));
    assert!(row.unwrap().contains("doesn't let you act as"), "{table}");
    assert!(table.contains("Meeting room credit"), "{table}");
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
}

/// Each fault, and how acting as a profile then fails: exit code, message and hint.
const REFUSALS: [(&str, i32, &str, &str); 12] = [
    (
        "impersonate:refuse",
        1,
        "HOST doesn't let you act as CERAMICS without switching: You don't have permission to \
         impersonate this customer.",
        "without `--no-switch` or `--as`: `nxp profiles exec PROFILE -- COMMAND` switches, and switches back",
    ),
    (
        "impersonate:firewall",
        5,
        "blocked by a firewall in front of HOST (HTTP 403)",
        "try another network, or without a VPN or proxy; if it persists, ask the space's team",
    ),
    (
        "impersonate:not-applied-then=404",
        3,
        "HOST has no customer for CERAMICS (HTTP 404)",
        "see `nxp profiles list`",
    ),
    (
        "impersonate:expire=9",
        4,
        "HOST rejects the stored token: it has expired, or the user has no customer profile there",
        "sign in again with `nxp login --space ADDRESS --email ana@sandbox.example`",
    ),
    (
        "impersonate:throttle=9,60",
        6,
        "rate-limited by HOST; it asks to retry in 60 s",
        "try again in 60 s, or allow more time with `--timeout SECONDS`",
    ),
    (
        "no-token",
        1,
        "invalid response for the profile's token: it has no token",
        "try again; if it persists, check `--space` and run `nxp doctor`",
    ),
    (
        "dead-token",
        1,
        "the portal rejects its own one-time token: The token is not valid, or has already been used.",
        "try again",
    ),
    (
        "exchange:expire=9",
        1,
        "the portal rejects its own one-time token: no reason given",
        "try again",
    ),
    (
        "exchange:unavailable=9",
        5,
        "HOST: server error (HTTP 503)",
        "try again later",
    ),
    (
        "profiles+1:expire",
        4,
        "HOST rejects the token of the profile: it has expired, or the user has no customer profile \
         there",
        "run this again",
    ),
    (
        "wrong-profile",
        1,
        "the token acts as Ana Duarte #14190271, not as CERAMICS; it was not used",
        "without `--no-switch` or `--as`: `nxp profiles exec PROFILE -- COMMAND` switches, and switches back",
    ),
    (
        "moves-current",
        1,
        "the current profile moved from Ana Duarte #14190271 to CERAMICS meanwhile; the token was \
         not used",
        "switch back with `nxp profiles switch 14190271`",
    ),
];

/// Nothing runs, nothing is stored, and the account stays signed in.
#[test]
fn each_refusal_has_words_of_its_own() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    for (fault, code, message, hint) in REFUSALS {
        let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
        home.sign_in(&portal, ANA);
        let list = || home.nxp(["profiles", "list"]).run().code(0);
        list();
        let service = format!("nxp/{}", portal.host());
        let item = || keyring.lookup(&service, ANA).unwrap();
        let stored = || {
            let all = files(home.path());
            let state = files(&home.path().join("state"));
            (all.into_keys().collect::<Vec<_>>(), state)
        };
        let (item_before, stored_before) = (item(), stored());
        portal.fail(fault);
        let run = acting_signed_in(&home, "echo ran").run();
        let label = "Ana Duarte — Duarte Ceramics #14190688";
        let message = message
            .replace("HOST", portal.host())
            .replace("CERAMICS", label);
        let hint = hint.replace("ADDRESS", portal.address());
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (
                code,
                "",
                format!("error: {message}\nhint: {hint}\n").as_str()
            ),
            "{fault}"
        );
        // Only 401 is followed by a refresh, and by one.
        let is_rejected = fault == "impersonate:expire=9";
        assert_eq!(portal.refreshes(), usize::from(is_rejected), "{fault}");
        assert_eq!(item() == item_before, !is_rejected, "{fault}");
        assert_eq!(stored(), stored_before, "{fault}");
        let has_moved = fault == "moves-current";
        let current = if has_moved { CERAMICS } else { ANAS_OWN };
        assert_eq!(
            (portal.switches(), portal.current()),
            (0, current),
            "{fault}"
        );
        // The account's refresh token still works.
        portal.update(|data| data.expire_access_tokens());
        let before = portal.refreshes();
        list();
        assert_eq!(portal.refreshes(), before + 1, "{fault}");
        if has_moved {
            home.nxp(["profiles", "switch", "14190271"]).run().code(0);
            assert_eq!(portal.current(), ANAS_OWN);
        }
    }
}

#[test]
fn an_expired_token_of_the_account_is_refreshed_once() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    ana.portal.fail("impersonate:expire");
    // What other users can see of nxp is searched for secrets.
    let script = format!("cat /proc/$PPID/cmdline /proc/$PPID/environ >&2; {SHOW}");
    let run = acting_signed_in(&ana.home, &script).run();
    assert_eq!(run.answer(), "14190688 14190688\n");
    let calls = ana.calls();
    let expected = [LIST, IMPERSONATE, "POST /api/token", IMPERSONATE, EXCHANGE];
    assert_eq!(calls[..5], expected);
    assert_eq!(ana.portal.refreshes(), 1);
    ana.portal.update(|data| data.expire_access_tokens());
    ana.home.nxp(["profiles", "list"]).run().code(0);
}

/// No request is sent, no token printed.
#[test]
fn no_command_uses_a_token_that_was_refused() {
    for (fault, message, hint) in [
        (
            "wrong-profile",
            "the token acts as Ana Duarte #14190271, not as ",
            "hint: without `--no-switch` or `--as`: `nxp profiles exec PROFILE -- COMMAND` switches, and switches back\n",
        ),
        (
            "moves-current",
            "the current profile moved from Ana Duarte #14190271 to ",
            "profiles switch 14190271`\n",
        ),
        (
            "impersonate:refuse",
            "doesn't let you act as ",
            "hint: without `--no-switch` or `--as`: `nxp profiles exec PROFILE -- COMMAND` switches, and switches back\n",
        ),
    ] {
        for words in [
            &[
                "api",
                "--as",
                "14190688",
                "/en/bookings/fullCalendarBookings",
            ][..],
            &["token", "--as", "14190688"],
            &["profiles", "benefits", "--as", "14190688"],
        ] {
            let (home, portal) = Home::at_portal();
            portal.fail(fault);
            let run = home.nxp(words).at(&portal).run().code(1);
            assert_eq!(run.stdout, "", "{fault}");
            assert!(run.stderr.contains(message), "{fault}: {run}");
            assert!(run.stderr.ends_with(hint), "{fault}: {run}");
            let last = portal.calls().pop().unwrap();
            let is_part_of_it = [LIST, IMPERSONATE].contains(&last.as_str());
            assert!(is_part_of_it, "{fault}: {last}");
        }
    }
}

#[test]
fn a_profile_that_is_not_active_is_not_asked_for() {
    let (home, portal) = Home::at_portal();
    for words in [
        &["exec", "--no-switch", "14388925", "--", "true"][..],
        &["api", "--as", "14388925", "/"],
        &["token", "--as", "14388925"],
        &["benefits", "--as", "14388925"],
        &["token", "--as", "1"],
    ] {
        let run = home.nxp(words).at(&portal).run().code(3);
        assert_eq!(run.stdout, "");
        assert_eq!(portal.calls().pop().unwrap(), LIST);
    }
    assert_eq!(portal.calls().len(), 5);
}

#[test]
fn a_switch_to_a_third_profile_meanwhile_is_no_obstacle() {
    let (home, portal) = Home::at_portal();
    let mut gate = Gate::open_before(&portal);
    gate.hold("/impersonate");
    let exec = acting(&home, &portal, "14190688", SHOW);
    let exec = exec.env("NXP_SPACE", gate.address()).start();
    gate.wait_until_held();
    portal.update(|data| data.set_current(ANA, TIDEWATER));
    gate.open();
    assert_eq!(exec.finish().answer(), "14190688 14190688\n");
    let calls = portal.calls();
    let expected = [&[LIST][..], &CHECKED, &CHECKED, &[LIST]].concat();
    assert_eq!(calls, expected);
}

#[test]
fn a_signal_before_the_command_changes_nothing() {
    let (home, portal) = Home::at_portal();
    for (held, signal, code) in [
        (LIST, Signal::INT, 130),
        ("/impersonate", Signal::INT, 130),
        ("/exchange", Signal::TERM, 143),
    ] {
        let mut gate = Gate::open_before(&portal);
        gate.hold(held);
        let exec = acting(&home, &portal, "14190688", "echo ran");
        let exec = exec.env("NXP_SPACE", gate.address()).start();
        gate.wait_until_held();
        exec.signal(signal);
        let stopped = exec.finish();
        gate.open();
        stopped.refusal(code, "cancelled; nothing was changed", None);
    }
    assert_eq!((portal.switches(), portal.current()), (0, ANAS_OWN));
}

/// Each command looks again and again, until it is told to end.
#[test]
fn each_of_eight_sees_its_own_profile_while_the_person_switches() {
    let (home, portal) = Home::at_portal();
    let others = [ANAS_OWN, TIDEWATER];
    let script = format!("{SHOW}; while read line; do {SHOW}; done");
    let wanted = [CERAMICS, 8_590_114_207, 14_530_016, CERAMICS];
    let switch_to = |profile| portal.update(|data| data.set_current(ANA, profile));
    let begin = |profile: u64| loop {
        // What another switch meanwhile stops is begun again.
        let mut exec = acting(&home, &portal, &profile.to_string(), &script).start();
        switch_to(others[fastrand::usize(..2)]);
        match exec.try_line() {
            Some(line) => {
                assert_eq!(line, format!("{profile} {profile}"));
                break (profile, exec);
            }
            None => {
                let stopped = exec.finish().code(1);
                assert!(stopped.stderr.contains("meanwhile"), "{stopped}");
            }
        }
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let started = [wanted, wanted].concat();
        let threads: Vec<_> = started
            .into_iter()
            .map(|profile| scope.spawn(move || begin(profile)))
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    for current in [TIDEWATER, CERAMICS, 14_530_016, ANAS_OWN, CERAMICS] {
        switch(&home, &portal, current).run().code(0);
        for (_, exec) in &mut all {
            exec.enter("");
        }
        for (profile, exec) in &mut all {
            assert_eq!(exec.line(), format!("{profile} {profile}"));
        }
        assert_eq!(portal.current(), current);
    }
    for (_, exec) in all {
        exec.finish().code(0);
    }
}

#[test]
fn doctor_says_that_it_is_not_confirmed_and_does_not_try_it() {
    let (home, portal) = Home::at_portal();
    let doctor = home.nxp(["doctor", "-v", "-o", "tsv"]).at(&portal);
    let shown = doctor.run().answer();
    let line = shown.lines().find(|line| line.starts_with("no-switch\t"));
    assert_eq!(
        line.unwrap(),
        "no-switch\tskip\tnot confirmed: whether spaces let members act as a profile without \
         switching; see `nxp help security`\t"
    );
    assert!(!portal.calls().contains(&IMPERSONATE.to_owned()));
}

/// The command sees its own profile as last seen, and what the user saw last stays as it was.
#[test]
fn what_was_last_seen_is_each_tokens_own() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    let cached = || {
        let words = ["profiles", "current", "--cached", "-o", "id"];
        ana.home.nxp(words).run().answer()
    };
    let script =
        r#""$nxp" current --cached -o id; "$nxp" current -o id; "$nxp" current --cached -o id"#;
    let run = acting_signed_in(&ana.home, script).run();
    assert_eq!(run.answer(), "14190688\n14190688\n14190688\n");
    assert_eq!(cached(), format!("{ANAS_OWN}\n"));
    switch(&ana.home, &ana.portal, TIDEWATER).run().code(0);
    assert_eq!(cached(), format!("{ANAS_OWN}\n"));
    ana.home.nxp(["profiles", "list"]).run().code(0);
    assert_eq!(cached(), format!("{TIDEWATER}\n"));
}

#[test]
fn a_portal_that_moves_the_current_profile_and_then_fails_is_noticed() {
    let (home, portal) = Home::at_portal();
    portal.fail("moves-current");
    portal.fail("exchange:unavailable=99");
    let id = CERAMICS.to_string();
    let words = ["profiles", "exec", "--no-switch", &id, "--", "echo", "run"];
    let run = home.nxp(words).at(&portal).run().code(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("server error (HTTP 503)"), "{run}");
    let moved = "the current profile moved from Ana Duarte #14190271 to ";
    assert!(run.stderr.contains(moved), "{run}");
    assert!(run.stderr.contains("profiles switch 14190271"), "{run}");
}

/// Otherwise a row could show what another profile can spend.
#[test]
fn all_benefits_end_when_another_profile_becomes_current() {
    let (home, portal) = Home::at_portal();
    portal.fail("moves-current");
    let words = ["profiles", "benefits", "--all", "-o", "json"];
    let run = home.nxp(words).at(&portal).run().code(1);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("moved from Ana Duarte #14190271 to "),
        "{run}"
    );
    assert!(run.stderr.contains("profiles switch 14190271"), "{run}");
}
