//! `nxp api`: one request, and its response as it comes.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::people::ANA;
use crate::refresh::Signed;
use crate::support::{Call, Home, Message, PATIENCE, Portal, is_secret, responding, serving};

const PROFILES: &str = "/api/public/coworkers/profiles";
const TOKEN: &str = "a+Token/of.the-test~s==";

/// A server that keeps the requests and answers each as the test says.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Message>>>,
}

impl Server {
    fn start(answer: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static) -> Self {
        is_secret(TOKEN);
        let requests: Arc<Mutex<Vec<Message>>> = Arc::default();
        let kept = Arc::clone(&requests);
        let address = serving(move |request| {
            kept.lock().unwrap().push(request.clone());
            answer(request)
        });
        Self { address, requests }
    }

    fn answering(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::start(move |_| Message::response(status, body.clone()).bytes())
    }

    fn requests(&self) -> Vec<Message> {
        self.requests.lock().unwrap().clone()
    }

    /// A call of `nxp api` with these words.
    fn api(&self, home: &Home, words: &[&str]) -> Call {
        home.nxp([&["api"], words].concat())
            .env("NXP_TOKEN", TOKEN)
            .env("NXP_SPACE", format!("http://{}", self.address))
    }
}

#[test]
fn the_body_is_passed_on_byte_for_byte() {
    let home = Home::new();
    for body in [
        "",
        "{\"b\": 1,\n\"a\": \"\u{1b}[31m\"}",
        "<p>\r\n",
        "no line break",
    ] {
        let server = Server::answering(200, body);
        let run = server.api(&home, &["/api/x?y=1"]).run();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (body, ""));
        assert_eq!(run.code, 0);
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].start, "GET /api/x?y=1 HTTP/1.1");
        let header = |name| requests[0].header(name);
        assert_eq!(header("authorization"), Some(&*format!("Bearer {TOKEN}")));
        assert_eq!(header("accept"), Some("application/json"));
    }
}

