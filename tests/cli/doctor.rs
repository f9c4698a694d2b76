//! `nxp doctor`.

use serde_json::{Value, json};

use crate::people::{ANA, ANAS_OWN, TWO_FACTOR};
use crate::support::BuildProfile as _;
use crate::support::{Authority, Home, Keyring, ONE_TIME_CODE, Output, Portal, people};

/// The checks of a run, as "name verdict".
fn verdicts(output: &Output) -> Vec<String> {
    let lines = output.stdout.lines();
    lines
        .map(|line| line.split('\t').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

fn cell(output: &Output, check: &str, index: usize) -> String {
    let line = output.stdout.lines().find(|line| line.starts_with(check));
    let cell = line.unwrap().split('\t').nth(index);
    cell.unwrap().to_owned()
}

fn detail(output: &Output, check: &str) -> String {
    cell(output, check, 2)
}

fn remedy(output: &Output, check: &str) -> String {
    cell(output, check, 3)
}

#[test]
fn an_account_that_works_is_all_well() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    let output = home.nxp(["doctor"]).run().code(0);
    assert_eq!(
        verdicts(&output),
        [
            "settings ok",
            "keyring ok",
            "connection ok",
            "token ok",
            "profiles ok"
        ]
    );
    assert_eq!(output.stderr, "");
    assert_eq!(
        detail(&output, "profiles"),
        "6 profiles; all fields as expected"
    );
    let shapes: Vec<_> = portal.requests().into_iter().skip(3).collect();
    let with_token = shapes
        .iter()
        .filter(|request| request.header("authorization").is_some());
    for request in with_token {
        let query = request.query.as_deref().unwrap();
        assert!(query.starts_with("_shape=User.Id,"), "{query}");
        assert!(!query.contains("AccessToken"), "{query}");
    }
    let document = home.nxp(["doctor", "-o", "json"]).run().json();
    assert_eq!(document["Checks"][3]["Check"], "token");
    assert_eq!(document["Checks"][3]["Status"], "ok");
    assert_eq!(document["Checks"][3]["Remedy"], json!(null));
}

#[test]
fn it_works_with_no_account_and_no_network() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let output = Home::with_keyring(&keyring).nxp(["doctor"]).run().code(0);
    assert_eq!(
        verdicts(&output),
        [
            "settings ok",
            "keyring ok",
            "connection skip",
            "token skip",
            "profiles skip"
        ]
    );
    assert_eq!(remedy(&output, "settings"), "");
    assert_eq!(
        detail(&output, "keyring"),
        "the Secret Service keeps tokens"
    );
    assert_eq!(detail(&output, "token"), "needs a sign-in");
    assert_eq!(remedy(&output, "token"), "sign in with `nxp login`");
    assert_eq!(keyring.lookup("nxp/spaces.nexudus.com", "nxp-doctor"), None);
}

#[test]
fn several_accounts_and_none_chosen_is_not_called_signed_out() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let home = Home::with_keyring(&keyring);
    let [first, second] = [Portal::start(), Portal::start()];
    home.sign_in(&first, ANA);
    home.sign_in(&second, ANA);
    let other = home.login(second.address(), TWO_FACTOR);
    other.args(["--totp", ONE_TIME_CODE]).run().code(0);
    let doctor = home.nxp(["doctor", "--space", second.address()]);
    let output = doctor.run().code(1);
    assert_eq!(
        verdicts(&output),
        [
            "settings fail",
            "keyring ok",
            "connection ok",
            "token skip",
            "profiles skip"
        ]
    );
    for check in ["token", "profiles"] {
        let detail = detail(&output, check);
        let why = "needs one account";
        assert!(detail.starts_with(why), "{check}: {detail}");
    }
    home.nxp(["doctor"]).run().code(0);
}

#[test]
fn a_keyring_that_is_no_use_fails_with_a_remedy() {
    let (Some(hanging), Some(locked)) = (Keyring::unlocked(), Keyring::unlocked()) else {
        return;
    };
    hanging.hang();
    locked.lock();
    let cases = [
        (Home::new(), "gnome-keyring-daemon --unlock"),
        (
            Home::with_keyring(&hanging),
            "gnome-keyring-daemon --unlock",
        ),
        (Home::with_keyring(&locked), "unlock it"),
    ];
    let running = cases.map(|(home, part)| {
        let run = home.nxp(["doctor"]).start();
        (home, part, run)
    });
    for (_home, part, run) in running {
        let output = run.finish().code(1);
        assert_eq!(verdicts(&output)[1], "keyring fail");
        let remedy = remedy(&output, "keyring");
        assert!(remedy.contains(part), "{remedy}");
        assert!(output.stderr.starts_with("error: 1 check failed"));
    }
}

