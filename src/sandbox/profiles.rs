//! The endpoints about profiles: list, switch, benefits, impersonation.

use std::time::Duration;

use hyper::http::StatusCode;
use serde_json::{Value, json};

use super::message::{Failure, Request, bad_request, confirmation, errors, failure};
use super::model::Profile;
use super::server_data::ServerData;
use super::state::{Kind, Token};

/// How long the token of an impersonation can be exchanged.
const IMPERSONATION_LIFETIME: Duration = Duration::from_secs(5 * 60);

pub(super) fn list(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let (token, user) = data.customer(request)?;
    let (stale_user, stale_profile, lists) = data.stale;
    let is_stale = lists > 0 && stale_user == user.id && token.profile.is_none();
    let current = match is_stale {
        true => stale_profile,
        false => data.profile_of(token, user),
    };
    let location = current.and_then(|id| user.profile(id));
    let location = location.map(|profile| Value::from(profile.location));
    let mut locations = data.model.locations.iter();
    let location = locations.find(|it| it.get("Id") == location.as_ref());
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
    data.stale.2 -= u32::from(is_stale);
    if let Some(shape) = request.query("_shape").filter(|shape| !shape.is_empty()) {
        keep(&mut list, "", &shape.split(',').collect::<Vec<_>>());
    }
    Ok(list)
}

fn item(profile: &Profile, current: Option<u64>) -> Value {
    let is_current = current == Some(profile.id);
    let mut item = profile.fields.clone();
    item.entry("Id").or_insert(profile.id.into());
    item.entry("IsDefaultProfile").or_insert(is_current.into());
    item.into()
}

/// Removes from `value` all that the dotted paths don't name. The name of a list stands for its items.
fn keep(value: &mut Value, place: &str, paths: &[&str]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| keep(item, place, paths)),
        Value::Object(fields) => fields.retain(|name, field| {
            let (path, below) = (format!("{place}{name}"), format!("{place}{name}."));
            if paths.contains(&path.as_str()) {
                return true;
            }
            keep(field, &below, paths);
            paths.iter().any(|path| path.starts_with(&below))
        }),
        _ => {}
    }
}

/// A session that was given for one profile can't switch. What the portal does with its switch isn't
/// documented.
pub(super) fn switch(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let (token, user) = data.customer(request)?;
    let wanted = request.number("coworkerId");
    let wanted = wanted.ok_or_else(|| bad_request("coworkerId must be given, and be a number"))?;
    let profile = user.profile(wanted);
    let profile =
        profile.ok_or_else(|| failure(StatusCode::NOT_FOUND, "this user has no such profile"))?;
    if token.profile.is_some() || !profile.is_active() || request.change("refuse").is_some() {
        let reason = "This profile can't be switched to.";
        let errors = errors(reason, "coworkerId", wanted.to_string().into());
        return Ok(confirmation(Some((reason, errors))));
    }
    let (user, profile) = (user.id, data.profile_of(token, user));
    data.stale = (user, profile, request.change("late").unwrap_or_default());
    data.state.current.insert(user, wanted);
    Ok(confirmation(None))
}

pub(super) fn benefits(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let (token, user) = data.customer(request)?;
    let profile = data.profile_of(token, user).and_then(|id| user.profile(id));
    let benefits = profile.map(|profile| profile.benefits.clone());
    Ok(benefits.filter(|it| !it.is_null()).unwrap_or_else(|| {
        let none = json!({ "BookingCredits": [], "ExtraServices": [], "TimePasses": [] });
        json!({ "Personal": none, "Team": none })
    }))
}

/// Users may act as their own active profiles.
pub(super) fn impersonate(data: &mut ServerData, request: &Request) -> Result<Value, Failure> {
    let (_, user) = data.customer(request)?;
    let has = |fault| request.change(fault).is_some();
    let profile = request.id().and_then(|id| user.profile(id));
    let profile = profile.filter(|profile| profile.is_active() && !has("refuse"));
    let Some(Profile { id, .. }) = profile else {
        let reason = "You don't have permission to impersonate this customer.";
        return Err(failure(StatusCode::FORBIDDEN, reason));
    };
    let (user, id) = (user.id, *id);
    if has("moves-current") {
        data.state.current.insert(user, id);
    }
    let profile = Some(id).filter(|_| !has("wrong-profile"));
    let token = Token::of(Kind::OneTime, user, profile);
    let token = data.issue(token, IMPERSONATION_LIFETIME);
    Ok(json!({ "token": token }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(paths: &[&str], mut value: Value) -> Value {
        keep(&mut value, "", paths);
        value
    }

    #[test]
    fn keeps_only_the_paths_named() {
        let value = json!({"A": {"B": 1, "C": 2, "Secret": 3}, "D": [4], "E": 5});
        let kept = json!({"A": {"B": 1, "C": 2}, "D": [4]});
        assert_eq!(shaped(&["A.B", "A.C", "D"], value), kept);
        let value = json!({"AB": 1, "A": {"BC": 2}});
        assert_eq!(shaped(&["A.B"], value), json!({"A": {}}));
    }

    #[test]
    fn shape_of_list_items_is_named_after_the_list() {
        let value = json!({"Profiles": [{"Id": 1, "X": 2}, {"X": 3}]});
        let kept = json!({"Profiles": [{"Id": 1}, {}]});
        assert_eq!(shaped(&["Profiles.Id"], value), kept);
    }

    #[test]
    fn whole_branch_wins() {
        let value = json!({"A": {"B": 1, "C": 2}, "D": 3});
        let whole = json!({"A": {"B": 1, "C": 2}});
        assert_eq!(shaped(&["A", "A.B"], value.clone()), whole);
        assert_eq!(shaped(&["A.B", "A"], value), whole);
    }

    #[test]
    fn null_stays_null() {
        let value = json!({"Profiles": null, "E": 1});
        let kept = json!({"Profiles": null});
        assert_eq!(shaped(&["Profiles.Id", "Z.Q"], value), kept);
    }
}
