use super::*;

const OWN: u64 = 14_190_271;
const COMPANY: u64 = 14_190_688;

#[test]
fn throttling_ends_after_its_times() {
    let server = faulty(Fault::Throttle {
        times: 2,
        retry_after: Some(3),
    });
    let mut client = Client::signed_in(&server);
    for path in [PROFILES, "/api/nothing"] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.body.as_str()), (409, ""));
        assert_eq!(answer.header("retry-after"), Some("3"));
    }
    assert_eq!(client.get(PROFILES).status, 200);
    server.push_fault(Fault::Throttle {
        times: 1,
        retry_after: None,
    });
    let answer = client.get(PROFILES);
    assert_eq!((answer.status, answer.header("retry-after")), (409, None));
    assert_eq!(server.connections(), 1);
}

#[test]
fn faults_that_replace_the_answer_take_turns() {
    let server = faulty(Fault::ServerError {
        times: 1,
        status: 502,
    });
    server.push_fault(Fault::Throttle {
        times: 1,
        retry_after: None,
    });
    server.push_fault(Fault::WebPage);
    let mut client = Client::signed_in(&server);
    let statuses = [(); 4].map(|()| client.get(PROFILES).status);
    assert_eq!(statuses, [502, 409, 200, 200]);
    server.set_faults(Vec::new());
    client.get(PROFILES).json();
}

#[test]
fn broken_and_web_page_answers_are_html() {
    let server = faulty(Fault::ServerError {
        times: 1,
        status: 503,
    });
    server.push_fault(Fault::WebPage);
    let mut client = Client::signed_in(&server);
    for status in [503, 200] {
        let answer = client.put(&switch_to(COMPANY));
        assert_eq!(answer.status, status);
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
    }
    server.set_faults(Vec::new());
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn a_fault_may_strike_one_endpoint_only() {
    let server = faulty(
        Fault::ServerError {
            times: 1,
            status: 500,
        }
        .at(Endpoint::Switch),
    );
    let mut client = Client::signed_in(&server);
    assert_eq!(client.get(PROFILES).status, 200);
    assert_eq!(client.put(&switch_to(COMPANY)).status, 500);
    assert_eq!(client.put(&switch_to(COMPANY)).status, 200);
}

#[test]
fn a_refusal_leaves_the_profile() {
    let server = faulty(Fault::Refuse(RefusalShape::List));
    let mut client = Client::signed_in(&server);
    let answer = client.put(&switch_to(COMPANY));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["WasSuccessful"], false);
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn an_empty_confirmation_is_a_switch() {
    let server = faulty(Fault::EmptyConfirmation);
    let mut client = Client::signed_in(&server);
    let answer = client.put(&switch_to(COMPANY));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(client.current(), Some(COMPANY));
}

#[test]
fn a_switch_not_applied_is_confirmed_all_the_same() {
    let server = faulty(Fault::NotApplied);
    let mut client = Client::signed_in(&server);
    assert_eq!(
        client.put(&switch_to(COMPANY)).json()["WasSuccessful"],
        true
    );
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn a_switch_applied_late_shows_after_so_many_lists() {
    let server = faulty(Fault::AppliedLate { lists: 2 });
    let mut client = Client::signed_in(&server);
    client.put(&switch_to(COMPANY));
    let seen = [(); 3].map(|()| client.current());
    assert_eq!(seen, [Some(OWN), Some(OWN), Some(COMPANY)]);
}

#[test]
fn an_ignored_shape_sends_the_token_too() {
    let server = faulty(Fault::IgnoreShape);
    let answer = Client::signed_in(&server).get(&format!("{PROFILES}?_shape=Profiles.Id"));
    assert!(answer.json()["User"]["AccessToken"].is_string());
}

#[test]
fn the_old_state_is_shown_to_its_own_user_only() {
    let server = faulty(Fault::AppliedLate { lists: 9 });
    let mut other = Client::of(&server);
    let token = server.issue_token("two-factor@sandbox.example").unwrap();
    other.bearer = format!("Bearer {token}");
    Client::signed_in(&server).put(&switch_to(COMPANY));
    assert_eq!(other.current(), Some(14_771_032));
}
