//! Everything that can go wrong.
//!
//! Every failure of the program is an [`Error`]: its message, hint, code and exit status are said where it
//! happens. `output` writes it.

mod command_line;

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::time::Duration;

use serde::Serialize;

pub(crate) use command_line::CommandLine;

/// The result of everything that can fail in this crate.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure.
///
/// Message and hint may hold text of a server or a file: `output` sanitizes it.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) code: ErrorCode,
    pub(crate) kind: ErrorKind,
    /// That of the code, unless the end of another process decides.
    pub(crate) exit_code: u8,
    pub(crate) message: String,
    /// What to do about it: a command or an action.
    pub(crate) hint: Option<String>,
    /// What it says as the cause of another failure, if that is not its message.
    as_cause: Option<String>,
}

/// The class of a failure, as scripts tell them apart. Its number is the exit status, its name in lower
/// case the word in JSON errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub(crate) enum ErrorCode {
    /// The portal refused, its response is unusable, or the switch did not take effect.
    Failed = 1,
    /// Invalid arguments, or input is missing and prompting is not possible.
    Usage = 2,
    /// No such profile, not active, ambiguous, or not the expected one.
    Profile = 3,
    /// Not signed in, or the portal rejects the token or the credentials.
    Auth = 4,
    /// The portal can't be reached.
    Network = 5,
    /// Still rate-limited after waiting.
    Throttled = 6,
    /// The OS keyring is missing, locked or broken.
    Keyring = 7,
    /// An `exec` or a switch is running, or another nxp is changing the tokens.
    Busy = 8,
    /// Esc or Ctrl-C at a prompt.
    Cancelled = 130,
}

/// What code branches on, where the [`ErrorCode`] doesn't tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    Other,
    AmbiguousAccount,
    /// No profile has this name.
    NoSuchName,
    NotSignedIn,
    /// HTTP 401: the token is missing, expired or invalid, or its user has no customer profile.
    Unauthorized,
    /// The same, once there is no other token to try.
    TokenRejected,
    NoSuchSpace,
    Unreachable,
    /// The response is not what an API sends.
    NotAnApi,
    WebPage,
    InvalidResponse,
    /// The portal refuses a switch.
    SwitchRefused,
    /// A switch may still take effect.
    OutcomeUnknown,
    /// Wrong email or password, not registered at this space, suspended; or the refresh token is used,
    /// expired or unknown.
    InvalidGrant,
    /// A one-time code is needed, or the one that was sent is wrong.
    OneTimeCode,
    MustResetPassword,
    /// The one-time link is used, expired or unknown.
    LinkRefused,
    /// Esc or Ctrl-C at a prompt.
    Cancelled,
}

const NOTHING_CHANGED: &str = "cancelled; nothing was changed";

