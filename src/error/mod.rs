//! Everything that can go wrong.
//!
//! Every failure of the program is an [`Error`]. Its message is on the variant; `report.rs` has its
//! code, exit status and hint. `output` writes it.

mod code;
mod command_line;
mod remedy;
mod report;

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use code::ErrorCode;
pub(crate) use command_line::CommandLine;
pub(crate) use remedy::{BusyRemedy, CHECK_SPACE, KeyringRemedy};
pub(crate) use report::DIRECTORY_FILE_HINT;

/// The result of everything that can fail in this crate.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, with everything that its message and its hint need.
///
/// Text in a field may come from a server or a file: `output` sanitizes it. A `label` names a
/// profile as [`Profile::label`](crate::api::Profile::label) does, a `space` is a host, and an
/// account is written "email at host".
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message says what each field is")]
pub(crate) enum Error {
    /// A failure that no code branches on: its message, hint and code are said where it happens.
    #[error("{}", .0.message)]
    Plain(Box<Failure>),

    // The command line and the environment
    /// Input is missing, and nxp can't prompt for it. `give` says how to give it.
    #[error("{what} is required without a terminal to prompt on, or with `--no-input`")]
    MissingInput { what: &'static str, give: String },
    #[error("invalid space \"{given}\": {reason}")]
    InvalidSpace { given: String, reason: String },
    /// `source_name`: `NXP_TOKEN` or standard input.
    #[error("invalid access token in {source_name}; nothing was sent")]
    MalformedToken { source_name: &'static str },
    #[error("{} accounts are signed in, and none was chosen", choices.len())]
    AmbiguousAccount {
        /// The options that can choose one.
        options: &'static str,
        choices: Vec<String>,
    },

    // Profiles. The lists have the profiles that come closest to what was asked for first.
    #[error("no profile {wanted}")]
    NoSuchProfile {
        wanted: String,
        /// A name that is close to it.
        close: Option<String>,
        possible: Vec<String>,
    },
    #[error("no previous profile is known on this machine")]
    NoPreviousProfile { possible: Vec<String> },
    /// `is_known`: the portal says so, and does not merely leave the field out.
    #[error("{label} is not active{}", if *is_known { ": suspended or archived" } else { "" })]
    InactiveProfile {
        label: String,
        is_known: bool,
        possible: Vec<String>,
    },
    /// `what` they have in common, as in "are called \"Ana\"".
    #[error("{} active profiles {what}", candidates.len())]
    AmbiguousProfile {
        what: String,
        candidates: Vec<String>,
    },
    #[error("none of your profiles is active")]
    NoActiveProfile,
    #[error("{}", if *cached { "no current profile in the cache" } else { "no profile is current" })]
    NoCurrentProfile { cached: bool },
    #[error("the portal marks {} profiles as current: {}", labels.len(), listed(labels))]
    SeveralCurrent { labels: Vec<String> },
    #[error("the current profile is {current}, not {expected}")]
    NotCurrent {
        expected: String,
        current: String,
        switch: CommandLine,
    },
    #[error("the current profile {current} is not active, so exec could not switch back to it")]
    NoWayBack {
        current: String,
        switch: CommandLine,
    },
    #[error("no active profile has a virtual office that is not paused")]
    NoVirtualOffice { paused: Vec<String> },

    // Sign-in
    /// `wanted` is the account that was asked for, as in "as EMAIL" or "at SPACE".
    #[error("not signed in{}{}", if wanted.is_some() { " " } else { "" }, wanted.as_deref().unwrap_or(""))]
    NotSignedIn {
        wanted: Option<String>,
        login: CommandLine,
        /// Whether an `exec` started this process and so took `NXP_TOKEN` from its environment.
        within_exec: bool,
        /// Whether `NXP_TOKEN` is set to an empty text.
        is_token_empty: bool,
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
    #[error("wrong email or password for {email} at {space}")]
    WrongCredentials { email: String, space: String },
    #[error("{}", if *refused { "one-time code not accepted" } else { "one-time code required" })]
    OneTimeCodeNeeded { refused: bool },
    #[error("the portal requires a new password before you can sign in")]
    MustResetPassword { space: String },
    #[error("no customer profile of {email} at {space}")]
    NoCustomer { email: String, space: String },
    /// `page` is where a new link can be requested.
    #[error("sign-in link not accepted by {space}: {}", reason.as_deref().unwrap_or("used, expired or unknown"))]
    LinkRejected {
        space: String,
        reason: Option<String>,
        page: String,
    },
    #[error("sign-in refused by the portal: {reason}")]
    SignInRefused { reason: String },
    #[error("no space at {space}: {found}")]
    NoSuchSpace { space: String, found: String },
    #[error("the token belongs to {actual}, not to {named}; nothing was stored")]
    OtherUser { named: String, actual: String },

    // Switching
    /// `WasSuccessful: false`.
    #[error("switch to {label} refused by the portal: {}", reason.as_deref().unwrap_or("no reason given"))]
    Refused {
        label: String,
        reason: Option<String>,
        /// HTTP 404: the user has no such profile.
        is_unknown_profile: bool,
    },
    /// The switch was sent, and neither its response nor the list shows what became of it.
    /// `current` is what the list shows. Without a `cause` the portal has confirmed the switch.
    #[error(
        "the switch to {wanted} was {} and may still take effect: {}",
        if *is_confirmed { "confirmed" } else { "sent" },
        why_unknown(cause.as_deref(), current.as_deref())
    )]
    SwitchUnknown {
        wanted: String,
        is_confirmed: bool,
        current: Option<String>,
        cause: Option<Box<Error>>,
    },
    #[error(
        "{} {label} is running (pid {pid}, for {})",
        if *is_exec { "an exec on" } else { "a switch to" },
        span(*age)
    )]
    Busy {
        pid: u32,
        is_exec: bool,
        label: String,
        age: Duration,
        remedy: BusyRemedy,
    },
    #[error("this runs inside an exec on {label} (pid {pid}) and would wait for itself")]
    NestedExec { pid: u32, label: String },
    /// Another process refreshes or removes the tokens, for longer than `limit`.
    #[error("another nxp is changing the tokens of {account}; waited {} for it", precise(*limit))]
    TokensLocked { account: String, limit: Duration },
    /// By a process that could not write its name.
    #[error("another process holds {}", path.display())]
    LockHeld { path: PathBuf },
    #[error("can't run {command}: {}", why_not_run(cause))]
    CannotRun { command: String, cause: io::Error },
    #[error("could not switch back to {before}, so {profile} may still be current: {}", cause.as_cause())]
    NotSwitchedBack {
        before: String,
        profile: String,
        switch: CommandLine,
        cause: Box<Error>,
        /// The exit code of the command that ran.
        code: u8,
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
    /// A file or folder of nxp's own. `verb` is what can't be done, as in "write".
    #[error("can't {verb} {}: {cause}", path.display())]
    File {
        verb: &'static str,
        path: PathBuf,
        cause: String,
    },
    /// A failure that no program can do anything about, such as a disk that is full.
    #[error("{message}")]
    Unexpected { message: String },

    // Connection
    #[error("can't reach {space}: {cause}")]
    Unreachable {
        space: String,
        cause: String,
        hint: &'static str,
    },
    #[error("{space} did not answer within {}", precise(*limit))]
    TimedOut { space: String, limit: Duration },
    /// `retry_after` is in seconds.
    #[error("{}", rate_limited(space, *retry_after))]
    Throttled {
        space: String,
        retry_after: Option<u64>,
    },

    // This machine
    #[error("can't write {}: {cause}", path.display())]
    CannotWrite { path: PathBuf, cause: io::Error },
    #[error("{failed} check{} failed", if *failed == 1 { "" } else { "s" })]
    ChecksFailed { failed: usize },
    /// The tokens were refreshed, but the keyring did not store the new ones.
    #[error(
        "the new tokens of {account} could not be stored, and the stored ones will stop working: {cause}"
    )]
    NotStored {
        account: String,
        cause: String,
        login: CommandLine,
    },
    #[error("can't use the OS keyring: {cause}")]
    Keyring {
        cause: String,
        remedy: KeyringRemedy,
    },
}

