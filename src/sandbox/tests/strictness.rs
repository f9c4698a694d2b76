use super::*;

fn protected(client: &mut Client) -> [Answer; 3] {
    [
        client.get(PROFILES),
        client.put(&switch_to(14_190_688)),
        client.get(BENEFITS),
    ]
}

#[test]
fn invalid_tokens_get_an_empty_401() {
    let server = started();
    let good = server.update(|data| data.issue_token(MAIN)).unwrap();
    let mut client = Client::of(&server);
    for bearer in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        &good,
        &format!("Basic {good}"),
    ] {
        client.bearer = bearer.to_owned();
        for answer in protected(&mut client) {
            assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{bearer}");
        }
    }
}

#[test]
fn user_without_a_profile_is_no_customer() {
    let server = started();
    let mut client = Client::of(&server);
    let form = "grant_type=password&username=nobody@sandbox.example&password=practice";
    let token = client.form(None, form).json();
    client.bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    for answer in protected(&mut client) {
        assert_eq!((answer.status, answer.body.as_str()), (401, ""));
    }
}

#[test]
fn wrong_method_is_405() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let current = format!("{PROFILES}/current");
    for (method, path) in [
        ("GET", "/api/token"),
        ("DELETE", PROFILES),
        ("GET", &current),
        ("PUT", BENEFITS),
    ] {
        let answer = client.call(method, path, "Content-Length: 0\r\n", "");
        assert_eq!(answer.status, 405, "{method} {path}");
    }
}

#[test]
fn writes_need_a_length() {
    let server = started();
    let mut client = Client::signed_in(&server);
    for (method, target) in [
        ("PUT", switch_to(14_190_688).as_str()),
        ("POST", "/api/token"),
        (
            "POST",
            "/api/sys/users/exchange?token=a.b.c&validForInMinutes=9",
        ),
        ("POST", "/en/basket/CreateInvoice"),
        ("POST", "/en/bookings/deletejson/1"),
    ] {
        let answer = client.call(method, target, "", "");
        assert_eq!(answer.status, 411, "{target}");
    }
    assert_eq!(client.current(), Some(14_190_271));
}

#[test]
fn unknown_paths() {
    let server = started();
    let mut client = Client::of(&server);
    for path in [
        "/",
        "/en/home",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/public/coworkers/profiles/",
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["Message"].is_string());
    }
}

#[test]
fn web_pages_are_refused() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let mut status = |headers: &str| {
        let bearer = client.bearer.clone();
        let request =
            format!("GET {PROFILES} HTTP/1.1\r\nAuthorization: {bearer}\r\n{headers}\r\n");
        let stream = client.stream.get_mut();
        stream.write_all(request.as_bytes()).unwrap();
        client.answer().status
    };
    for host in ["localhost", "LOCALHOST:80", "127.0.0.1:7", "[::1]:7"] {
        assert_eq!(status(&format!("Host: {host}\r\n")), 200, "{host}");
    }
    for host in [
        "rebound.example",
        "rebound.example:80",
        "localhost.rebound.example",
        "127.0.0.1.rebound.example",
        "user@rebound.example",
        "localhost@rebound.example",
        "10.0.0.7",
        "0.0.0.0",
        "",
    ] {
        assert_eq!(status(&format!("Host: {host}\r\n")), 403, "{host}");
    }
    assert_eq!(status(""), 403);
    for origin in ["https://rebound.example", "null", "http://localhost"] {
        let headers = format!("Host: localhost\r\nOrigin: {origin}\r\n");
        assert_eq!(status(&headers), 403, "{origin}");
    }
}

#[test]
fn a_web_page_changes_nothing() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let headers = "Content-Length: 0\r\nOrigin: https://rebound.example\r\n";
    let refused = client.call("PUT", &switch_to(14_190_688), headers, "");
    assert_eq!(refused.status, 403);
    assert_eq!(client.current(), Some(14_190_271));
}
