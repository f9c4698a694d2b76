//! What is reported about an error besides its message: code, exit status, hint.

use std::io::ErrorKind;
use std::time::Duration;

use serde::Serialize;

use super::{BusyRemedy, CommandLine, Error, KeyringRemedy, NetworkRemedy, TokenOrigin, span};

/// The class of a failure, as scripts tell them apart. The README lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The portal refused, its response is unusable, or the switch did not take effect.
    Failed,
    /// Invalid arguments, or input is missing and prompting is not possible.
    Usage,
    /// No such profile, not active, ambiguous, or not the expected one.
    Profile,
    /// Not signed in, or the portal rejects the token or the credentials.
    Auth,
    /// The portal can't be reached.
    Network,
    /// Still rate-limited after waiting.
    Throttled,
    /// The OS keyring is missing, locked or broken.
    Keyring,
    /// An `exec` is running.
    Busy,
    /// Esc or Ctrl-C at a prompt.
    Cancelled,
}

impl ErrorCode {
    /// Every code, in the order of the exit statuses.
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

    const fn word_and_status(self) -> (&'static str, u8) {
        match self {
            Self::Failed => ("failed", 1),
            Self::Usage => ("usage", 2),
            Self::Profile => ("profile", 3),
            Self::Auth => ("auth", 4),
            Self::Network => ("network", 5),
            Self::Throttled => ("throttled", 6),
            Self::Keyring => ("keyring", 7),
            Self::Busy => ("busy", 8),
            Self::Cancelled => ("cancelled", 130),
        }
    }

    /// The word in JSON errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.word_and_status().0
    }

    /// The exit status of the process.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        self.word_and_status().1
    }
}

impl Error {
    /// The class of this failure.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Usage { .. }
            | Self::MissingInput { .. }
            | Self::InvalidSpace { .. }
            | Self::TokenWithoutSpace
            | Self::MalformedToken { .. }
            | Self::SpaceElsewhere { .. }
            | Self::AmbiguousAccount { .. } => ErrorCode::Usage,

            Self::NoSuchProfile { .. }
            | Self::NoPreviousProfile { .. }
            | Self::InactiveProfile { .. }
            | Self::AmbiguousProfile { .. }
            | Self::NoActiveProfile
            | Self::NoCurrentProfile { .. }
            | Self::SeveralCurrent { .. }
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
            | Self::LinkRejected { .. }
            | Self::SignInRefused { .. }
            | Self::UnknownSpace { .. }
            | Self::NoSuchSpace { .. }
            | Self::OtherUser { .. } => ErrorCode::Auth,