impl Error {
    /// A failure without a hint that no code branches on.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            kind: ErrorKind::Other,
            exit_code: code as u8,
            message: message.into(),
            hint: None,
            as_cause: None,
        }
    }

    /// Adds what code branches on.
    pub(crate) fn of_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Adds what to do about it: a command or an action.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With the exit status of another process (POSIX.1-2024, Shell Command Language, section 2.8.2).
    pub(crate) fn exiting(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
    }

    /// Says this as the cause of another failure.
    pub(crate) fn saying_as_cause(mut self, text: impl Into<String>) -> Self {
        self.as_cause = Some(text.into());
        self
    }

    /// What this failure says as the cause of another one.
    pub(crate) fn as_cause(&self) -> String {
        self.as_cause.as_ref().unwrap_or(&self.message).clone()
    }

    /// A usage error with a hint.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::Usage, message).with_hint(hint)
    }

    /// Input is missing, and nxp can't prompt for it. `give` says how to give it.
    pub(crate) fn missing(what: &str, give: impl Display) -> Self {
        let message = format!("no {what} given, and nxp can't ask (no terminal, or `--no-input`)");
        Self::usage(message, format!("give {give}"))
    }

    /// The portal requires a new password, to be set at `page`.
    pub(crate) fn must_reset_password(page: impl Display) -> Self {
        let message = "the portal requires a new password before you can sign in";
        Self::new(ErrorCode::Auth, message)
            .of_kind(ErrorKind::MustResetPassword)
            .with_hint(format!("set a new password at {page}, then sign in again"))
    }

    /// Something else than a space is at this host.
    pub(crate) fn no_such_space(host: &str, found: impl Display) -> Self {
        Self::new(ErrorCode::Auth, format!("no space at {host}: {found}"))
            .of_kind(ErrorKind::NoSuchSpace)
            .with_hint(CHECK_SPACE)
    }

    /// The response to a request for `what`, as in "the profile list", can't be used.
    pub(crate) fn invalid_response(what: &str, problem: impl Display) -> Self {
        let message = format!("invalid response for {what}: {problem}");
        Self::new(ErrorCode::Failed, message)
            .of_kind(ErrorKind::InvalidResponse)
            .with_hint("try again; if it persists, check `--space` and run `nxp doctor`")
    }

    /// Esc or Ctrl-C at a prompt.
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorCode::Cancelled, NOTHING_CHANGED).of_kind(ErrorKind::Cancelled)
    }

    /// A signal came. `changed`: another profile than before may be current.
    pub(crate) fn stopped(signal: u8, changed: bool) -> Self {
        let message = match changed {
            true => "cancelled before the command was started",
            false => NOTHING_CHANGED,
        };
        Self::new(ErrorCode::Cancelled, message)
            .exiting(signal.saturating_add(128))
            .saying_as_cause("interrupted")
    }

    /// The error as one line of JSON, with its hint in this form.
    pub(crate) fn to_json(&self, hint: Option<&str>) -> String {
        #[derive(Serialize)]
        struct Fields<'a> {
            code: ErrorCode,
            exit_code: u8,
            message: &'a str,
            hint: Option<&'a str>,
        }
        let error = Fields {
            code: self.code,
            exit_code: self.exit_code,
            message: &self.message,
            hint,
        };
        serde_json::to_string(&BTreeMap::from([("error", error)])).unwrap_or_default()
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[doc(hidden)]
impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::new(ErrorCode::Failed, format!("{error:#}"))
    }
}

/// What to do about a `.nxp.toml` that can't be used.
pub(crate) const DIRECTORY_FILE_HINT: &str = "correct this file or remove it, or write one for this directory with `nxp profiles pin PROFILE`";

/// What to do if acting as a profile is not possible.
pub(crate) const SWITCH_INSTEAD: &str = "without `--no-switch` or `--as`: `nxp profiles exec PROFILE -- COMMAND` switches, and switches back";

/// What to do about a space that is not there.
pub(crate) const CHECK_SPACE: &str =
    "check `--space`: it is the name before .spaces.nexudus.com, for example `--space acme`";

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenOrigin {
    /// The OS keyring.
    Keyring,
    /// `NXP_TOKEN`.
    Environment,
    /// `nxp login --token-stdin`.
    Input,
    /// A token that acts as a profile without switching.
    Acting,
    /// The embedded sandbox.
    Sandbox,
}

impl TokenOrigin {
    /// The word in output.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Environment => "NXP_TOKEN",
            Self::Input => "input",
            Self::Acting => "impersonation",
            Self::Sandbox => "sandbox",
        }
    }
}

/// A duration, in the largest unit that has at least two of it.
pub(crate) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How many entries of a list a message shows.
pub(crate) const LISTED: usize = 5;

/// The first entries of a list, and how many more there are.
pub(crate) fn listed(entries: &[String]) -> String {
    let shown = entries.iter().take(LISTED).cloned().collect::<Vec<_>>();
    match entries.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{}, … and {more} more", shown.join(", ")),
    }
}
