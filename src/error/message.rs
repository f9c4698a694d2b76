//! What happened, in a sentence.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use super::{Error, TokenOrigin, span};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, .. } => f.write_str(message),
            Self::MissingInput { what, .. } => {
                write!(f, "{what} is missing, and there is nobody to ask")
            }
            Self::InvalidSpace { given, reason } => {
                write!(f, "\"{given}\" is not a space's address: {reason}")
            }
            Self::TokenWithoutSpace => f.write_str("NXP_TOKEN is set, but not the space it is for"),
            Self::MalformedToken { source } => {
                write!(
                    f,
                    "what {source} holds can't be an access token; nothing was sent"
                )
            }
            Self::AmbiguousAccount { choices } => {
                write!(
                    f,
                    "{} accounts are signed in, and none was chosen",
                    choices.len()
                )
            }
            Self::NoSuchProfile { wanted, .. } => write!(f, "you have no profile {wanted}"),
            Self::InactiveProfile { label, .. } => {
                write!(f, "{label} is not active: it is suspended or archived")
            }
            Self::AmbiguousProfile { name, candidates } => {
                write!(f, "{} active profiles are called {name}", candidates.len())
            }
            Self::NoCurrentProfile { cached: true } => {
                f.write_str("the current profile has not been seen here yet")
            }
            Self::NoCurrentProfile { cached: false } => {
                f.write_str("none of your profiles is current")
            }
            Self::NotCurrent {
                expected, current, ..
            } => {
                write!(f, "your current profile is {current}, not {expected}")
            }
            Self::NoVirtualOffice { .. } => f.write_str(
                "none of your active profiles holds a virtual office that is not paused",
            ),
            Self::SeveralVirtualOffices { candidates } => {
                write!(
                    f,
                    "{} of your active profiles hold a virtual office",
                    candidates.len()
                )
            }
            Self::NoActiveProfile => f.write_str("none of your profiles is active"),
            Self::NotSignedIn { wanted: None, .. } => f.write_str("you are not signed in"),
            Self::NotSignedIn {
                wanted: Some(wanted),
                ..
            } => {
                write!(f, "you are not signed in {wanted}")
            }
            Self::TokenRejected { origin, space, .. } => {
                let token = match origin {
                    TokenOrigin::Keyring => "the stored token",
                    TokenOrigin::Environment => "the token in NXP_TOKEN",
                    TokenOrigin::Input => "the token",
                    TokenOrigin::Sandbox => "the sandbox's token",
                };
                write!(
                    f,
                    "{space} rejects {token}: it has expired, or this user has no customer profile there"
                )
            }
            Self::RefreshRefused { account, .. } => write!(
                f,
                "the sign-in of {account} is over: the portal does not renew its tokens any more"
            ),
            Self::ChecksFailed { failed: 1 } => f.write_str("one check failed"),
            Self::ChecksFailed { failed } => write!(f, "{failed} checks failed"),
            Self::NotStored { account, cause, .. } => write!(
                f,
                "the tokens of {account} were renewed, but could not be stored, and the stored ones will stop working: {cause}"
            ),
            Self::WrongCredentials { email, space } => {
                write!(f, "{space} refuses this email and password for {email}")
            }
            Self::OneTimeCodeNeeded { refused: false } => {
                f.write_str("this user signs in with a one-time code as well")
            }
            Self::OneTimeCodeNeeded { refused: true } => {
                f.write_str("the portal does not accept this one-time code")
            }
            Self::MustResetPassword { .. } => {
                f.write_str("the portal wants a new password before it lets you in")
            }
            Self::NoCustomer { email, space } => {
                write!(f, "{space} has no customer profile of {email}")
            }
            Self::SignInRefused { reason } => write!(f, "the portal refuses the sign-in: {reason}"),
            Self::UnknownSpace { space, answered } => {
                write!(
                    f,
                    "there is no portal at {space}: it answered with {answered}"
                )
            }
            Self::NoSuchSpace { named, found } => {
                write!(f, "Nexudus knows no space at {named}: {found}")
            }
            Self::SpaceElsewhere { named, elsewhere } => write!(
                f,
                "{named} belongs to {elsewhere}, which is not a host of Nexudus's spaces; no password was sent there"
            ),
            Self::OtherUser { named, actual } => {
                write!(
                    f,
                    "the token belongs to {actual}, not to {named}; nothing was stored"
                )
            }
            Self::Refused {
                label,
                reason: Some(reason),
            } => {
                write!(f, "the portal refuses to switch to {label}: {reason}")
            }
            Self::Refused {
                label,
                reason: None,
            } => {
                write!(
                    f,
                    "the portal refuses to switch to {label} and gives no reason"
                )
            }
            Self::NotApplied {
                wanted,
                current: Some(current),
            } => {
                write!(
                    f,
                    "the portal confirmed the switch to {wanted}, but {current} is still current"
                )
            }
            Self::NotApplied {
                wanted,
                current: None,
            } => {
                write!(
                    f,
                    "the portal confirmed the switch to {wanted}, but marks no profile as current"
                )
            }
            Self::SwitchLost {
                wanted,
                current,
                cause,
            } => match current {
                Some(current) => write!(
                    f,
                    "the switch to {wanted} did not take, {current} is current: {cause}"
                ),
                None => write!(
                    f,
                    "the switch to {wanted} did not take, no profile is marked as current: {cause}"
                ),
            },
            Self::SwitchUnknown {
                wanted,
                confirmed,
                cause,
            } => {
                let so_far = if *confirmed {
                    "was confirmed, but whether it took"
                } else {
                    "was sent, but whether it took"
                };
                write!(f, "the switch to {wanted} {so_far} is not known: {cause}")
            }
            Self::WebPage { space, what } => {
                write!(f, "{space} answers with a web page where {what} should be")
            }
            Self::Unusable { what, problem } => {
                write!(f, "the portal's answer for {what} can't be used: {problem}")
            }
            Self::Unexpected(error) => write!(f, "{error:#}"),
            Self::Unreachable { space, cause, .. } => write!(f, "can't reach {space}: {cause}"),
            Self::TimedOut { space, limit } => {
                let seconds = limit.as_secs_f64();
                let parts = if seconds < 1.0 { 1_000.0 } else { 10.0 };
                let rounded = (seconds * parts).round() / parts;
                write!(f, "{space} did not answer within {rounded} s")
            }
            Self::PortalFault { space, status } => {
                write!(f, "{space} has a fault of its own (HTTP {status})")
            }
            Self::Blocked { space } => {
                write!(
                    f,
                    "a firewall in front of {space} turns this request away (HTTP 403)"
                )
            }
            Self::MalformedProxy { variable } => {
                write!(
                    f,
                    "{variable} names no proxy that can be used; nothing was sent"
                )
            }
            Self::Throttled {
                space,
                retry_after: Some(seconds),
            } => {
                let pause = span(Duration::from_secs(*seconds));
                write!(f, "{space} throttles, and wants a pause of {pause}")
            }
            Self::Throttled {
                space,
                retry_after: None,
            } => {
                write!(f, "{space} is still throttling after waiting")
            }
            Self::Keyring { cause, .. } => write!(f, "the OS keyring can't be used: {cause}"),
            Self::Busy {
                pid, label, age, ..
            } => {
                write!(
                    f,
                    "an exec holds this account: pid {pid}, on {label}, for {}",
                    span(*age)
                )
            }
            Self::NestedExec { pid, label } => write!(
                f,
                "this runs within an exec on the same account (pid {pid}, on {label}), and would wait for its own end"
            ),
            Self::CannotRun { command, cause } => match cause.kind() {
                // The system has one word for both.
                ErrorKind::NotFound => {
                    write!(f, "can't run {command}: it, or its interpreter, is missing")
                }
                ErrorKind::PermissionDenied => {
                    write!(f, "can't run {command}: it is not executable")
                }
                _ => write!(f, "can't run {command}: {cause}"),
            },
            Self::NotSwitchedBack {
                before,
                profile,
                cause,
                ..
            } => {
                write!(
                    f,
                    "{profile} may still be current instead of {before}: {cause}"
                )
            }
            Self::Stopped { changed: true, .. } => {
                f.write_str("cancelled before the command was started")
            }
            Self::Cancelled | Self::Stopped { changed: false, .. } => {
                f.write_str("cancelled; nothing was changed")
            }
        }
    }
}
