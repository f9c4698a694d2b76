//! The classes of failures, as scripts tell them apart.

use std::io::ErrorKind;

use super::Error;

/// The class of a failure: the contract's words and their exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The portal refused, answered something unusable, or the switch did not take.
    Failed,
    /// Wrong arguments, or input is missing and may not be asked for.
    Usage,
    /// No such profile, not active, ambiguous, or not the expected one.
    Profile,
    /// Not signed in, or the portal rejects the token or the credentials.
    Auth,
    /// The portal can't be reached.
    Network,
    /// Still throttled after waiting.
    Throttled,
    /// The OS keyring is missing, locked or broken.
    Keyring,
    /// An `exec` holds the account.
    Busy,
    /// Esc or Ctrl-C at a prompt.
    Cancelled,
}

impl ErrorCode {
    /// Every word, in the order of the exit codes.
    pub const ALL: [Self; 9] = [
        Self::Failed,
        Self::Usage,
        Self::Profile,
        Self::Auth,
        Self::Network,
        Self::Throttled,
        Self::Keyring,
        Self::Busy,
        Self::Cancelled,
    ];

    /// The process's exit code for this class.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Profile => 3,
            Self::Auth => 4,
            Self::Network => 5,
            Self::Throttled => 6,
            Self::Keyring => 7,
            Self::Busy => 8,
            Self::Cancelled => 130,
        }
    }

    /// The word that stands in JSON errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Profile => "profile",
            Self::Auth => "auth",
            Self::Network => "network",
            Self::Throttled => "throttled",
            Self::Keyring => "keyring",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Error {
    /// The class of this failure.
    #[must_use]
    pub fn word(&self) -> ErrorCode {
        match self {
            Self::Usage { .. }
            | Self::MissingInput { .. }
            | Self::InvalidSpace { .. }
            | Self::TokenWithoutSpace
            | Self::MalformedToken { .. }
            | Self::SpaceElsewhere { .. }
            | Self::AmbiguousAccount { .. } => ErrorCode::Usage,
            Self::NoSuchProfile { .. }
            | Self::InactiveProfile { .. }
            | Self::AmbiguousProfile { .. }
            | Self::NoActiveProfile
            | Self::NoCurrentProfile { .. }
            | Self::NotCurrent { .. }
            | Self::NoVirtualOffice { .. }
            | Self::SeveralVirtualOffices { .. } => ErrorCode::Profile,
            Self::NotSignedIn { .. }
            | Self::TokenRejected { .. }
            | Self::RefreshRefused { .. }
            | Self::WrongCredentials { .. }
            | Self::OneTimeCodeNeeded { .. }
            | Self::MustResetPassword { .. }
            | Self::NoCustomer { .. }
            | Self::SignInRefused { .. }
            | Self::UnknownSpace { .. }
            | Self::NoSuchSpace { .. }
            | Self::OtherUser { .. } => ErrorCode::Auth,
            Self::Refused { .. }
            | Self::NotApplied { .. }
            | Self::WebPage { .. }
            | Self::Unusable { .. }
            | Self::ChecksFailed { .. }
            | Self::Unexpected(_) => ErrorCode::Failed,
            Self::SwitchLost { cause, .. } | Self::SwitchUnknown { cause, .. } => cause.word(),
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::PortalFault { .. }
            | Self::Blocked { .. }
            | Self::MalformedProxy { .. } => ErrorCode::Network,
            Self::Throttled { .. } => ErrorCode::Throttled,
            Self::Keyring { .. } | Self::NotStored { .. } => ErrorCode::Keyring,
            Self::Busy { .. } | Self::NestedExec { .. } => ErrorCode::Busy,
            Self::CannotRun { .. } | Self::NotSwitchedBack { .. } => ErrorCode::Failed,
            Self::Cancelled | Self::Stopped { .. } => ErrorCode::Cancelled,
        }
    }

    /// The process's exit code for it: that of its class but where another process's end decides
    /// (POSIX.1-2024, Shell Command Language, section 2.8.2).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::CannotRun { cause, .. } if cause.kind() == ErrorKind::NotFound => 127,
            Self::CannotRun { .. } => 126,
            Self::NotSwitchedBack { code, .. } if *code != 0 => *code,
            Self::Stopped { signal, .. } => signal.saturating_add(128),
            _ => self.word().exit_code(),
        }
    }
}
