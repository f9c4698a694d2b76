use serde_json::json;

use super::*;

const OWN: u64 = 14_190_271;
const COMPANY: u64 = 14_190_688;
const LIGHTHOUSE: u64 = 1_414_021;
const CALENDAR: &str = "/en/bookings/fullCalendarBookings";
const BASKET: &str = "/en/basket/CreateInvoice?createZeroValueInvoice=true";

/// A Tuesday.
pub(super) fn calendar(client: &mut Client) -> Vec<Value> {
    let target = format!("{CALENDAR}?start=2026-09-01&end=2026-09-02");
    client.get(&target).json().as_array().unwrap().clone()
}

pub(super) fn item(profile: u64, from: &str, to: &str) -> Value {
    json!({"Type": "booking", "Booking": {
        "Id": 0, "ResourceId": LIGHTHOUSE, "FromTime": from, "ToTime": to,
        "CoworkerId": profile, "ChargeNow": true, "BookingVisitors": [], "BookingProducts": [],
        "CustomFields": {"Data": []}, "UniqueId": "2f1d7c0e-64f0-4b9e-9a55-0d5b8d3c1a77",
    }})
}

pub(super) fn book(client: &mut Client, items: &[Value]) -> Answer {
    let body = json!(items).to_string();
    let length = body.len();
    let headers = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
    client.call("POST", BASKET, &headers, &body)
}

fn cancel(client: &mut Client, id: &Value) -> Value {
    let target = format!("/en/bookings/deletejson/{id}");
    let headers = "Content-Type: application/json\r\nContent-Length: 2\r\n";
    client.call("POST", &target, headers, "{}").json()
}

pub(super) fn refused(response: &Answer, words: &str) {
    assert_eq!(response.status, 200);
    let body = response.json();
    assert_eq!(body["Status"], 500);
    assert!(body["Message"].as_str().unwrap().contains(words), "{body}");
    assert!(body["Errors"][0]["PropertyName"].is_string());
}

#[test]
fn a_booking_is_made_shown_and_cancelled() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let others = calendar(&mut client);
    assert_eq!(others.len(), 4);
    for row in &others {
        assert_eq!(row["coworkerId"], Value::Null);
        assert_eq!(row["private"], true);
    }
    let new = item(OWN, "2026-09-01T16:00:00.000Z", "2026-09-01T17:30:00.000Z");
    let response = book(&mut client, &[new]);
    assert_eq!((response.status, response.body.as_str()), (200, ""));
    let row = calendar(&mut client).pop().unwrap();
    assert_eq!(row["resourceName"], "Lighthouse (6 seats)");
    assert_eq!(row["start"], "2026-09-01T16:00:00Z");
    assert_eq!(row["end"], "2026-09-01T17:30:00Z");
    assert_eq!(row["coworkerId"], OWN.to_string());
    assert_eq!(row["coworkerFullName"], "Ana Duarte");
    let mut other = Client::of(&server);
    let token = server
        .update(|data| data.issue_token("two-factor@sandbox.example"))
        .unwrap();
    other.bearer = format!("Bearer {token}");
    assert_eq!(
        calendar(&mut other).pop().unwrap()["coworkerId"],
        Value::Null
    );
    assert_eq!(cancel(&mut other, &row["id"])["Status"], 500);
    assert_eq!(
        cancel(&mut client, &row["id"]),
        json!({"Status": 200, "Message": ""})
    );
    assert_eq!(cancel(&mut client, &row["id"])["Status"], 500);
    assert_eq!(calendar(&mut client).len(), 4);
}

#[test]
fn a_room_that_is_taken_is_refused() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let taken = "not available at this time";
    for (from, to) in [("09:30", "11:00"), ("08:00", "18:00"), ("14:00", "14:30")] {
        let new = item(
            OWN,
            &format!("2026-09-01T{from}Z"),
            &format!("2026-09-01T{to}Z"),
        );
        refused(&book(&mut client, &[new]), taken);
    }
    let new = |from: &str, to: &str| {
        item(
            OWN,
            &format!("2026-09-01T{from}Z"),
            &format!("2026-09-01T{to}Z"),
        )
    };
    assert_eq!(book(&mut client, &[new("10:00", "11:00")]).body, "");
    refused(&book(&mut client, &[new("10:30", "11:30")]), taken);
    // All or nothing.
    let both = [new("11:00", "12:00"), new("10:59", "11:01")];
    refused(&book(&mut client, &both), taken);
    assert_eq!(book(&mut client, &[new("11:00", "12:00")]).body, "");
}

#[test]
fn only_the_current_profile_can_book() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let new = item(COMPANY, "2026-09-01T16:00:00Z", "2026-09-01T17:00:00Z");
    refused(
        &book(&mut client, std::slice::from_ref(&new)),
        "another customer",
    );
    client.put(&switch_to(COMPANY));
    assert_eq!(book(&mut client, &[new]).body, "");
}

#[test]
fn a_time_with_an_offset_is_shifted() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let new = item(
        OWN,
        "2026-09-01T19:00:00+02:00",
        "2026-09-01T20:00:00+02:00",
    );
    assert_eq!(book(&mut client, &[new]).body, "");
    let row = calendar(&mut client).pop().unwrap();
    assert_eq!(row["start"], "2026-09-01T17:00:00Z");
}

#[test]
fn what_is_no_booking_is_refused() {
    let server = started();
    let mut client = Client::signed_in(&server);
    let (from, to) = ("2026-09-01T16:00:00Z", "2026-09-01T17:00:00Z");
    refused(
        &book(&mut client, &[item(OWN, to, from)]),
        "end after it starts",
    );
    assert_eq!(book(&mut client, &[item(OWN, "soon", to)]).status, 400);
    let mut elsewhere = item(OWN, from, to);
    elsewhere["Booking"]["ResourceId"] = json!(7);
    refused(&book(&mut client, &[elsewhere]), "doesn't exist");
    assert_eq!(book(&mut client, &[json!({"Type": "booking"})]).status, 400);
    assert_eq!(
        client.get(&format!("{CALENDAR}?start=2026-09-01")).status,
        500
    );
    client.bearer = String::new();
    assert_eq!(
        client
            .get(&format!("{CALENDAR}?start=2026-09-01&end=2026-09-02"))
            .status,
        401
    );
    assert_eq!(book(&mut client, &[item(OWN, from, to)]).status, 401);
}