#[test]
fn method_headers_fields_and_input_make_the_request() {
    let home = Home::new();
    std::fs::write(home.path().join("booking.json"), "[1, 2]\n").unwrap();
    std::fs::write(home.path().join("empty.json"), "").unwrap();
    let server = Server::answering(200, "");
    let mut expected = Vec::new();
    let mut send = |words: &[&str], request: &'static str, body: &'static str, kind| {
        server
            .api(&home, words)
            .stdin("of standard input")
            .run()
            .code(0);
        expected.push((request, body, kind));
    };
    let json = Some("application/json");
    send(&["/x"], "GET /x", "", None);
    send(
        &["-f", "a=b=c", "-f", "é=\"", "/x"],
        "POST /x",
        r#"{"a":"b=c","é":"\""}"#,
        json,
    );
    send(
        &["-X", "get", "-f", "a=b c", "-f", "d=", "/x?y"],
        "GET /x?y&a=b+c&d=",
        "",
        None,
    );
    send(
        &["--input", "booking.json", "/x"],
        "POST /x",
        "[1, 2]\n",
        json,
    );
    send(
        &["--input", "-", "-X", "PATCH", "/x"],
        "PATCH /x",
        "of standard input",
        json,
    );
    send(
        &["--input", "-", "-f", "a=b", "/x"],
        "POST /x?a=b",
        "of standard input",
        json,
    );
    send(
        &["--input", "-", "-H", "content-type: text/plain", "/x"],
        "POST /x",
        "of standard input",
        Some("text/plain"),
    );
    send(&["--input", "empty.json", "/x"], "POST /x", "", json);
    send(
        &["-X", "PUT", "--input", "empty.json", "/x"],
        "PUT /x",
        "",
        json,
    );
    send(&["-X", "DELETE", "/x"], "DELETE /x", "", None);
    send(&["-X", "POST", "/x"], "POST /x", "", None);
    for (request, (start, body, kind)) in server.requests().iter().zip(&expected) {
        assert_eq!(request.start, format!("{start} HTTP/1.1"));
        assert_eq!(String::from_utf8_lossy(&request.body), *body, "{start}");
        assert_eq!(request.header("content-type"), *kind, "{start}");
        if !start.starts_with("GET") {
            let length = body.len().to_string();
            assert_eq!(request.header("content-length"), Some(&*length), "{start}");
        }
    }
    let headers = ["-H", "Accept: text/csv", "-H", "X-One:1", "-H", "X-One: 2"];
    server
        .api(&home, &[&headers[..], &["/x"]].concat())
        .run()
        .code(0);
    let requests = server.requests();
    let sent = &requests.last().unwrap().headers;
    let of = |wanted: &str| {
        sent.iter()
            .filter(|(name, _)| name == wanted)
            .map(|(_, value)| value.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("accept"), ["text/csv"]);
    assert_eq!(of("x-one"), ["1", "2"]);
}

#[test]
fn unsafe_paths_are_refused() {
    let home = Home::new();
    let server = Server::answering(200, "");
    for words in [
        &["https://else.example/x"][..],
        &["//else.example/x"],
        &["/\\else.example/x"],
        &["api/x"],
        &["/a/../b"],
        &["/a/%2e%2e/b"],
        &["/a\nb"],
        &["/a#b"],
        &["/a "],
        &[" /a"],
        &["/a\t"],
        &["/a?b=c "],
        &[""],
        &["-H", "Authorization: Bearer s3cret-value", "/x"],
        &["-H", "authorization : s3cret-value", "/x"],
        &["-H", "Host: else.example", "/x"],
        &["-H", "Content-Length: 3", "/x"],
        &["-H", "Cookie: s3cret-value", "/x"],
        &["-H", "Transfer-Encoding: chunked", "/x"],
        &["-H", "Accept-Encoding: gzip", "/x"],
        &["-H", "no colon s3cret-value", "/x"],
        &["-H", "X: a\r\nHost: s3cret-value", "/x"],
        &["-H", "X Y: s3cret-value", "/x"],
        &["-f", "s3cret-value", "/x"],
        &["-f", "=s3cret-value", "/x"],
        &["-f", "a=1", "-f", "a=2", "/x"],
        &["-X", "CONNECT", "/x"],
        &["-X", "TRACE", "/x"],
        &["-X", "GET\r\nX: 1", "/x"],
        &["--input", "missing.json", "/x"],
        &[
            "-X",
            "PUT",
            "/api/public/coworkers/profiles/current?coworkerId=14190688",
        ],
        &["-X", "put", "/api/public/coworkers/Profiles/%63urrent/"],
        &["-X", "PUT", "/api/public/coworkers/profiles/current "],
        &["-X", "PUT", "/api/public/coworkers/profiles/current%20"],
        &["-X", "PUT", "/api/public/coworkers/profiles/Current%09?a=b"],
        &["-X", "PUT", "/api/public/coworkers/profiles/current."],
        &["-X", "PUT", "/api/public/coworkers/profiles./current%20.;a"],
        &["/en/coworker/setCurrentProfile?id=14190688"],
        &["-X", "POST", "/pt/Coworker/%53etCurrentProfile/"],
        &["/api/public/coworkers/14190688/impersonate"],
        &["/api/public/coworkers/14190688/Impersonate%20?a=b"],
        &["-f", "grant_type=password", "/api/token"],
        &["-X", "POST", "/api//token"],
        &["-X", "POST", "/API/%74oken/?a=b"],
        &["-X", "POST", "/api/sys/users/exchange?token=s3cret-value"],
        &["-o", "csv", "/x"],
        &["-o", "table", "/x"],
        &["C:/Program Files/Git/api/public/coworkers/profiles"],
    ] {
        let run = server.api(&home, words).run().code(2);
        assert_eq!(run.stdout, "", "{words:?}");
        assert!(!run.stderr.contains("s3cret-value"), "{run:?}");
    }
    assert_eq!(server.requests().len(), 0);
    let run = server.api(
        &home,
        &["-X", "PUT", "/api/public/coworkers/profiles/current"],
    );
    let switch =
        "use `nxp profiles switch`, which waits for other switches and verifies the result";
    run.run()
        .refusal(2, "PUT …/profiles/current is refused", Some(switch));
    let tokens = "its response has tokens: sign in with `nxp login`, or print one with `nxp token`";
    for (path, message, hint) in [
        (
            "/en/coworker/setCurrentProfile",
            "…/coworker/setCurrentProfile is refused",
            switch,
        ),
        (
            "/en/coworker/setCurrentProfile/14190688",
            "…/coworker/setCurrentProfile is refused",
            switch,
        ),
        (
            "/api/public/coworkers/7/impersonate",
            "…/impersonate is refused",
            "use `--as PROFILE`, which checks which profile the token acts as",
        ),
        ("/api/token", "/api/token is refused", tokens),
        (
            "/api/sys/users/exchange?token=s3cret-value",
            "/api/sys/users/exchange is refused",
            tokens,
        ),
        (
            "c:\\msys64\\api",
            "PATH has become a file name: Git Bash replaces a leading /",
            "set MSYS_NO_PATHCONV=1 in Git Bash, and run it again",
        ),
    ] {
        let run = server.api(&home, &[path]).run();
        run.refusal(2, message, Some(hint));
    }
}

#[test]
fn a_web_page_where_json_was_asked_for_is_pointed_out() {
    let home = Home::new();
    let server = Server::start(|_| {
        let page = Message::response(200, b"<p>Home</p>".to_vec());
        page.with_header("content-type", "text/html; charset=utf-8")
            .bytes()
    });
    let run = server.api(&home, &["/nope?a=b"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "<p>Home</p>"));
    assert_eq!(run.stderr, "warning: /nope is a web page, not an API\n");
    let words = ["-H", "Accept: text/html", "/nope"];
    assert_eq!(server.api(&home, &words).run().code(0).stderr, "");
}

#[test]
fn a_conflict_is_a_rate_limit_only_if_it_says_nothing_else() {
    let home = Home::new();
    let padding = "y".repeat(300_000);
    let long = format!(r#"{{"Message":"Already booked.","a":"{padding}"}}"#);
    let server = Server::answering(409, long.clone());
    for words in [&["-X", "POST", "/x"][..], &["/x"]] {
        let run = server.api(&home, words).run().code(1);
        assert!(run.stdout == long, "{} bytes", run.stdout.len());
        let message = ": HTTP 409 Conflict: Already booked.\n";
        assert!(run.stderr.ends_with(message), "{}", run.stderr);
    }
    assert_eq!(server.requests().len(), 2);
    let compressed = |_: &Message| {
        let response = Message::response(409, vec![0x1f, 0x8b, 8, 0]);
        response.with_header("content-encoding", "gzip").bytes()
    };
    let server = Server::start(compressed);
    let run = server.api(&home, &["-X", "POST", "/x"]).run().code(1);
    let message = "compressed although not requested";
    assert!(run.stderr.contains(message), "{run:?}");
    assert_eq!(server.requests().len(), 1);
    for server in [Server::start(compressed), Server::answering(409, long)] {
        let list = home.nxp(["profiles", "list"]).env("NXP_TOKEN", TOKEN);
        let list = list.env("NXP_SPACE", format!("http://{}", server.address));
        let run = list.run().code(1);
        assert!(run.stderr.contains("HTTP 409 Conflict"), "{run:?}");
        assert_eq!(server.requests().len(), 1);
    }
    let server = Server::answering(409, "");
    server.api(&home, &["-X", "POST", "/x"]).run().code(6);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_refusal_is_one_however_its_fields_are_spelled() {
    let home = Home::new();
    for body in [
        r#"{"WasSuccessful":false,"Message":"Old.","message":"No."}"#,
        r#"{"WasSuccessful":false,"Message":"No.","Errors":[],"errors":null,"Errors":null}"#,
        r#"{"WasSuccessful":true,"wasSuccessful":false,"Message":"No."}"#,
        r#"{"Status":200,"status":500,"message":"No."}"#,
    ] {
        let server = Server::answering(200, body);
        let run = server.api(&home, &["-X", "POST", "/x"]).run().code(1);
        let message = "error: POST /x refused by the portal: No.\n";
        assert_eq!(run.stderr, message, "{body}");
    }
}

#[test]
fn the_time_counts_while_data_flows() {
    let length = 1_u64 << 40;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    let at = responding(head, "a".repeat(1 << 16));
    let home = Home::new();
    let call = home.nxp(["api", "/x", "--timeout", "1"]);
    let call = call.env("NXP_TOKEN", TOKEN);
    let call = call.env("NXP_SPACE", format!("http://{at}"));
    let mut child = call
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it goes on");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(code, Some(5));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("did not answer within 1 s"), "{stderr}");
}

#[test]
fn the_status_and_a_body_that_says_no_decide_the_exit_code() {
    let home = Home::new();
    let failed = |reason: &str| format!("error: POST /x refused by the portal: {reason}\n");
    for (status, body, code, error) in [
        (200, r#"{"WasSuccessful":true}"#, 0, String::new()),
        (204, "", 0, String::new()),
        (
            200,
            r#"{"WasSuccessful":false,"Message":"Unpaid."}"#,
            1,
            failed("Unpaid."),
        ),
        (
            200,
            r#"{"Status":500,"Message":"The room is taken."}"#,
            1,
            failed("The room is taken."),
        ),
        (
            200,
            r#"{"WasSuccessful":false}"#,
            1,
            failed("no reason given"),
        ),
        (
            400,
            r#"{"Message":"Wrong."}"#,
            1,
            failed("HTTP 400 Bad Request: Wrong."),
        ),
        (403, "<html>", 1, failed("HTTP 403 Forbidden")),
        (404, "", 1, failed("HTTP 404 Not Found")),
        (409, "taken", 1, failed("HTTP 409 Conflict")),
        (499, "", 1, failed("HTTP 499")),
        (600, "gone wrong", 1, failed("HTTP 600")),
        (999, "", 1, failed("HTTP 999")),
        (
            200,
            r#"{"WasSuccessful":false,"Message":"Cut \ud83d"}"#,
            1,
            failed("Cut \u{fffd}"),
        ),
        (
            409,
            r#"{"Message":"Already booked."}"#,
            1,
            failed("HTTP 409 Conflict: Already booked."),
        ),
    ] {
        let server = Server::answering(status, body);
        let run = server.api(&home, &["-X", "POST", "/x?token=s3cret"]).run();
        let text = if status == 204 { "" } else { body };
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr),
            (code, text, error),
            "{status} {body}"
        );
        assert_eq!(server.requests().len(), 1);
    }
    let server = Server::answering(500, "<h1>No</h1>");
    let json = server
        .api(&home, &["-X", "POST", "/x", "-o", "json"])
        .run()
        .code(5);
    assert_eq!(json.stdout, "<h1>No</h1>");
    assert!(
        json.stderr
            .starts_with(r#"{"error":{"code":"network","exit_code":5,"#),
        "{json:?}"
    );
}

#[test]
fn a_large_object_that_says_no_fails() {
    let home = Home::new();
    for padding in [1_000_000, 8_000_000] {
        let padding = "y".repeat(padding);
        let body = format!(r#" {{"Value":"{padding}","WasSuccessful":false,"Message":"No."}}"#);
        let server = Server::answering(200, body.clone());
        let run = server.api(&home, &["/x"]).run();
        assert_eq!(run.code, 1);
        assert!(run.stdout == body, "{} bytes", run.stdout.len());
        assert_eq!(run.stderr, "error: GET /x refused by the portal: No.\n");
    }
}

#[test]
fn only_a_get_and_what_is_rate_limited_are_sent_again() {
    let home = Home::new();
    for (method, sent) in [
        ("GET", 3),
        ("POST", 1),
        ("PUT", 1),
        ("DELETE", 1),
        ("HEAD", 1),
    ] {
        let server = Server::answering(503, "");
        server.api(&home, &["-X", method, "/x"]).run().code(5);
        assert_eq!(server.requests().len(), sent, "{method}");
        // The connection is closed without a response.
        let server = Server::start(|_| b"nonsense\r\n\r\n".to_vec());
        server
            .api(&home, &["-X", method, "/x", "--timeout", "5"])
            .run()
            .code(5);
        assert!(server.requests().len() <= sent, "{method}");
    }
    for (first, retry_after) in [(429, None), (409, None), (409, Some("0")), (429, Some("0"))] {
        let count = Mutex::new(0);
        let server = Server::start(move |_| {
            let mut count = count.lock().unwrap();
            *count += 1;
            let response = match (*count, retry_after) {
                (1, Some(pause)) => {
                    Message::response(first, Vec::new()).with_header("retry-after", pause)
                }
                (1, None) => Message::response(first, Vec::new()),
                _ => Message::response(200, b"done".to_vec()),
            };
            response.bytes()
        });
        let run = server.api(&home, &["-f", "a=b", "/x"]).run();
        assert_eq!(run.answer(), "done");
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].body, requests[1].body);
    }
    let server = Server::start(|_| {
        let response = Message::response(429, b"slow down".to_vec());
        response.with_header("retry-after", "3600").bytes()
    });
    let run = server.api(&home, &["/x"]).run().code(6);
    assert_eq!(run.stdout, "slow down");
}

#[test]
fn a_redirect_is_not_followed() {
    let home = Home::new();
    let other = Server::answering(200, "");
    let target = format!("http://{}/elsewhere", other.address);
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let server = Server::start(move |_| {
            let response = Message::response(status, b"over there".to_vec());
            response.with_header("location", &target).bytes()
        });
        let run = server.api(&home, &["/x"]).run().code(1);
        assert_eq!(run.stdout, "over there");
        assert!(run.stderr.contains(", not followed"), "{run:?}");
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn the_token_is_redacted_wherever_it_appears_also_in_the_trace() {
    let home = Home::new();
    // Each piece comes for itself, cut within the token.
    let pieces = [
        "{\"a\":\"a+Tok",
        "en/of.the",
        "-test~s==\",\"b\":\"a\\u002BToken\\/of.the-",
        "test~s==\"}",
    ];
    let server = Server::start(move |_| {
        let mut bytes =
            b"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\nx-token: ".to_vec();
        bytes.extend(TOKEN.as_bytes());
        bytes.extend(b"\r\n\r\n");
        for piece in pieces {
            bytes.extend(format!("{:x}\r\n{piece}\r\n", piece.len()).into_bytes());
        }
        bytes.extend(b"0\r\n\r\n");
        bytes
    });
    let run = server
        .api(
            &home,
            &[
                "-vv",
                "-f",
                &format!("token={TOKEN}"),
                &format!("/x?token={TOKEN}"),
            ],
        )
        .run()
        .code(1);
    assert_eq!(run.stdout, r#"{"a":"[redacted]","b":"[redacted]"}"#);
    assert!(run.stderr.contains("> POST"), "{run:?}");
    let server = Server::answering(
        200,
        format!("{{\"WasSuccessful\":false,\"Message\":\"{TOKEN} is wrong\"}}"),
    );
    let run = server.api(&home, &["/x"]).run().code(1);
    assert!(run.stderr.contains("[redacted] is wrong"), "{run:?}");
    let server = Server::answering(404, String::new());
    let words = ["-X", "POST", &format!("/api/{TOKEN}")];
    let run = server.api(&home, &words).run().code(1);
    assert!(
        run.stderr.contains("POST /api/[redacted] refused"),
        "{run:?}"
    );
    let portal = Portal::start();
    let list = home.nxp(["api", PROFILES]).at(&portal).run().answer();
    assert!(list.contains("\"AccessToken\":\"[redacted]\""), "{list}");
}

#[test]
fn secrets_in_the_query_are_redacted_in_the_trace() {
    let home = Home::new();
    let server = Server::answering(200, "");
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2lnX3gt";
    is_secret(jwt);
    is_secret("s3cret-value");
    let path = format!(
        "/x?start=2026-09-01&Refresh_Token=s3cret-value&ne%78t=/y?{jwt}&{jwt}&api%4Bey=s3cret-value"
    );
    let words = ["-v", "-X", "GET", "-f", "a[password]=s3cret-value", &path];
    let run = server.api(&home, &words).run().code(0);
    let shown = "/x?start=2026-09-01&Refresh_Token=[redacted]&ne%78t=[redacted]&[redacted]\
        &api%4Bey=[redacted]&a%5Bpassword%5D=[redacted]\n";
    assert!(
        run.stderr
            .contains(&format!("> GET http://{}{shown}", server.address)),
        "{run:?}"
    );
    let sent = &server.requests()[0].start;
    assert!(
        sent.contains(jwt) && sent.contains("=s3cret-value"),
        "{sent}"
    );
}

#[test]
fn the_token_from_before_a_refresh_is_redacted_too() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    for is_known_to_expire in [true, false] {
        let old = ana.item()["access_token"].as_str().unwrap().to_owned();
        if is_known_to_expire {
            ana.expires_in(30);
        } else {
            ana.portal.update(|data| data.expire_access_tokens());
        }
        ana.portal.update(|data| {
            data.model.user_mut(ANA).unwrap().full_name = old;
        });
        let list = ana.home.nxp(["api", PROFILES]).run().json();
        assert_eq!(list["User"]["AccessToken"], "[redacted]");
        assert_eq!(list["User"]["FullName"], "[redacted]");
    }
    assert_eq!(ana.portal.refreshes(), 2);
}

#[test]
fn broken_or_compressed_body_fails() {
    let home = Home::new();
    let token = &TOKEN[..TOKEN.len() - 1];
    let start = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n{{\"a\":\"{token}"
    );
    let address = responding(start.clone(), "");
    let server = Server::answering(200, "");
    let run = home
        .nxp(["api", "/x", "--timeout", "2"])
        .env("NXP_TOKEN", TOKEN)
        .env("NXP_SPACE", format!("http://{address}"))
        .run()
        .code(5);
    assert_eq!(run.stdout, "{\"a\":\"");
    drop(server);
    let server = Server::start(|_| {
        let response = Message::response(200, vec![0x1f, 0x8b, 8, 0]);
        response.with_header("content-encoding", "gzip").bytes()
    });
    let run = server.api(&home, &["/x"]).run().code(1);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("compressed although not requested"),
        "{run:?}"
    );
}

#[test]
fn rejected_token_is_refreshed_once() {
    let Some(ana) = Signed::in_to(Portal::start()) else {
        return;
    };
    ana.portal.update(|data| data.expire_access_tokens());
    let run = ana.home.nxp(["api", PROFILES]).run().code(0);
    assert!(run.stdout.contains("14190688"));
    assert_eq!(
        ana.calls(),
        [
            &format!("GET {PROFILES}"),
            "POST /api/token",
            &format!("GET {PROFILES}")
        ]
    );
    let home = Home::new();
    let server = Server::answering(401, "no entry");
    let run = server.api(&home, &["-X", "POST", "/x"]).run().code(4);
    assert_eq!(run.stdout, "no entry");
    assert!(
        run.stderr.contains("rejects the token in NXP_TOKEN"),
        "{run:?}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn on_a_terminal_json_is_indented_and_nothing_harmful_is_shown() {
    let home = Home::new();
    let server = Server::answering(200, "{\"a\":[1,\"\u{1b}]0;title\u{7}\u{202e}\"],\"b\":{}}");
    let mut terminal = server.api(&home, &["/x"]).in_terminal(20, 80);
    assert_eq!(terminal.finish(), 0);
    let screen = terminal.screen();
    let lines: Vec<&str> = screen
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(
        lines,
        [
            "{",
            "  \"a\": [",
            "    1,",
            "    \"\\u001b]0;title\\u0007\\u202e\"",
            "  ],",
            "  \"b\": {}",
            "}"
        ],
        "{screen}"
    );
    let server = Server::answering(404, "<h1>\u{1b}[2Jgone</h1>");
    let mut terminal = server.api(&home, &["/x"]).in_terminal(20, 80);
    assert_eq!(terminal.finish(), 1);
    let screen = terminal.screen();
    assert!(screen.contains("[2Jgone</h1>"), "{screen}");
    assert!(
        screen.contains("error: GET /x refused by the portal: HTTP 404"),
        "{screen}"
    );
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("huge-body=64");
    let call = home.nxp(["api", PROFILES]).at(&portal);
    let mut child = call
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_get_of_another_user_is_that_of_the_account_that_is_chosen() {
    let home = Home::new();
    let document = home.nxp(["--sandbox", "api", PROFILES]).run().json();
    assert_eq!(document["User"]["Email"], ANA);
}
