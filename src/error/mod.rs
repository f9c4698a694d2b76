//! What can go wrong, and what a person does about it.
//!
//! Every failure of the program is an [`Error`]. It alone decides the message, the hint, the word
//! and the exit code; `output` turns it into text once, at the door.

mod code;
mod hint;
mod message;

use std::time::Duration;

use serde::Serialize;

pub use code::ErrorCode;

/// The result of everything that can fail in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

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
        /// The command that switches to the expected one.
        command: String,
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
        /// Which account was asked for, if one was, as in "as EMAIL" or "at SPACE".
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
        /// What to do about it.
        remedy: NetworkRemedy,
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
        /// Whether another profile than before may be current by now.
        changed: bool,
    },
    /// Esc or Ctrl-C at a prompt.
    Cancelled,
}

/// What helps where an `exec` holds the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusyRemedy {
    /// Go ahead all the same.
    Force,
    /// The same, within the command that is run.
    ForceWithin,
    /// Wait longer.
    Wait,
}

/// What helps where the way to the portal fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkRemedy {
    /// Look at the connection, and at the name.
    Look,
    /// Set this machine's clock.
    Clock,
    /// Give the name that the certificate is for.
    Name,
    /// Name the authority that the certificate is from.
    Authority,
    /// Name any authorities at all.
    Authorities,
    /// Use the proxy otherwise, or another, or none.
    Proxy,
    /// Give the proxy a password.
    ProxyPassword,
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
