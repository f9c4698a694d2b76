//! Answers that are nonsense, endless or enormous: the promised code, in bounded time and memory.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::people::{ANA, CERAMICS};
use crate::support::{Call, Home, Keyring, PATIENCE, Portal, responding, switch};

/// What nxp may take at its peak (a promise to users is 100 MiB), in KiB.
const MOST_MEMORY: u64 = 100 * 1024;

/// What passing a body on may take, in KiB: this build, made for tests, is the larger one.
const MOST_MEMORY_OF_A_STREAM: u64 = 28 * 1024;

/// How a run ended, and what it took.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    /// How many lines it answered.
    lines: usize,
    stderr: String,
    peak: u64,
}

/// Runs with an eye on its memory; of the answer only the lines are counted.
fn watched(call: &Call) -> Run {
    let start = Instant::now();
    let mut child = call
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let answered = thread::spawn(move || {
        let (mut lines, mut buffer) = (0, vec![0; 1 << 16]);
        loop {
            match stdout.read(&mut buffer).unwrap() {
                0 => return lines,
                count => {
                    lines += buffer[..count]
                        .iter()
                        .filter(|byte| **byte == b'\n')
                        .count()
                }
            }
        }
    });
    let said = thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    });
    let mut peak = 0;
    let code = loop {
        peak = peak.max(peak_of(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it hangs");
        }
        thread::sleep(Duration::from_millis(2));
    };
    Run {
        code,
        lines: answered.join().unwrap(),
        stderr: said.join().unwrap(),
        peak,
    }
}

/// The most that a process has had in memory so far, in KiB; elsewhere than on Linux nobody knows.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn listed(fault: &str, format: &str) -> Run {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail(fault);
    let words = ["profiles", "list", "--timeout", "30", "-o", format];
    let run = watched(&home.nxp(words).at(&portal));
    assert!(run.peak < MOST_MEMORY, "{fault}: {run:?}");
    run
}

#[test]
fn malformed_response_is_an_error() {
    for (fault, words) in [
        ("no-body", "empty"),
        ("truncated-json", "incomplete JSON"),
        ("wrong-json", "not a JSON object"),
        ("wrong-types", "a field is missing or has another type"),
        ("invalid-utf8", "not JSON"),
        ("huge-numbers", "not JSON"),
        ("deep-nesting", "has another type"),
        ("compressed", "compressed although not requested"),
        ("bomb", "compressed although not requested"),
        ("huge-body=1024", "larger than 8192 KiB"),
        ("huge-text=9", "larger than 8192 KiB"),
        ("bare-profiles=20001", "more than 20000 profiles"),
        ("bare-profiles=900000", "more than 20000 profiles"),
        ("bare-profiles=9000000", "larger than 8192 KiB"),
    ] {
        let run = listed(fault, "table");
        assert_eq!(run.code, Some(1), "{fault}: {run:?}");
        assert!(run.stderr.contains(words), "{fault}: {run:?}");
        assert!(run.stderr.len() < 1_000, "{fault}: {run:?}");
    }
}

#[test]
fn largest_lists_in_every_format() {
    for (fault, format, lines) in [
        ("huge-text=7", "table", 2),
        ("huge-text=7", "tsv", 1),
        ("huge-text=7", "json", 1),
        ("bare-profiles=20000", "table", 20_001),
        ("bare-profiles=20000", "tsv", 20_000),
        ("bare-profiles=20000", "csv", 20_001),
        ("bare-profiles=20000", "json", 1),
        ("bare-profiles=20000", "id", 20_000),
    ] {
        let run = listed(fault, format);
        let ended = (run.code, run.lines);
        assert_eq!(ended, (Some(0), lines), "{fault} as {format}: {run:?}");
    }
}

#[test]
fn a_sign_in_is_as_careful_as_a_list() {
    for fault in [
        "huge-body=1024",
        "bomb",
        "deep-nesting",
        "bare-profiles",
        "wrong-types",
    ] {
        let Some(keyring) = Keyring::unlocked() else {
            return;
        };
        let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
        portal.fail(fault);
        let call = home
            .nxp(["login", "--token-stdin", "--email", ANA])
            .env("NXP_SPACE", portal.address())
            .stdin(portal.token());
        let output = call.run();
        assert_eq!(output.code, 1, "{fault}: {output:#?}");
    }
}

#[test]
fn timeout_covers_the_whole_command() {
    let home = Home::new();
    let faults = [
        "drip",
        "profiles:answer-after=900",
        "hang=99",
        "throttle=99",
    ];
    let started = |fault| {
        let portal = Portal::start();
        portal.fail(fault);
        let call = switch(&home, &portal, CERAMICS).args(["--timeout", "2"]);
        let run = call.start();
        (fault, portal, run)
    };
    // Without the timeout, all but one would go on for minutes.
    for (fault, _portal, run) in faults.map(started) {
        let run = run.finish();
        assert!(matches!(run.code, 0 | 5 | 6), "{fault}: {run:?}");
    }
}

