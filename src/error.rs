//! What can go wrong, and what a person does about it.
//!
//! Every failure of the program is an [`Error`]. It alone decides the message, the hint, the word
//! and the exit code; `output` turns it into text once, at the door.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use serde::Serialize;

use crate::portal::ProfileId;

/// How one works without a keyring.
const DO_WITHOUT: &str = "set NXP_TOKEN and NXP_SPACE and do without";

/// How one gets a keyring on a machine that has none, without a desktop.
const PROVIDE_A_KEYRING: &str = "run `dbus-run-session -- sh`, in it \
    `gnome-keyring-daemon --unlock --components=secrets` (type a password for the keyring, then \
    Ctrl-D), and this again; or set NXP_TOKEN and NXP_SPACE and do without";

/// The result of everything that can fail in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

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

/// A failure, with all that its message and its hint need.
///
/// Text in a variant may come from a server or a file; it is cleaned where it is shown.
#[derive(Debug)]
pub enum Error {
    /// The command line can't be understood.
    Usage {
        /// What is wrong with it.
        message: String,
        /// What to type instead.
        hint: Option<String>,
    },
    /// Input is missing, and asking for it isn't possible or allowed.
    MissingInput {
        /// What is missing, as in "the space".
        what: &'static str,
        /// How to give it on the command line.
        give: &'static str,
    },
    /// The value of `--space` or `NXP_SPACE` names no place a token may be sent to.
    InvalidSpace {
        /// The value as given.
        given: String,
        /// Why it can't be used.
        reason: String,
    },
    /// `NXP_TOKEN` is set, but nothing says which space it is for.
    TokenWithoutSpace,
    /// A token that can't be sent as it is.
    MalformedToken {
        /// Where it came from: `NXP_TOKEN` or standard input.
        source: &'static str,
    },
    /// Several accounts are stored and none was chosen.
    AmbiguousAccount {
        /// The accounts, as "email at space".
        choices: Vec<String>,
    },

    /// No profile answers to what was asked for.
    NoSuchProfile {
        /// What was asked for.
        wanted: String,
        /// A name that is close to it.
        close: Option<String>,
        /// The active profiles, labelled.
        possible: Vec<String>,
    },
    /// The profile exists, but the portal has suspended or archived it.
    InactiveProfile {
        /// The profile, labelled.
        label: String,
        /// The active profiles, labelled.
        possible: Vec<String>,
    },
    /// More than one active profile answers to the name.
    AmbiguousProfile {
        /// The name as given.
        name: String,
        /// The candidates, labelled.
        candidates: Vec<String>,
    },
    /// No profile of this user is active.
    NoActiveProfile,
    /// The portal marks no profile as current, or none was seen yet.
    NoCurrentProfile {
        /// Whether only what was last seen was looked at.
        cached: bool,
    },
    /// Another profile is current than the one that was expected.
    NotCurrent {
        /// The expected one, labelled.
        expected: String,
        /// The id of the expected one.
        expected_id: ProfileId,
        /// The current one, labelled.
        current: String,
    },
    /// No active profile holds a virtual office that is not paused.
    NoVirtualOffice {
        /// The active profiles whose virtual office is paused, labelled.
        paused: Vec<String>,
    },
    /// Several active profiles hold a virtual office.
    SeveralVirtualOffices {
        /// Those profiles, labelled.
        candidates: Vec<String>,
    },

