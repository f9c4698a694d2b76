//! What is reported about an error besides its message: code, exit status, hint.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::{A_DAY, Error, ErrorCode, TokenOrigin, as_typed, listed, span};

impl Error {
    /// The class of this failure.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Plain(failure) => failure.code,
            Self::InvalidSpace { .. } | Self::AmbiguousAccount { .. } => ErrorCode::Usage,
            Self::NoSuchProfile { .. }
            | Self::Refused {
                is_unknown_profile: true,
                ..
            } => ErrorCode::Profile,
            Self::NotSignedIn { .. }
            | Self::TokenRejected { .. }
            | Self::RefreshRefused { .. }
            | Self::NoSuchSpace { .. } => ErrorCode::Auth,
            Self::Stopped { .. } | Self::Cancelled => ErrorCode::Cancelled,
            Self::Refused { .. } | Self::WebPage { .. } | Self::InvalidResponse { .. } => {
                ErrorCode::Failed
            }
            Self::Unreachable { .. } => ErrorCode::Network,
            Self::Throttled { .. } => ErrorCode::Throttled,
        }
    }

    /// The exit status of the process: that of the code, unless the end of another process decides.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Plain(failure) => failure.exit_code.unwrap_or(failure.code.exit_code()),
            Self::Stopped { signal, .. } => signal.saturating_add(128),
            other => other.code().exit_code(),
        }
    }

    /// What to do about it, where there is something to do: a command or an action.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Plain(failure) => return failure.hint.clone(),
            Self::Stopped { .. }
            | Self::Cancelled
            | Self::Refused {
                reason: Some(_), ..
            } => {
                return None;
            }
            Self::NoSuchProfile { hint, .. } | Self::NotSignedIn { hint, .. } => {
                return Some(hint.clone());
            }
            Self::AmbiguousAccount { options, choices } => {
                return Some(format!(
                    "choose one with {options}, or a default with `nxp accounts use`: {}",
                    listed(choices)
                ));
            }
            Self::TokenRejected {
                origin: TokenOrigin::Keyring,
                login,
                ..
            }
            | Self::RefreshRefused { login, .. } => {
                return Some(format!("sign in again with `{login}`"));
            }
            Self::Throttled { retry_after, .. } => return Some(after_pause(*retry_after)),
            Self::InvalidSpace { .. } => {
                "give a name (acme), a host (acme.spaces.nexudus.com) or an https address"
            }
            Self::TokenRejected { origin, .. } => match origin {
                TokenOrigin::Environment => "set NXP_TOKEN to a new token",
                TokenOrigin::Sandbox => "run `nxp sandbox reset`",
                TokenOrigin::Acting => "run this again",
                TokenOrigin::Input | TokenOrigin::Keyring => "give a new token for this space",
            },
            Self::NoSuchSpace { .. } => CHECK_SPACE,
            Self::Refused { .. } => "ask the space's team why",
            Self::WebPage { .. } => {
                "check `--space`: the API is at NAME.spaces.nexudus.com; a custom domain serves only the web page"
            }
            Self::InvalidResponse { .. } => {
                "try again; if it persists, check `--space` and run `nxp doctor`"
            }
            Self::Unreachable { hint, .. } => hint,
        };
        Some(hint.to_owned())
    }

    /// Whether the portal refuses all requests of this user or this machine.
    pub(crate) fn is_about_access(&self) -> bool {
        matches!(self.code(), ErrorCode::Auth | ErrorCode::Throttled)
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
        let error = Fields {
            code: self.code().as_str(),
            exit_code: self.exit_code(),
            message: self.to_string(),
            hint: self.hint().map(|hint| as_typed(&hint).into_owned()),
        };
        serde_json::to_string(&BTreeMap::from([("error", error)])).unwrap_or_default()
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
