//! What is reported about an error besides its message: code, exit status, hint.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::ErrorCode::{Auth, Cancelled, Failed, Network, Profile, Throttled, Usage};
use super::{A_DAY, Error, ErrorCode, TokenOrigin, as_typed, listed, span};

/// What is reported about an error besides its message.
struct Report {
    code: ErrorCode,
    exit_code: u8,
    /// What to do about it, where there is something to do: a command or an action.
    hint: Option<String>,
}

impl ErrorCode {
    fn without_hint(self) -> Report {
        Report {
            code: self,
            exit_code: self.exit_code(),
            hint: None,
        }
    }

    fn hint(self, hint: impl Into<String>) -> Report {
        Report {
            hint: Some(hint.into()),
            ..self.without_hint()
        }
    }
}

impl Error {
    /// The class of this failure.
    pub(crate) fn code(&self) -> ErrorCode {
        self.report().code
    }

    /// The exit status of the process: that of the code, unless the end of another process decides.
    pub(crate) fn exit_code(&self) -> u8 {
        self.report().exit_code
    }

    /// What to do about it, where there is something to do: a command or an action.
    pub(crate) fn hint(&self) -> Option<String> {
        self.report().hint
    }

    /// Whether the portal refuses all requests of this user or this machine.
    pub(crate) fn is_about_access(&self) -> bool {
        matches!(self.code(), Auth | Throttled)
    }

    /// The error as one line of JSON.
    pub(crate) fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Fields {
            code: &'static str,
            exit_code: u8,
            message: String,
            hint: Option<String>,
        }
        let report = self.report();
        let error = Fields {
            code: report.code.as_str(),
            exit_code: report.exit_code,
            message: self.to_string(),
            hint: report.hint.map(|hint| as_typed(&hint).into_owned()),
        };
        serde_json::to_string(&BTreeMap::from([("error", error)])).unwrap_or_default()
    }

    fn report(&self) -> Report {
        match self {
            Self::Plain(failure) => Report {
                code: failure.code,
                exit_code: failure.exit_code.unwrap_or(failure.code.exit_code()),
                hint: failure.hint.clone(),
            },

            // The command line and the environment
            Self::InvalidSpace { .. } => Usage.hint(
                "give a name (acme), a host (acme.spaces.nexudus.com) or an https address",
            ),
            Self::AmbiguousAccount { options, choices } => Usage.hint(format!(
                "choose one with {options}, or a default with `nxp accounts use`: {}",
                listed(choices)
            )),

            // Profiles
            Self::NoSuchProfile {
                close: Some(close), ..
            } => Profile.hint(format!("did you mean {close}?")),
            Self::NoSuchProfile { possible, .. }
                if !possible.is_empty() =>
            {
                Profile.hint(format!("choose one of {}", listed(possible)))
            }
            Self::NoSuchProfile { .. } => {
                Profile.hint("ask the space's team to activate a profile")
            }

            // Sign-in
            Self::NotSignedIn { hint, .. } => Auth.hint(hint),
            Self::TokenRejected {
                origin: TokenOrigin::Keyring,
                login,
                ..
            }
            | Self::RefreshRefused { login, .. } => {
                Auth.hint(format!("sign in again with `{login}`"))
            }
            Self::TokenRejected { origin, .. } => Auth.hint(match origin {
                TokenOrigin::Environment => "set NXP_TOKEN to a new token",
                TokenOrigin::Sandbox => "run `nxp sandbox reset`",
                TokenOrigin::Acting => "run this again",
                TokenOrigin::Input | TokenOrigin::Keyring => "give a new token for this space",
            }),
            Self::NoSuchSpace { .. } => Auth.hint(CHECK_SPACE),

            // Switching
            Self::Refused {
                reason,
                is_unknown_profile,
                ..
            } => {
                let code = if *is_unknown_profile { Profile } else { Failed };
                match reason {
                    None => code.hint("ask the space's team why"),
                    Some(_) => code.without_hint(),
                }
            }
            Self::Stopped { signal, .. } => Report {
                exit_code: signal.saturating_add(128),
                ..Cancelled.without_hint()
            },
            Self::Cancelled => Cancelled.without_hint(),

            // Responses
            Self::WebPage { .. } => Failed.hint(
                "check `--space`: the API is at NAME.spaces.nexudus.com; a custom domain serves only the web page",
            ),
            Self::InvalidResponse { .. } => {
                Failed.hint("try again; if it persists, check `--space` and run `nxp doctor`")
            }

            // Connection
            Self::Unreachable { hint, .. } => Network.hint(*hint),
            Self::Throttled { retry_after, .. } => Throttled.hint(after_pause(*retry_after)),
        }
    }
}

/// What to do about a `.nxp.toml` that can't be used.
pub(crate) const DIRECTORY_FILE_HINT: &str = "correct this file or remove it, or write one for this directory with `nxp profiles pin PROFILE`";

/// What to do about a space that is not there.
pub(crate) const CHECK_SPACE: &str =
    "check `--space`: it is the name before .spaces.nexudus.com, for example `--space acme`";

fn after_pause(seconds: Option<u64>) -> String {
    let Some(seconds) = seconds else {
        return "try again in a minute".into();
    };
    let pause = span(Duration::from_secs(seconds));
    match seconds {
        0..=600 => format!("try again in {pause}, or allow more time with `--timeout SECONDS`"),
        601..=A_DAY => format!("try again in {pause}"),
        _ => "try again later; if it persists, ask the space's team".into(),
    }
}