#[test]
fn a_portal_that_can_not_be_reached_is_not_called_a_bad_token() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    drop(portal);
    let output = home.nxp(["doctor"]).run().code(1);
    assert_eq!(
        verdicts(&output)[2..],
        ["connection fail", "token skip", "profiles skip"]
    );
    let detail = detail(&output, "connection");
    assert!(detail.contains("connection refused"), "{detail}");
}

#[test]
fn unknown_host_is_named() {
    let home = Home::new();
    let words = ["doctor", "--space", "no-such-space.invalid"];
    let output = (home.nxp(words)).run().code(1);
    let detail = detail(&output, "connection");
    assert!(
        detail.contains("can't reach no-such-space.invalid"),
        "{detail}"
    );
}

#[test]
fn a_rejected_token_says_how_to_sign_in() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    portal.update(|data| {
        data.expire_access_tokens();
        data.expire_refresh_tokens();
    });
    let output = home.nxp(["doctor"]).run().code(1);
    assert_eq!(verdicts(&output)[3..], ["token fail", "profiles skip"]);
    let login = format!("nxp login --space {} --email {ANA}", portal.address());
    assert!(remedy(&output, "token").contains(&login));
    let home = Home::new();
    let token = home.nxp(["doctor"]).at(&portal).env("NXP_TOKEN", "made-up");
    let output = token.run().code(1);
    assert_eq!(
        verdicts(&output),
        [
            "settings ok",
            "keyring skip",
            "connection ok",
            "token fail",
            "profiles skip"
        ]
    );
}

#[test]
fn a_web_page_in_the_place_of_the_api_is_said() {
    let portal = Portal::with_faults(["web-page"]);
    let output = Home::new().nxp(["doctor"]).at(&portal).run().code(1);
    assert_eq!(verdicts(&output)[2], "connection fail");
    let detail = detail(&output, "connection");
    assert!(detail.contains("a web page"), "{detail}");
}

#[test]
fn fields_that_are_new_or_missing_are_named_and_another_type_fails() {
    let mut model = people();
    for profile in &mut model.user_mut(ANA).unwrap().profiles {
        profile.set("Badge", json!({"Colour": "red"}));
        profile.fields.remove("CoworkerType");
    }
    let portal = Portal::with_model(model);
    let output = Home::new().nxp(["doctor"]).at(&portal).run().code(0);
    assert_eq!(
        detail(&output, "profiles"),
        "6 profiles; missing: Profiles.CoworkerType; unknown: Profiles.Badge"
    );
    portal.update(|data| {
        let user = data.model.user_mut(ANA).unwrap();
        let profile = user.profile_mut(ANAS_OWN).unwrap();
        profile.set("CoworkerType", "company");
    });
    let output = Home::new().nxp(["doctor"]).at(&portal).run().code(1);
    let detail = detail(&output, "profiles");
    assert!(
        detail.contains("the profile list: a field is missing or has another type"),
        "{detail}"
    );
    assert!(remedy(&output, "profiles").contains("report this line"));
}

#[test]
fn wrong_settings_are_the_first_check() {
    let home = Home::new();
    let output = home.nxp(["doctor", "--timeout", "soon"]).run().code(1);
    assert_eq!(verdicts(&output)[0], "settings fail");
    assert_eq!(
        remedy(&output, "settings"),
        "give seconds, for example `--timeout 60`"
    );
    assert_eq!(verdicts(&output).len(), 5);
    let output = home
        .nxp(["doctor"])
        .env("NXP_TOKEN", "orphan")
        .run()
        .code(1);
    assert_eq!(verdicts(&output)[0], "settings fail");
}