            Self::SwitchUnknown { cause, .. } => match cause.as_ref().map(|cause| cause.code()) {
                Some(code @ (ErrorCode::Auth | ErrorCode::Network | ErrorCode::Throttled)) => code,
                _ => ErrorCode::Failed,
            },
            Self::Refused {
                is_unknown_profile: true,
                ..
            } => ErrorCode::Profile,
            Self::Busy { .. } | Self::NestedExec { .. } => ErrorCode::Busy,
            Self::Cancelled | Self::Stopped { .. } => ErrorCode::Cancelled,
            Self::Refused { .. }
            | Self::RequestRefused { .. }
            | Self::CannotRun { .. }
            | Self::NotSwitchedBack { .. }
            | Self::WebPage { .. }
            | Self::InvalidResponse { .. }
            | Self::ChecksFailed { .. }
            | Self::Unexpected(_) => ErrorCode::Failed,

            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::ServerError { .. }
            | Self::Blocked { .. }
            | Self::MalformedProxy { .. } => ErrorCode::Network,
            Self::Throttled { .. } => ErrorCode::Throttled,
            Self::Keyring { .. } | Self::NotStored { .. } => ErrorCode::Keyring,
        }
    }

    /// Whether the portal refuses all requests of this user or this machine.
    #[must_use]
    pub fn is_about_access(&self) -> bool {
        matches!(self.code(), ErrorCode::Auth | ErrorCode::Throttled)
    }

    /// The exit status of the process: that of the code, unless the end of another process decides
    /// (POSIX.1-2024, Shell Command Language, section 2.8.2).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::CannotRun { cause, .. } if cause.kind() == ErrorKind::NotFound => 127,
            Self::CannotRun { .. } => 126,
            Self::NotSwitchedBack { code, .. } if *code != 0 => *code,
            Self::Stopped { signal, .. } => signal.saturating_add(128),
            _ => self.code().exit_code(),
        }
    }

    /// What to do about it, where there is something to do: a command or an action.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Usage { hint, .. } => return hint.clone(),
            Self::MissingInput { give, .. } => format!("give {give}"),
            Self::InvalidSpace { .. } => {
                "give a name (acme), a host (acme.spaces.nexudus.com) or an https address".into()
            }
            Self::TokenWithoutSpace => "set NXP_SPACE, or give `--space SPACE`".into(),
            Self::MalformedToken { source_name } => format!(
                "put only the access token in {source_name}: one line, without \"Bearer\""
            ),
            Self::AmbiguousAccount { choices } => format!(
                "choose one with `--space` or `--account`, or a default with `nxp accounts use`: {}",
                listed(choices)
            ),

            Self::NoSuchProfile { close: Some(close), .. } => format!("did you mean {close}?"),
            Self::NoSuchProfile { possible, .. }
            | Self::NoPreviousProfile { possible }
            | Self::InactiveProfile { possible, .. } => {
                if possible.is_empty() {
                    ACTIVATE.into()
                } else {
                    format!("choose one of {}", listed(possible))
                }
            }
            Self::AmbiguousProfile { candidates, .. } | Self::SeveralVirtualOffices { candidates } => {
                format!("give the id of one: {}", listed(candidates))
            }
            Self::NoActiveProfile => ACTIVATE.into(),
            Self::NoCurrentProfile { cached: true } => {
                "run `nxp profiles current` once to fill it".into()
            }
            Self::NoCurrentProfile { cached: false } | Self::SeveralCurrent { .. } => {
                "choose one with `nxp profiles switch`".into()
            }
            Self::NotCurrent { switch, .. } => format!("switch with `{switch}`"),
            Self::NoVirtualOffice { paused } if paused.is_empty() => return None,
            Self::NoVirtualOffice { paused } => {
                format!("choose a paused one by its id: {}", listed(paused))
            }

            Self::NotSignedIn { within_exec: true, .. } => {
                "`exec` removed NXP_TOKEN from the environment: give its command a token with `nxp profiles exec --with-token`".into()
            }
            Self::NotSignedIn { login, .. } => format!("sign in with `{login}`"),
            Self::TokenRejected { origin: TokenOrigin::Keyring, login, .. }
            | Self::RefreshRefused { login, .. } => format!("sign in again with `{login}`"),
            Self::TokenRejected { origin, .. } => match origin {
                TokenOrigin::Environment => "set NXP_TOKEN to a new token",
                TokenOrigin::Sandbox => "run `nxp sandbox reset`",
                TokenOrigin::Input | TokenOrigin::Keyring => "give a new token for this space",
            }
            .into(),
            Self::WrongCredentials { .. } => {
                "check both; suspended users and users of other spaces get the same answer. If the space has no passwords, use the link that it emails: press Enter at the password, or `--link-stdin`"
                    .into()
            }
            Self::LinkRejected { page, .. } => format!("request a new link at {page}"),
            Self::OneTimeCodeNeeded { .. } => {
                "add `--totp CODE` with the six digits that your authenticator shows now".into()
            }
            Self::MustResetPassword { space } => {
                format!("set a new password at {space}, then sign in again")
            }
            Self::NoCustomer { .. } => {
                "ask the space's team to add you; nothing was stored".into()
            }
            Self::SignInRefused { .. } => return None,
            Self::SpaceElsewhere { .. } => {
                "ask the space's team for its host and give that, for example `--space acme.spaces.nexudus.com`"
                    .into()
            }
            Self::UnknownSpace { .. } | Self::NoSuchSpace { .. } => CHECK_SPACE.into(),
            Self::OtherUser { .. } => "give the email of the token's user, or none".into(),

            Self::Refused { reason: None, .. } => "ask the space's team why".into(),
            Self::Refused { reason: Some(_), .. } | Self::RequestRefused { .. } => return None,
            Self::SwitchUnknown { cause, .. } => {
                match cause.as_ref().and_then(|cause| cause.hint()) {
                    Some(hint) => format!("{CHECK_PROFILE}; {hint}"),
                    None => CHECK_PROFILE.into(),
                }
            }
            Self::Busy { remedy, .. } => match remedy {
                BusyRemedy::Force => "wait until it ends, or switch with `--force`",
                BusyRemedy::ForceWithin => {
                    "this runs inside that exec, which switches back when it ends; switch with `--force` anyway"
                }
                BusyRemedy::Wait => "wait longer: leave out `--wait`, or give it more seconds",
                BusyRemedy::MoreTime => "wait longer with `--timeout SECONDS`",
            }
            .into(),
            Self::NestedExec { .. } => {
                "run the command without `nxp profiles exec`, or after the outer exec".into()
            }
            Self::NotSwitchedBack { switch, .. } => format!("switch back with `{switch}`"),
            Self::Unexpected(_)
            | Self::CannotRun { .. }
            | Self::Stopped { .. }
            | Self::Cancelled => return None,

            Self::WebPage { .. } => {
                "check `--space`: the API is at NAME.spaces.nexudus.com; a custom domain serves only the web page"
                    .into()
            }
            Self::InvalidResponse { .. } => {
                "try again; if it persists, check `--space` and run `nxp doctor`".into()
            }
            Self::Unreachable { remedy, .. } => network(*remedy).into(),
            Self::TimedOut { .. } => "allow more time with `--timeout SECONDS`".into(),
            Self::ServerError { .. } => "try again later".into(),
            Self::Blocked { .. } => {
                "try another network, or without a VPN or proxy; if it persists, ask the space's team"
                    .into()
            }
            Self::MalformedProxy { variable } => format!(
                "set {variable} to an address such as http://proxy.example:3128, or unset it"
            ),
            Self::Throttled { retry_after, .. } => after_pause(*retry_after),

            Self::ChecksFailed { .. } => "see the failed checks above".into(),
            Self::NotStored { login, .. } => {
                format!("fix the keyring (see `nxp doctor`), then sign in again with `{login}`")
            }
            Self::Keyring { remedy, .. } => keyring(*remedy),
        };
        Some(hint)
    }

    /// The error as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Report {
            code: &'static str,
            exit_code: u8,
            message: String,
            hint: Option<String>,
        }
        #[derive(Serialize)]
        struct Document {
            error: Report,
        }
        let error = Report {
            code: self.code().as_str(),
            exit_code: self.exit_code(),
            message: self.to_string(),
            hint: self.hint(),
        };
        serde_json::to_string(&Document { error }).unwrap_or_default()
    }
}

