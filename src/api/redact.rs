//! Redacts secrets in texts and in bodies that are passed on: the portal may repeat them there.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

/// What replaces a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// The shortest secret that is redacted, in bytes: shorter ones are part of other words.
const SHORTEST: usize = 4;

/// The longest escape of one character, in bytes: `&#x00000041;`.
const LONGEST_ESCAPE: usize = 12;

/// Redacts secrets in a body that arrives in chunks. Finds them across chunks, and also with
/// characters escaped as in JSON, URLs or HTML.
pub(super) struct Redactor {
    secrets: Vec<Zeroizing<Vec<u8>>>,
    /// The end of the last chunk, which may be the beginning of a secret.
    pending: Zeroizing<Vec<u8>>,
}

/// What a text starts with.
enum Start {
    /// A secret, and its length in bytes.
    Secret(usize),
    /// What may be a secret once more of the text is known.
    Part,
    Other,
}

impl Redactor {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let distinct: BTreeSet<&str> = secrets
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST)
            .collect();
        let secrets = distinct
            .into_iter()
            .map(|secret| Zeroizing::new(secret.as_bytes().to_vec()));
        Self {
            secrets: secrets.collect(),
            pending: Zeroizing::default(),
        }
    }

    /// Takes the next chunk and returns what can be passed on. Bytes that may begin a secret are
    /// kept until the next chunk.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Zeroizing<Vec<u8>> {
        self.scan(chunk, false)
    }

    /// Returns the rest of a complete body. The rest of an incomplete one must be dropped: it may be
    /// most of a secret.
    pub(super) fn finish(mut self) -> Zeroizing<Vec<u8>> {
        self.scan(&[], true)
    }

    fn scan(&mut self, chunk: &[u8], is_end: bool) -> Zeroizing<Vec<u8>> {
        let mut text = std::mem::take(&mut self.pending);
        text.extend_from_slice(chunk);
        if self.secrets.is_empty() {
            return text;
        }
        let may_begin = |byte: &u8| {
            is_escape(*byte)
                || self
                    .secrets
                    .iter()
                    .any(|secret| secret.first() == Some(byte))
        };
        let mut passed = Zeroizing::new(Vec::with_capacity(text.len()));
        let mut rest = text.as_slice();
        while let Some(index) = rest.iter().position(may_begin) {
            let (before, found) = rest.split_at(index);
            passed.extend_from_slice(before);
            rest = match self.start_of(found) {
                Start::Secret(length) => {
                    passed.extend_from_slice(REDACTED.as_bytes());
                    found.get(length..).unwrap_or_default()
                }
                Start::Part if !is_end => {
                    self.pending.extend_from_slice(found);
                    return passed;
                }
                Start::Part | Start::Other => {
                    let (byte, after) = found.split_at(1);
                    passed.extend_from_slice(byte);
                    after
                }
            };
        }
        passed.extend_from_slice(rest);
        passed
    }

    /// Looks for each secret as it is and with escaped characters: in a secret that contains `%25`,
    /// that can be either.
    fn start_of(&self, text: &[u8]) -> Start {
        let mut is_part = false;
        for secret in &self.secrets {
            for may_be_escaped in [false, true] {
                match compared(text, secret, may_be_escaped) {
                    Start::Secret(length) => return Start::Secret(length),
                    Start::Part => is_part = true,
                    Start::Other => {}
                }
            }
        }
        if is_part { Start::Part } else { Start::Other }
    }
}

/// Whether a text starts with this secret.
fn compared(text: &[u8], secret: &[u8], may_be_escaped: bool) -> Start {
    let mut rest = text;
    for wanted in secret {
        let Some((first, after)) = rest.split_first() else {
            return Start::Part;
        };
        let escaped = if may_be_escaped && is_escape(*first) {
            unescaped(rest)
        } else {
            Some((*first, after))
        };
        rest = match escaped {
            Some((byte, after)) if byte == *wanted => after,
            None if rest.len() < LONGEST_ESCAPE => return Start::Part,
            _ if first == wanted => after,
            _ => return Start::Other,
        };
    }
    Start::Secret(text.len() - rest.len())
}

fn is_escape(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&')
}

/// The character that an escape stands for, and the text after it (RFC 8259, section 7; RFC 3986,
/// section 2.1; HTML, "numeric character references"). `None` if it is incomplete or not an escape.
fn unescaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (radix, digits, after) = match text {
        [b'\\', b'u', hex @ ..] => (16, hex.get(..4)?, hex.get(4..)?),
        [b'\\', byte, after @ ..] => return Some((*byte, after)),
        [b'%', hex @ ..] => (16, hex.get(..2)?, hex.get(2..)?),
        [b'&', b'#', reference @ ..] => {
            let (radix, number) = match reference {
                [b'x' | b'X', number @ ..] => (16, number),
                number => (10, number),
            };
            let end = number
                .iter()
                .take(LONGEST_ESCAPE - b"&#x".len())
                .position(|byte| *byte == b';')?;
            (radix, number.get(..end)?, number.get(end + 1..)?)
        }
        _ => return None,
    };
    let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    Some((byte, after))
}

