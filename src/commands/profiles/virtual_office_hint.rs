//! The hint that another profile has the virtual office, as the portal's own pages show it.

use crate::api::{Profile, ProfileList, VirtualOffice};
use crate::commands::context::Context;
use crate::config;

/// Suggests, on a terminal, to switch to the profile that has a virtual office, if the current one has
/// none.
pub(in crate::commands) fn suggest_virtual_office(context: &Context, list: &ProfileList) {
    let Some(current) = list.current() else {
        return;
    };
    // Within an `exec` the command would be refused.
    if current.virtual_office() != VirtualOffice::None || !config::enclosing_execs().is_empty() {
        return;
    }
    let holding = |office| {
        list.active()
            .filter(|profile| profile.virtual_office() == office)
            .collect::<Vec<_>>()
    };
    let (running, paused) = (
        holding(VirtualOffice::Active),
        holding(VirtualOffice::Paused),
    );
    let command = match (running.as_slice(), paused.as_slice()) {
        ([], []) => return,
        ([_], _) => context.switch_command("--virtual-office"),
        ([], [paused]) => context.switch_command(&paused.id.to_string()),
        _ => context.switch_command("ID"),
    };
    let holders: Vec<String> = running
        .into_iter()
        .map(Profile::label)
        .chain(
            paused
                .into_iter()
                .map(|paused| format!("{} (paused)", paused.label())),
        )
        .collect();
    let (last, others) = match holders.as_slice() {
        [others @ .., last] => (last, others.join(", ")),
        [] => return,
    };
    let holders = if others.is_empty() {
        format!("{last} has one")
    } else {
        format!("{others} and {last} have one")
    };
    context.console.suggest(&format!(
        "{} has no virtual office; {holders}: `{command}`",
        current.label()
    ));
}
