//! What to do about a failure: commands to type.

use std::time::Duration;

use super::{BusyRemedy, Error, KeyringRemedy, NetworkRemedy, TokenOrigin, span};

/// How one works without a keyring.
const DO_WITHOUT: &str = "set NXP_TOKEN and NXP_SPACE and do without";

/// How one gets a keyring on a machine that has none, without a desktop.
const PROVIDE_A_KEYRING: &str = "run `dbus-run-session -- sh`, in it \
    `gnome-keyring-daemon --unlock --components=secrets` (type a password for the keyring, then \
    Ctrl-D), and this again; or set NXP_TOKEN and NXP_SPACE and do without";

/// What to do where a name leads to somebody else.
const CHECK_SPACE: &str =
    "check --space: it is the name before .spaces.nexudus.com, such as `--space acme`";

/// What to do where it isn't certain which profile is current.
const LOOK_AGAIN: &str = "look with `nxp profiles list` before you book or pay";

impl Error {
    /// What to do about it, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Usage { hint, .. } => return hint.clone(),
            Self::MissingInput { give, .. } => format!("give {give}"),
            Self::InvalidSpace { .. } => {
                "--space takes a name (acme), a host (acme.spaces.nexudus.com) or an https address"
                    .into()
            }
            Self::TokenWithoutSpace => "say which with NXP_SPACE or --space".into(),
            Self::MalformedToken { source } => format!("give {source} the bare access token, on one line, without \"Bearer\""),
            Self::AmbiguousAccount { choices } => {
                format!(
                    "choose with --space or --account, or once and for all with `nxp accounts use`: {}",
                    choices.join(", ")
                )
            }
            Self::NoSuchProfile { close: Some(close), .. } => format!("did you mean {close}?"),
            Self::NoSuchProfile { possible, .. } | Self::InactiveProfile { possible, .. } => {
                possible_profiles(possible)
            }
            Self::AmbiguousProfile { candidates, .. } => {
                format!("give the id of one: {}", candidates.join(", "))
            }
            Self::NoCurrentProfile { cached: true } => "look once with `nxp profiles current`".into(),
            Self::NoCurrentProfile { cached: false } => "choose one with `nxp profiles switch`".into(),
            Self::NotCurrent { command, .. } => format!("`{command}` makes it the current one"),
            Self::NoVirtualOffice { paused } if paused.is_empty() => return None,
            Self::NoVirtualOffice { paused } => format!("paused: {}", paused.join(", ")),
            Self::SeveralVirtualOffices { candidates } => {
                format!("give the id of one: {}", candidates.join(", "))
            }
            Self::NoActiveProfile => "ask the space's team: they can activate a profile".into(),
            Self::NotSignedIn { login, .. } => format!("sign in with `{login}`"),
            Self::RefreshRefused { login, .. } => format!("sign in again with `{login}`"),
            Self::NotStored { login, .. } => format!(
                "make the keyring work (`nxp doctor`), then sign in again with `{login}`"
            ),
            Self::ChecksFailed { .. } => "the remedies stand beside the checks".into(),
            Self::TokenRejected { origin, login, .. } => match origin {
                TokenOrigin::Keyring => format!("sign in again with `{login}`"),
                TokenOrigin::Environment => "put a fresh token into NXP_TOKEN".into(),
                TokenOrigin::Input => "give a fresh token for this space".into(),
                TokenOrigin::Sandbox => "run `nxp sandbox reset`".into(),
            },
            Self::WrongCredentials { .. } => {
                "check both; this is also the portal's answer to a user who isn't registered at this space or is suspended"
                    .into()
            }
            Self::OneTimeCodeNeeded { .. } => {
                "add `--totp CODE` with the six digits your authenticator shows now".into()
            }
            Self::MustResetPassword { space } => {
                format!("set a new password at {space}, then sign in again")
            }
            Self::NoCustomer { .. } => {
                "ask the space's team to add you; nothing was stored".into()
            }
            Self::SignInRefused { .. } => return None,
            Self::SpaceElsewhere { .. } => {
                "ask the space's team for its host and give that, such as `--space acme.spaces.nexudus.com`"
                    .into()
            }
            Self::UnknownSpace { .. } | Self::NoSuchSpace { .. } => CHECK_SPACE.into(),
            Self::OtherUser { .. } => "give the email that the token belongs to, or none".into(),
            Self::NotApplied { .. } => LOOK_AGAIN.into(),
            Self::SwitchLost { cause, .. } | Self::SwitchUnknown { cause, .. } => {
                match cause.hint() {
                    Some(hint) => format!("{LOOK_AGAIN}; {hint}"),
                    None => LOOK_AGAIN.into(),
                }
            }
            Self::WebPage { .. } => {
                "check --space: the API is at NAME.spaces.nexudus.com, and a domain of the space's own shows only the web page"
                    .into()
            }
            Self::Blocked { .. } => {
                "try another network, or without a VPN or proxy; if it lasts, ask the space's team".into()
            }
            Self::MalformedProxy { variable } => {
                format!("set {variable} to an address such as http://proxy.example:3128, or unset it")
            }
            Self::Unreachable { remedy, .. } => on_the_way(*remedy).into(),
            Self::TimedOut { .. } => "give it longer with `--timeout SECONDS`".into(),
            Self::PortalFault { .. } => "the fault is the portal's: try again later".into(),
            Self::Throttled { retry_after: Some(seconds), .. } => after_pause(*seconds),
            Self::Throttled { retry_after: None, .. } => "try again in a minute".into(),
            Self::Refused { reason: None, .. } => "ask the space's team why".into(),
            Self::Unusable { .. } => {
                "try again; if it lasts, check --space, and `nxp doctor` looks at what answers there".into()
            }
            Self::Keyring { remedy, .. } => match remedy {
                KeyringRemedy::Provide => PROVIDE_A_KEYRING.into(),
                KeyringRemedy::Unlock => format!(
                    "unlock it (without a desktop: `gnome-keyring-daemon --unlock`, its password, then Ctrl-D) and run this again, or {DO_WITHOUT}"
                ),
                KeyringRemedy::DoWithout => DO_WITHOUT.into(),
                KeyringRemedy::SignInAgain => "sign in again with `nxp login`".into(),
            },
            Self::Busy { remedy: BusyRemedy::Force, .. } => "wait for its end, or go ahead with `--force`".into(),
            Self::Busy { remedy: BusyRemedy::ForceWithin, .. } => "this runs within it, and it switches back at its end; `--force` switches all the same".into(),
            Self::Busy { remedy: BusyRemedy::Wait, .. } => "wait longer: leave out `--wait`, or give it more seconds".into(),
            Self::NestedExec { .. } => "run the command without `nxp profiles exec`, or once the outer one has ended".into(),
            Self::NotSwitchedBack { remedy, .. } => format!("`{remedy}` switches back"),
            Self::Refused { reason: Some(_), .. }
            | Self::Unexpected(_)
            | Self::CannotRun { .. }
            | Self::Stopped { .. }
            | Self::Cancelled => return None,
        };
        Some(hint)
    }
}

