//! Values that must not be seen: wiped when dropped, without `Debug` or `Display`.

use zeroize::Zeroizing;

/// Sees to it that no core dump with secrets in it is written, where the platform lets a process
/// say so. What it can't say it can't help: a failure changes nothing else.
///
/// On Linux the process says it of itself alone (prctl(2), `PR_SET_DUMPABLE`), which the commands it
/// starts don't inherit. Elsewhere it lowers the soft limit (getrlimit(2), `RLIMIT_CORE`), which
/// they do, and may raise again.
pub fn keep_out_of_core_dumps() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Core);
        limit.current = Some(0);
        let _ = setrlimit(Resource::Core, limit);
    }
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes the value over.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self(Zeroizing::new(value.into()))
            }

            /// The value itself, for the one place that sends or stores it.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }
    };
}

secret! {
    /// A user's password.
    Password
}
secret! {
    /// The six digits of a second factor.
    OneTimeCode
}
secret! {
    /// The token that gets a new pair of tokens, once.
    RefreshToken
}
secret! {
    /// The one-time JWT of an emailed sign-in link.
    LinkToken
}
secret! {
    /// What tells this installation from the user's others at the portal: whoever has it and signs
    /// in can throw this installation out.
    ClientId
}
secret! {
    /// The token that stands for the user in every request.
    BearerToken
}

impl BearerToken {
    /// Takes over a token that a person or a script gave, if it can be sent as it is: visible
    /// ASCII without spaces (RFC 6750, section 2.1, and a little wider).
    ///
    /// Returns `None` for anything else, such as a line break in the middle.
    #[must_use]
    pub fn parse(given: &str) -> Option<Self> {
        let sendable = !given.is_empty() && given.bytes().all(|byte| byte.is_ascii_graphic());
        sendable.then(|| Self::new(given))
    }
}

impl ClientId {
    /// Takes over a stored one, if it can be sent as a header: visible ASCII.
    #[must_use]
    pub fn parse(given: &str) -> Option<Self> {
        let sendable = !given.is_empty() && given.bytes().all(|byte| byte.is_ascii_graphic());
        sendable.then(|| Self::new(given))
    }

    /// A new random one.
    #[must_use]
    pub fn random() -> Self {
        Self::new(uuid::Uuid::new_v4().to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};

    use super::*;

    /// Two answers for whatever can be shown, and one for what can't: asking for it then compiles.
    trait CannotBeShown<Way> {
        const YES: bool = true;
    }

    struct AsDebug;
    struct AsDisplay;
    impl<T> CannotBeShown<()> for T {}
    impl<T: Debug> CannotBeShown<AsDebug> for T {}
    impl<T: Display> CannotBeShown<AsDisplay> for T {}

    const _: bool = <Password as CannotBeShown<_>>::YES;
    const _: bool = <OneTimeCode as CannotBeShown<_>>::YES;
    const _: bool = <RefreshToken as CannotBeShown<_>>::YES;
    const _: bool = <LinkToken as CannotBeShown<_>>::YES;
    const _: bool = <ClientId as CannotBeShown<_>>::YES;
    const _: bool = <BearerToken as CannotBeShown<_>>::YES;

    #[test]
    fn only_what_can_be_sent_as_it_is_is_a_token() {
        assert!(BearerToken::parse("a.B-1~/+=").is_some());
        for given in [
            "", " a", "a ", "a b", "a\nb", "a\r", "a\0", "\u{e9}", "a\u{7f}",
        ] {
            assert!(BearerToken::parse(given).is_none(), "{given:?}");
        }
    }
}
