//! The hint that another profile has the virtual office, as the portal's own pages show it.

use super::directory::directory_choice;
use super::resolve::resolve;
use crate::api::{ProfileList, VirtualOffice};
use crate::commands::app::App;

/// The profiles that have a virtual office, and how to switch there. `None` if the current profile has one,
/// even a paused one, or is that of this directory.
pub(super) fn virtual_office_hint(app: &App, list: &ProfileList) -> Option<String> {
    let current = list.current()?;
    let of_directory = directory_choice(&app.settings.choice).ok().flatten();
    let is_of_directory = of_directory.is_some_and(|found| {
        resolve(&found.profile, list, || None).is_ok_and(|it| it.id == current.id)
    });
    if current.virtual_office() != VirtualOffice::None || is_of_directory {
        return None;
    }
    let having = |office| {
        list.active()
            .filter(move |it| it.virtual_office() == office)
    };
    let running = having(VirtualOffice::Active).collect::<Vec<_>>();
    let paused = having(VirtualOffice::Paused).collect::<Vec<_>>();
    let command = match (running.as_slice(), paused.as_slice()) {
        ([], []) => return None,
        ([_], _) => app.switch_command("--virtual-office"),
        ([], [paused]) => app.switch_command(&paused.id.to_string()),
        _ => app.switch_command("ID"),
    };
    let paused = paused.iter().map(|it| format!("{} (paused)", it.label()));
    let labels = running.iter().map(|it| it.label()).chain(paused);
    Some(format!(
        "{} has no virtual office; these profiles have one: {}; switch with `{command}`",
        current.label(),
        labels.collect::<Vec<_>>().join(", ")
    ))
}
