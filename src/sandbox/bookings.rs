//! Rooms: the calendar, booking and cancelling.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::app::{App, Bearer};
use super::model::{Model, Room, User};
use super::responses::Failure;
use super::state::{Booking, State};
use super::wall_clock::{Date, WallTime};
use super::world::World;

/// The longest calendar, in days.
const MAX_DAYS: usize = 366;

/// A row of the calendar. Rows of other members are anonymous.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CalendarRow {
    id: u64,
    resource_id: u64,
    resource_name: String,
    start: String,
    end: String,
    coworker_id: Option<String>,
    coworker_full_name: Option<String>,
    private: bool,
}

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

/// Why a booking is refused: the property and the reason.
struct Refusal(&'static str, &'static str);

pub(super) async fn list(
    Shared(app): Shared<Arc<App>>,
    bearer: Bearer,
    Query(params): Query<HashMap<String, String>>,
) -> Result<Json<Vec<CalendarRow>>, Failure> {
    let date = |name: &str| params.get(name).and_then(|text| Date::parse(text));
    let rows = app.visit(|world| {
        let user = bearer.customer(world)?;
        let (Some(start), Some(end)) = (date("start"), date("end")) else {
            return Err(Failure::ServerError("An error has occurred."));
        };
        Ok(calendar(world, user, start, end))
    })??;
    Ok(Json(rows))
}

fn calendar(world: &World<'_>, user: &User, start: Date, end: Date) -> Vec<CalendarRow> {
    let days = std::iter::successors(Some(start), |day| Some(day.next()));
    let days = days.take_while(|day| *day < end).take(MAX_DAYS);
    let taken = days.flat_map(|day| taken_by_others(world.model, day));
    let taken = taken.map(|(room, slot)| row(room, slot, None));
    let booked = world.state.bookings.iter().filter_map(|booking| {
        let room = world.model.room(booking.room)?;
        let slot = Slot::of(booking)?;
        let is_shown = slot.from < end.at(0, 0) && start.at(0, 0) < slot.to;
        is_shown.then(|| row(room, slot, Some((booking, user))))
    });
    taken.chain(booked).collect()
}

fn row(room: &Room, slot: Slot, booked: Option<(&Booking, &User)>) -> CalendarRow {
    let own = booked.and_then(|(booking, user)| user.profile(booking.profile));
    CalendarRow {
        id: booked.map_or(slot.id, |(booking, _)| booking.id),
        resource_id: room.id,
        resource_name: room.name.clone(),
        start: slot.from.to_string(),
        end: slot.to.to_string(),
        coworker_id: own.map(|profile| profile.id.to_string()),
        coworker_full_name: own.and_then(|profile| profile.full_name.value().cloned()),
        private: own.is_none(),
    }
}

/// A time at which a room is taken.
#[derive(Clone, Copy)]
struct Slot {
    id: u64,
    from: WallTime,
    to: WallTime,
}

impl Slot {
    fn of(booking: &Booking) -> Option<Self> {
        Some(Self {
            id: booking.id,
            from: WallTime::parse(&booking.from)?,
            to: WallTime::parse(&booking.to)?,
        })
    }

    fn overlaps(&self, from: WallTime, to: WallTime) -> bool {
        self.from < to && from < self.to
    }
}

/// Other members have the same meetings each working day.
fn taken_by_others(model: &Model, day: Date) -> Vec<(&Room, Slot)> {
    let rooms = model.rooms.iter().filter(|_| !day.is_weekend());
    let daily = rooms.flat_map(|room| room.taken_daily.iter().map(move |hours| (room, hours)));
    daily
        .map(|(room, hours)| {
            let slot = Slot {
                id: room.id * 100 + u64::from(hours.start),
                from: day.at(hours.start.into(), 0),
                to: day.at(hours.end.into(), 0),
            };
            (room, slot)
        })
        .collect()
}

pub(super) async fn book(
    Shared(app): Shared<Arc<App>>,
    bearer: Bearer,
    body: Bytes,
) -> Result<Response, Failure> {
    let outcome = app.visit(|world| {
        let user = bearer.customer(world)?;
        let current = world.current_of(user);
        let items: Vec<BasketItem> =
            serde_json::from_slice(&body).map_err(|_| Failure::Bad("The basket is not valid."))?;
        Ok::<_, Failure>(add_all(world, current, &items))
    })??;
    Ok(match outcome {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Refusal(property, message)) => Json(json!({
            "Status": 500,
            "Message": message,
            "Errors": [{ "AttemptedValue": null, "Message": message, "PropertyName": property }],
        }))
        .into_response(),
    })
}

/// Adds all bookings or none.
fn add_all(
    world: &mut World<'_>,
    current: Option<u64>,
    items: &[BasketItem],
) -> Result<(), Refusal> {
    let mut state = world.state.clone();
    for item in items {
        let booking = checked(world.model, &state, current, item)?;
        state.bookings.push(booking);
    }
    *world.state = state;
    Ok(())
}

fn checked(
    model: &Model,
    state: &State,
    current: Option<u64>,
    item: &BasketItem,
) -> Result<Booking, Refusal> {
    let new = &item.booking;
    if item.r#type != "booking" || new.id != 0 || new.unique_id.len() != 36 {
        return Err(Refusal("Booking", "This is not a new booking."));
    }
    if current != Some(new.coworker_id) {
        return Err(Refusal(
            "CoworkerId",
            "You can't make a booking for another customer.",
        ));
    }
    let room = model.room(new.resource_id);
    let room = room.ok_or(Refusal("ResourceId", "This room doesn't exist."))?;
    let times = (
        WallTime::parse(&new.from_time),
        WallTime::parse(&new.to_time),
    );
    let (Some(from), Some(to)) = times else {
        return Err(Refusal("FromTime", "The time of the booking is not valid."));
    };
    if from >= to || from.date().next() < to.date() {
        return Err(Refusal("ToTime", "The booking must end after it starts."));
    }
    let days = [from.date(), to.date()];
    let others = days.into_iter().flat_map(|day| taken_by_others(model, day));
    let others = others
        .filter(|(taken, _)| taken.id == room.id)
        .map(|(_, slot)| slot);
    let booked = state
        .bookings
        .iter()
        .filter(|booking| booking.room == room.id);
    if others
        .chain(booked.filter_map(Slot::of))
        .any(|slot| slot.overlaps(from, to))
    {
        return Err(Refusal(
            "FromTime",
            "The room is not available at the time you have selected.",
        ));
    }
    let last = state.bookings.iter().map(|booking| booking.id).max();
    Ok(Booking {
        id: last.map_or(Booking::FIRST_ID, |id| id + 1),
        room: room.id,
        profile: new.coworker_id,
        from: from.to_string(),
        to: to.to_string(),
    })
}

pub(super) async fn cancel(
    Shared(app): Shared<Arc<App>>,
    bearer: Bearer,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let is_done = app.visit(|world| {
        let user = bearer.customer(world)?;
        let own = |booking: &Booking| user.profile(booking.profile).is_some();
        let bookings = &world.state.bookings;
        let found = bookings
            .iter()
            .position(|booking| booking.id.to_string() == id && own(booking));
        found.map(|index| world.state.bookings.remove(index));
        Ok::<_, Failure>(found.is_some())
    })??;
    Ok(Json(match is_done {
        true => json!({ "Status": 200, "Message": "" }),
        false => json!({ "Status": 500, "Message": "This booking can't be cancelled." }),
    }))
}
