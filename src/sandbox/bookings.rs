//! Rooms: the calendar, booking and cancelling.

use http::StatusCode;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::model::User;
use super::request::Request;
use super::response::{Failure, Response, empty, ok};
use super::server_data::ServerData;
use super::state::Booking;

/// The longest calendar, in days.
const MAX_DAYS: usize = 366;

/// The id of the first booking.
const FIRST_ID: u64 = 9_400_101;

/// A room that can be booked.
struct Room {
    id: u64,
    name: &'static str,
    /// From and to which hours of each working day another member has it.
    taken_daily: &'static [(i8, i8)],
}

const ROOMS: [Room; 3] = [
    Room {
        id: 1_414_021,
        name: "Lighthouse (6 seats)",
        taken_daily: &[(9, 10), (13, 15)],
    },
    Room {
        id: 1_414_022,
        name: "Quay (4 seats)",
        taken_daily: &[(8, 9), (10, 12)],
    },
    Room {
        id: 1_414_035,
        name: "Mill Loft (12 seats)",
        taken_daily: &[],
    },
];

/// Why a booking is refused: the property and the reason.
struct Refusal(&'static str, &'static str);

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
    from_time: String,
    to_time: String,
    coworker_id: u64,
    unique_id: String,
}

pub(super) fn list(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let user = data.customer(request)?;
    let date = |name: &str| Date::strptime("%Y-%m-%d", request.query(name)?).ok();
    let (Some(start), Some(end)) = (date("start"), date("end")) else {
        let message = "An error has occurred.";
        return Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, message));
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
    let room = ROOMS.iter().find(|room| room.id == booking.room)?;
    let own = user.profile(booking.profile);
    Some(json!({
        "id": booking.id,
        "resourceId": room.id,
        "resourceName": room.name,
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
    let days = days.take(MAX_DAYS);
    let is_weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let mut bookings = Vec::new();
    for day in days.filter(|day| !is_weekend(day)) {
        for room in &ROOMS {
            bookings.extend(room.taken_daily.iter().map(|(from, to)| Booking {
                id: room.id * 100 + u64::from(from.unsigned_abs()),
                room: room.id,
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
    let user = data.customer(request)?;
    let current = data.current_of(user);
    let items: Vec<BasketItem> = serde_json::from_slice(&request.body)
        .map_err(|_| Failure::bad_request("The basket is not valid."))?;
    let mut bookings = data.state.bookings.clone();
    for item in &items {
        match checked(&bookings, current, item) {
            Ok(booking) => bookings.push(booking),
            Err(Refusal(property, message)) => {
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

fn checked(
    bookings: &[Booking],
    current: Option<u64>,
    item: &BasketItem,
) -> Result<Booking, Refusal> {
    let new = &item.booking;
    if item.r#type != "booking" || new.id != 0 || new.unique_id.len() != 36 {
        return Err(Refusal("Booking", "This is not a new booking."));
    }
    if current != Some(new.coworker_id) {
        let message = "You can't make a booking for another customer.";
        return Err(Refusal("CoworkerId", message));
    }
    if !ROOMS.iter().any(|room| room.id == new.resource_id) {
        return Err(Refusal("ResourceId", "This room doesn't exist."));
    }
    let times = (wall_clock(&new.from_time), wall_clock(&new.to_time));
    let (Some(from), Some(to)) = times else {
        return Err(Refusal("FromTime", "The time of the booking is not valid."));
    };
    if from >= to {
        return Err(Refusal("ToTime", "The booking must end after it starts."));
    }
    let mut others = taken_by_others(from.date(), to.date().saturating_add(1.day()));
    others.extend_from_slice(bookings);
    let mut in_room = others.iter().filter(|it| it.room == new.resource_id);
    if in_room.any(|other| other.overlaps(from, to)) {
        let message = "The room is not available at the time you have selected.";
        return Err(Refusal("FromTime", message));
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

/// Reads a time with a literal `Z`. As on the portal, a real UTC offset such as `+02:00` is no error: it
/// shifts the time.
fn wall_clock(text: &str) -> Option<DateTime> {
    let time: Timestamp = text.parse().ok()?;
    Some(TimeZone::UTC.to_datetime(time))
}

pub(super) fn cancel(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let user = data.customer(request)?;
    let id = request.path().strip_prefix(Endpoint::Cancel.path());
    let mut bookings = data.state.bookings.iter();
    let index = bookings.position(|booking| {
        Some(booking.id.to_string().as_str()) == id && user.profile(booking.profile).is_some()
    });
    Ok(ok(
        &match index.map(|index| data.state.bookings.remove(index)) {
            Some(_) => json!({ "Status": 200, "Message": "" }),
            None => json!({ "Status": 500, "Message": "This booking can't be cancelled." }),
        },
    ))
}
