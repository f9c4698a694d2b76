//! Faults at work: for each call, one plan of what is to go wrong with it.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::fault::{Endpoint, Fault};

/// The page that the portal's web front shows for every path that isn't its
/// API's.
pub(super) const WEB_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head>\
    <meta charset=\"utf-8\"><title>Harbour Works</title></head>\
    <body><h1>Harbour Works</h1><p>The members' portal.</p></body></html>\n";

const BROKEN_PAGE: &str = "<!doctype html>\n<html><head><title>Server error</title></head>\
    <body><h1>Something broke on our side</h1></body></html>\n";

/// The faults that are armed, and what is left of those that struck.
#[derive(Default)]
pub(super) struct Faults {
    armed: Vec<Fault>,
    stale: Option<Stale>,
}

/// What is to go wrong with one call. Handlers read it, and nothing else, for
/// faults.
#[derive(Clone, Default)]
pub(super) struct Plan {
    /// Answer this and do nothing.
    pub(super) instead: Option<Instead>,
    /// Send the whole list, whatever the shape.
    pub(super) ignore_shape: bool,
    /// Refuse the switch.
    pub(super) refuse: bool,
    /// Confirm the switch with no body.
    pub(super) empty: bool,
    /// Confirm the switch without doing it.
    pub(super) not_applied: bool,
    /// After the switch, show the old state in so many lists.
    pub(super) late_lists: u32,
    /// Show this old state.
    pub(super) stale: Option<Stale>,
}

/// An old state that lists still show.
#[derive(Clone)]
pub(super) struct Stale {
    pub(super) user: u64,
    pub(super) profile: Option<u64>,
    pub(super) lists: u32,
}

/// An answer in place of the true one.
#[derive(Clone, Copy)]
pub(super) enum Instead {
    Throttled(Option<u32>),
    Broken(u16),
    WebPage,
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        match self {
            Self::WebPage => Html(WEB_PAGE).into_response(),
            Self::Broken(status) => {
                let status = StatusCode::from_u16(status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, Html(BROKEN_PAGE)).into_response()
            }
            Self::Throttled(wait) => {
                let mut response = StatusCode::CONFLICT.into_response();
                if let Some(seconds) = wait {
                    let headers = response.headers_mut();
                    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
                response
            }
        }
    }
}

impl Faults {
    pub(super) fn set(&mut self, faults: Vec<Fault>) {
        *self = Self {
            armed: faults,
            stale: None,
        };
    }

    pub(super) fn push(&mut self, fault: Fault) {
        self.armed.push(fault);
    }

    /// The plan for the next call, here or, with `None`, elsewhere in the API.
    pub(super) fn plan(&mut self, endpoint: Option<Endpoint>) -> Plan {
        let mut plan = Plan::default();
        for fault in &mut self.armed {
            strike(fault, endpoint, &mut plan);
        }
        if endpoint == Some(Endpoint::Profiles) && plan.instead.is_none() {
            plan.stale = self.take_stale();
        }
        plan
    }

    /// Lets so many lists show an old state.
    pub(super) fn show_stale(&mut self, stale: Stale) {
        self.stale = Some(stale);
    }

    fn take_stale(&mut self) -> Option<Stale> {
        let stale = self.stale.as_mut().filter(|stale| stale.lists > 0)?;
        stale.lists -= 1;
        Some(stale.clone())
    }
}

/// Works one fault into the plan. Of those that replace the answer the first
/// wins, and only it is used up.
fn strike(fault: &mut Fault, endpoint: Option<Endpoint>, plan: &mut Plan) {
    let free = plan.instead.is_none();
    match fault {
        Fault::At(place, fault) => {
            if Some(*place) == endpoint {
                strike(fault, endpoint, plan);
            }
        }
        Fault::Throttle { times, retry_after } => {
            if free && spend(times) {
                plan.instead = Some(Instead::Throttled(*retry_after));
            }
        }
        Fault::ServerError { times, status } => {
            if free && spend(times) {
                plan.instead = Some(Instead::Broken(*status));
            }
        }
        Fault::WebPage => {
            plan.instead.get_or_insert(Instead::WebPage);
        }
        Fault::Refuse => plan.refuse = true,
        Fault::EmptyConfirmation => plan.empty = true,
        Fault::NotApplied => plan.not_applied = true,
        Fault::AppliedLate { lists } => plan.late_lists = *lists,
        Fault::IgnoreShape => plan.ignore_shape = true,
    }
}

fn spend(times: &mut u32) -> bool {
    let left = *times > 0;
    *times = times.saturating_sub(1);
    left
}
