//! Rooms: the calendar, booking and cancelling.

use hyper::http::StatusCode;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
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
const MEETINGS: [(u64, u64, i8, i8); 4] = [
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
    booking: NewBooking,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewBooking {
    id: u64,
    resource_id: u64,
    /// With a literal `Z`. As on the portal, a real UTC offset such as `+02:00` is no error: it shifts the
    /// time.
    from_time: Timestamp,
    to_time: Timestamp,
    coworker_id: u64,
    unique_id: String,
}

pub(super) fn list(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let user = data.customer(request)?.user;
    let date = |name: &str| request.query(name)?.parse::<Date>().ok();
    let (Some(start), Some(end)) = (date("start"), date("end")) else {
        let message = "An error has occurred.";
        return Err(failure(StatusCode::INTERNAL_SERVER_ERROR, message));
    };
    let bookings = calendar(data, start.into(), end.into());
    Ok(bookings.filter_map(|booking| row(&booking, user)).collect())
}

/// The bookings between two times: those of other members, which are the same each day, and those made here.
fn calendar(data: &ServerData, from: DateTime, to: DateTime) -> impl Iterator<Item = Booking> {
    let days = from.date().series(1.day()).take(MAX_DAYS);
    let days = days.take_while(move |day| *day <= to.date());
    let others = days.flat_map(|day| {
        MEETINGS.map(|(id, room, from, to)| Booking {
            id,
            room,
            profile: 0,
            from: day.at(from, 0, 0, 0),
            to: day.at(to, 0, 0, 0),
        })
    });
    let all = others.chain(data.state.bookings.iter().cloned());
    all.filter(move |booking| booking.from < to && from < booking.to)
}

/// A row of the calendar. Rows of other members are anonymous.
fn row(booking: &Booking, user: &User) -> Option<Value> {
    let (room, name) = ROOMS.iter().find(|(id, _)| *id == booking.room)?;
    let own = user.profile(booking.profile);
    Some(json!({
        "id": booking.id,
        "resourceId": room,
        "resourceName": name,
        "start": format!("{}Z", booking.from),
        "end": format!("{}Z", booking.to),
        "coworkerId": own.map(|profile| profile.id.to_string()),
        "coworkerFullName": own.and_then(|profile| profile.fields.get("FullName")),
        "private": own.is_none(),
    }))
}

/// Books all items of the basket, or none.
pub(super) fn book(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let profile = data.customer(request)?.profile;
    let items: Vec<BasketItem> = serde_json::from_slice(&request.body)
        .map_err(|_| bad_request("The basket is not valid."))?;
    let before = data.state.bookings.len();
    for BasketItem { r#type, booking } in &items {
        let [from, to] =
            [booking.from_time, booking.to_time].map(|it| TimeZone::UTC.to_datetime(it));
        let room = booking.resource_id;
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
        } else if calendar(data, from, to).any(|other| other.room == room) {
            ("FromTime", "The room is not available at this time.")
        } else {
            let last = data.state.bookings.last().map(|booking| booking.id);
            data.state.bookings.push(Booking {
                id: last.map_or(FIRST_ID, |id| id + 1),
                room,
                profile: booking.coworker_id,
                from,
                to,
            });
            continue;
        };
        data.state.bookings.truncate(before);
        let errors = errors(reason, property, Value::Null);
        return Ok(json!({ "Status": 500, "Message": reason, "Errors": errors }));
    }
    Ok(Value::Null)
}

pub(super) fn cancel(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let user = data.customer(request)?.user;
    let mut bookings = data.state.bookings.iter();
    let index = bookings.position(|booking| {
        Some(booking.id) == request.id() && user.profile(booking.profile).is_some()
    });
    let Some(index) = index else {
        let message = "This booking can't be cancelled.";
        return Ok(json!({ "Status": 500, "Message": message }));
    };
    data.state.bookings.remove(index);
    Ok(json!({ "Status": 200, "Message": "" }))
}
