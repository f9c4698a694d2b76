//! What helps against failures that have different causes.

use super::CommandLine;

/// What helps while an `exec` or a switch is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BusyRemedy {
    /// Go ahead with `--force`.
    Force,
    /// The same, inside the command of that `exec`.
    ForceWithin,
    /// Wait longer, with `--wait`.
    Wait,
    /// Wait longer, with `--timeout`.
    MoreTime,
}

impl BusyRemedy {
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Force => "wait until it ends, or switch with `--force`",
            Self::ForceWithin => {
                "this runs inside that exec, which switches back when it ends; to switch anyway, add `--force`"
            }
            Self::Wait => "wait longer: leave out `--wait`, or give it more seconds",
            Self::MoreTime => "wait longer with `--timeout SECONDS`",
        }
    }
}

/// What helps when the keyring doesn't work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyringRemedy {
    /// Start one, or work without.
    Provide,
    /// Unlock it.
    Unlock,
    /// Work without.
    DoWithout,
    /// Sign in again: the stored item is damaged.
    SignInAgain,
}

impl KeyringRemedy {
    pub(super) fn hint(self) -> String {
        match self {
            Self::Provide => format!(
                "start one: run `dbus-run-session -- sh`, in it `gnome-keyring-daemon --unlock --components=secrets` (type a password for the keyring, then Ctrl-D), then this again; or {WITHOUT_KEYRING}"
            ),
            Self::Unlock => format!(
                "unlock it (without a desktop: `gnome-keyring-daemon --unlock`, its password, then Ctrl-D) and run this again; or {WITHOUT_KEYRING}"
            ),
            Self::DoWithout => WITHOUT_KEYRING.into(),
            Self::SignInAgain => {
                format!("sign in again with `{}`", CommandLine::login(None, None))
            }
        }
    }
}

pub(crate) const CHECK_SPACE: &str =
    "check `--space`: it is the name before .spaces.nexudus.com, for example `--space acme`";

const WITHOUT_KEYRING: &str = "set NXP_TOKEN and NXP_SPACE to work without a keyring";
