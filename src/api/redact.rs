//! Secrets and what is shown: redacts them where the portal repeats them, and traces requests without
//! them (`--verbose`).

use std::collections::BTreeSet;

use reqwest::header::{HeaderMap, LOCATION};
use url::Url;
use zeroize::Zeroizing;

/// What replaces a secret.
const REDACTED: &str = "[redacted]";

/// The shortest secret that is redacted, in bytes: shorter ones are part of other words.
const SHORTEST: usize = 4;

/// The length of the longest spelling of a byte: `\u002b`.
const LONGEST_ESCAPE: usize = 6;

/// Redacts secrets in a body that arrives in chunks. Finds them across chunks: as they are,
/// percent-encoded (also as in a form), and escaped as in JSON.
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
        let secrets = secrets.into_iter();
        let distinct: BTreeSet<&str> = secrets.filter(|it| it.len() >= SHORTEST).collect();
        let secrets = distinct.into_iter().map(|it| Zeroizing::new(it.into()));
        Self {
            secrets: secrets.collect(),
            pending: Zeroizing::default(),
        }
    }

    /// Takes the next chunk, `None` at the end, and returns what can be passed on. Bytes that may begin a
    /// secret are kept until the next chunk; of an incomplete body they are dropped.
    pub(super) fn push(&mut self, chunk: Option<&[u8]>) -> Zeroizing<Vec<u8>> {
        let mut text = std::mem::take(&mut self.pending);
        text.extend_from_slice(chunk.unwrap_or_default());
        let may_begin = |byte: &u8| {
            let mut secrets = self.secrets.iter();
            matches!(byte, b'%' | b'\\') || secrets.any(|secret| secret.first() == Some(byte))
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
                Start::Part if chunk.is_some() => {
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

    fn start_of(&self, text: &[u8]) -> Start {
        let mut start = Start::Other;
        for secret in &self.secrets {
            for mark in [None, Some(b'%'), Some(b'\\')] {
                match spelled_at_start(text, secret, mark) {
                    Start::Secret(length) => return Start::Secret(length),
                    Start::Part => start = Start::Part,
                    Start::Other => {}
                }
            }
        }
        start
    }
}

/// Whether a text starts with this secret: as it is, or with some of its characters escaped by `mark`, a
/// `%` as in an address or a form, or a backslash as in JSON.
fn spelled_at_start(text: &[u8], secret: &[u8], mark: Option<u8>) -> Start {
    let mut rest = text;
    for wanted in secret {
        let Some((first, after)) = rest.split_first() else {
            return Start::Part;
        };
        let is_escape = Some(*first) == mark;
        let is_space = mark == Some(b'%') && (*first, *wanted) == (b'+', b' ');
        rest = match unescaped(rest).filter(|_| is_escape) {
            Some((byte, length)) if byte == *wanted => rest.get(length..).unwrap_or_default(),
            // It may be an escape that is cut.
            None if is_escape && rest.len() < LONGEST_ESCAPE => return Start::Part,
            None if first == wanted || is_space => after,
            _ => return Start::Other,
        };
    }
    Start::Secret(text.len() - rest.len())
}

/// The byte that an escape at the start stands for, and the length of the escape (RFC 3986, section 2.1;
/// RFC 8259, section 7).
fn unescaped(text: &[u8]) -> Option<(u8, usize)> {
    let (digits, length) = match text {
        [b'%', ..] => (text.get(1..3)?, 3),
        [b'\\', b'u', ..] => (text.get(2..LONGEST_ESCAPE)?, LONGEST_ESCAPE),
        [b'\\', byte @ (b'/' | b'"' | b'\\'), ..] => return Some((*byte, 2)),
        _ => return None,
    };
    let byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    Some((byte, length))
}

/// A text of the portal, which may repeat these secrets.
pub(super) fn text<'a>(secrets: impl IntoIterator<Item = &'a str>, text: &str) -> String {
    let mut redactor = Redactor::new(secrets);
    let mut shown = redactor.push(Some(text.as_bytes()));
    shown.extend_from_slice(&redactor.push(None));
    String::from_utf8_lossy(&shown).into_owned()
}

/// An invalid address for a message, with `…` instead of a password, query and fragment.
pub(crate) fn address(given: &str) -> String {
    if has_jwt(given) {
        return REDACTED.to_owned();
    }
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

/// Where a response from `base` redirects to: only the origin, as the rest may hold a secret.
pub(super) fn origin_of(base: &Url, location: &str) -> String {
    match base.join(location) {
        Ok(url) if url.origin() == base.origin() => "another path".to_owned(),
        Ok(url) if url.has_host() => url.origin().ascii_serialization(),
        _ => "an invalid address".to_owned(),
    }
}

/// Whether there is a JSON Web Token in it: parts in base64url, of which the first begins with `{"`.
fn has_jwt(text: &str) -> bool {
    let is_other = |char: char| !char.is_ascii_alphanumeric() && !"-_.".contains(char);
    text.split(is_other)
        .any(|word| word.starts_with("eyJ") && word.matches('.').count() >= 2)
}

/// The headers whose values are traced. Any other may hold a secret: a token, a `client_id`, a
/// cookie, or one of them under an unexpected name. Of an address that a response redirects to only the
/// origin is traced.
const SHOWN: &str = "accept content-encoding content-length content-type date retry-after server \
    transfer-encoding user-agent";

/// The parts of names of parameters whose values are not traced.
const SECRET_NAMES: [&str; 8] = [
    "token",
    "password",
    "secret",
    "code",
    "key",
    "jwt",
    "otp",
    "signature",
];

/// Receives a line for each request and each response. No line holds a secret.
pub(crate) struct Trace {
    write: Box<dyn Fn(&str) + Send + Sync>,
    with_headers: bool,
}

impl Trace {
    /// Passes each line to `write`; with `with_headers`, also one line for each header.
    pub(crate) fn new(with_headers: bool, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            write: Box::new(write),
            with_headers,
        }
    }

    pub(super) fn line(&self, line: &str) {
        (self.write)(line);
    }

    /// Shows the first line and the headers of a request or a response, which may repeat these secrets.
    pub(super) fn head(&self, first: &str, headers: &HeaderMap, secrets: &[&str], base: &Url) {
        let shown = |line: &str| self.line(&text(secrets.iter().copied(), line));
        shown(first);
        if self.with_headers {
            let mark = first.get(..1).unwrap_or_default();
            for (name, value) in headers {
                let value = match value.to_str() {
                    Ok(value) if SHOWN.split(' ').any(|shown| shown == name.as_str()) => {
                        value.to_owned()
                    }
                    Ok(value) if *name == LOCATION => origin_of(base, value),
                    _ => REDACTED.to_owned(),
                };
                shown(&format!("{mark} {name}: {value}"));
            }
        }
    }
}

/// The address, with what may be a secret in its query redacted.
pub(super) fn query(address: &str) -> String {
    match address.split_once('?') {
        Some((path, query)) => {
            let shown: Vec<String> = query.split('&').map(shown_parameter).collect();
            format!("{path}?{}", shown.join("&"))
        }
        None => address.to_owned(),
    }
}

fn shown_parameter(parameter: &str) -> String {
    let mut parsed = url::form_urlencoded::parse(parameter.as_bytes());
    let (name, value) = parsed.next().unwrap_or_default();
    let lowercase = name.to_lowercase();
    if has_jwt(&name) {
        REDACTED.to_owned()
    } else if SECRET_NAMES.iter().any(|word| lowercase.contains(word)) || has_jwt(&value) {
        let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
        format!("{name}={REDACTED}")
    } else {
        parameter.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::collection::vec;
    use proptest::prelude::*;

    use reqwest::header::HeaderName;

    use super::*;

    const TOKEN: &str = "aab+aa/ab%25=";

    fn redacted(token: &str, chunks: &[&[u8]], is_complete: bool) -> String {
        let mut redactor = Redactor::new([token]);
        let mut all = Vec::new();
        for chunk in chunks {
            all.extend_from_slice(&redactor.push(Some(chunk)));
        }
        if is_complete {
            all.extend_from_slice(&redactor.push(None));
        }
        String::from_utf8(all).unwrap()
    }

    /// The token with some of its characters escaped, as in JSON or percent-encoded.
    fn written(is_json: bool, ways: &[u8]) -> String {
        TOKEN
            .chars()
            .zip(ways.iter().cycle())
            .map(|(char, way)| match (is_json, way) {
                (true, 0) => format!("\\u{:04x}", u32::from(char)),
                (true, 1) => format!("\\u{:04X}", u32::from(char)),
                (true, 2) if char == '/' => "\\/".to_owned(),
                (false, 0) => format!("%{:02X}", u32::from(char)),
                (false, 1) => format!("%{:02x}", u32::from(char)),
                // A percent sign as it is can't be told from an escape.
                (false, _) if char == '%' => "%25".to_owned(),
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
                "[ab+/%25=\\\\u0]{0,9}",
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
            if !body.contains(['\\', '%']) {
                prop_assert_eq!(whole, body.replace(TOKEN, REDACTED));
            }
        }

        /// However it is written, and wherever that is cut.
        #[test]
        fn the_token_is_found_however_it_is_escaped(
            is_json in any::<bool>(),
            ways in vec(0_u8..6, 1..14),
            before in "[a-z ]{0,5}",
            size in 1_usize..9,
        ) {
            let token = written(is_json, &ways);
            let body = format!("{before}\"{token}\".");
            let chunks: Vec<&[u8]> = body.as_bytes().chunks(size).collect();
            prop_assert_eq!(redacted(TOKEN, &chunks, true), format!("{before}\"{REDACTED}\"."));
        }

        /// A body that breaks off within a token gives none of it away.
        #[test]
        fn no_part_of_the_token_is_passed_on_where_a_body_breaks_off(
            is_json in any::<bool>(),
            ways in vec(0_u8..6, 1..14),
            end in any::<prop::sample::Index>(),
        ) {
            let token = written(is_json, &ways);
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
                all.extend_from_slice(&redactor.push(Some(chunk)));
            }
            all.extend_from_slice(&redactor.push(None));
            let all = String::from_utf8(all).unwrap();
            assert_eq!(all, "[redacted], old.tok, [redacted], [redacted]2, abc");
        }
    }

    #[test]
    fn what_is_no_token_is_passed_on_byte_for_byte() {
        for body in [
            "",
            "aab+aa/ab%25",
            "\\u0061 %61 %6 \\u006",
            "AAB+AA/AB%25=",
            "100 % of \\ and \\u12",
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
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2ln", "[redacted]"),
            ("", ""),
        ] {
            assert_eq!(address(given), shown, "{given}");
        }
    }

    #[test]
    fn a_password_is_redacted_as_a_form_sends_it() {
        let password = "p\"ss & w\u{f6}rd+100%25";
        let form = url::form_urlencoded::byte_serialize(password.as_bytes()).collect::<String>();
        let json = serde_json::to_string(password).unwrap();
        for given in [
            password,
            &form,
            &form.replace('+', "%20"),
            json.trim_matches('"'),
        ] {
            assert_eq!(
                text([password], &format!("<{given}>")),
                "<[redacted]>",
                "{given}"
            );
        }
    }

    #[test]
    fn what_may_be_secret_in_a_query_is_not_shown() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2lnX3gt";
        let shown = |given: &str| query(&format!("http://acme.example/x?{given}"));
        for (given, expected) in [
            ("", ""),
            ("start=2026-09-01&y", "start=2026-09-01&y"),
            ("token=a&b=1", "token=[redacted]&b=1"),
            ("refresh_token=a=b", "refresh_token=[redacted]"),
            (
                "Password=a&PIN%43ode=b",
                "Password=[redacted]&PIN%43ode=[redacted]",
            ),
            (
                "client_secret=a&apiKey",
                "client_secret=[redacted]&apiKey=[redacted]",
            ),
            (&format!("a={jwt}&b"), "a=[redacted]&b"),
            (&format!("a=Bearer+{jwt}"), "a=[redacted]"),
            (&format!("a=/x%3Ft={jwt}"), "a=[redacted]"),
            (jwt, "[redacted]"),
            ("a=eyJ.b&c=x.y.z", "a=eyJ.b&c=x.y.z"),
        ] {
            assert_eq!(shown(given), format!("http://acme.example/x?{expected}"));
        }
        assert_eq!(query("http://acme.example/x"), "http://acme.example/x");
    }

    #[test]
    fn a_trace_shows_no_header_that_may_hold_a_secret() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer s3cret"),
            ("client_id", "s3cret"),
            ("cookie", "a=s3cret"),
            ("set-cookie", "a=s3cret"),
            ("proxy-authorization", "Basic s3cret"),
            ("x-new-thing", "s3cret"),
            ("location", "https://else.example/?token=s3cret"),
            ("content-type", "application/json"),
            ("retry-after", "3"),
        ] {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        let base = Url::parse("https://acme.example").unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&lines);
        let trace = Trace::new(true, move |line| {
            written.lock().unwrap().push(line.to_owned());
        });
        trace.head("< 200", &headers, &[], &base);
        let lines = lines.lock().unwrap();
        let all = lines.join("\n");
        assert!(!all.contains("s3cret"), "{all}");
        for line in [
            "authorization: [redacted]",
            "set-cookie: [redacted]",
            "location: https://else.example",
            "content-type: application/json",
            "retry-after: 3",
        ] {
            let line = format!("< {line}");
            assert!(lines.contains(&line), "{line} in {all}");
        }
    }

    #[test]
    fn only_the_origin_of_a_redirect_is_shown() {
        let base = Url::parse("https://acme.example:8443").unwrap();
        for (location, expected) in [
            (
                "https://user:pass@else.example:8443/a?token=b#c",
                "https://else.example:8443",
            ),
            ("http://else.example/", "http://else.example"),
            ("http://acme.example:8443/", "http://acme.example:8443"),
            ("https://acme.example/", "https://acme.example"),
            ("//else.example/login", "https://else.example"),
            ("/\\else.example", "https://else.example"),
            ("/login?token=b", "another path"),
            ("https://ACME.example:8443", "another path"),
            ("", "another path"),
            ("javascript:alert(1)", "an invalid address"),
            ("https://", "an invalid address"),
        ] {
            assert_eq!(origin_of(&base, location), expected, "{location}");
        }
    }
}