#[test]
fn every_command_limits_its_input() {
    for (words, faults) in [
        (
            ["doctor", "--no-input"],
            ["profiles:bare-profiles=890000", "profiles:huge-text=7"],
        ),
        (
            ["status", "--no-input"],
            ["profiles:bare-profiles=890000", "profiles:bomb"],
        ),
        (
            ["profiles", "benefits"],
            ["benefits:huge-body", "benefits:wrong-types"],
        ),
    ] {
        for fault in faults {
            let (home, portal) = (Home::new(), Portal::start());
            portal.fail(fault);
            let run = watched(&home.nxp(words).at(&portal));
            assert!(run.peak < MOST_MEMORY, "{words:?}, {fault}: {run:?}");
            let expected = i32::from(fault != "profiles:huge-text=7");
            assert_eq!(run.code, Some(expected), "{words:?}, {fault}: {run:?}");
        }
    }
}

#[test]
fn a_slow_answer_within_the_time_is_an_answer() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("drip=1");
    home.nxp(["profiles", "list"]).at(&portal).run().code(0);
}

#[test]
fn invalid_http_is_named() {
    let lines = "x: y\r\n".repeat(1_000);
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunks = format!("{ok}Transfer-Encoding: chunked\r\n\r\n");
    let cases = [
        (
            "another protocol",
            "SSH-2.0-Example\r\n".to_owned(),
            String::new(),
        ),
        ("a page alone", "<html>\r\n".to_owned(), lines.clone()),
        ("headers without an end", ok.to_owned(), lines.clone()),
        (
            "a header without an end",
            format!("{ok}x: "),
            "x".repeat(8_192),
        ),
        (
            "no length",
            format!("{ok}Content-Length: -1\r\n\r\n"),
            String::new(),
        ),
        (
            "two lengths",
            format!("{ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
            String::new(),
        ),
        ("no chunk", format!("{chunks}zz\r\n"), lines.clone()),
        (
            "a chunk's head without an end",
            format!("{chunks}5;"),
            "x".repeat(8_192),
        ),
        (
            "trailers without an end",
            format!("{chunks}0\r\n"),
            lines.clone(),
        ),
    ];
    thread::scope(|scope| {
        for (name, first, rest) in cases {
            scope.spawn(move || {
                let (home, at) = (Home::new(), responding(first, rest));
                let listing = home
                    .nxp(["profiles", "list", "--timeout", "20"])
                    .env("NXP_SPACE", format!("http://{at}"))
                    .env("NXP_TOKEN", "any");
                let run = watched(&listing);
                assert_eq!(run.code, Some(5), "{name}: {run:?}");
                assert!(
                    run.stderr.contains("invalid HTTP response"),
                    "{name}: {run:?}"
                );
                assert!(run.peak < MOST_MEMORY, "{name}: {run:?}");
            });
        }
    });
}

#[test]
fn an_answer_is_compressed_if_any_of_its_headers_says_so() {
    let body = r#"{"User":{"Id":1},"Profiles":[]}"#;
    for (codings, code) in [
        (&["identity"][..], 0),
        (&[""], 0),
        (&["Identity", "gzip"], 1),
        (&["br"], 1),
    ] {
        let codings: String = codings
            .iter()
            .map(|coding| format!("Content-Encoding: {coding}\r\n"))
            .collect();
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\n{codings}Content-Length: {length}\r\n\r\n{body}");
        let (home, at) = (Home::new(), responding(answer, ""));
        let output = home
            .nxp(["profiles", "list"])
            .env("NXP_SPACE", format!("http://{at}"))
            .env("NXP_TOKEN", "any")
            .run();
        assert_eq!(output.code, code, "{codings}: {output}");
    }
}

#[test]
fn half_of_a_cut_emoji_is_shown_as_a_replacement_character() {
    let body = r#"{"User":{"Id":1},"Profiles":[{"Id":7,"FullName":"Ana \ud83d"}]}"#;
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    let (home, at) = (Home::new(), responding(answer, ""));
    let list = home
        .nxp(["profiles", "list", "-o", "json"])
        .env("NXP_SPACE", format!("http://{at}"))
        .env("NXP_TOKEN", "any")
        .run()
        .json();
    assert_eq!(list["Profiles"][0]["FullName"], "Ana \u{fffd}");
}

#[test]
fn a_body_that_is_passed_on_takes_no_memory() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("huge-body=48");
    let words = ["api", "/api/public/coworkers/profiles", "--timeout", "50"];
    let run = watched(&home.nxp(words).at(&portal));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.peak < MOST_MEMORY_OF_A_STREAM, "{run:?}");
    // An object is kept up to a limit.
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 48 << 20);
    let at = responding(head + "{\"a\":\"", "y".repeat(1 << 16));
    let call = home
        .nxp(["api", "/x"])
        .env("NXP_SPACE", format!("http://{at}"))
        .env("NXP_TOKEN", "any");
    let run = watched(&call);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.peak < MOST_MEMORY_OF_A_STREAM, "{run:?}");
}
