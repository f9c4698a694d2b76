//! `nxp profiles list`: all profiles of the user, or those that pass the filters.

use crate::api::{Profile, ProfileType, VirtualOffice};
use crate::args::{ListArgs, TypeFilter};
use crate::command_output::CommandOutput;
use crate::commands::context::Context;
use crate::error::Result;

pub(in crate::commands) async fn run(context: &Context, args: &ListArgs) -> Result<CommandOutput> {
    let open = context.open_session()?;
    let mut list = open.profiles().await?;
    list.profiles.retain(|profile| args.let_through(profile));
    Ok(CommandOutput::Profiles(list))
}

impl ListArgs {
    fn let_through(&self, profile: &Profile) -> bool {
        let kind = self.kind.map(|kind| match kind {
            TypeFilter::Individual => ProfileType::Individual,
            TypeFilter::Company => ProfileType::Company,
        });
        (!self.active || profile.is_active())
            && (kind.is_none() || kind == profile.kind())
            && (!self.virtual_office || profile.virtual_office() != VirtualOffice::None)
    }
}
