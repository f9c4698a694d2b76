//! Redacts the access token in a body that is passed on: the portal may repeat it there.

use zeroize::Zeroizing;

use super::trace::REDACTED;
use crate::secret::BearerToken;

/// The shortest token that is redacted, in bytes: shorter ones are part of other words.
const SHORTEST: usize = 4;

/// The longest form of one character: `\u0041`, `&#x0041;`.
const LONGEST_FORM: usize = 8;

/// Redacts the token in a body that arrives in chunks. Finds it across chunks, and also with characters
/// escaped as in JSON, URLs or HTML.
pub(super) struct TokenRedactor {
    token: BearerToken,
    /// The end of the last chunk, which may be the beginning of a token.
    pending: Zeroizing<Vec<u8>>,
}

/// What a text starts with.
#[derive(Clone, Copy)]
enum Start {
    /// The token, and its length in bytes.
    Token(usize),
    /// A part of the token, up to the end of the text.
    Part,
    Other,
}

impl TokenRedactor {
    pub(super) fn new(token: &BearerToken) -> Self {
        Self {
            token: token.clone(),
            pending: Zeroizing::default(),
        }
    }

    /// Takes the next chunk and returns what can be passed on. Bytes that may begin a token are kept
    /// until the next chunk.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Zeroizing<Vec<u8>> {
        let token = self.token.expose().as_bytes();
        let mut passed = Zeroizing::new(Vec::with_capacity(self.pending.len() + chunk.len()));
        let mut text = std::mem::take(&mut self.pending);
        text.extend_from_slice(chunk);
        let mut rest = text.as_slice();
        if token.len() < SHORTEST {
            return text;
        }
        while let Some(index) = rest.iter().position(|byte| may_begin(*byte, token)) {
            let (before, found) = rest.split_at(index);
            passed.extend_from_slice(before);
            match start_of(found, token) {
                Start::Token(length) => {
                    passed.extend_from_slice(REDACTED.as_bytes());
                    rest = found.get(length..).unwrap_or_default();
                }
                Start::Part => {
                    self.pending.extend_from_slice(found);
                    return passed;
                }
                Start::Other => {
                    let (byte, after) = found.split_at(1);
                    passed.extend_from_slice(byte);
                    rest = after;
                }
            }
        }
        passed.extend_from_slice(rest);
        passed
    }

    /// Returns the rest of a complete body. The rest of an incomplete one must be dropped: it may be most
    /// of the token.
    pub(super) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.pending
    }
}

fn may_begin(byte: u8, token: &[u8]) -> bool {
    token.first() == Some(&byte) || matches!(byte, b'\\' | b'%' | b'&')
}

/// Looks for the token as it is and with escaped characters. If the token contains `%`, `%25` can be
/// either.
fn start_of(text: &[u8], token: &[u8]) -> Start {
    let plain = begins(text, token, |text, byte| match text.first() {
        Some(first) if *first == byte => Form::Bytes(1),
        Some(_) => Form::Other,
        None => Form::CutOff,
    });
    match (plain, begins(text, token, escaped)) {
        (Start::Token(length), _) | (_, Start::Token(length)) => Start::Token(length),
        (Start::Part, _) | (_, Start::Part) => Start::Part,
        (Start::Other, Start::Other) => Start::Other,
    }
}

fn begins(text: &[u8], token: &[u8], form: impl Fn(&[u8], u8) -> Form) -> Start {
    let mut length = 0;
    for byte in token {
        match form(text.get(length..).unwrap_or_default(), *byte) {
            Form::Bytes(bytes) => length += bytes,
            Form::CutOff => return Start::Part,
            Form::Other => return Start::Other,
        }
    }
    Start::Token(length)
}

/// Whether a text starts with a character, in some form.
enum Form {
    /// The character, and its length in bytes.
    Bytes(usize),
    /// The text ends within a possible form of it.
    CutOff,
    /// Another character.
    Other,
}

/// A character, escaped or as it is (RFC 8259, section 7; RFC 3986, section 2.1; HTML, "numeric
/// character references").
fn escaped(text: &[u8], byte: u8) -> Form {
    let form = match text {
        [] | [b'\\'] | [b'&'] => return Form::CutOff,
        [b'\\', b'u', hex @ ..] => digits(hex, 4, 16, byte).after(2),
        [b'\\', next, ..] if *next == byte => Form::Bytes(2),
        [b'%', hex @ ..] => digits(hex, 2, 16, byte).after(1),
        [b'&', b'#', b'x' | b'X', rest @ ..] => reference(rest, 16, byte).after(3),
        [b'&', b'#', rest @ ..] => reference(rest, 10, byte).after(2),
        _ => Form::Other,
    };
    match (form, text.first()) {
        (Form::Other, Some(first)) if *first == byte => Form::Bytes(1),
        (form, _) => form,
    }
}

/// A number of `count` digits.
fn digits(text: &[u8], count: usize, radix: u32, byte: u8) -> Form {
    let given = text.get(..count).unwrap_or(text);
    if !given.iter().all(|digit| char::from(*digit).is_digit(radix)) {
        return Form::Other;
    }
    if given.len() < count {
        return Form::CutOff;
    }
    if value(given, radix) == Some(u32::from(byte)) {
        Form::Bytes(count)
    } else {
        Form::Other
    }
}

/// A number of any digits, up to a semicolon.
fn reference(text: &[u8], radix: u32, byte: u8) -> Form {
    let longest = text.get(..LONGEST_FORM).unwrap_or(text);
    let is_digit = |digit: &u8| char::from(*digit).is_digit(radix);
    match longest.iter().position(|digit| !is_digit(digit)) {
        None if longest.len() < LONGEST_FORM => Form::CutOff,
        Some(end) if text.get(end) == Some(&b';') => {
            if value(text.get(..end).unwrap_or_default(), radix) == Some(u32::from(byte)) {
                Form::Bytes(end + 1)
            } else {
                Form::Other
            }
        }
        _ => Form::Other,
    }
}

fn value(digits: &[u8], radix: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

impl Form {
    /// The same form after a prefix of this length.
    fn after(self, bytes: usize) -> Self {
        match self {
            Self::Bytes(more) => Self::Bytes(bytes + more),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "aab+aa/ab%25=";

    fn redacted(token: &str, chunks: &[&[u8]], is_complete: bool) -> String {
        let mut redactor = TokenRedactor::new(&BearerToken::new(token));
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
}
