//! The class of a failure.

/// The class of a failure, as scripts tell them apart. Its number is the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl ErrorCode {
    /// The word in JSON errors.
    pub(crate) const fn as_str(self) -> &'static str {
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

    /// The exit status of the process.
    pub(crate) const fn exit_code(self) -> u8 {
        self as u8
    }
}
