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
    let good = server.issue_token(MAIN).unwrap();
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
    for (method, path, allowed) in [
        ("GET", "/api/token", "POST"),
        ("DELETE", PROFILES, "GET"),
        ("GET", &current, "PUT"),
        ("PUT", BENEFITS, "GET"),
    ] {
        let answer = client.call(method, path, "Content-Length: 0\r\n", "");
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(answer.header("allow").unwrap().contains(allowed));
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
        "/api",
        "/api/",
        "/api/nothing",
        "/api/public/coworkers/profiles/",
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["Message"].is_string());
    }
    for path in ["/", "/en/home", "/apiary"] {
        let answer = client.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
    }
}

#[test]
fn large_body_is_refused() {
    let server = started();
    let answer = Client::of(&server).form(None, &"a".repeat(70_000));
    assert_eq!(answer.status, 413);
}
