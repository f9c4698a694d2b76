//! A switch that an earlier process left pending: compares it with the profile list and reports the
//! outcome.

use std::time::Duration;

use crate::api::ProfileList;
use crate::commands::app::App;
use crate::error::Result;
use crate::session::{LockedJournal, Session, Settlement};

/// Fetches the profile list, and settles a pending switch with it.
pub(super) async fn fetch_list(app: &App, session: &Session) -> Result<ProfileList> {
    let list = session.profiles().await?;
    settle(app, session, &list).await;
    Ok(list)
}

/// Settles a pending switch, unless another process holds the lock. No command depends on it, so
/// failures are silent.
pub(in crate::commands) async fn settle(app: &App, session: &Session, list: &ProfileList) {
    if let Ok(journal) = app.journal(&session.space_key, list.user_id())
        && journal.read().pending.is_some()
        && let Ok(Some(mut locked)) = journal.lock(Some(Duration::ZERO), |_, _| Ok(())).await
    {
        settle_locked(app, &mut locked, list);
    }
}

/// Says what became of a pending switch, and forgets it once that is certain.
pub(super) fn settle_locked(app: &App, journal: &mut LockedJournal, list: &ProfileList) {
    let Some(pending) = journal.read().pending else {
        return;
    };
    let to = &pending.to.label;
    match pending.settlement(list) {
        Settlement::NotRestored => {
            let mut warning = format!("an exec on {to} did not switch back");
            if let Some(before) = &pending.from {
                let (label, back) = (&before.label, app.switch_command("-"));
                warning += &format!("; {label} was current before it, and `{back}` switches back");
            }
            return app.console.warn(&warning);
        }
        Settlement::Pending if pending.is_exec => return,
        Settlement::Pending => {
            let warning =
                format!("the earlier switch to {to} has not taken effect yet, but still may");
            return app.console.warn(&warning);
        }
        Settlement::TookEffect => {
            let note = format!("The earlier switch to {to} took effect.");
            app.console.note(&note);
        }
        Settlement::Over => {}
    }
    let current = list.current().map(|profile| profile.id);
    // An entry that can't be removed is compared with the list again, which does no harm.
    let _ = journal.update(false, |entries| entries.settle(current));
}
