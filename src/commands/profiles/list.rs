//! `nxp profiles list`: all profiles of the user, or those that pass the filters.

use super::current::several_current;
use super::earlier_switch::fetch_list;
use crate::api::{Profile, VirtualOffice};
use crate::args::{ListArgs, TypeFilter};
use crate::command_output::CommandOutput;
use crate::commands::app::App;
use crate::error::Result;

pub(in crate::commands) async fn run(app: &App, args: &ListArgs) -> Result<CommandOutput> {
    let session = app.session()?;
    let mut list = fetch_list(app, &session).await?;
    if let Some(several) = several_current(&list) {
        app.console.warn(&several);
    }
    let has_none = list.profiles.is_empty();
    list.profiles.retain(|profile| args.let_through(profile));
    if has_none {
        app.console.note("No profiles.");
    } else if list.profiles.is_empty() {
        app.console.note("No profile matches the filter.");
    }
    Ok(CommandOutput::Profiles(list))
}

impl ListArgs {
    fn let_through(&self, profile: &Profile) -> bool {
        let kind = self.kind.map(|kind| match kind {
            TypeFilter::Individual => "individual".into(),
            TypeFilter::Company => "company".into(),
        });
        (!self.active || profile.is_active())
            && (kind.is_none() || kind == profile.kind())
            && (!self.virtual_office || profile.virtual_office() != VirtualOffice::None)
    }
}