/// An invalid address for a message, with `…` instead of a password, query and fragment.
pub(super) fn redact_address(given: &str) -> String {
    let end = given.find(['?', '#']);
    let (address, rest) = given.split_at(end.unwrap_or(given.len()));
    let shown = match address.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => format!("…@{host}"),
        _ => address.to_owned(),
    };
    match rest.chars().next() {
        Some(mark) => format!("{shown}{mark}…"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "aab+aa/ab%25=";

    fn redacted(token: &str, chunks: &[&[u8]], is_complete: bool) -> String {
        let mut redactor = Redactor::new([token]);
        let mut all = Vec::new();
        for chunk in chunks {
            all.extend_from_slice(&redactor.push(chunk));
        }
        if is_complete {
            all.extend_from_slice(&redactor.finish());
        }
        String::from_utf8(all).unwrap()
    }

    /// The token with some of its characters escaped.
    fn written(ways: &[u8]) -> String {
        TOKEN
            .chars()
            .zip(ways.iter().cycle())
            .map(|(char, way)| match way {
                0 => format!("\\u{:04x}", u32::from(char)),
                1 => format!("\\u{:04X}", u32::from(char)),
                2 => format!("%{:02X}", u32::from(char)),
                3 => format!("&#x{:x};", u32::from(char)),
                4 => format!("&#{};", u32::from(char)),
                5 if char == '/' => "\\/".to_owned(),
                // A percent sign as it is can't be told from an escape.
                _ if char == '%' => "%25".to_owned(),
                _ => char.to_string(),
            })
            .collect()
    }

    proptest! {
        /// However the body is parted, what is passed on is the body with each token replaced.
        #[test]
        fn the_token_is_replaced_however_the_body_is_parted(
            parts in vec(prop_oneof![
                Just(TOKEN.to_owned()),
                "[ab+/%25=\\\\&#u;]{0,9}",
                (0..TOKEN.len()).prop_map(|end| TOKEN[..end].to_owned()),
                ".{0,9}",
            ], 0..8),
            cuts in vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let body = parts.concat();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            cuts.sort_unstable();
            cuts.push(body.len());
            let mut start = 0;
            let mut chunks = Vec::new();
            for cut in cuts {
                chunks.push(&body.as_bytes()[start..cut]);
                start = cut;
            }
            let whole = redacted(TOKEN, &[body.as_bytes()], true);
            prop_assert_eq!(redacted(TOKEN, &chunks, true), whole.clone());
            prop_assert!(!whole.contains(TOKEN));
            if !body.contains(['\\', '%', '&']) {
                prop_assert_eq!(whole, body.replace(TOKEN, REDACTED));
            }
        }

        /// However it is written, and wherever that is cut.
        #[test]
        fn the_token_is_found_however_it_is_escaped(
            ways in vec(0_u8..9, 1..14),
            before in "[a-z ]{0,5}",
            size in 1_usize..9,
        ) {
            let token = written(&ways);
            let body = format!("{before}\"{token}\".");
            let chunks: Vec<&[u8]> = body.as_bytes().chunks(size).collect();
            prop_assert_eq!(redacted(TOKEN, &chunks, true), format!("{before}\"{REDACTED}\"."));
        }

        /// A body that breaks off within a token gives none of it away.
        #[test]
        fn no_part_of_the_token_is_passed_on_where_a_body_breaks_off(
            ways in vec(0_u8..9, 1..14),
            end in any::<prop::sample::Index>(),
        ) {
            let token = written(&ways);
            let cut = 1 + end.index(token.len() - 1);
            let body = format!("\"{}", &token[..cut]);
            prop_assert_eq!(redacted(TOKEN, &[body.as_bytes()], false), "\"");
        }
    }

    #[test]
    fn all_secrets_are_redacted_however_the_body_is_parted() {
        let body = b"old.token, old.tok, new%2Etoken, old.token2, abc";
        for size in 1..body.len() {
            let mut redactor = Redactor::new(["old.token", "new.token", "abc", "old.token"]);
            let mut all = Vec::new();
            for chunk in body.chunks(size) {
                all.extend_from_slice(&redactor.push(chunk));
            }
            all.extend_from_slice(&redactor.finish());
            let all = String::from_utf8(all).unwrap();
            assert_eq!(all, "[redacted], old.tok, [redacted], [redacted]2, abc");
        }
    }

    #[test]
    fn what_is_no_token_is_passed_on_byte_for_byte() {
        for body in [
            "",
            "aab+aa/ab%25",
            "\\u0061 %61 &#97; &# &#x &#9999999999;",
            "AAB+AA/AB%25=",
            "100 % of \\ and & or \\u12",
        ] {
            assert_eq!(redacted(TOKEN, &[body.as_bytes()], true), body);
            let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
            assert_eq!(redacted(TOKEN, &bytes, true), body);
        }
        assert_eq!(redacted("abc", &[b"abc abc"], true), "abc abc");
    }

    #[test]
    fn what_may_be_secret_is_left_out_and_the_rest_stays() {
        for (given, shown) in [
            ("acme/..", "acme/.."),
            ("acme@evil.example", "acme@evil.example"),
            ("https://user:s3cret@acme.example", "…@acme.example"),
            ("user:s3@cret@acme.example", "…@acme.example"),
            (
                "https://acme.example:443@evil.example/a",
                "…@evil.example/a",
            ),
            (
                "https://acme.example/login?t=s3cret@x",
                "https://acme.example/login?…",
            ),
            ("evil.example#s3cret?x", "evil.example#…"),
            ("", ""),
        ] {
            assert_eq!(redact_address(given), shown, "{given}");
        }
    }
}
