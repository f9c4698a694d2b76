//! The three endpoints about profiles: list, switch, benefits.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderMap, http::header::CONTENT_LENGTH};
use serde::Serialize;
use serde_json::{Value, to_value};

use super::answer::{Confirmation, Failure};
use super::benefits::Benefits;
use super::cast::{Cast, Location, Profile, User};
use super::fault::RefusalShape;
use super::field::Field;
use super::plan::{Plan, Stale};
use super::routes::{App, Bearer};
use super::shape::Shape;
use super::world::World;

type Params = Query<HashMap<String, String>>;

/// The list as it goes over the wire (contract, `GET …/profiles`).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listing<'a> {
    user: Person<'a>,
    #[serde(skip_serializing_if = "Field::is_absent")]
    default_business: Field<&'a Location>,
    profiles: Vec<Item<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Person<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Field::is_absent")]
    full_name: &'a Field<String>,
    email: &'a str,
    #[serde(skip_serializing_if = "Field::is_absent")]
    active: &'a Field<bool>,
    #[serde(skip_serializing_if = "Field::is_absent")]
    is_admin: &'a Field<bool>,
    /// The token of this very call, mirrored.
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
    Extension(plan): Extension<Plan>,
    bearer: Bearer,
    Query(params): Params,
) -> Result<Json<Value>, Failure> {
    let mut answer = app.visit(|world| {
        let user = bearer.customer(world)?;
        let current = match plan.stale {
            Some(stale) if stale.user == user.id => stale.profile,
            _ => world.current_of(user),
        };
        to_value(listing(world.cast, user, current, &bearer))
            .map_err(|error| Failure::State(error.into()))
    })??;
    let shape = params.get("_shape").and_then(|text| Shape::parse(text));
    if let Some(shape) = shape.filter(|_| !plan.ignore_shape) {
        shape.apply(&mut answer);
    }
    Ok(Json(answer))
}

fn listing<'a>(
    cast: &'a Cast,
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
        default_business: business(cast, current.and_then(|id| user.profile(id))),
        profiles: user.profiles.iter().map(item).collect(),
    }
}

/// The default business follows the current profile.
fn business<'a>(cast: &'a Cast, current: Option<&Profile>) -> Field<&'a Location> {
    match current.map(|profile| &profile.location) {
        Some(Field::Absent) => Field::Absent,
        Some(Field::Value(id)) => cast.location(*id).map_or(Field::Null, Field::Value),
        Some(Field::Null) | None => Field::Null,
    }
}

pub(super) async fn switch(
    Shared(app): Shared<Arc<App>>,
    Extension(plan): Extension<Plan>,
    headers: HeaderMap,
    bearer: Bearer,
    Query(params): Params,
) -> Result<Response, Failure> {
    if !headers.contains_key(CONTENT_LENGTH) {
        return Err(Failure::LengthRequired);
    }
    let wanted = params.get("coworkerId").map(|id| id.parse());
    let (confirmation, stale) = app.visit(|world| apply(world, &plan, &bearer, wanted))??;
    if let Some(stale) = stale {
        app.faults().show_stale(stale);
    }
    Ok(if plan.empty {
        StatusCode::OK.into_response()
    } else {
        Json(confirmation).into_response()
    })
}

/// Does the switch, if it is to be done; beside the confirmation comes the old
/// state where lists are to go on showing it.
fn apply(
    world: &mut World<'_>,
    plan: &Plan,
    bearer: &Bearer,
    wanted: Option<Result<u64, std::num::ParseIntError>>,
) -> Result<(Confirmation, Option<Stale>), Failure> {
    let user = bearer.customer(world)?;
    let wanted = wanted
        .and_then(Result::ok)
        .ok_or(Failure::Bad("coworkerId must be given, and be a number"))?;
    let profile = user
        .profile(wanted)
        .ok_or(Failure::NotFound("this user has no such profile"))?;
    let inactive = profile.active == Field::Value(false);
    let refused = plan.refuse.or(inactive.then_some(RefusalShape::List));
    if let Some(shape) = refused {
        return Ok((Confirmation::refused(wanted, shape), None));
    }
    let stale = (plan.late_lists > 0).then(|| Stale {
        user: user.id,
        profile: world.current_of(user),
        lists: plan.late_lists,
    });
    let user = user.id;
    if !plan.not_applied {
        world.state.current.insert(user, wanted);
    }
    Ok((Confirmation::done(), stale))
}

pub(super) async fn benefits(
    Shared(app): Shared<Arc<App>>,
    bearer: Bearer,
) -> Result<Json<Benefits>, Failure> {
    let benefits = app.visit(|world| {
        let user = bearer.customer(world)?;
        let current = world.current_of(user).and_then(|id| user.profile(id));
        Ok::<_, Failure>(current.map(|profile| profile.benefits.clone()))
    })??;
    Ok(Json(benefits.unwrap_or_default()))
}
