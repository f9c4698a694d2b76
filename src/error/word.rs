//! The classes of failures, as scripts tell them apart.

/// The class of a failure: the contract's words and their exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
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

impl Word {
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
