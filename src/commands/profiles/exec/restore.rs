//! The switch back to the profile that was current before, unless the user has switched since.

use std::time::{Duration, Instant};

use crate::api::Profile;
use crate::commands::profiles::interrupts::Interrupts;
use crate::commands::profiles::resolve::resolve;
use crate::commands::profiles::sending::send_and_verify;
use crate::commands::profiles::transaction::Transaction;
use crate::error::{Error, ErrorCode, Result};

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Restore<'a> {
    /// It has the list from before the switch.
    pub(super) transaction: &'a Transaction<'a>,
    /// The profile that was switched to.
    pub(super) profile: &'a Profile,
    /// Whether the switch may still be applied, whatever the list shows now.
    pub(super) may_be_late: bool,
    /// The exit code of the command.
    pub(super) code: u8,
}

impl Restore<'_> {
    /// Switches back; returns whether the profile of before is current again.
    ///
    /// # Errors
    /// [`Error::NotSwitchedBack`].
    pub(super) async fn run(&self) -> Result<bool> {
        let app = self.transaction.open.app;
        let Some(before) = self.transaction.list.current() else {
            app.console.warn(&format!(
                "no profile was current before, so {} stays current",
                self.profile.label()
            ));
            self.transaction.put_record_back();
            return Ok(false);
        };
        self.transaction.record_switch_back(self.profile);
        match self.repeat(before).await {
            Ok(is_as_before) => {
                // Otherwise the record stays, because the switch may still be applied.
                if !self.may_be_late {
                    self.transaction.put_record_back();
                }
                Ok(is_as_before)
            }
            Err(cause) => Err(Error::NotSwitchedBack {
                switch: app.switch_command(&before.id.to_string()),
                before: before.label(),
                profile: self.profile.label(),
                cause: Box::new(cause),
                code: self.code,
            }),
        }
    }

    /// Switches back. Failures that may pass are retried within the time that a command has for
    /// network work, which starts anew here. Signals don't cut it short.
    async fn repeat(&self, before: &Profile) -> Result<bool> {
        let app = self.transaction.open.app;
        let time = app.settings.timeout;
        app.deadline.extend(time);
        let start = Instant::now();
        loop {
            match self.attempt(before).await {
                Err(error) if may_pass(&error) && start.elapsed() + PAUSE < time => {
                    tokio::time::sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(&self, before: &Profile) -> Result<bool> {
        let open = self.transaction.open;
        // The user may have signed in again meanwhile. If the keyring has been locked since,
        // the token of this session may still be accepted.
        let reopened = open.app.open_session_of(open.identity.clone());
        let open = reopened.as_ref().unwrap_or(open);
        let list = open.waited_for(open.fetch_profiles()).await?;
        open.keep(&list);
        if list.acts_as(before.id) && !self.may_be_late {
            return Ok(true);
        }
        if !list.acts_as(self.profile.id) && !list.acts_as(before.id) {
            let found = match list.current() {
                Some(current) => format!("{} was made current meanwhile", current.label()),
                None => "no profile is current any more".to_owned(),
            };
            open.app.console.warn(&format!(
                "{found}, so nothing was switched back; `{}` switches to {}",
                open.app.switch_command(&before.id.to_string()),
                before.label()
            ));
            return Ok(false);
        }
        let before = resolve(&before.id.to_string(), &list, || Ok(None))?;
        let mut interrupts = Interrupts::new(open.app.console, None);
        // If the list shows it already, this may prove nothing, and the record stays.
        let outcome = send_and_verify(open, before, false, &mut interrupts).await;
        outcome.list.map(|_| true)
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
