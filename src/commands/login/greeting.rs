//! The messages after a sign-in.

use super::SignedIn;
use crate::api::{Profile, ProfileList};
use crate::commands::app::App;
use crate::session::{Account, Placement};

pub(super) fn show(app: &App, signed_in: &SignedIn) {
    let console = app.console;
    console.note(&sentence(&signed_in.account, &signed_in.list));
    let Placement {
        store,
        fallback_reason,
        lifetime,
    } = &signed_in.placement;
    if let Some(lifetime) = lifetime {
        let reason = fallback_reason.as_ref().map(|reason| format!(": {reason}"));
        console.warn(&format!(
            "the tokens are stored in {} {lifetime}{}",
            store.name(),
            reason.unwrap_or_default()
        ));
    }
    let state = app.state_file().and_then(|file| file.load());
    match state.ok().and_then(|state| state.default_account()) {
        Some(default) if default != signed_in.account => console.note(&format!(
            "The default account is still {default}; `nxp accounts use` changes it.",
        )),
        _ => console.note("List your profiles with `nxp profiles list`."),
    }
}

fn sentence(account: &Account, list: &ProfileList) -> String {
    let person = list.user_name().unwrap_or(&account.email);
    let space = account.space.host();
    match list.current().map(Profile::label) {
        Some(current) => {
            format!("Signed in to {space} as {person}. Your current profile is {current}.")
        }
        None => format!("Signed in to {space} as {person}. None of your profiles is current."),
    }
}
