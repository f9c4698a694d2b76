//! The way back: to the profile that was current before, unless somebody has switched since.

use std::time::{Duration, Instant};

use crate::api::Profile;
use crate::commands::context::Context;
use crate::commands::open_session::OpenSession;
use crate::commands::profiles::resolve::resolve;
use crate::error::{Error, ErrorCode, Result};
use crate::session::{Identity, Named};

/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// From where to where, and for whom.
pub(super) struct WayBack<'a> {
    pub(super) context: &'a Context,
    pub(super) identity: &'a Identity,
    /// The session that switched there.
    pub(super) in_hand: &'a OpenSession<'a>,
    pub(super) profile: &'a Named,
    pub(super) before: &'a Named,
}

impl WayBack<'_> {
    /// Switches back; gives whether all is as it was before. What may pass is tried again, within
    /// the time that a command has for network work: it begins anew here.
    ///
    /// # Errors
    /// Whatever kept the last attempt from coming through.
    pub(super) async fn walk(&self) -> Result<bool> {
        let time = self.context.settings.timeout;
        let start = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let left = time.saturating_sub(start.elapsed());
            let error = match self.attempt(left).await {
                Ok(as_before) => return Ok(as_before),
                Err(error) => error,
            };
            if !may_pass(&error) || start.elapsed() + pause >= time {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, time: Duration) -> Result<bool> {
        let context = self.context.afresh(time);
        // A token that was renewed meanwhile is in the keyring; where that has been locked since,
        // the token in hand may do.
        let reopened = context.open_session_of(self.identity.clone());
        let open = reopened.as_ref().unwrap_or(self.in_hand);
        let list = open.fetch_profiles().await?;
        if list.acts_as(self.before.id) {
            return Ok(true);
        }
        if !list.acts_as(self.profile.id) {
            self.tell_of_another(list.current());
            return Ok(false);
        }
        let before = resolve(&self.before.id.to_string(), &list, || Ok(None))?;
        open.switch_to(before).await?;
        Ok(true)
    }

    fn tell_of_another(&self, current: Option<&Profile>) {
        let found = match current {
            Some(current) => format!("somebody has switched to {} meanwhile", current.label()),
            None => "no profile is current any more".to_owned(),
        };
        self.context.console.warn(&format!(
            "{found}, and so it stays; `{}` leads back to {}",
            self.context.switch_command(&self.before.id.to_string()),
            self.before.label
        ));
    }
}

/// Whether trying again may help.
fn may_pass(error: &Error) -> bool {
    !matches!(error, Error::Refused { .. })
        && !matches!(
            error.code(),
            ErrorCode::Auth | ErrorCode::Profile | ErrorCode::Usage
        )
}
