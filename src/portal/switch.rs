//! The switch: one write, and a look at the profile list to see that it took.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::profiles::{self, Profile, ProfileList};
use super::{Confirmation, Portal, PortalError};
use crate::error::Error;

/// The pauses between looks at the list while it doesn't show the switch yet: 3.1 seconds in all.
const LOOK_AGAIN: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
];

impl Portal {
    /// Makes `profile` the one that every session of the user acts as, and returns the list
    /// fetched after that, in which it is the current one.
    ///
    /// The write is idempotent. Whatever the portal says of it short of a refusal, the list
    /// decides what has happened; it may lag behind, so it is looked at for a few seconds.
    ///
    /// # Errors
    /// [`Error::Refused`] for `WasSuccessful: false`, 404 and other refusals;
    /// [`Error::NotApplied`] where the list goes on to name another profile;
    /// [`PortalError::Unauthorized`] at 401; whatever keeps requests from arriving.
    pub async fn switch_to(&self, profile: &Profile) -> Result<ProfileList, PortalError> {
        self.set_current(profile).await?;
        let mut pauses = LOOK_AGAIN.into_iter();
        loop {
            let list = self.profiles().await?;
            if list.acts_as(profile.id) {
                return Ok(list);
            }
            let Some(pause) = pauses.next() else {
                let current = list.current().map(Profile::label);
                return Err(Error::NotApplied {
                    wanted: profile.label(),
                    current,
                }
                .into());
            };
            self.connection.pause(pause).await;
        }
    }

    async fn set_current(&self, profile: &Profile) -> Result<(), PortalError> {
        let path = format!("{}/current?coworkerId={}", profiles::PATH, profile.id);
        let answer = self.ask(Method::PUT, &path).await?;
        let refused = |reason| Error::Refused {
            label: profile.label(),
            reason,
        };
        if answer.status == StatusCode::NOT_FOUND {
            return Err(refused(Some(
                "it says this profile is not yours (HTTP 404)".to_owned(),
            ))
            .into());
        }
        match Confirmation::from_body(&answer.body) {
            Confirmation::Refused { reason } => Err(refused(reason).into()),
            _ if !answer.status.is_success() => {
                Err(refused(Some(format!("HTTP {}", answer.status))).into())
            }
            Confirmation::Confirmed | Confirmation::Unreadable => Ok(()),
        }
    }
}
