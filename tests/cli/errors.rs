//! Every failure: its words, its hint and its exit code.

use std::io;
use std::path::Path;
use std::time::Duration;

use insta::assert_snapshot;
use nxp::error::{BusyRemedy, Error, KeyringRemedy, NetworkRemedy, TokenOrigin};
use nxp::testing::{command_line, error_in_json, login_command};

fn text(text: &str) -> String {
    text.to_owned()
}

fn labels() -> Vec<String> {
    vec![text("Ana #1"), text("Ana — Acme #2")]
}

fn of_usage() -> Vec<Error> {
    vec![
        Error::Usage {
            message: text("invalid value"),
            hint: Some(text("give another")),
        },
        Error::MissingInput {
            what: "`--space`",
            give: text("`--space SPACE`"),
        },
        Error::InvalidSpace {
            given: text("acme/.."),
            reason: text("`..` is not allowed"),
        },
        Error::MalformedToken {
            source_name: "NXP_TOKEN",
        },
        Error::AmbiguousAccount {
            options: "`--account`",
            choices: vec![text("ana@a.example at a"), text("bo@b.example at b")],
        },
    ]
}

fn of_profiles() -> Vec<Error> {
    vec![
        Error::NoSuchProfile {
            wanted: text("7"),
            close: None,
            possible: labels(),
        },
        Error::NoSuchProfile {
            wanted: text("called \"Acne\""),
            close: Some(text("\"Acme\"")),
            possible: labels(),
        },
        Error::NoSuchProfile {
            wanted: text("7"),
            close: None,
            possible: (1..=200).map(|id| format!("Ana #{id}")).collect(),
        },
        Error::NoPreviousProfile { possible: labels() },
        Error::InactiveProfile {
            label: text("Bo #3"),
            is_known: true,
            possible: vec![],
        },
        Error::NoWayBack {
            current: text("Bo #3"),
            switch: command_line(["profiles", "switch", "1"]),
        },
        Error::AmbiguousProfile {
            what: text("are called \"ana\""),
            candidates: labels(),
        },
        Error::NoActiveProfile,
        Error::NoCurrentProfile { cached: false },
        Error::NoCurrentProfile { cached: true },
        Error::NotCurrent {
            expected: text("Ana #1"),
            switch: command_line(["profiles", "switch", "1"]),
            current: text("Ana — Acme #2"),
        },
        Error::SeveralCurrent { labels: labels() },
        Error::NoVirtualOffice { paused: vec![] },
        Error::NoVirtualOffice { paused: labels() },
    ]
}

fn of_signing_in() -> Vec<Error> {
    let (space, login) = (
        || text("acme.spaces.nexudus.com"),
        || login_command(Some("acme"), None),
    );
    let rejected = |origin| Error::TokenRejected {
        origin,
        space: space(),
        login: login(),
    };
    vec![
        Error::NotSignedIn {
            wanted: None,
            login: login(),
            within_exec: false,
            is_token_empty: false,
        },
        Error::NotSignedIn {
            wanted: Some(text("as ana@a.example at acme")),
            login: login(),
            within_exec: false,
            is_token_empty: false,
        },
        Error::NotSignedIn {
            wanted: Some(text("at acme")),
            login: login(),
            within_exec: true,
            is_token_empty: false,
        },
        Error::NotSignedIn {
            wanted: None,
            login: login(),
            within_exec: false,
            is_token_empty: true,
        },
        rejected(TokenOrigin::Keyring),
        rejected(TokenOrigin::Environment),
        rejected(TokenOrigin::Input),
        rejected(TokenOrigin::Sandbox),
        Error::RefreshRefused {
            account: text("ana@a.example at acme"),
            login: login(),
        },
        Error::WrongCredentials {
            email: text("ana@a.example"),
            space: space(),
        },
        Error::OneTimeCodeNeeded { refused: false },
        Error::OneTimeCodeNeeded { refused: true },
        Error::MustResetPassword {
            space: text("https://acme.spaces.nexudus.com"),
        },
        Error::NoCustomer {
            email: text("ana@a.example"),
            space: space(),
        },
        Error::LinkRejected {
            space: space(),
            reason: None,
            page: text("https://acme.spaces.nexudus.com/login"),
        },
        Error::SignInRefused {
            reason: text("unsupported_grant_type"),
        },
        Error::NoSuchSpace {
            space: space(),
            found: text("it answered with a web page"),
        },
        Error::OtherUser {
            named: text("ana@a.example"),
            actual: text("bo@b.example"),
        },
    ]
}

