//! Faults at work: for each call, one plan of what is to go wrong with it.

use super::fault::{Endpoint, Fault, Moment, RefusalShape};
use super::garble::Garble;
use super::instead::Instead;

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
    /// Refuse the switch, giving reasons of this form.
    pub(super) refuse: Option<RefusalShape>,
    /// Confirm the switch with no body.
    pub(super) empty: bool,
    /// Confirm the switch without doing it.
    pub(super) not_applied: bool,
    /// After the switch, show the old state in so many lists.
    pub(super) late_lists: u32,
    /// Show this old state.
    pub(super) stale: Option<Stale>,
    /// Reset the connection; never at [`Moment::Connecting`].
    pub(super) reset: Option<Moment>,
    /// Work on the call and never answer it.
    pub(super) hang: bool,
    /// Answer nonsense of this kind.
    pub(super) garble: Option<Garble>,
}

/// An old state that lists still show.
#[derive(Clone)]
pub(super) struct Stale {
    pub(super) user: u64,
    pub(super) profile: Option<u64>,
    pub(super) lists: u32,
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

    /// Whether the connection that has just come in is to be reset.
    pub(super) fn strike_connection(&mut self) -> bool {
        self.armed.iter_mut().any(strikes_connection)
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
    match fault {
        Fault::At(place, fault) => {
            if Some(*place) == endpoint {
                strike(fault, endpoint, plan);
            }
        }
        Fault::Later(calls, fault) => {
            if !spend(calls) {
                strike(fault, endpoint, plan);
            }
        }
        Fault::Reset {
            moment: Moment::Connecting,
            ..
        } => {}
        Fault::Reset { moment, times } => {
            if plan.is_answered() && spend(times) {
                plan.reset = Some(*moment);
            }
        }
        Fault::Hang { times } => plan.hang |= plan.is_answered() && spend(times),
        Fault::Garbled(garble) => plan.garble = Some(*garble),
        Fault::Refuse(shape) => plan.refuse = Some(*shape),
        Fault::EmptyConfirmation => plan.empty = true,
        Fault::NotApplied => plan.not_applied = true,
        Fault::AppliedLate { lists } => plan.late_lists = *lists,
        Fault::IgnoreShape => plan.ignore_shape = true,
        other => {
            if plan.is_answered() {
                plan.instead = instead(other);
            }
        }
    }
}

/// The answer that a fault puts in place of the true one, if it is one of those
/// and not used up.
fn instead(fault: &mut Fault) -> Option<Instead> {
    match fault {
        Fault::Throttle { times, retry_after } => {
            spend(times).then_some(Instead::Throttled(*retry_after))
        }
        Fault::ThrottleUntil { times, seconds } => {
            spend(times).then_some(Instead::ThrottledUntil(*seconds))
        }
        Fault::ServerError { times, status } => spend(times).then_some(Instead::Broken(*status)),
        Fault::Unauthorized { times } => spend(times).then_some(Instead::Unauthorized),
        Fault::Conflict => Some(Instead::Conflict),
        Fault::WebPage => Some(Instead::WebPage),
        Fault::Firewall => Some(Instead::Firewall),
        Fault::Redirect { port } => Some(Instead::Redirect(*port)),
        _ => None,
    }
}

/// A connection has no endpoint yet.
fn strikes_connection(fault: &mut Fault) -> bool {
    match fault {
        Fault::Later(calls, fault) => {
            matches!(
                **fault,
                Fault::Reset {
                    moment: Moment::Connecting,
                    ..
                }
            ) && !spend(calls)
                && strikes_connection(fault)
        }
        Fault::Reset {
            moment: Moment::Connecting,
            times,
        } => spend(times),
        _ => false,
    }
}

impl Plan {
    /// Whether the true answer still comes, as far as this plan goes.
    fn is_answered(&self) -> bool {
        self.instead.is_none() && self.reset.is_none() && !self.hang
    }
}

fn spend(times: &mut u32) -> bool {
    let left = *times > 0;
    *times = times.saturating_sub(1);
    left
}
