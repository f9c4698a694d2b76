//! The active faults, and their effect on one request.

use super::{Effect, Endpoint, Fault, FaultResponse, Moment};

/// The active faults, each with the number of times that are left.
#[derive(Default)]
pub(in crate::sandbox) struct ActiveFaults {
    faults: Vec<Fault>,
    stale: Option<StaleList>,
}

/// The effect of the faults on one request.
#[derive(Clone, Default)]
pub(in crate::sandbox) struct CallFaults {
    /// Send this response, and don't carry the request out.
    pub(in crate::sandbox) response: Option<FaultResponse>,
    pub(in crate::sandbox) reset: Option<Moment>,
    /// Carry the request out, but never respond.
    pub(in crate::sandbox) hang: bool,
    /// Refuse the switch.
    pub(in crate::sandbox) refuse: bool,
    /// Confirm the switch without applying it.
    pub(in crate::sandbox) not_applied: bool,
    /// The number of lists after the switch that show the old state.
    pub(in crate::sandbox) late_lists: u32,
    /// Show this old state.
    pub(in crate::sandbox) stale: Option<StaleList>,
    /// Bind the refresh token of a one-time link to the email.
    pub(in crate::sandbox) email_as_client: bool,
}

/// An old state that lists still show.
#[derive(Clone)]
pub(in crate::sandbox) struct StaleList {
    pub(in crate::sandbox) user: u64,
    pub(in crate::sandbox) profile: Option<u64>,
    pub(in crate::sandbox) lists: u32,
}

impl ActiveFaults {
    pub(in crate::sandbox) fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The number of profiles for each user, if a fault sets it.
    pub(in crate::sandbox) fn profiles(&self) -> Option<u32> {
        let mut latest = self.faults.iter().rev();
        latest.find_map(|fault| match fault.effect {
            Effect::ManyProfiles(count) => Some(count),
            _ => None,
        })
    }

    /// The effect on the next request to this endpoint; `None` is another path of the API.
    pub(in crate::sandbox) fn next_call(&mut self, endpoint: Option<Endpoint>) -> CallFaults {
        let mut call = CallFaults::default();
        for fault in &mut self.faults {
            if fault.endpoint.is_none() || fault.endpoint == endpoint {
                fault.apply(&mut call);
            }
        }
        if endpoint == Some(Endpoint::Profiles) && call.response.is_none() {
            call.stale = self.take_stale();
        }
        call
    }

    /// Shows an old state in the next lists.
    pub(in crate::sandbox) fn show_stale(&mut self, stale: StaleList) {
        self.stale = Some(stale);
    }

    fn take_stale(&mut self) -> Option<StaleList> {
        let stale = self.stale.as_mut().filter(|stale| stale.lists > 0)?;
        stale.lists -= 1;
        Some(stale.clone())
    }
}

impl Fault {
    /// Adds this fault to a request. Only the first fault that replaces the response applies and counts.
    fn apply(&mut self, call: &mut CallFaults) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match &self.effect {
            Effect::Respond(_) | Effect::Reset(_) | Effect::Hang => {
                if self.times == 0 || !call.sends_response() {
                    return;
                }
                self.times -= 1;
                match &self.effect {
                    Effect::Respond(response) => call.response = Some(*response),
                    Effect::Reset(moment) => call.reset = Some(*moment),
                    _ => call.hang = true,
                }
            }
            Effect::Refuse => call.refuse = true,
            Effect::NotApplied => call.not_applied = true,
            Effect::AppliedLate(lists) => call.late_lists = *lists,
            Effect::EmailAsClient => call.email_as_client = true,
            Effect::ManyProfiles(_) => {}
        }
    }
}

impl CallFaults {
    /// Whether the normal response is still sent.
    fn sends_response(&self) -> bool {
        self.response.is_none() && self.reset.is_none() && !self.hang
    }
}