#[test]
fn people_get_a_line_for_each_check_and_the_remedy_uncut_below() {
    let home = Home::new();
    let mut terminal = (home.nxp(["doctor"])).in_terminal(40, 60);
    assert_eq!(terminal.finish(), 1);
    let screen = terminal.screen();
    assert!(!screen.contains('…'), "{screen}");
    let joined = screen.replace('\n', "");
    assert!(
        joined.contains("gnome-keyring-daemon --unlock --components=secrets"),
        "{screen}"
    );
    let sandbox = home.nxp(["--sandbox", "doctor", "-o", "json"]).run().json();
    let statuses: Vec<&Value> = sandbox["Checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| &check["Status"])
        .collect();
    assert_eq!(statuses, ["ok", "skip", "skip", "ok", "ok"]);
}

#[test]
fn verbose_names_what_a_report_needs_and_no_secret() {
    let (home, portal) = (Home::new(), Portal::start());
    let company = home.path().join("company.pem");
    std::fs::write(&company, Authority::new("Company").pem()).unwrap();
    let doctor = home.nxp(["doctor", "-v"]).at(&portal);
    let doctor = doctor
        .env("HTTPS_PROXY", "http://ana:hunter2@proxy.example:3128/")
        .env("SSL_CERT_FILE", &company);
    let output = doctor.run().code(0);
    let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    for (check, expected) in [
        (
            "program",
            format!("nxp {} for {platform}", env!("CARGO_PKG_VERSION")),
        ),
        ("proxy", "http://proxy.example:3128 (HTTPS_PROXY)".into()),
        (
            "certificates",
            format!(
                "{} (SSL_CERT_FILE) instead of the system's",
                company.display()
            ),
        ),
    ] {
        assert_eq!(detail(&output, check), expected);
    }
    assert!(!format!("{output}").contains("hunter2"), "{output}");
    let brief = home.nxp(["doctor"]).at(&portal).run().code(0);
    assert!(!brief.stdout.contains("program"), "{brief}");
}

#[test]
fn a_proxy_is_named_without_its_password() {
    let (home, portal) = (Home::new(), Portal::start());
    for (value, no_proxy, expected) in [
        (
            "http://ana:hunter2@proxy.example:3128/?p=hunter2",
            "localhost,.example",
            "http://proxy.example:3128 (HTTPS_PROXY), not for localhost,.example (NO_PROXY)",
        ),
        // Without a scheme it is a proxy all the same.
        (
            "ana:hunter2@proxy.example:3128",
            "",
            "http://proxy.example:3128 (HTTPS_PROXY)",
        ),
        (
            "socks5h://ana:hunter2@[::1]",
            "",
            "socks5h://[::1] (HTTPS_PROXY)",
        ),
        ("hunter2 hunter2", "", "an invalid address (HTTPS_PROXY)"),
    ] {
        let doctor = home.nxp(["doctor", "-v"]).at(&portal);
        let doctor = doctor.env("HTTPS_PROXY", value).env("NO_PROXY", no_proxy);
        let output = doctor.run().code(0);
        assert_eq!(detail(&output, "proxy"), expected);
        assert!(!format!("{output}").contains("hunter2"), "{output}");
    }
}

#[test]
fn folders_that_can_not_be_written_fail_with_a_remedy() {
    let portal = Portal::start();
    for variable in ["XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        let home = Home::new();
        let doctor = || home.nxp(["doctor"]).at(&portal);
        let before = home.path().read_dir().unwrap().count();
        assert_eq!(verdicts(&doctor().run().code(0))[0], "settings ok");
        assert!(!home.state_file().parent().unwrap().exists());
        let output = doctor().env(variable, "/proc/nowhere").run().code(1);
        assert_eq!(verdicts(&output)[0], "settings fail");
        let problem = detail(&output, "settings");
        assert!(
            problem.starts_with("can't write to /proc/nowhere/nxp: "),
            "{problem}"
        );
        let remedy = remedy(&output, "settings");
        assert!(remedy.contains(variable), "{remedy}");
        assert_eq!(home.path().read_dir().unwrap().count(), before);
    }
    let home = Home::new();
    let exec = home
        .nxp(["profiles", "exec", "14190688", "--", "true"])
        .at(&portal);
    let output = exec.env("XDG_STATE_HOME", "/proc/nowhere").run().code(1);
    assert!(output.stderr.contains("XDG_STATE_HOME"), "{output}");
}

#[test]
fn a_field_that_is_called_like_the_token_is_not_named() {
    let mut model = people();
    let portal = Portal::start();
    let token = portal.token();
    for profile in &mut model.user_mut(ANA).unwrap().profiles {
        profile.set(&token, 1);
    }
    portal.update(|data| data.model = model);
    let home = Home::new();
    let doctor = home.nxp(["doctor"]).at(&portal).env("NXP_TOKEN", token);
    let output = doctor.run().code(0);
    assert_eq!(
        detail(&output, "profiles"),
        "6 profiles; unknown: Profiles.[redacted]"
    );
}
