use super::*;

const OWN: u64 = 14_190_271;
const COMPANY: u64 = 14_190_688;

#[test]
fn throttling_ends_after_its_times() {
    let server = faulty("throttle=2,3");
    let mut client = Client::signed_in(&server);
    for path in [PROFILES, "/api/nothing"] {
        let response = client.get(path);
        assert_eq!((response.status, response.body.as_str()), (409, ""));
        assert_eq!(response.header("retry-after"), Some("3"));
    }
    assert_eq!(client.get(PROFILES).status, 200);
    fail(&server, "throttle");
    let response = client.get(PROFILES);
    assert_eq!(
        (response.status, response.header("retry-after")),
        (409, None)
    );
}

#[test]
fn one_response_fault_at_a_time() {
    let server = faulty("server-error=1,502");
    fail(&server, "throttle");
    fail(&server, "web-page");
    let mut client = Client::signed_in(&server);
    let statuses = [(); 4].map(|()| client.get(PROFILES).status);
    assert_eq!(statuses, [502, 409, 200, 200]);
}

#[test]
fn html_faults_carry_nothing_out() {
    let server = faulty("switch:server-error");
    fail(&server, "switch:web-page");
    let mut client = Client::signed_in(&server);
    for status in [503, 200] {
        let response = client.put(&switch_to(COMPANY));
        assert_eq!(response.status, status);
        let kind = response.header("content-type").unwrap();
        assert!(kind.starts_with("text/html"));
    }
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn faults_at_one_endpoint_skip_calls() {
    let server = faulty("switch+1:server-error=1,500");
    let mut client = Client::signed_in(&server);
    assert_eq!(client.get(PROFILES).status, 200);
    let statuses = [(); 3].map(|()| client.put(&switch_to(COMPANY)).status);
    assert_eq!(statuses, [200, 500, 200]);
}

#[test]
fn conflict_has_a_message() {
    let server = faulty("switch:conflict");
    fail(&server, "profiles:unauthorized");
    let mut client = Client::signed_in(&server);
    let conflict = client.put(&switch_to(COMPANY));
    assert_eq!(conflict.status, 409);
    assert!(conflict.json()["Message"].is_string());
    let rejected = client.get(PROFILES);
    assert_eq!((rejected.status, rejected.body.as_str()), (401, ""));
}

#[test]
fn a_refusal_leaves_the_profile() {
    let server = faulty("refuse");
    let mut client = Client::signed_in(&server);
    let response = client.put(&switch_to(COMPANY));
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["WasSuccessful"], false);
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn not_applied_is_confirmed() {
    let server = faulty("not-applied");
    let mut client = Client::signed_in(&server);
    let response = client.put(&switch_to(COMPANY));
    assert_eq!(response.json()["WasSuccessful"], true);
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn applied_late_shows_after_lists() {
    let server = faulty("applied-late=2");
    let mut client = Client::signed_in(&server);
    client.put(&switch_to(COMPANY));
    let seen = [(); 3].map(|()| client.current());
    assert_eq!(seen, [Some(OWN), Some(OWN), Some(COMPANY)]);
}

#[test]
fn applied_late_affects_one_user() {
    let server = faulty("applied-late=9");
    let mut other = Client::of(&server);
    let token = server.issue_token("two-factor@sandbox.example").unwrap();
    other.bearer = format!("Bearer {token}");
    Client::signed_in(&server).put(&switch_to(COMPANY));
    assert_eq!(other.current(), Some(14_771_032));
}

#[test]
fn resets_before_and_after() {
    for (fault, current) in [("reset-before", OWN), ("reset-after", COMPANY)] {
        let server = faulty(&format!("switch:{fault}"));
        let mut client = Client::signed_in(&server);
        client.send("PUT", &switch_to(COMPANY), "Content-Length: 0\r\n", "");
        let mut rest = Vec::new();
        let reset = client.stream.read_to_end(&mut rest).unwrap_err();
        assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(Client::signed_in(&server).current(), Some(current));
    }
}

#[test]
fn many_profiles_can_be_switched_to() {
    for text in ["profiles:many-profiles=200", "many-profiles=10000"] {
        let server = faulty(text);
        let mut client = Client::of(&server);
        let form = "grant_type=password&username=ana@sandbox.example&password=practice";
        let token = client.form(None, form).json();
        client.bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let list = client.get(PROFILES).json();
        let profiles = list["Profiles"].as_array().unwrap();
        let wanted: usize = text.split('=').next_back().unwrap().parse().unwrap();
        assert_eq!(profiles.len(), wanted);
        assert_eq!(profiles[0]["Id"], OWN);
        let last = profiles[wanted - 1]["Id"].as_u64().unwrap();
        assert_eq!(client.put(&switch_to(last)).json()["WasSuccessful"], true);
        assert_eq!(client.current(), Some(last));
    }
}
