//! The hint that another profile has the virtual office, as the portal's own pages show it.

use super::directory::directory_choice;
use super::resolve::resolve;
use crate::api::{Profile, ProfileList, VirtualOffice};
use crate::commands::app::App;

/// Suggests, on a terminal, to switch to the profile that has a virtual office, if the current one has
/// none.
pub(in crate::commands) fn suggest_virtual_office(app: &App, list: &ProfileList) {
    let Some(current) = list.current() else {
        return;
    };
    if current.virtual_office() != VirtualOffice::None || is_of_directory(app, current, list) {
        return;
    }
    let having = |office| {
        list.active()
            .filter(|profile| profile.virtual_office() == office)
            .collect::<Vec<_>>()
    };
    let (running, paused) = (having(VirtualOffice::Active), having(VirtualOffice::Paused));
    let command = match (running.as_slice(), paused.as_slice()) {
        ([], []) => return,
        ([_], _) => app.switch_command("--virtual-office"),
        ([], [paused]) => app.switch_command(&paused.id.to_string()),
        _ => app.switch_command("ID"),
    };
    let paused = paused.iter().map(|it| format!("{} (paused)", it.label()));
    let labels = running.iter().map(|it| it.label()).chain(paused);
    app.suggest(&format!(
        "{} has no virtual office; these profiles have one: {}; switch with `{command}`",
        current.label(),
        labels.collect::<Vec<_>>().join(", ")
    ));
}

/// Whether a profile is current on purpose: it is that of this directory.
fn is_of_directory(app: &App, profile: &Profile, list: &ProfileList) -> bool {
    directory_choice(&app.settings.choice)
        .ok()
        .flatten()
        .is_some_and(|of_directory| {
            resolve(&of_directory.profile, list, || None).is_ok_and(|it| it.id == profile.id)
        })
}
