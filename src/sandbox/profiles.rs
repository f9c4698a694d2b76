//! The three endpoints about profiles: list, switch, benefits.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::faults::Effect;
use super::fixtures::no_benefits;
use super::model::Profile;
use super::request::Request;
use super::response::{Failure, Response, ok};
use super::server_data::{ServerData, StaleLists};
use super::shape::Shape;

pub(super) fn list(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let id = data.customer(request)?.id;
    let stale = data
        .stale
        .as_mut()
        .filter(|stale| stale.user == id && stale.lists > 0);
    let stale = stale.map(|stale| {
        stale.lists -= 1;
        stale.profile
    });
    let user = data.customer(request)?;
    let current = stale.unwrap_or_else(|| data.current_of(user));
    let location = current.and_then(|id| data.model.location(user.profile(id)?.location));
    let profiles = user.profiles.iter();
    let profiles: Vec<Value> = profiles.map(|profile| item(profile, current)).collect();
    let mut list = json!({
        "User": {
            "Id": user.id,
            "FullName": user.full_name,
            "Email": user.email,
            "Active": true,
            "IsAdmin": false,
            // The portal mirrors the token of the request.
            "AccessToken": request.bearer(),
        },
        "DefaultBusiness": location,
        "Profiles": profiles,
    });
    if let Some(shape) = request.query("_shape").as_deref().and_then(Shape::parse) {
        shape.apply(&mut list);
    }
    Ok(ok(&list))
}

fn item(profile: &Profile, current: Option<u64>) -> Value {
    let is_current = current == Some(profile.id);
    let mut item = Map::new();
    item.insert("Id".to_owned(), profile.id.into());
    item.insert("IsDefaultProfile".to_owned(), is_current.into());
    item.extend(profile.fields.clone());
    item.into()
}

pub(super) fn switch(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let user = data.customer(request)?;
    let wanted = request.query("coworkerId").and_then(|id| id.parse().ok());
    let wanted: u64 =
        wanted.ok_or_else(|| Failure::bad_request("coworkerId must be given, and be a number"))?;
    let profile = user
        .profile(wanted)
        .ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, "this user has no such profile"))?;
    let is_inactive = profile.fields.get("Active") == Some(&Value::Bool(false));
    if is_inactive || request.has(&Effect::Refuse) {
        const REASON: &str = "This profile can't be switched to.";
        return Ok(ok(&json!({
            "WasSuccessful": false,
            "Value": null,
            "Status": 200,
            "Message": REASON,
            "Errors": [{
                "AttemptedValue": wanted.to_string(),
                "Message": REASON,
                "PropertyName": "coworkerId",
            }],
        })));
    }
    let (user, profile) = (user.id, data.current_of(user));
    for effect in &request.effects {
        if let Effect::AppliedLate(lists) = *effect {
            data.stale = Some(StaleLists {
                user,
                profile,
                lists,
            });
        }
    }
    if !request.has(&Effect::NotApplied) {
        data.state.current.insert(user, wanted);
    }
    Ok(ok(&json!({
        "WasSuccessful": true, "Value": null, "Status": 200, "Message": null, "Errors": null,
    })))
}

pub(super) fn benefits(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let user = data.customer(request)?;
    let current = data.current_of(user).and_then(|id| user.profile(id));
    Ok(ok(&match current.map(|profile| &profile.benefits) {
        None | Some(Value::Null) => json!({ "Personal": no_benefits(), "Team": no_benefits() }),
        Some(benefits) => benefits.clone(),
    }))
}
