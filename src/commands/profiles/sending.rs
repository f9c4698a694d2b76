//! Sending a switch, and reading the list until it shows the outcome.

use std::time::Duration;

use super::interrupts::Interrupts;
use crate::api::{Profile, ProfileId, ProfileList, SwitchProgress, SwitchResponse};
use crate::commands::open_session::OpenSession;
use crate::error::{Error, Result};

/// The pauses between two looks at a list that doesn't show the switch yet, in milliseconds: 6.3
/// seconds in all.
const PAUSES: [u64; 6] = [100, 200, 400, 800, 1600, 3200];

/// What became of a switch.
pub(super) struct SwitchOutcome {
    /// The list that shows it, or why no list does.
    pub(super) list: Result<ProfileList>,
    /// Whether the portal may still apply the request, even if the list shows the switch: a request
    /// without a response may be applied a second time.
    pub(super) may_be_late: bool,
}

impl SwitchOutcome {
    /// It was refused, or never sent.
    pub(super) fn not_done(error: Error) -> Self {
        Self {
            list: Err(error),
            may_be_late: false,
        }
    }
}

/// Sends the switch and reads the list until it shows the outcome. After a signal, the request that
/// is in flight is waited for, and no further one is sent. If `wanted` `was_current`, the list proves
/// nothing: the portal must confirm the switch.
pub(super) async fn send_and_verify(
    open: &OpenSession<'_>,
    wanted: &Profile,
    was_current: bool,
    interrupts: &mut Interrupts<'_>,
) -> SwitchOutcome {
    let stopped = |signal, changed| Error::Stopped { signal, changed };
    let progress = SwitchProgress::default();
    let sent = open.waited_for(open.session.set_current(wanted, &progress));
    let response = match interrupts.bounded(sent, || progress.is_in_flight()).await {
        Ok(Ok(response)) => response,
        Ok(Err(never_sent)) => return SwitchOutcome::not_done(never_sent),
        Err(signal) if progress.may_take_effect() => SwitchResponse::Unclear(stopped(signal, true)),
        Err(signal) => return SwitchOutcome::not_done(stopped(signal, false)),
    };
    let pauses = match response {
        SwitchResponse::Refused(_) => &[],
        _ => &PAUSES[..],
    };
    let looked = open.waited_for(poll_list(open, wanted.id, pauses));
    let seen = interrupts.bounded(looked, || true).await;
    let seen = seen.unwrap_or_else(|signal| Err(stopped(signal, true)));
    if let Ok(list) = &seen {
        open.keep(list);
    }
    let is_confirmed = matches!(response, SwitchResponse::Confirmed);
    let is_unclear = matches!(response, SwitchResponse::Unclear(_));
    let current = seen.as_ref().ok().and_then(ProfileList::current);
    let current = current.map(Profile::label);
    let cause = match (response, seen) {
        (response, Ok(list)) if list.acts_as(wanted.id) && (is_confirmed || !was_current) => {
            if let SwitchResponse::Refused(error) = &response {
                open.app.console.warn(&format!(
                    "the switch took effect, although {}",
                    error.as_cause()
                ));
            }
            return SwitchOutcome {
                list: Ok(list),
                may_be_late: is_unclear || progress.may_take_effect(),
            };
        }
        (SwitchResponse::Refused(error), Ok(_)) => return SwitchOutcome::not_done(error),
        // The list is refused for the same reason as the switch.
        (SwitchResponse::Refused(error), Err(_)) if error.is_about_access() => {
            return SwitchOutcome::not_done(error);
        }
        (SwitchResponse::Refused(cause), Err(_))
        | (SwitchResponse::Unclear(cause), Ok(_))
        | (_, Err(cause)) => Some(cause),
        (SwitchResponse::Confirmed, Ok(_)) => None,
    };
    SwitchOutcome {
        list: Err(Error::SwitchUnknown {
            wanted: wanted.label(),
            is_confirmed,
            current,
            cause: cause.map(Box::new),
        }),
        may_be_late: true,
    }
}

/// Fetches the list until it shows the switch, with these pauses in milliseconds. A list that
/// can't be parsed may be valid the next time.
async fn poll_list(
    open: &OpenSession<'_>,
    wanted: ProfileId,
    pauses: &[u64],
) -> Result<ProfileList> {
    let mut seen = open.fetch_profiles().await;
    for pause in pauses.iter().copied().map(Duration::from_millis) {
        let is_final = match &seen {
            Ok(list) => list.acts_as(wanted),
            Err(error) => !is_unreadable(error),
        };
        if is_final || !open.session.client().pause(pause).await {
            break;
        }
        let latest = open.fetch_profiles().await;
        if seen.is_err() || !latest.as_ref().is_err_and(is_unreadable) {
            seen = latest;
        }
    }
    seen
}

fn is_unreadable(error: &Error) -> bool {
    matches!(error, Error::InvalidResponse { .. } | Error::WebPage { .. })
}
