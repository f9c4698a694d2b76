//! The endpoints about profiles: list, switch, benefits, impersonation.

use std::cell::Cell;
use std::time::Duration;

use hyper::http::StatusCode;
use serde_json::{Map, Value, json};

use super::message::{Failure, Request, Response, bad_request, confirmation, failure, ok};
use super::model::Profile;
use super::server_data::{Customer, ServerData, StaleLists};
use super::sign_in::IMPERSONATION_LIFETIME;
use super::state::Holder;

pub(super) fn list(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let Customer {
        user,
        profile,
        is_bound,
    } = data.customer(request)?;
    let stale = data.stale.as_ref();
    let stale = stale.filter(|stale| !is_bound && stale.user == user.id && stale.lists.get() > 0);
    let current = match stale {
        Some(stale) => {
            stale.lists.update(|lists| lists - 1);
            stale.profile
        }
        None => profile,
    };
    let location = current
        .and_then(|id| user.profile(id))
        .map(|profile| profile.location);
    let mut locations = data.model.locations.iter();
    let location = locations.find(|it| Some(it.id) == location);
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
    let shape = request.query("_shape").unwrap_or_default();
    let paths = shape.split(',').map(str::trim);
    let paths: Vec<&str> = paths.filter(|path| !path.is_empty()).collect();
    if !paths.is_empty() {
        keep(&mut list, &paths);
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

/// Removes from `value` all that the dotted paths don't name. The name of a list stands for its items.
fn keep(value: &mut Value, paths: &[&str]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| keep(item, paths)),
        Value::Object(fields) => fields.retain(|name, field| {
            if paths.contains(&name.as_str()) {
                return true;
            }
            let below = paths
                .iter()
                .filter_map(|path| path.strip_prefix(name.as_str()));
            let paths: Vec<&str> = below.filter_map(|path| path.strip_prefix('.')).collect();
            keep(field, &paths);
            !paths.is_empty()
        }),
        _ => {}
    }
}

/// A session that was given for one profile can't switch. What the portal does with its switch isn't
/// documented.
pub(super) fn switch(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let customer = data.customer(request)?;
    let wanted = request.number("coworkerId");
    let wanted = wanted.ok_or_else(|| bad_request("coworkerId must be given, and be a number"))?;
    let profile = customer.user.profile(wanted);
    let profile =
        profile.ok_or_else(|| failure(StatusCode::NOT_FOUND, "this user has no such profile"))?;
    let refusal = if customer.is_bound {
        Some("A session that acts as a profile can't switch.")
    } else if !profile.is_active() || request.change("refuse").is_some() {
        Some("This profile can't be switched to.")
    } else {
        None
    };
    if let Some(reason) = refusal {
        return Ok(confirmation(Some((
            reason,
            "coworkerId",
            wanted.to_string(),
        ))));
    }
    let (user, profile) = (customer.user.id, customer.profile);
    if let Some(lists) = request.change("late") {
        data.stale = Some(StaleLists {
            user,
            profile,
            lists: Cell::new(lists),
        });
    }
    data.state.current.insert(user, wanted);
    Ok(confirmation(None))
}

pub(super) fn benefits(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let Customer { user, profile, .. } = data.customer(request)?;
    let profile = profile.and_then(|id| user.profile(id));
    Ok(ok(&match profile.map(|profile| &profile.benefits) {
        None | Some(Value::Null) => json!({ "Personal": no_benefits(), "Team": no_benefits() }),
        Some(benefits) => benefits.clone(),
    }))
}

/// Users may act as their own active profiles.
pub(super) fn impersonate(data: &mut ServerData, request: &Request) -> Result<Response, Failure> {
    let user = data.customer(request)?.user;
    let id = request.id;
    let mut customers = data.model.users.iter().flat_map(|user| &user.profiles);
    let id = id.filter(|id| customers.any(|profile| profile.id == *id));
    let id = id.ok_or_else(|| failure(StatusCode::NOT_FOUND, "there is no such customer"))?;
    let has = |fault| request.change(fault).is_some();
    let is_own = user.profile(id).is_some_and(Profile::is_active);
    if !is_own || has("refuse") {
        let reason = "You don't have permission to impersonate this customer.";
        return Err(failure(StatusCode::FORBIDDEN, reason));
    }
    let user = user.id;
    if has("moves-current") {
        data.state.current.insert(user, id);
    }
    if has("no-token") {
        return Ok(ok(&json!({})));
    }
    let lifetime = match has("dead-token") {
        true => Duration::ZERO,
        false => IMPERSONATION_LIFETIME,
    };
    let holder = Holder {
        user,
        profile: Some(id).filter(|_| !has("wrong-profile")),
        ..Holder::default()
    };
    let token = data.issue_jwt(holder, lifetime);
    Ok(ok(&json!({ "token": token })))
}

fn no_benefits() -> Value {
    json!({ "BookingCredits": [], "ExtraServices": [], "TimePasses": [] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(paths: &[&str], mut value: Value) -> Value {
        keep(&mut value, paths);
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
