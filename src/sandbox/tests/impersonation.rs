use serde_json::json;

use super::*;

const OWN: u64 = 14_190_271;
const COMPANY: u64 = 14_190_688;
const ELSEWHERE: u64 = 14_512_340;
const SUSPENDED: u64 = 14_388_925;
const OF_ANOTHER_USER: u64 = 14_771_032;

fn ask(client: &mut Client, id: u64) -> Answer {
    client.get(&format!("/api/public/coworkers/{id}/impersonate"))
}

/// Exchanges the token of an impersonation.
fn exchange(server: &Server, answer: &Answer, client_id: &str) -> Answer {
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let target = format!("/api/sys/users/exchange?token={token}&validForInMinutes=1440");
    let headers = format!("Content-Length: 0\r\nclient_id: {client_id}\r\n");
    Client::of(server).call("POST", &target, &headers, "")
}

/// A client with an access token that a response has.
fn with_token_of(server: &Server, answer: &Answer) -> Client {
    let mut client = Client::of(server);
    let body = answer.json();
    let token = body.get("token").or(body.get("access_token")).unwrap();
    client.bearer = format!("Bearer {}", token.as_str().unwrap());
    client
}

fn acting_as(server: &Server, id: u64) -> Client {
    let answer = ask(&mut Client::signed_in(server), id);
    with_token_of(server, &exchange(server, &answer, "fresh"))
}

#[test]
fn a_session_acts_as_its_profile_whatever_is_current() {
    let server = started();
    let mut account = Client::signed_in(&server);
    let mut bound = acting_as(&server, COMPANY);
    assert_eq!(account.current(), Some(OWN));
    for current in [ELSEWHERE, COMPANY, OWN] {
        account.put(&switch_to(current));
        assert_eq!(bound.current(), Some(COMPANY));
        assert_eq!(account.current(), Some(current));
    }
    let list = bound.get(PROFILES).json();
    assert_eq!(list["DefaultBusiness"]["WebAddress"], "harbour");
    let benefits = bound.get(BENEFITS).json();
    assert_eq!(
        benefits["Team"]["BookingCredits"][0]["Name"],
        "Team room credit"
    );
}

#[test]
fn a_late_switch_is_not_seen_by_a_session_that_acts_as_a_profile() {
    let server = faulty("late=9");
    let mut bound = acting_as(&server, COMPANY);
    Client::signed_in(&server).put(&switch_to(ELSEWHERE));
    assert_eq!(bound.current(), Some(COMPANY));
}

#[test]
fn a_session_that_acts_as_a_profile_cannot_switch() {
    let server = started();
    let mut bound = acting_as(&server, COMPANY);
    let answer = bound.put(&switch_to(ELSEWHERE));
    assert_eq!(
        (answer.status, &answer.json()["WasSuccessful"]),
        (200, &json!(false))
    );
    assert_eq!(bound.current(), Some(COMPANY));
    assert_eq!(Client::signed_in(&server).current(), Some(OWN));
}

#[test]
fn only_own_active_profiles_can_be_acted_as() {
    let server = started();
    let mut client = Client::signed_in(&server);
    for (id, status) in [
        (OWN, 200),
        (COMPANY, 200),
        (SUSPENDED, 403),
        (OF_ANOTHER_USER, 403),
        (1, 403),
    ] {
        assert_eq!(ask(&mut client, id).status, status, "{id}");
    }
    for id in ["x", "", "-1", "1/2"] {
        let path = format!("/api/public/coworkers/{id}/impersonate");
        assert_eq!(client.get(&path).status, 404, "{id}");
    }
    let path = format!("/api/public/coworkers/{COMPANY}/impersonate");
    let post = client.call("POST", &path, "Content-Length: 0\r\n", "");
    assert_eq!(post.status, 405);
    client.bearer = "Bearer wrong".to_owned();
    let answer = ask(&mut client, COMPANY);
    assert_eq!((answer.status, answer.body.as_str()), (401, ""));
}

#[test]
fn a_token_is_exchanged_once_and_soon() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let answer = ask(&mut client, COMPANY);
    assert_eq!(answer.json().as_object().unwrap().len(), 1);
    assert_eq!(exchange(&server, &answer, "fresh").status, 200);
    assert_eq!(exchange(&server, &answer, "fresh").status, 400);
    let answer = ask(&mut client, COMPANY);
    let later = std::time::Duration::from_secs(6 * 60);
    server.update(|data| data.advance_clock(later)).unwrap();
    assert_eq!(exchange(&server, &answer, "fresh").status, 400);
}

#[test]
fn the_refresh_token_is_the_clients_own_and_keeps_the_profile() {
    let server = started();
    let mut anyone = Client::of(&server);
    let form = format!("grant_type=password&username={MAIN}&password=practice");
    let account = anyone.form(Some("account"), &form);
    let mut client = with_token_of(&server, &account);
    let answer = ask(&mut client, COMPANY);
    let bound = exchange(&server, &answer, "fresh").json();
    let mut refresh = |client_id: &str, body: &Value| {
        let token = body["refresh_token"].as_str().unwrap();
        let form = format!("grant_type=refresh_token&refresh_token={token}");
        anyone.form(Some(client_id), &form)
    };
    let account = refresh("account", &account.json());
    assert_eq!(account.status, 200);
    let bound = refresh("fresh", &bound);
    assert_eq!(with_token_of(&server, &bound).current(), Some(COMPANY));
    assert_eq!(with_token_of(&server, &account).current(), Some(OWN));
    // Under the account's client id it would be the account's refresh token that is cancelled.
    let answer = ask(&mut client, COMPANY);
    assert_eq!(exchange(&server, &answer, "account").status, 200);
    assert_eq!(refresh("account", &account.json()).status, 400);
}

#[test]
fn bookings_are_the_profiles() {
    let server = started();
    let mut bound = acting_as(&server, COMPANY);
    let item = |profile: u64| bookings::item(profile, "2026-09-01T16:00Z", "2026-09-01T17:00Z");
    let refused = bookings::book(&mut bound, &[item(OWN)]);
    bookings::refused(&refused, "another customer");
    assert_eq!(bookings::book(&mut bound, &[item(COMPANY)]).body, "");
    let row = bookings::calendar(&mut bound).pop().unwrap();
    assert_eq!(row["coworkerId"], COMPANY.to_string());
}

#[test]
fn faults() {
    let server = faulty("impersonate:refuse");
    let mut client = Client::signed_in(&server);
    assert_eq!(ask(&mut client, COMPANY).status, 403);
    let switched = client.put(&switch_to(COMPANY)).json();
    assert_eq!(switched["WasSuccessful"], true);

    let server = faulty("wrong-profile");
    let mut bound = acting_as(&server, COMPANY);
    assert_eq!(bound.current(), Some(OWN));

    let server = faulty("moves-current");
    let mut bound = acting_as(&server, COMPANY);
    assert_eq!(bound.current(), Some(COMPANY));
    assert_eq!(Client::signed_in(&server).current(), Some(COMPANY));
}
