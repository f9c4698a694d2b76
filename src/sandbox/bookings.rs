//! Rooms: the calendar, booking and cancelling.

use hyper::http::StatusCode;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::message::{Failure, Request, Response, bad_request, empty, failure, ok};
use super::model::User;
use super::server_data::ServerData;
use super::state::Booking;

/// The longest calendar, in days.
const MAX_DAYS: usize = 366;

/// The id of the first booking.
const FIRST_ID: u64 = 9_400_101;

/// A room: id, name, and from and to which hours of each working day other members have it.
type Room = (u64, &'static str, &'static [(i8, i8)]);

const ROOMS: [Room; 3] = [
    (1_414_021, "Lighthouse (6 seats)", &[(9, 10), (13, 15)]),
    (1_414_022, "Quay (4 seats)", &[(8, 9), (10, 12)]),
    (1_414_035, "Mill Loft (12 seats)", &[]),
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

pub(super) fn list(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let user = data.customer(request)?.user;
    let date = |name: &str| Date::strptime("%Y-%m-%d", request.query(name)?).ok();
    let (Some(start), Some(end)) = (date("start"), date("end")) else {
        let message = "An error has occurred.";
        return Err(failure(StatusCode::INTERNAL_SERVER_ERROR, message));
    };
    let (from, to) = (start.at(0, 0, 0, 0), end.at(0, 0, 0, 0));
    let own = data.state.bookings.iter();
    let own = own.filter(|booking| booking.overlaps(from, to)).cloned();
    let bookings = taken_by_others(start, end).into_iter().chain(own);
    let rows: Vec<Value> = bookings.filter_map(|it| row(&it, user)).collect();
    Ok(ok(&rows.into()))
}

/// A row of the calendar. Rows of other members are anonymous.
fn row(booking: &Booking, user: &User) -> Option<Value> {
    let (room, name, _) = ROOMS.iter().find(|(id, ..)| *id == booking.room)?;
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

/// The bookings of other members from the first day to the day before the last: the same meetings each
/// working day.
fn taken_by_others(start: Date, end: Date) -> Vec<Booking> {
    let days = start.series(1.day()).take_while(|day| *day < end);
    let is_weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let mut bookings = Vec::new();
    for day in days.take(MAX_DAYS).filter(|day| !is_weekend(day)) {
        for (room, _, hours) in ROOMS {
            bookings.extend(hours.iter().map(|(from, to)| Booking {
                id: room * 100 + u64::from(from.unsigned_abs()),
                room,
                profile: 0,
                from: day.at(*from, 0, 0, 0),
                to: day.at(*to, 0, 0, 0),
            }));
        }
    }
    bookings
}

impl Booking {
    fn overlaps(&self, from: DateTime, to: DateTime) -> bool {
        self.from < to && from < self.to
    }
}

pub(super) fn book(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let profile = data.customer(request)?.profile;
    let items: Vec<BasketItem> = serde_json::from_slice(&request.body)
        .map_err(|_| bad_request("The basket is not valid."))?;
    let mut bookings = data.state.bookings.clone();
    for item in &items {
        match checked(&bookings, profile, item) {
            Ok(booking) => bookings.push(booking),
            Err((property, message)) => {
                return Ok(ok(&json!({
                    "Status": 500,
                    "Message": message,
                    "Errors": [{
                        "AttemptedValue": null, "Message": message, "PropertyName": property,
                    }],
                })));
            }
        }
    }
    data.state.bookings = bookings;
    Ok(empty(StatusCode::OK))
}

/// The booking, or why it is refused: the property and the reason.
fn checked(
    bookings: &[Booking],
    profile: Option<u64>,
    item: &BasketItem,
) -> Result<Booking, (&'static str, &'static str)> {
    let new = &item.booking;
    let [from, to] = [new.from_time, new.to_time].map(|time| TimeZone::UTC.to_datetime(time));
    let others = taken_by_others(from.date(), to.date().saturating_add(1.day()));
    let mut in_room = others
        .iter()
        .chain(bookings)
        .filter(|it| it.room == new.resource_id);
    let is_new = item.r#type == "booking" && new.id == 0 && new.unique_id.len() == 36;
    let is_room = ROOMS.iter().any(|(id, ..)| *id == new.resource_id);
    let is_taken = in_room.any(|other| other.overlaps(from, to));
    for (is_fine, property, message) in [
        (is_new, "Booking", "This is not a new booking."),
        (
            profile == Some(new.coworker_id),
            "CoworkerId",
            "You can't make a booking for another customer.",
        ),
        (is_room, "ResourceId", "This room doesn't exist."),
        (from < to, "ToTime", "The booking must end after it starts."),
        (
            !is_taken,
            "FromTime",
            "The room is not available at the time you have selected.",
        ),
    ] {
        if !is_fine {
            return Err((property, message));
        }
    }
    let last = bookings.iter().map(|booking| booking.id).max();
    Ok(Booking {
        id: last.map_or(FIRST_ID, |id| id + 1),
        room: new.resource_id,
        profile: new.coworker_id,
        from,
        to,
    })
}

pub(super) fn cancel(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let user = data.customer(request)?.user;
    let mut bookings = data.state.bookings.iter();
    let index = bookings.position(|booking| {
        Some(booking.id) == request.id && user.profile(booking.profile).is_some()
    });
    let Some(index) = index else {
        let message = "This booking can't be cancelled.";
        return Ok(ok(&json!({ "Status": 500, "Message": message })));
    };
    data.state.bookings.remove(index);
    Ok(ok(&json!({ "Status": 200, "Message": "" })))
}
