//! Rooms: the calendar, booking and cancelling.

use hyper::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::message::{Failure, Request, bad_request, errors, failure};
use super::model::User;
use super::server_data::ServerData;
use super::state::Booking;

/// The longest calendar, in days.
const MAX_DAYS: usize = 366;

/// The id of the first booking.
const FIRST_ID: u64 = 9_400_101;

/// The rooms: id and name.
const ROOMS: [(u64, &str); 3] = [
    (1_414_021, "Lighthouse (6 seats)"),
    (1_414_022, "Quay (4 seats)"),
    (1_414_035, "Mill Loft (12 seats)"),
];

/// When other members have a room, each day: id of the booking, room, and from and to which hour.
const MEETINGS: [(u64, u64, i64, i64); 4] = [
    (9_100_001, 1_414_021, 9, 10),
    (9_100_002, 1_414_021, 13, 15),
    (9_100_003, 1_414_022, 8, 9),
    (9_100_004, 1_414_022, 10, 12),
];

/// An item of the basket.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BasketItem {
    r#type: String,
    booking: Booking,
}

pub(super) fn list(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let (_, user) = data.customer(request)?;
    let date = |name: &str| format!("{}T00:00Z", request.query(name)?).parse().ok();
    let (Some(start), Some(end)) = (date("start"), date("end")) else {
        let message = "An error has occurred.";
        return Err(failure(StatusCode::INTERNAL_SERVER_ERROR, message));
    };
    let bookings = calendar(data, start, end);
    Ok(bookings.filter_map(|booking| row(&booking, user)).collect())
}

/// The bookings between two times: those of other members, which are the same each day, and those made here.
fn calendar(data: &ServerData, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Booking> {
    let day_of = |time: Timestamp| time.as_second().div_euclid(86_400);
    let at = |day: i64, hour: i64| Timestamp::from_second(day * 86_400 + hour * 3_600);
    let days = (day_of(from)..=day_of(to)).take(MAX_DAYS);
    let others = days.flat_map(move |day| {
        MEETINGS.map(|(id, resource_id, from, to)| Booking {
            id,
            resource_id,
            from_time: at(day, from).unwrap_or_default(),
            to_time: at(day, to).unwrap_or_default(),
            coworker_id: 0,
            unique_id: String::new(),
        })
    });
    let all = others.chain(data.state.bookings.iter().cloned());
    all.filter(move |booking| booking.from_time < to && from < booking.to_time)
}

/// A row of the calendar. Rows of other members are anonymous.
fn row(booking: &Booking, user: &User) -> Option<Value> {
    let (room, name) = ROOMS.iter().find(|(id, _)| *id == booking.resource_id)?;
    let own = user.profile(booking.coworker_id);
    Some(json!({
        "id": booking.id,
        "resourceId": room,
        "resourceName": name,
        "start": booking.from_time,
        "end": booking.to_time,
        "coworkerId": own.map(|profile| profile.id.to_string()),
        "coworkerFullName": own.and_then(|profile| profile.fields.get("FullName")),
        "private": own.is_none(),
    }))
}

/// Books all items of the basket, or none.
pub(super) fn book(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let (token, user) = data.customer(request)?;
    let profile = data.profile_of(token, user);
    let items: Vec<BasketItem> = serde_json::from_slice(&request.body)
        .map_err(|_| bad_request("The basket is not valid."))?;
    let before = data.state.bookings.len();
    for BasketItem { r#type, booking } in items {
        let (room, from, to) = (booking.resource_id, booking.from_time, booking.to_time);
        let (property, reason) = if r#type != "booking" || booking.id != 0 {
            ("Booking", "This is not a new booking.")
        } else if booking.unique_id.len() != 36 {
            ("UniqueId", "This is not a UUID.")
        } else if profile != Some(booking.coworker_id) {
            ("CoworkerId", "You can't book for another customer.")
        } else if !ROOMS.iter().any(|(id, _)| *id == room) {
            ("ResourceId", "This room doesn't exist.")
        } else if from >= to {
            ("ToTime", "The booking must end after it starts.")
        } else if calendar(data, from, to).any(|other| other.resource_id == room) {
            ("FromTime", "The room is not available at this time.")
        } else {
            let last = data.state.bookings.last().map(|booking| booking.id);
            let id = last.map_or(FIRST_ID, |id| id + 1);
            data.state.bookings.push(Booking { id, ..booking });
            continue;
        };
        data.state.bookings.truncate(before);
        let errors = errors(reason, property, Value::Null);
        return Ok(json!({ "Status": 500, "Message": reason, "Errors": errors }));
    }
    Ok(Value::Null)
}

pub(super) fn cancel(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let (_, user) = data.customer(request)?;
    let is_own = |booking: &Booking| user.profile(booking.coworker_id).is_some();
    let mut bookings = data.state.bookings.iter();
    let index = bookings.position(|it| Some(it.id) == request.id() && is_own(it));
    let Some(index) = index else {
        let message = "This booking can't be cancelled.";
        return Ok(json!({ "Status": 500, "Message": message }));
    };
    data.state.bookings.remove(index);
    Ok(json!({ "Status": 200, "Message": "" }))
}