/// What helps where the way to the portal fails.
fn on_the_way(remedy: NetworkRemedy) -> &'static str {
    match remedy {
        NetworkRemedy::Look => {
            "check the connection and the name of the space; -v shows each request"
        }
        NetworkRemedy::Clock => "check this machine's clock; if it is right, tell the space's team",
        NetworkRemedy::Name => CHECK_SPACE,
        NetworkRemedy::Authority => {
            "try another network; if you trust this one, set SSL_CERT_FILE to a file with its authority"
        }
        NetworkRemedy::Authorities => "set SSL_CERT_FILE to a file of certificate authorities",
        NetworkRemedy::Proxy => {
            "check HTTPS_PROXY and ALL_PROXY; NO_PROXY names hosts to reach without them"
        }
        NetworkRemedy::ProxyPassword => {
            "write them into the proxy's address: http://USER:PASSWORD@proxy.example:3128"
        }
    }
}

/// What to do where the portal asks for a pause of so many seconds.
fn after_pause(seconds: u64) -> String {
    let pause = span(Duration::from_secs(seconds));
    match seconds {
        0..=600 => format!("try again in {pause}, or give it longer with `--timeout SECONDS`"),
        601..=86_400 => format!("try again in {pause}"),
        _ => "nobody waits so long: try again later, and ask the space's team if it lasts".into(),
    }
}

fn possible_profiles(possible: &[String]) -> String {
    if possible.is_empty() {
        return "none of your profiles is active; ask the space's team".into();
    }
    format!("possible: {}", possible.join(", "))
}