    /// No account is stored, or not the one that was asked for.
    NotSignedIn {
        /// Which account was asked for, if one was.
        wanted: Option<String>,
        /// The command that signs in.
        login: String,
    },
    /// The portal answers 401.
    TokenRejected {
        /// Where the token came from.
        origin: TokenOrigin,
        /// The space's host.
        space: String,
        /// The command that signs in again.
        login: String,
    },
    /// The portal takes neither the access token nor the refresh token of an account any more.
    RefreshRefused {
        /// The account, as "email at space".
        account: String,
        /// The command that signs in again.
        login: String,
    },
    /// `invalid_grant` to an email and a password.
    WrongCredentials {
        /// The email that was sent.
        email: String,
        /// The space's host.
        space: String,
    },
    /// The portal wants the one-time code of a second factor.
    OneTimeCodeNeeded {
        /// Whether one was sent and not accepted.
        refused: bool,
    },
    /// The portal wants a new password before it lets this user in.
    MustResetPassword {
        /// The space's address.
        space: String,
    },
    /// The portal signs the user in, but has no customer profile of theirs.
    NoCustomer {
        /// The email that was sent.
        email: String,
        /// The space's host.
        space: String,
    },
    /// Any other refusal of a sign-in.
    SignInRefused {
        /// The portal's word for it.
        reason: String,
    },
    /// The address answers, but not as a portal's API does.
    UnknownSpace {
        /// The space's host.
        space: String,
        /// What it answered instead.
        answered: String,
    },
    /// Nexudus knows no space by this name.
    NoSuchSpace {
        /// The host, or the web address, that was named.
        named: String,
        /// What was found there, as half a sentence.
        found: String,
    },
    /// Nexudus names a host for the space where no space of its is.
    SpaceElsewhere {
        /// The web address that was named.
        named: String,
        /// The host that it is said to belong to.
        elsewhere: String,
    },
    /// The token belongs to another user than the one named.
    OtherUser {
        /// The email that was named.
        named: String,
        /// The email that the portal gives.
        actual: String,
    },

    /// The portal refuses the switch (`WasSuccessful: false`).
    Refused {
        /// The profile, labelled.
        label: String,
        /// The portal's reason, if it gave one.
        reason: Option<String>,
    },
    /// The portal confirmed the switch, but its list says otherwise.
    NotApplied {
        /// The profile that was asked for, labelled.
        wanted: String,
        /// The one that is still current, labelled.
        current: Option<String>,
    },
    /// The portal's answer to the switch was lost or denied it, and its list shows that it did not
    /// happen. The class is that of the cause.
    SwitchLost {
        /// The profile that was asked for, labelled.
        wanted: String,
        /// The one that is current, labelled.
        current: Option<String>,
        /// What happened to the answer.
        cause: Box<Error>,
    },
    /// The switch was sent, and there is no list to tell whether it happened. The class is that of
    /// the cause.
    SwitchUnknown {
        /// The profile that was asked for, labelled.
        wanted: String,
        /// Whether the portal confirmed the switch.
        confirmed: bool,
        /// What happened to the list.
        cause: Box<Error>,
    },
    /// A web page where the API should answer.
    WebPage {
        /// The space's host.
        space: String,
        /// What was asked, as in "the profile list".
        what: String,
    },
    /// An answer that can't be used.
    Unusable {
        /// What was asked, as in "the profile list".
        what: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// Anything else; nobody branches on it.
    Unexpected(anyhow::Error),

    /// The portal can't be reached.
    Unreachable {
        /// The space's host.
        space: String,
        /// The cause in plain words.
        cause: String,
    },
    /// The time for the command's network work is over.
    TimedOut {
        /// The space's host.
        space: String,
        /// The time that was given.
        limit: Duration,
    },
    /// The portal answers 5xx, again and again.
    PortalFault {
        /// The space's host.
        space: String,
        /// The last status.
        status: u16,
    },
    /// A firewall in front of the portal turns requests away (403 with a web page).
    Blocked {
        /// The space's host.
        space: String,
    },
    /// An environment variable names a proxy that can't be used.
    MalformedProxy {
        /// The variable. Its value may hold a password.
        variable: &'static str,
    },
    /// The portal throttles, again and again.
    Throttled {
        /// The space's host.
        space: String,
        /// How long it asks one to wait, in seconds.
        retry_after: Option<u64>,
    },

    /// Some of the checks of `doctor` failed.
    ChecksFailed {
        /// How many.
        failed: usize,
    },
    /// The tokens were renewed, but the keyring didn't take the new ones.
    NotStored {
        /// The account, as "email at space".
        account: String,
        /// What the keyring did instead.
        cause: String,
        /// The command that signs in again.
        login: String,
    },

    /// The OS keyring can't be used.
    Keyring {
        /// The cause in plain words.
        cause: String,
        /// What to do about it.
        remedy: KeyringRemedy,
    },
    /// An `exec` holds the account, and is not waited for.
    Busy {
        /// Its process.
        pid: u32,
        /// Its profile, labelled.
        label: String,
        /// How long it has held the account.
        age: Duration,
        /// What to give on the command line for another outcome.
        remedy: BusyRemedy,
    },
    /// An `exec` within the command of an `exec` on the same account.
    NestedExec {
        /// The outer one's process.
        pid: u32,
        /// The outer one's profile, labelled.
        label: String,
    },
    /// The command of an `exec` can't be started.
    CannotRun {
        /// The command, as given.
        command: String,
        /// Why not.
        cause: std::io::Error,
    },
    /// An `exec` could not switch back.
    NotSwitchedBack {
        /// The profile that was current before, labelled.
        before: String,
        /// The profile that the `exec` switched to, labelled.
        profile: String,
        /// The command that switches back.
        remedy: String,
        /// What went wrong.
        cause: Box<Error>,
        /// The exit code of the command that ran.
        code: u8,
    },
    /// A signal came before the command of an `exec` was started.
    Stopped {
        /// The signal's number.
        signal: u8,
    },
    /// Esc or Ctrl-C at a prompt.
    Cancelled,
}

/// What helps where an `exec` holds the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusyRemedy {
    /// Go ahead all the same.
    Force,
    /// Wait longer.
    Wait,
}

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOrigin {
    /// The item in the OS keyring.
    Keyring,
    /// `NXP_TOKEN`.
    Environment,
    /// Given at `nxp login --token-stdin`.
    Input,
    /// Made by the embedded practice portal.
    Sandbox,
}

