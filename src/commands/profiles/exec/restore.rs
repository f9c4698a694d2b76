//! The switch back to the profile that was current before, unless the user has switched since.

use std::time::{Duration, Instant};

use crate::api::Profile;
use crate::commands::context::Context;
use crate::commands::open_session::OpenSession;
use crate::commands::profiles::resolve::resolve;
use crate::commands::profiles::switching::{Interrupts, SwitchOutcome, send_and_verify};
use crate::error::{Error, ErrorCode, Result};
use crate::session::NamedProfile;

/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// From where to where, and with which session.
pub(super) struct Restore<'a> {
    pub(super) context: &'a Context,
    /// The session that switched.
    pub(super) in_hand: &'a OpenSession<'a>,
    pub(super) profile: &'a NamedProfile,
    pub(super) before: &'a NamedProfile,
    /// Whether the switch may be applied yet, whatever the list shows now.
    pub(super) may_repeat: bool,
}

impl Restore<'_> {
    /// Switches back; gives whether the profile is the one of before. Failures that may pass are
    /// retried within the time that a command has for network work, which starts anew here. Signals
    /// don't cut it short.
    ///
    /// # Errors
    /// The failure of the last attempt.
    pub(super) async fn run(&self) -> Result<bool> {
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
        let reopened = context.open_session_of(self.in_hand.identity.clone());
        let open = reopened.as_ref().unwrap_or(self.in_hand);
        let list = open.fetch_profiles().await?;
        if list.acts_as(self.before.id) && !self.may_repeat {
            open.keep(&list);
            return Ok(true);
        }
        if !list.acts_as(self.profile.id) && !list.acts_as(self.before.id) {
            open.keep(&list);
            self.warn_of_another(list.current());
            return Ok(false);
        }
        let before = resolve(&self.before.id.to_string(), &list, || Ok(None))?;
        let mut interrupts = Interrupts::hold_back(self.context);
        match send_and_verify(open, before, &mut interrupts).await {
            SwitchOutcome::Done { list, .. } => {
                open.keep(&list);
                Ok(true)
            }
            SwitchOutcome::NotDone(error) | SwitchOutcome::Unknown(error) => Err(error),
        }
    }

    fn warn_of_another(&self, current: Option<&Profile>) {
        let found = match current {
            Some(current) => format!("{} was made current meanwhile", current.label()),
            None => "no profile is current any more".to_owned(),
        };
        self.context.console.warn(&format!(
            "{found}, so nothing was switched back; `{}` switches to {}",
            self.context.switch_command(&self.before.id.to_string()),
            self.before.label
        ));
    }
}

/// Whether a retry may help.
fn may_pass(error: &Error) -> bool {
    !matches!(error, Error::Refused { .. })
        && !matches!(
            error.code(),
            ErrorCode::Auth | ErrorCode::Profile | ErrorCode::Usage
        )
}
