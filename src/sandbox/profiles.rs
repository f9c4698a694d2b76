//! The three endpoints about profiles: list, switch, benefits.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderMap, http::header::CONTENT_LENGTH};
use serde::Serialize;
use serde_json::{Value, json, to_value};

use super::app::{App, Bearer};
use super::faults::{CallFaults, StaleList};
use super::model::{Location, Model, Profile, User};
use super::nullable::Nullable;
use super::responses::{Failure, confirmation, switch_refusal};
use super::shape::Shape;
use super::world::World;

type Params = Query<HashMap<String, String>>;

/// The response with the profile list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listing<'a> {
    user: Person<'a>,
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    default_business: Nullable<&'a Location>,
    profiles: Vec<Item<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Person<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    full_name: &'a Nullable<String>,
    email: &'a str,
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    active: &'a Nullable<bool>,
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    is_admin: &'a Nullable<bool>,
    /// The token of this request: the portal mirrors it.
    access_token: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    is_default_profile: Option<bool>,
    #[serde(flatten)]
    profile: &'a Profile,
}

pub(super) async fn list(
    Shared(app): Shared<Arc<App>>,
    Extension(faults): Extension<CallFaults>,
    bearer: Bearer,
    Query(params): Params,
) -> Result<Json<Value>, Failure> {
    let mut response = app.visit(|world| {
        let user = bearer.customer(world)?;
        let current = match faults.stale {
            Some(stale) if stale.user == user.id => stale.profile,
            _ => world.current_of(user),
        };
        to_value(listing(world.model, user, current, &bearer))
            .map_err(|error| Failure::State(error.into()))
    })??;
    let shape = params.get("_shape").and_then(|text| Shape::parse(text));
    if let Some(shape) = shape {
        shape.apply(&mut response);
    }
    Ok(Json(response))
}

fn listing<'a>(
    model: &'a Model,
    user: &'a User,
    current: Option<u64>,
    bearer: &'a Bearer,
) -> Listing<'a> {
    let item = |profile: &'a Profile| Item {
        is_default_profile: user.marks_current.then_some(current == Some(profile.id)),
        profile,
    };
    Listing {
        user: Person {
            id: user.id,
            full_name: &user.full_name,
            email: &user.email,
            active: &user.active,
            is_admin: &user.is_admin,
            access_token: bearer.token(),
        },
        default_business: business(model, current.and_then(|id| user.profile(id))),
        profiles: user.profiles.iter().map(item).collect(),
    }
}

/// The default business follows the current profile.
fn business<'a>(model: &'a Model, current: Option<&Profile>) -> Nullable<&'a Location> {
    match current.map(|profile| &profile.location) {
        Some(Nullable::Absent) => Nullable::Absent,
        Some(Nullable::Value(id)) => model.location(*id).map_or(Nullable::Null, Nullable::Value),
        Some(Nullable::Null) | None => Nullable::Null,
    }
}

pub(super) async fn switch(
    Shared(app): Shared<Arc<App>>,
    Extension(faults): Extension<CallFaults>,
    headers: HeaderMap,
    bearer: Bearer,
    Query(params): Params,
) -> Result<Response, Failure> {
    if !headers.contains_key(CONTENT_LENGTH) {
        return Err(Failure::LengthRequired);
    }
    let wanted = params.get("coworkerId").map(|id| id.parse());
    let (response, stale) = app.visit(|world| apply(world, &faults, &bearer, wanted))??;
    if let Some(stale) = stale {
        app.faults().show_stale(stale);
    }
    Ok(Json(response).into_response())
}

/// Applies the switch, as far as the faults allow. Also returns the old state if the next lists are
/// to show it.
fn apply(
    world: &mut World<'_>,
    faults: &CallFaults,
    bearer: &Bearer,
    wanted: Option<Result<u64, std::num::ParseIntError>>,
) -> Result<(Value, Option<StaleList>), Failure> {
    let user = bearer.customer(world)?;
    let wanted = wanted
        .and_then(Result::ok)
        .ok_or(Failure::Bad("coworkerId must be given, and be a number"))?;
    let profile = user
        .profile(wanted)
        .ok_or(Failure::NotFound("this user has no such profile"))?;
    let inactive = profile.active == Nullable::Value(false);
    if faults.refuse || inactive {
        return Ok((switch_refusal(wanted), None));
    }
    let stale = (faults.late_lists > 0).then(|| StaleList {
        user: user.id,
        profile: world.current_of(user),
        lists: faults.late_lists,
    });
    let user = user.id;
    if !faults.not_applied {
        world.state.current.insert(user, wanted);
    }
    Ok((confirmation(), stale))
}

pub(super) async fn benefits(
    Shared(app): Shared<Arc<App>>,
    bearer: Bearer,
) -> Result<Json<Value>, Failure> {
    let benefits = app.visit(|world| {
        let user = bearer.customer(world)?;
        let current = world.current_of(user).and_then(|id| user.profile(id));
        Ok::<_, Failure>(current.map_or(Value::Null, |profile| profile.benefits.clone()))
    })??;
    Ok(Json(if benefits.is_null() {
        let none = json!({ "BookingCredits": [], "ExtraServices": [], "TimePasses": [] });
        json!({ "Personal": none, "Team": none })
    } else {
        benefits
    }))
}