/// What helps when the keyring doesn't work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringRemedy {
    /// Start one, or do without.
    Provide,
    /// It is there, but locked.
    Unlock,
    /// It is no use for this: do without.
    DoWithout,
    /// The stored item is damaged: sign in again.
    SignInAgain,
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Unexpected(error)
    }
}

impl std::error::Error for Error {}

impl Error {
    /// A usage error with a hint.
    #[must_use]
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// The class of this failure.
    #[must_use]
    pub fn word(&self) -> Word {
        match self {
            Self::Usage { .. }
            | Self::MissingInput { .. }
            | Self::InvalidSpace { .. }
            | Self::TokenWithoutSpace
            | Self::MalformedToken { .. }
            | Self::SpaceElsewhere { .. }
            | Self::AmbiguousAccount { .. } => Word::Usage,
            Self::NoSuchProfile { .. }
            | Self::InactiveProfile { .. }
            | Self::AmbiguousProfile { .. }
            | Self::NoActiveProfile
            | Self::NoCurrentProfile { .. }
            | Self::NotCurrent { .. }
            | Self::NoVirtualOffice { .. }
            | Self::SeveralVirtualOffices { .. } => Word::Profile,
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
            | Self::OtherUser { .. } => Word::Auth,
            Self::Refused { .. }
            | Self::NotApplied { .. }
            | Self::WebPage { .. }
            | Self::Unusable { .. }
            | Self::ChecksFailed { .. }
            | Self::Unexpected(_) => Word::Failed,
            Self::SwitchLost { cause, .. } | Self::SwitchUnknown { cause, .. } => cause.word(),
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::PortalFault { .. }
            | Self::Blocked { .. }
            | Self::MalformedProxy { .. } => Word::Network,
            Self::Throttled { .. } => Word::Throttled,
            Self::Keyring { .. } | Self::NotStored { .. } => Word::Keyring,
            Self::Busy { .. } | Self::NestedExec { .. } => Word::Busy,
            Self::CannotRun { .. } | Self::NotSwitchedBack { .. } => Word::Failed,
            Self::Cancelled | Self::Stopped { .. } => Word::Cancelled,
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
            Self::Stopped { signal } => signal.saturating_add(128),
            _ => self.word().exit_code(),
        }
    }

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
            Self::NotCurrent { expected_id, .. } => format!("`nxp profiles switch {expected_id}` makes it the current one"),
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
            Self::UnknownSpace { .. } | Self::NoSuchSpace { .. } => {
                "check --space: it is the name before .spaces.nexudus.com, such as `--space acme`"
                    .into()
            }
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
            Self::Unreachable { .. } => "check the connection and the name of the space; -v shows each request".into(),
            Self::TimedOut { .. } => "give it longer with `--timeout SECONDS`".into(),
            Self::PortalFault { .. } => "the fault is the portal's: try again later".into(),
            Self::Throttled { retry_after, .. } => match retry_after {
                Some(seconds) => format!("try again in {seconds} s, or give it longer with `--timeout SECONDS`"),
                None => "try again in a minute".into(),
            },
            Self::Keyring { remedy, .. } => match remedy {
                KeyringRemedy::Provide => PROVIDE_A_KEYRING.into(),
                KeyringRemedy::Unlock => format!(
                    "unlock it (without a desktop: `gnome-keyring-daemon --unlock`, its password, then Ctrl-D) and run this again, or {DO_WITHOUT}"
                ),
                KeyringRemedy::DoWithout => DO_WITHOUT.into(),
                KeyringRemedy::SignInAgain => "sign in again with `nxp login`".into(),
            },
            Self::Busy { remedy: BusyRemedy::Force, .. } => "wait for its end, or go ahead with `--force`".into(),
            Self::Busy { remedy: BusyRemedy::Wait, .. } => "wait longer: leave out `--wait`, or give it more seconds".into(),
            Self::NestedExec { .. } => "run the command without `nxp profiles exec`, or once the outer one has ended".into(),
            Self::NotSwitchedBack { remedy, .. } => format!("`{remedy}` switches back"),
            Self::Refused { .. }
            | Self::Unusable { .. }
            | Self::Unexpected(_)
            | Self::CannotRun { .. }
            | Self::Stopped { .. }
            | Self::Cancelled => return None,
        };
        Some(hint)
    }

    /// The error as the contract's JSON object, in one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Report<'a> {
            code: &'a str,
            exit_code: u8,
            message: String,
            hint: Option<String>,
        }
        let word = self.word();
        let report = Report {
            code: word.as_str(),
            exit_code: self.exit_code(),
            message: self.to_string(),
            hint: self.hint(),
        };
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: Report<'a>,
        }
        serde_json::to_string(&Envelope { error: report }).unwrap_or_default()
    }
}

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
                write!(f, "you are not signed in as {wanted}")
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
            Self::Unreachable { space, cause } => write!(f, "can't reach {space}: {cause}"),
            Self::TimedOut { space, limit } => {
                write!(f, "{space} did not answer within {} s", limit.as_secs_f64())
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
                write!(f, "{space} throttles, and wants a pause of {seconds} s")
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
                ErrorKind::NotFound => {
                    write!(f, "can't run {command}: there is no such program")
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
            Self::Cancelled | Self::Stopped { .. } => f.write_str("cancelled; nothing was changed"),
        }
    }
}

/// What to do where it isn't certain which profile is current.
const LOOK_AGAIN: &str = "look with `nxp profiles list` before you book or pay";

/// A duration, in the largest unit that has at least two of it.
#[must_use]
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn possible_profiles(possible: &[String]) -> String {
    if possible.is_empty() {
        return "none of your profiles is active; ask the space's team".into();
    }
    format!("possible: {}", possible.join(", "))
}
