//! Everything that can go wrong.
//!
//! Every failure of the program is an [`Error`]. Most say message, hint and code where they happen; the
//! others are variants that code branches on, whose hints are in `report.rs`. `output` writes them.

mod code;
mod command_line;
mod report;

use std::fmt::Display;
use std::time::Duration;

pub(crate) use code::ErrorCode;
pub(crate) use command_line::{CommandLine, as_typed, use_short_forms};
pub(crate) use report::{CHECK_SPACE, DIRECTORY_FILE_HINT};

/// The result of everything that can fail in this crate.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, with everything that its message and its hint need.
///
/// Text in a field may come from a server or a file: `output` sanitizes it. A `label` names a
/// profile as [`Profile::label`](crate::api::Profile::label) does, a `space` is a host, and an
/// account is written "email at host".
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A failure that no code branches on: its message, hint and code are said where it happens.
    #[error("{}", .0.message)]
    Plain(Box<Failure>),

    // The command line and the environment
    #[error("invalid space \"{given}\": {reason}")]
    InvalidSpace { given: String, reason: String },
    #[error("{} accounts are signed in, and none was chosen", choices.len())]
    AmbiguousAccount {
        /// The options that can choose one.
        options: &'static str,
        choices: Vec<String>,
    },

    #[error("no profile {wanted}")]
    NoSuchProfile { wanted: String, hint: String },

    // Sign-in
    /// `wanted` is the account that was asked for, as in "as EMAIL" or "at SPACE".
    #[error("not signed in{}{}", if wanted.is_some() { " " } else { "" }, wanted.as_deref().unwrap_or(""))]
    NotSignedIn {
        wanted: Option<String>,
        hint: String,
    },
    #[error(
        "{space} rejects {}: it has expired, or the user has no customer profile there",
        origin.token()
    )]
    TokenRejected {
        origin: TokenOrigin,
        space: String,
        login: CommandLine,
    },
    /// Neither the access token nor the refresh token is accepted any more.
    #[error("the sign-in of {account} has expired: the portal no longer refreshes its tokens")]
    RefreshRefused { account: String, login: CommandLine },
    #[error("no space at {space}: {found}")]
    NoSuchSpace { space: String, found: String },

    // Switching
    /// `WasSuccessful: false`.
    #[error("switch to {label} refused by the portal: {}", reason.as_deref().unwrap_or("no reason given"))]
    Refused {
        label: String,
        reason: Option<String>,
        /// HTTP 404: the user has no such profile.
        is_unknown_profile: bool,
    },
    /// A signal came before the command of an `exec` was started. `changed`: another profile than
    /// before may be current.
    #[error("{}", if *changed { "cancelled before the command was started" } else { NOTHING_CHANGED })]
    Stopped { signal: u8, changed: bool },
    #[error("{NOTHING_CHANGED}")]
    Cancelled,

    // Responses
    /// `what` was asked for, as in "the profile list".
    #[error("{space} returned a web page instead of {what}")]
    WebPage { space: String, what: String },
    #[error("invalid response for {what}: {problem}")]
    InvalidResponse { what: String, problem: String },
    // Connection
    #[error("can't reach {space}: {cause}")]
    Unreachable {
        space: String,
        cause: String,
        hint: &'static str,
    },
    /// `retry_after` is in seconds.
    #[error("{}", rate_limited(space, *retry_after))]
    Throttled {
        space: String,
        retry_after: Option<u64>,
    },
}

/// A failure that no code branches on.
#[derive(Debug)]
pub(crate) struct Failure {
    code: ErrorCode,
    /// The exit status, if the end of another process decides it.
    exit_code: Option<u8>,
    message: String,
    hint: Option<String>,
    /// What it says as the cause of another failure, if that is not its message.
    as_cause: Option<String>,
}

const NOTHING_CHANGED: &str = "cancelled; nothing was changed";

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

    const fn token(self) -> &'static str {
        match self {
            Self::Keyring => "the stored token",
            Self::Environment => "the token in NXP_TOKEN",
            Self::Input => "the token",
            Self::Acting => "the token of the profile",
            Self::Sandbox => "the sandbox's token",
        }
    }
}

impl Error {
    /// A failure that no code branches on.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Plain(Box::new(Failure {
            code,
            exit_code: None,
            message: message.into(),
            hint: None,
            as_cause: None,
        }))
    }

    fn change(mut self, change: impl FnOnce(&mut Failure)) -> Self {
        if let Self::Plain(failure) = &mut self {
            change(failure);
        }
        self
    }

    /// Adds what to do about it: a command or an action.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        self.change(|failure| failure.hint = Some(hint.into()))
    }

    /// With the exit status of another process (POSIX.1-2024, Shell Command Language, section 2.8.2).
    pub(crate) fn exiting(self, exit_code: u8) -> Self {
        self.change(|failure| failure.exit_code = Some(exit_code))
    }

    /// Says this as the cause of another failure.
    pub(crate) fn saying_as_cause(self, text: impl Into<String>) -> Self {
        self.change(|failure| failure.as_cause = Some(text.into()))
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
            .with_hint(format!("set a new password at {page}, then sign in again"))
    }
}

impl Error {
    /// What this failure says as the cause of another one.
    pub(crate) fn as_cause(&self) -> String {
        match self {
            Self::Plain(failure) => failure.as_cause.clone().unwrap_or_else(|| self.to_string()),
            Self::Stopped { .. } => "interrupted".to_owned(),
            Self::Refused { reason, .. } => match reason {
                Some(reason) => format!("the portal answered: {reason}"),
                None => "the portal refused it without a reason".to_owned(),
            },
            other => other.to_string(),
        }
    }
}

#[doc(hidden)]
impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::new(ErrorCode::Failed, format!("{error:#}"))
    }
}

/// In seconds.
const A_DAY: u64 = 86_400;

fn rate_limited(space: &str, retry_after: Option<u64>) -> String {
    match retry_after {
        Some(seconds @ ..=A_DAY) => format!(
            "rate-limited by {space}; it asks to retry in {}",
            span(Duration::from_secs(seconds))
        ),
        Some(_) => {
            format!("rate-limited by {space}; it asks for a pause of more than a day")
        }
        None => format!("still rate-limited by {space} after waiting"),
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