fn of_switching() -> Vec<Error> {
    let cause = || {
        Box::new(Error::ServerError {
            space: text("acme"),
            status: 502,
        })
    };
    let (wanted, current) = (|| text("Ana — Acme #2"), || Some(text("Ana #1")));
    vec![
        Error::Refused {
            label: wanted(),
            reason: Some(text("Unpaid.")),
            is_unknown_profile: false,
        },
        Error::Refused {
            label: wanted(),
            reason: None,
            is_unknown_profile: true,
        },
        Error::RequestRefused {
            request: text("POST /en/basket/CreateInvoice"),
            reason: text("The room is taken."),
        },
        Error::SwitchUnknown {
            wanted: wanted(),
            is_confirmed: true,
            current: current(),
            cause: None,
        },
        Error::SwitchUnknown {
            wanted: wanted(),
            is_confirmed: true,
            current: None,
            cause: None,
        },
        Error::SwitchUnknown {
            wanted: wanted(),
            is_confirmed: false,
            current: current(),
            cause: Some(cause()),
        },
        Error::SwitchUnknown {
            wanted: wanted(),
            is_confirmed: true,
            current: None,
            cause: Some(cause()),
        },
        Error::Busy {
            pid: 77,
            is_exec: true,
            label: wanted(),
            age: Duration::from_secs(90),
            remedy: BusyRemedy::Force,
        },
        Error::Busy {
            pid: 77,
            is_exec: true,
            label: wanted(),
            age: Duration::from_secs(90),
            remedy: BusyRemedy::ForceWithin,
        },
        Error::Busy {
            pid: 77,
            is_exec: false,
            label: wanted(),
            age: Duration::from_secs(9000),
            remedy: BusyRemedy::Wait,
        },
        Error::Busy {
            pid: 77,
            is_exec: false,
            label: wanted(),
            age: Duration::from_secs(31),
            remedy: BusyRemedy::MoreTime,
        },
        Error::NestedExec {
            pid: 77,
            label: wanted(),
        },
        Error::TokensLocked {
            account: text("ana@a.example at acme"),
            limit: Duration::from_secs(30),
        },
        Error::LockHeld {
            path: "/home/ana/.local/state/nxp/locks/switch-1.lock".into(),
        },
        Error::CannotRun {
            command: text("make"),
            cause: io::ErrorKind::NotFound.into(),
        },
        Error::CannotRun {
            command: text("make"),
            cause: io::ErrorKind::PermissionDenied.into(),
        },
        Error::NotSwitchedBack {
            before: text("Ana #1"),
            profile: wanted(),
            switch: command_line(["profiles", "switch", "1"]),
            cause: cause(),
            code: 0,
        },
        Error::NotSwitchedBack {
            before: text("Ana #1"),
            profile: wanted(),
            switch: command_line(["profiles", "switch", "1"]),
            cause: Box::new(Error::SwitchUnknown {
                wanted: text("Ana #1"),
                is_confirmed: false,
                current: Some(wanted()),
                cause: Some(cause()),
            }),
            code: 0,
        },
        Error::Stopped {
            signal: 15,
            changed: false,
        },
        Error::Stopped {
            signal: 15,
            changed: true,
        },
        Error::Cancelled,
    ]
}

