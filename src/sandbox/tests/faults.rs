use std::sync::Arc;

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
fn one_answer_at_a_time() {
    let server = faulty("unavailable=1,502");
    fail(&server, "throttle");
    fail(&server, "profiles:expire");
    let mut client = Client::signed_in(&server);
    let statuses = [(); 4].map(|()| client.get(PROFILES).status);
    assert_eq!(statuses, [502, 409, 401, 200]);
}

#[test]
fn an_error_page_carries_nothing_out() {
    let server = faulty("switch:unavailable");
    let mut client = Client::signed_in(&server);
    let response = client.put(&switch_to(COMPANY));
    assert_eq!(response.status, 503);
    let kind = response.header("content-type").unwrap();
    assert!(kind.starts_with("text/html"));
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn faults_at_one_endpoint_skip_calls() {
    let server = faulty("switch+1:unavailable=1,500");
    let mut client = Client::signed_in(&server);
    assert_eq!(client.get(PROFILES).status, 200);
    let statuses = [(); 3].map(|()| client.put(&switch_to(COMPANY)).status);
    assert_eq!(statuses, [200, 500, 200]);
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
fn a_late_switch_shows_after_lists() {
    let server = faulty("late=2");
    let mut other = Client::of(&server);
    let token = server
        .update(|data| data.issue_token("two-factor@sandbox.example"))
        .unwrap();
    other.bearer = format!("Bearer {token}");
    let mut client = Client::signed_in(&server);
    client.put(&switch_to(COMPANY));
    assert_eq!(other.current(), Some(14_771_032));
    let seen = [(); 3].map(|()| client.current());
    assert_eq!(seen, [Some(OWN), Some(OWN), Some(COMPANY)]);
}

#[test]
fn a_reset_comes_after_the_switch() {
    let server = faulty("switch:reset");
    let mut client = Client::signed_in(&server);
    client.send("PUT", &switch_to(COMPANY), "Content-Length: 0\r\n", "");
    let mut rest = Vec::new();
    let reset = client.stream.read_to_end(&mut rest).unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(Client::signed_in(&server).current(), Some(COMPANY));
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

#[test]
fn a_fault_of_a_tests_own_sees_the_request_and_the_response() {
    let server = started();
    let swap = |mut request: Request, carry_out: CarryOut| {
        request.parts.uri = PROFILES.parse().unwrap();
        let mut response = carry_out(request);
        *response.status_mut() = hyper::http::StatusCode::ACCEPTED;
        Box::pin(std::future::ready(Ok(response))) as Responding
    };
    let fault = Fault::parse("profiles+1:swap=2", |name, values| {
        (name == "swap").then(|| (Effect::Custom(Arc::new(swap)), values[0].parse().unwrap()))
    });
    server
        .update(|data| data.push_fault(fault.unwrap()))
        .unwrap();
    let mut client = Client::signed_in(&server);
    let shaped = format!("{PROFILES}?_shape=Profiles.Id");
    let seen = [(); 4].map(|()| {
        let response = client.get(&shaped);
        (response.status, response.body.contains("AccessToken"))
    });
    assert_eq!(seen, [(200, false), (202, true), (202, true), (200, false)]);
}

fn refused(text: &str) -> String {
    Fault::parse(text, |_, _| None).err().unwrap()
}

#[test]
fn listed_faults_parse() {
    assert_eq!(listed_faults().count(), 10);
    for (name, ..) in listed_faults() {
        for text in [name.to_owned(), format!("switch+2:{name}")] {
            assert!(Fault::parse(&text, |_, _| None).is_ok(), "{text}");
        }
    }
}

#[test]
fn the_help_lists_the_endpoints() {
    let names = endpoints::ENDPOINTS
        .each_ref()
        .map(|(name, ..)| *name)
        .join(", ");
    let names = names.replace(", cancel", " or cancel");
    let help = FAULTS.replace('\n', " ");
    assert!(help.contains(&format!(" ENDPOINT is {names}. ")), "{help}");
}

#[test]
fn an_unknown_fault_is_refused() {
    for text in ["", "nope", "nope=1", "token:nope", "token:token:refuse"] {
        assert!(refused(text).contains("many-profiles"), "{text}");
    }
}

#[test]
fn an_invalid_value_is_refused() {
    for (text, usage) in [
        ("refuse=1", "`refuse`"),
        ("switch:throttle=a", "`throttle[=TIMES[,SECONDS]]`"),
        ("throttle=1,2,3", "`throttle[=TIMES[,SECONDS]]`"),
        ("unavailable=1,200", "`unavailable[=TIMES[,STATUS]]`"),
        ("many-profiles=x", "`many-profiles[=COUNT]`"),
    ] {
        let expected = format!("invalid value in `{text}`: expected {usage}");
        assert_eq!(refused(text), expected);
    }
}

#[test]
fn an_unknown_place_is_refused() {
    for place in ["elsewhere", "token+", "token+x"] {
        let fault = format!("{place}:refuse");
        assert!(refused(&fault).ends_with(&format!(" in `{fault}`")));
    }
}
