//! What is reported about an error besides its message: code, exit status, hint.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::Duration;

use serde::Serialize;

use super::ErrorCode::{
    Auth, Busy, Cancelled, Failed, Keyring, Network, Profile, Throttled, Usage,
};
use super::remedy::{BusyRemedy, CHECK_SPACE};
use super::{A_DAY, Error, ErrorCode, TokenOrigin, listed, span};

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

impl Report {
    /// With the exit status of another process (POSIX.1-2024, Shell Command Language, section 2.8.2).
    fn exiting(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
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
            hint: report.hint,
        };
        serde_json::to_string(&BTreeMap::from([("error", error)])).unwrap_or_default()
    }

    fn report(&self) -> Report {
        match self {
            Self::Plain(failure) => Report {
                hint: failure.hint.clone(),
                ..failure.code.without_hint()
            },

            // The command line and the environment
            Self::MissingInput { give, .. } => Usage.hint(format!("give {give}")),
            Self::InvalidSpace { .. } => Usage.hint(
                "give a name (acme), a host (acme.spaces.nexudus.com) or an https address",
            ),
            Self::MalformedToken { source_name } => Usage.hint(format!(
                "put only the access token in {source_name}: one line, without \"Bearer\""
            )),
            Self::AmbiguousAccount { options, choices } => Usage.hint(format!(
                "choose one with {options}, or a default with `nxp accounts use`: {}",
                listed(choices)
            )),

            // Profiles
            Self::NoSuchProfile {
                close: Some(close), ..
            } => Profile.hint(format!("did you mean {close}?")),
            Self::NoSuchProfile { possible, .. }
            | Self::NoPreviousProfile { possible }
            | Self::InactiveProfile { possible, .. }
                if !possible.is_empty() =>
            {
                Profile.hint(format!("choose one of {}", listed(possible)))
            }
            Self::NoSuchProfile { .. }
            | Self::NoPreviousProfile { .. }
            | Self::InactiveProfile { .. }
            | Self::NoActiveProfile => Profile.hint("ask the space's team to activate a profile"),
            Self::AmbiguousProfile { candidates, .. } => {
                Profile.hint(format!("give the id of one: {}", listed(candidates)))
            }
            Self::NoCurrentProfile { cached: true } => {
                Profile.hint("run `nxp profiles current` once to fill it")
            }
            Self::NoCurrentProfile { cached: false } | Self::SeveralCurrent { .. } => {
                Profile.hint("choose one with `nxp profiles switch`")
            }
            Self::NotCurrent { switch, .. } => Profile.hint(format!("switch with `{switch}`")),
            Self::NoWayBack { switch, .. } => Profile.hint(format!("switch first with `{switch}`")),
            Self::NoVirtualOffice { paused } if paused.is_empty() => Profile.without_hint(),
            Self::NoVirtualOffice { paused } => Profile.hint(format!(
                "choose a paused one by its id: {}",
                listed(paused)
            )),

            // Sign-in
            Self::NotSignedIn {
                within_exec: true, ..
            } => Auth.hint(
                "`exec` removed NXP_TOKEN from the environment: give its command a token with `nxp profiles exec --with-token`",
            ),
            Self::NotSignedIn {
                is_token_empty: true,
                login,
                ..
            } => Auth.hint(format!(
                "NXP_TOKEN is empty: set it to an access token, or sign in with `{login}`"
            )),
            Self::NotSignedIn { login, .. } => Auth.hint(format!("sign in with `{login}`")),
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
                TokenOrigin::Input | TokenOrigin::Keyring => "give a new token for this space",
            }),
            Self::WrongCredentials { .. } => Auth.hint(
                "check both; suspended users and users of other spaces get the same error. If the space has no passwords, sign in with an emailed link: press Enter at the password prompt, or give `--link-stdin`",
            ),
            Self::OneTimeCodeNeeded { .. } => {
                Auth.hint("add `--totp CODE` with the six digits that your authenticator shows now")
            }
            Self::MustResetPassword { space } => {
                Auth.hint(format!("set a new password at {space}, then sign in again"))
            }
            Self::NoCustomer { .. } => {
                Auth.hint("ask the space's team to add you; nothing was stored")
            }
            Self::LinkRejected { page, .. } => Auth.hint(format!("request a new link at {page}")),
            Self::SignInRefused { .. } => Auth.without_hint(),
            Self::NoSuchSpace { .. } => Auth.hint(CHECK_SPACE),
            Self::OtherUser { .. } => {
                Auth.hint("give the email of the token's user, or leave it out")
            }

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
            Self::SwitchUnknown { cause, .. } => {
                let check = "check with `nxp profiles list` before you book or pay";
                let cause = cause.as_ref().map(|cause| cause.report());
                let (code, hint) = cause.map_or((Failed, None), |cause| (cause.code, cause.hint));
                let code = match code {
                    Auth | Network | Throttled => code,
                    _ => Failed,
                };
                code.hint(hint.map_or(check.into(), |hint| format!("{check}; {hint}")))
            }
            Self::Busy { remedy, .. } => Busy.hint(remedy.hint()),
            Self::TokensLocked { .. } => Busy.hint(BusyRemedy::MoreTime.hint()),
            Self::LockHeld { .. } => Busy.hint("wait until it ends"),
            Self::NestedExec { .. } => {
                Busy.hint("run the command without `nxp profiles exec`, or after the outer exec")
            }
            Self::CannotRun { cause, .. } => {
                let is_missing = cause.kind() == ErrorKind::NotFound;
                Failed.without_hint().exiting(if is_missing { 127 } else { 126 })
            }
            Self::NotSwitchedBack { switch, code, .. } => Failed
                .hint(format!("switch back with `{switch}`"))
                .exiting((*code).max(1)),
            Self::Stopped { signal, .. } => Cancelled
                .without_hint()
                .exiting(signal.saturating_add(128)),
            Self::Cancelled => Cancelled.without_hint(),

            // Responses
            Self::WebPage { .. } => Failed.hint(
                "check `--space`: the API is at NAME.spaces.nexudus.com; a custom domain serves only the web page",
            ),
            Self::InvalidResponse { .. } => {
                Failed.hint("try again; if it persists, check `--space` and run `nxp doctor`")
            }
            Self::File { .. } => Failed.hint(
                "check the folder's permissions and free space, or choose another with XDG_STATE_HOME or XDG_CACHE_HOME",
            ),
            Self::Unexpected { .. } => Failed.without_hint(),

            // Connection
            Self::Unreachable { hint, .. } => Network.hint(*hint),
            Self::TimedOut { .. } => Network.hint("allow more time with `--timeout SECONDS`"),
            Self::Throttled { retry_after, .. } => Throttled.hint(after_pause(*retry_after)),

            // This machine
            Self::CannotWrite { .. } => {
                Failed.hint("check the directory's permissions and the free disk space")
            }
            Self::ChecksFailed { .. } => Failed.hint("see the failed checks above"),
            Self::NotStored { login, .. } => Keyring.hint(format!(
                "fix the keyring (see `nxp doctor`), then sign in again with `{login}`"
            )),
            Self::Keyring { remedy, .. } => Keyring.hint(remedy.hint()),
        }
    }
}

/// What to do about a `.nxp.toml` that can't be used.
pub(crate) const DIRECTORY_FILE_HINT: &str = "correct this file or remove it, or write one for this directory with `nxp profiles pin PROFILE`";

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