fn of_the_way_there() -> Vec<Error> {
    let space = || text("acme.spaces.nexudus.com");
    let unreachable = |cause: &str, remedy| Error::Unreachable {
        space: space(),
        cause: text(cause),
        remedy,
    };
    let keyring = |remedy| Error::Keyring {
        cause: text("there is none"),
        remedy,
    };
    vec![
        Error::WebPage {
            space: space(),
            what: text("the profile list"),
        },
        Error::InvalidResponse {
            what: text("the profile list"),
            problem: text("incomplete JSON"),
        },
        Error::File {
            verb: "write",
            path: "/home/ana/.local/state/nxp/state.json".into(),
            cause: text("Permission denied (os error 13)"),
        },
        Error::Unexpected {
            message: text("can't write /tmp/file: disk full"),
        },
        unreachable("connection refused", NetworkRemedy::CheckConnection),
        unreachable("its certificate has expired", NetworkRemedy::SetClock),
        unreachable("certificate for another name", NetworkRemedy::CheckSpace),
        unreachable("self-signed certificate", NetworkRemedy::TrustAuthority),
        unreachable(
            "there are no authorities",
            NetworkRemedy::InstallAuthorities,
        ),
        unreachable("the proxy is not there", NetworkRemedy::CheckProxy),
        unreachable(
            "the proxy requires a password",
            NetworkRemedy::SetProxyPassword,
        ),
        Error::TimedOut {
            space: space(),
            limit: Duration::from_millis(1500),
        },
        Error::TimedOut {
            space: space(),
            limit: Duration::from_nanos(3_000_745_517),
        },
        Error::ServerError {
            space: space(),
            status: 503,
        },
        Error::Blocked { space: space() },
        Error::MalformedProxy {
            variable: "HTTPS_PROXY",
        },
        Error::Throttled {
            space: space(),
            retry_after: Some(90),
        },
        Error::Throttled {
            space: space(),
            retry_after: Some(3_600),
        },
        Error::Throttled {
            space: space(),
            retry_after: Some(u64::MAX),
        },
        Error::Throttled {
            space: space(),
            retry_after: None,
        },
        Error::CannotWrite {
            path: "/home/ana/repo/.nxp.toml".into(),
            cause: io::ErrorKind::PermissionDenied.into(),
        },
        Error::ChecksFailed { failed: 2 },
        Error::NotStored {
            account: text("ana@a.example at acme"),
            cause: text("it is locked"),
            login: login_command(None, None),
        },
        keyring(KeyringRemedy::Provide),
        keyring(KeyringRemedy::Unlock),
        keyring(KeyringRemedy::DoWithout),
        keyring(KeyringRemedy::SignInAgain),
    ]
}

pub(crate) fn all() -> Vec<Error> {
    [
        of_usage(),
        of_profiles(),
        of_signing_in(),
        of_switching(),
        of_the_way_there(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_error_says_what_happened_and_what_to_do() {
    let shown = |error: &Error| {
        let hint = error
            .hint()
            .map_or(String::new(), |hint| format!("\n  hint: {hint}"));
        format!(
            "{:>3} {:<9} {error}{hint}\n",
            error.exit_code(),
            error.code().as_str()
        )
    };
    assert_snapshot!(all().iter().map(shown).collect::<String>());
}

#[test]
fn no_error_is_forgotten_here() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/error/mod.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let body = source
        .split_once("pub enum Error {")
        .unwrap()
        .1
        .split_once("\n}\n")
        .unwrap()
        .0;
    let sampled: Vec<String> = all().iter().map(|error| format!("{error:?}")).collect();
    let is_variant = |line: &&str| {
        line.starts_with("    ")
            && line.trim_start().starts_with(char::is_uppercase)
            && !line.starts_with("     ")
    };
    let variants: Vec<&str> = body
        .lines()
        .filter(is_variant)
        .map(|line| {
            line.trim()
                .split(|char: char| !char.is_alphanumeric())
                .next()
                .unwrap()
        })
        .collect();
    assert!(variants.len() > 40, "{variants:?}");
    for variant in variants {
        let named = |debug: &String| {
            debug.split(|char: char| !char.is_alphanumeric()).next() == Some(variant)
        };
        assert!(sampled.iter().any(named), "{variant} has no sample");
    }
}

#[test]
fn an_error_in_json_is_one_line_with_the_promised_fields() {
    for error in all() {
        let json = error_in_json(&error);
        assert_eq!(json.lines().count(), 1, "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["error"]["code"], error.code().as_str());
        assert_eq!(value["error"]["exit_code"], error.exit_code());
        assert_eq!(value["error"]["message"], error.to_string());
        assert_eq!(value["error"]["hint"].as_str(), error.hint().as_deref());
        assert!(json.starts_with("{\"error\":{\"code\":"), "{json}");
    }
}