const ACTIVATE: &str = "ask the space's team to activate a profile";

const CHECK_SPACE: &str =
    "check `--space`: it is the name before .spaces.nexudus.com, for example `--space acme`";

/// What to do about a `.nxp.toml` that can't be used.
pub(crate) const DIRECTORY_FILE_HINT: &str = "write a new one with `nxp profiles pin PROFILE`, or remove it with `nxp profiles pin --remove`";

const CHECK_PROFILE: &str = "check with `nxp profiles list` before you book or pay";

const WITHOUT_KEYRING: &str = "set NXP_TOKEN and NXP_SPACE to work without a keyring";

fn network(remedy: NetworkRemedy) -> &'static str {
    match remedy {
        NetworkRemedy::CheckConnection => {
            "check the connection and the space's name; `-v` shows each request"
        }
        NetworkRemedy::SetClock => {
            "check this machine's clock; if it is right, tell the space's team"
        }
        NetworkRemedy::CheckSpace => CHECK_SPACE,
        NetworkRemedy::TrustAuthority => {
            "try another network; if you trust this one, set SSL_CERT_FILE to a file with its certificate authority"
        }
        NetworkRemedy::InstallAuthorities => {
            "set SSL_CERT_FILE to a file of certificate authorities"
        }
        NetworkRemedy::CheckProxy => {
            "check HTTPS_PROXY and ALL_PROXY; NO_PROXY lists hosts to reach directly"
        }
        NetworkRemedy::SetProxyPassword => {
            "put them in the proxy's address: http://USER:PASSWORD@proxy.example:3128"
        }
    }
}

fn keyring(remedy: KeyringRemedy) -> String {
    match remedy {
        KeyringRemedy::Provide => format!(
            "start one: run `dbus-run-session -- sh`, in it `gnome-keyring-daemon --unlock --components=secrets` (type a password for the keyring, then Ctrl-D), then this again; or {WITHOUT_KEYRING}"
        ),
        KeyringRemedy::Unlock => format!(
            "unlock it (without a desktop: `gnome-keyring-daemon --unlock`, its password, then Ctrl-D) and run this again; or {WITHOUT_KEYRING}"
        ),
        KeyringRemedy::DoWithout => WITHOUT_KEYRING.into(),
        KeyringRemedy::SignInAgain => {
            format!("sign in again with `{}`", CommandLine::login(None, None))
        }
    }
}

fn after_pause(seconds: Option<u64>) -> String {
    let Some(seconds) = seconds else {
        return "try again in a minute".into();
    };
    let pause = span(Duration::from_secs(seconds));
    match seconds {
        0..=600 => format!("try again in {pause}, or allow more time with `--timeout SECONDS`"),
        601..=86_400 => format!("try again in {pause}"),
        _ => "try again later; if it persists, ask the space's team".into(),
    }
}

/// How many entries of a list a message shows.
const SHOWN: usize = 3;

/// The first entries of a list, and how many more there are.
pub(super) fn listed(entries: &[String]) -> String {
    let shown = entries.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    match entries.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{}, … and {more} more", shown.join(", ")),
    }
}
