use serde_json::json;

use super::*;

const OWN: u64 = 14_190_271;
const ELSEWHERE: u64 = 8_590_114_207;
const SUSPENDED: u64 = 14_388_925;

#[test]
fn switch_changes_list_and_business() {
    let server = started();
    let mut client = Client::signed_in(&server);
    assert_eq!(client.current(), Some(OWN));
    assert_eq!(
        client.get(PROFILES).json()["DefaultBusiness"]["WebAddress"],
        "harbour"
    );
    for _ in 0..2 {
        let answer = client.put(&switch_to(ELSEWHERE));
        assert_eq!(answer.status, 200);
        let done = json!({"WasSuccessful": true, "Value": null, "Status": 200,
            "Message": null, "Errors": null});
        assert_eq!(answer.json(), done);
        assert_eq!(client.current(), Some(ELSEWHERE));
    }
    assert_eq!(
        client.get(PROFILES).json()["DefaultBusiness"]["WebAddress"],
        "mill-lane"
    );
}

#[test]
fn switch_holds_for_every_session() {
    let server = started();
    let mut other = Client::signed_in(&server);
    Client::signed_in(&server).put(&switch_to(ELSEWHERE));
    assert_eq!(other.current(), Some(ELSEWHERE));
}

#[test]
fn suspended_profile_is_refused() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let answer = client.put(&switch_to(SUSPENDED));
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["WasSuccessful"], false);
    assert!(body["Message"].is_string());
    let reason = &body["Errors"][0];
    assert_eq!(reason["AttemptedValue"], SUSPENDED.to_string());
    assert_eq!(reason["PropertyName"], "coworkerId");
    assert!(reason["Message"].is_string());
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn unknown_profiles_are_not_found() {
    let server = started();
    let mut client = Client::signed_in(&server);
    for id in [1, 14_771_032] {
        assert_eq!(client.put(&switch_to(id)).status, 404);
    }
    assert_eq!(client.current(), Some(OWN));
}

#[test]
fn profile_id_must_be_a_number() {
    let server = started();
    let mut client = Client::signed_in(&server);
    for query in [
        "",
        "?coworkerId=",
        "?coworkerId=ana",
        "?coworkerId=-1",
        "?id=14190688",
    ] {
        let answer = client.put(&format!("{PROFILES}/current{query}"));
        assert_eq!(answer.status, 400, "{query}");
    }
}

#[test]
fn list_mirrors_the_token() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let whole = client.get(PROFILES).json();
    let mirrored = whole["User"]["AccessToken"].as_str().unwrap();
    assert_eq!(client.bearer, format!("Bearer {mirrored}"));
    let shaped = client.get(&format!("{PROFILES}?_shape=User.FullName,Profiles.Id"));
    assert!(!shaped.body.contains("AccessToken"));
    assert_eq!(shaped.json()["User"], json!({"FullName": "Ana Duarte"}));
    assert_eq!(shaped.json()["Profiles"][0], json!({"Id": OWN}));
}

#[test]
fn list_shows_the_fields_of_the_model() {
    let server = started();
    server
        .update(|data| {
            let ana = data.model.user_mut(MAIN).unwrap();
            ana.profiles = serde_json::from_value(json!([
                {"id": 1, "fields": {"Active": null}},
                {"id": 2, "fields": {"FullName": "A", "New": [1], "IsDefaultProfile": null}},
            ]))
            .unwrap();
        })
        .unwrap();
    let list = Client::signed_in(&server).get(PROFILES).json();
    assert_eq!(
        list["Profiles"],
        json!([
            {"Id": 1, "Active": null, "IsDefaultProfile": false},
            {"Id": 2, "FullName": "A", "New": [1], "IsDefaultProfile": null},
        ])
    );
    assert_eq!(list["DefaultBusiness"], Value::Null);
}

#[test]
fn benefits_of_the_current_profile() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let own = client.get(BENEFITS).json();
    let credit = &own["Personal"]["BookingCredits"][0];
    assert_eq!(credit["CaneBeUsedForBookings"], true);
    assert_eq!(credit["RemainingCredit"], 42.5);
    assert_eq!(
        own["Personal"]["TimePasses"][0]["TimePass"]["Name"],
        "Day pass"
    );
    client.put(&switch_to(14_190_688));
    let company = client.get(BENEFITS).json();
    assert_eq!(company["Personal"]["BookingCredits"], json!([]));
    assert_eq!(
        company["Team"]["ExtraServices"][0]["ExpireDate"],
        "2031-01-31T23:59:00Z"
    );
}

#[test]
fn another_client_can_switch() {
    let server = started();
    server
        .update(|data| data.set_current(MAIN, ELSEWHERE))
        .unwrap();
    assert_eq!(Client::signed_in(&server).current(), Some(ELSEWHERE));
    assert_eq!(
        server.update(|data| data.current(MAIN)).unwrap(),
        Some(ELSEWHERE)
    );
}

#[test]
fn removed_profile_is_not_current() {
    let server = started();
    let mut client = Client::signed_in(&server);
    client.put(&switch_to(ELSEWHERE));
    server
        .update(|data| {
            let ana = data.model.user_mut(MAIN).unwrap();
            ana.profiles.retain(|profile| profile.id != ELSEWHERE);
        })
        .unwrap();
    assert_eq!(client.current(), Some(OWN));
}
