//! The switch: one write, and a look at the profile list to see that it took.
//!
//! Whatever is said or lost on the way, the list decides what is reported. Only an answer that
//! leaves no doubt, a refusal of the one request that was sent, ends it without a look.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::connection::Delivery;
use super::profiles::{self, Profile, ProfileId, ProfileList};
use super::response::Response;
use super::{ApiError, Confirmation, Portal};
use crate::error::Error;

/// The pauses between looks at the list while it doesn't show the switch yet: 3.1 seconds in all.
const LOOK_AGAIN: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
];

/// What the write says of itself, short of failing for certain.
enum Written {
    Confirmed,
    /// It may have been done, although this says otherwise.
    Doubtful(ApiError),
}

/// What the list shows of the switch.
enum Sight {
    Done(ProfileList),
    /// Another profile, labelled, is current, or none is.
    NotDone(Option<String>),
    /// There is no list to look at.
    Hidden(ApiError),
}

impl Portal {
    /// Makes `profile` the one that every session of the user acts as, and returns the list
    /// fetched after that, in which it is the current one.
    ///
    /// The write is idempotent, and sent again where its answer is lost. The list may lag behind,
    /// so it is looked at for a few seconds.
    ///
    /// # Errors
    /// [`Error::Refused`] for `WasSuccessful: false`, 404 and other refusals;
    /// [`Error::NotApplied`] where it was confirmed, and the list goes on to name another profile;
    /// [`Error::SwitchLost`] where it wasn't, and the list shows that it didn't happen;
    /// [`Error::SwitchUnknown`] and [`ApiError::SwitchUnverified`] where it may have been done, and
    /// there is no list to tell; [`ApiError::Unauthorized`] at 401; whatever keeps requests from
    /// arriving, if none did.
    pub async fn switch_to(&self, profile: &Profile) -> Result<ProfileList, ApiError> {
        let written = self.set_current(profile).await?;
        let sight = self.look(profile.id).await;
        let wanted = profile.label();
        let error = match (written, sight) {
            (_, Sight::Done(list)) => return Ok(list),
            (Written::Confirmed, Sight::NotDone(current)) => Error::NotApplied { wanted, current },
            (
                Written::Doubtful(ApiError::Other(refusal @ Error::Refused { .. })),
                Sight::NotDone(_),
            ) => refusal,
            (Written::Doubtful(ApiError::Other(cause)), Sight::NotDone(current)) => {
                Error::SwitchLost {
                    wanted,
                    current,
                    cause: Box::new(cause),
                }
            }
            (Written::Doubtful(unauthorized), Sight::NotDone(_)) => return Err(unauthorized),
            (written, Sight::Hidden(ApiError::Other(cause))) => Error::SwitchUnknown {
                wanted,
                confirmed: matches!(written, Written::Confirmed),
                cause: Box::new(cause),
            },
            (written, Sight::Hidden(_)) => {
                return Err(ApiError::SwitchUnverified {
                    wanted,
                    confirmed: matches!(written, Written::Confirmed),
                });
            }
        };
        Err(error.into())
    }

    /// Sends the write. An error means that nothing was done.
    async fn set_current(&self, profile: &Profile) -> Result<Written, ApiError> {
        let path = format!("{}/current?coworkerId={}", profiles::PATH, profile.id);
        let request = self.request(Method::PUT, &path);
        let spare = self.connection.time_for_a_look();
        let Delivery { answer, doubtful } = self.connection.deliver(&request, spare).await;
        let (failure, doubtful) = match answer {
            Err(error) => (error, doubtful),
            Ok(answer) if answer.status == StatusCode::UNAUTHORIZED => {
                return settled(ApiError::Unauthorized, doubtful);
            }
            Ok(answer) => match verdict(&answer) {
                Verdict::Done => return Ok(Written::Confirmed),
                Verdict::Refused(reason) => {
                    let label = profile.label();
                    let reason = reason.map(|reason| request.without_secrets(reason));
                    // A write is often answered by sending the client on to a page.
                    let doubtful = doubtful || answer.status.is_redirection();
                    (Error::Refused { label, reason }, doubtful)
                }
                Verdict::Unclear(problem) => (request.unusable(problem), true),
            },
        };
        settled(failure.into(), doubtful)
    }

    /// Looks at the list until it shows the switch, or the patience or the time is over. A list
    /// that can't be read may be readable the next time.
    async fn look(&self, wanted: ProfileId) -> Sight {
        let mut pauses = LOOK_AGAIN.into_iter();
        let mut seen = None;
        loop {
            let sight = match self.profiles().await {
                Ok(list) if list.acts_as(wanted) => return Sight::Done(list),
                Ok(list) => Sight::NotDone(list.current_beside(wanted).map(Profile::label)),
                Err(ApiError::Other(
                    error @ (Error::InvalidResponse { .. } | Error::WebPage { .. }),
                )) => seen.unwrap_or_else(|| Sight::Hidden(error.into())),
                Err(error) => return Sight::Hidden(error),
            };
            let again = match pauses.next() {
                Some(pause) => self.connection.pause(pause).await,
                None => false,
            };
            if !again {
                return sight;
            }
            seen = Some(sight);
        }
    }
}

fn settled(failure: ApiError, doubtful: bool) -> Result<Written, ApiError> {
    if doubtful {
        Ok(Written::Doubtful(failure))
    } else {
        Err(failure)
    }
}

/// What an answer says of the switch.
enum Verdict {
    Done,
    Refused(Option<String>),
    /// Nothing that can be read, and why.
    Unclear(&'static str),
}

fn verdict(answer: &Response) -> Verdict {
    if answer.status == StatusCode::NOT_FOUND {
        let reason = "it says this profile is not yours (HTTP 404)";
        return Verdict::Refused(Some(reason.to_owned()));
    }
    if !answer.status.is_success() {
        return Verdict::Refused(Some(answer.in_words()));
    }
    match Confirmation::from_body(&answer.body) {
        Confirmation::Confirmed => Verdict::Done,
        Confirmation::Refused { reason } => Verdict::Refused(reason),
        Confirmation::Unreadable if answer.is_html() => Verdict::Unclear("it is a web page"),
        Confirmation::Unreadable => Verdict::Unclear("it neither confirms nor refuses"),
    }
}