/// A failure that no code branches on.
#[derive(Debug)]
pub(crate) struct Failure {
    code: ErrorCode,
    message: String,
    hint: Option<String>,
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
            Self::Sandbox => "sandbox",
        }
    }

    const fn token(self) -> &'static str {
        match self {
            Self::Keyring => "the stored token",
            Self::Environment => "the token in NXP_TOKEN",
            Self::Input => "the token",
            Self::Sandbox => "the sandbox's token",
        }
    }
}

impl Error {
    /// A failure that no code branches on.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Plain(Box::new(Failure {
            code,
            message: message.into(),
            hint: None,
        }))
    }

    /// Adds what to do about it: a command or an action.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Plain(failure) = &mut self {
            failure.hint = Some(hint.into());
        }
        self
    }

    /// A usage error with a hint.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::Usage, message).with_hint(hint)
    }
}

impl Error {
    /// What this failure says as the cause of another one.
    pub(crate) fn as_cause(&self) -> String {
        match self {
            Self::Stopped { .. } => "interrupted".to_owned(),
            Self::Refused { reason, .. } => match reason {
                Some(reason) => format!("the portal answered: {reason}"),
                None => "the portal refused it without a reason".to_owned(),
            },
            Self::SwitchUnknown { cause, current, .. } => match cause {
                Some(cause) => cause.as_cause(),
                None => why_unknown(None, current.as_deref()),
            },
            other => other.to_string(),
        }
    }
}

#[doc(hidden)]
impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Unexpected {
            message: format!("{error:#}"),
        }
    }
}

fn why_unknown(cause: Option<&Error>, current: Option<&str>) -> String {
    match (cause.map(Error::as_cause), current) {
        (Some(cause), Some(current)) => format!("{cause}; {current} is current now"),
        (Some(cause), None) => cause,
        (None, current) => format!(
            "the list shows {} as current",
            current.unwrap_or("no profile")
        ),
    }
}

fn why_not_run(cause: &io::Error) -> String {
    match cause.kind() {
        // The system reports both alike.
        ErrorKind::NotFound => "command or its interpreter not found".to_owned(),
        ErrorKind::PermissionDenied => "not executable".to_owned(),
        _ => cause.to_string(),
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

/// A timeout in seconds, rounded to what a person may have given.
fn precise(limit: Duration) -> String {
    let seconds = limit.as_secs_f64();
    let parts = if seconds < 1.0 { 1_000.0 } else { 10.0 };
    format!("{} s", (seconds * parts).round() / parts)
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
const SHOWN: usize = 3;

/// The first entries of a list, and how many more there are.
fn listed(entries: &[String]) -> String {
    let shown = entries.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    match entries.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{}, … and {more} more", shown.join(", ")),
    }
}
