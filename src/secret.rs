//! Secrets: wiped from memory when dropped, without `Debug` and `Display`. Those that the keyring
//! stores can be serialized, for that alone.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Disables core dumps, which would contain secrets, if the platform allows it.
///
/// On Linux this applies to this process only (prctl(2), `PR_SET_DUMPABLE`). On other Unix systems it
/// lowers the soft limit (getrlimit(2), `RLIMIT_CORE`), which commands inherit and may raise again.
pub(crate) fn keep_out_of_core_dumps() {
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

macro_rules! secrets {
    ($($(#[$attribute:meta])* $name:ident;)*) => {$(
        $(#[$attribute])*
        #[derive(Clone)]
        pub(crate) struct $name(Zeroizing<String>);

        impl $name {
            /// Wraps the value.
            pub(crate) fn new(value: impl Into<String>) -> Self {
                Self(Zeroizing::new(value.into()))
            }

            /// The value, to be sent or stored.
            pub(crate) fn expose(&self) -> &str {
                &self.0
            }
        }
    )*};
}

secrets! {
    /// A user's password.
    Password;
    /// The six-digit code of a second factor.
    OneTimeCode;
    /// The one-time JWT of an emailed sign-in link.
    LinkToken;
    /// The token for one refresh.
    #[derive(Serialize, Deserialize)]
    RefreshToken;
    /// Identifies a sign-in at the portal. A new sign-in with the same id ends this one.
    #[derive(Serialize, Deserialize)]
    ClientId;
    /// The access token of a user.
    #[derive(Serialize, Deserialize)]
    BearerToken;
}

impl BearerToken {
    /// Accepts a token of the portal if it can be sent in a header.
    pub(crate) fn parse(granted: &str) -> Option<Self> {
        is_sendable(granted).then(|| Self::new(granted))
    }

    /// Reads a token that a person or a program gives, trimmed.
    ///
    /// # Errors
    /// What is wrong with one that RFC 6750, section 2.1, doesn't allow.
    pub(crate) fn read(given: &str) -> Result<Self, &'static str> {
        let token = trimmed(given);
        let is_allowed = |char: char| char.is_ascii_alphanumeric() || "-._~+/".contains(char);
        if token.is_empty() {
            Err("it is empty")
        } else if token.starts_with(['"', '\'']) || token.ends_with(['"', '\'']) {
            Err("it has quotes around it")
        } else if token.to_ascii_lowercase().starts_with("bearer ") {
            Err("it starts with \"Bearer\"")
        } else if token.contains(char::is_whitespace) {
            Err("it has white space in it")
        } else if token.trim_end_matches('=').chars().all(is_allowed) {
            Ok(Self::new(token))
        } else {
            Err("it has a character that access tokens can't contain")
        }
    }

    /// When it expires, in seconds since the Unix epoch, if it is a JWT that says so (RFC 7519, section
    /// 4.1.4).
    pub(crate) fn expires_at(&self) -> Option<u64> {
        #[derive(Deserialize)]
        struct Claims {
            exp: serde_json::Number,
        }
        let payload = self.0.split('.').nth(1).filter(|_| is_jwt(&self.0))?;
        let claims: Claims = serde_json::from_slice(&base64url(payload)?).ok()?;
        let exp = claims.exp.to_string();
        exp.split('.').next()?.parse().ok()
    }
}

/// Decodes base64url without padding (RFC 4648, section 5).
fn base64url(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut bits, mut count) = (0, 0);
    for char in text.chars() {
        bits = bits << 6 | DIGITS.find(char)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push((bits >> count).to_le_bytes()[0]);
        }
    }
    Some(decoded)
}

impl ClientId {
    /// A new random one.
    pub(crate) fn random() -> Self {
        Self::new(uuid::Uuid::new_v4().to_string())
    }
}

/// What was given, without the white space and the byte order mark around it.
pub(crate) fn trimmed(given: &str) -> &str {
    given.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}')
}

/// Whether a word has the form of a JSON Web Token (RFC 7519): three parts, of which the first two
/// are JSON objects in base64url.
pub(crate) fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    let mut part = || parts.next().unwrap_or_default();
    part().starts_with("ey")
        && part().starts_with("ey")
        && !part().is_empty()
        && parts.next().is_none()
}

/// Whether a value can be sent in a header: visible ASCII without spaces (a little wider than RFC
/// 6750, section 2.1).
pub(crate) fn is_sendable(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};

    use super::*;

    /// Implemented twice for types that can be shown, so that naming it doesn't compile for them.
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
    fn a_jwt_says_when_it_expires() {
        // {"sub":"7","exp":1900000000}
        let token =
            BearerToken::new("eyJhbGciOiJub25lIn0.eyJzdWIiOiI3IiwiZXhwIjoxOTAwMDAwMDAwfQ.x_-");
        assert_eq!(token.expires_at(), Some(1_900_000_000));
        for other in [
            "a-token",
            // {"sub":"7"}
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.x",
            "eyJhbGciOiJub25lIn0.eyJ!.x",
            "ey.ey.x",
        ] {
            assert_eq!(BearerToken::new(other).expires_at(), None, "{other}");
        }
    }

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
