//! The search for secrets. What a portal of any test gave out, and every password, belongs in the
//! keyring alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use nxp::sandbox::Server;

static SECRETS: RwLock<Secrets> = RwLock::new(Secrets::none());
static PORTALS: Mutex<Vec<Weak<Server>>> = Mutex::new(Vec::new());

/// No secret is shorter: it could occur by chance.
const SHORTEST: usize = 6;

/// How many digits, all hexadecimal, a token of the sandbox has.
const TOKEN: usize = 64;

/// Secrets by how they begin, so that a text is gone through once for all of them.
struct Secrets {
    by_start: BTreeMap<[u8; SHORTEST], Vec<String>>,
    /// Whether a secret may begin with these bytes. Without it, the search of a long text is slow.
    hints: [bool; 1 << 16],
}

impl Secrets {
    const fn none() -> Self {
        Self {
            by_start: BTreeMap::new(),
            hints: [false; 1 << 16],
        }
    }

    fn add(&mut self, secret: &str) {
        let start = *secret.as_bytes().first_chunk().unwrap();
        self.hints[hint_of(start)] = true;
        let alike = self.by_start.entry(start).or_default();
        if !alike.iter().any(|known| known == secret) {
            alike.push(secret.to_owned());
        }
    }

    fn within(&self, text: &[u8]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.first_chunk() {
            if self.hints[hint_of(*start)] {
                let alike = self.by_start.get(start).into_iter().flatten();
                for secret in alike.filter(|secret| rest.starts_with(secret.as_bytes())) {
                    if !found.contains(secret) {
                        found.push(secret.clone());
                    }
                }
            }
            rest = &rest[1..];
        }
        found
    }
}

/// A number for how a text begins, the same for the same beginning (after Fibonacci: numbers that
/// are close end up far apart).
fn hint_of([a, b, c, d, ..]: [u8; SHORTEST]) -> usize {
    (u32::from_le_bytes([a, b, c, d]).wrapping_mul(0x9e37_79b9) >> 16) as usize
}

/// Has everything searched for `secret` from now on.
pub(crate) fn is_secret(secret: &str) {
    assert!(
        secret.len() >= SHORTEST,
        "too short: it could occur by chance"
    );
    let percent_encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let in_json = serde_json::to_string(secret).unwrap();
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    for written in [secret, &percent_encoded, in_json.trim_matches('"')] {
        secrets.add(written);
    }
}

/// Has everything searched for what this portal gives out.
pub(super) fn watch(portal: &Arc<Server>) {
    let mut portals = PORTALS.lock().unwrap_or_else(PoisonError::into_inner);
    portals.retain(|portal| portal.strong_count() > 0);
    portals.push(Arc::downgrade(portal));
}

/// The secrets in printed text, except the one that the test typed visibly. All text that looks like a
/// token is a secret: the tokens of a sandbox inside nxp are not known here.
pub(super) fn in_print(text: &[u8], typed: Option<&str>) -> Vec<String> {
    let mut found = in_bytes(text);
    found.extend(like_tokens(text).map(str::to_owned));
    found.retain(|secret| Some(secret.as_str()) != typed);
    found
}

/// The files below `folder` that hold secrets, or bear them as names.
pub(super) fn in_folder(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(in_folder(&path));
        }
        let content = if kind.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut secrets = in_bytes(&[name.as_bytes(), &content].join(&b'\n'));
        secrets.extend(like_tokens(&content).map(str::to_owned));
        for secret in secrets {
            found.push(format!("{} holds {secret}", path.display()));
        }
    }
    found
}

fn in_bytes(bytes: &[u8]) -> Vec<String> {
    learn();
    SECRETS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .within(bytes)
}

/// Takes note of what portals have given out since.
fn learn() {
    let portals: Vec<Arc<Server>> = {
        let portals = PORTALS.lock().unwrap_or_else(PoisonError::into_inner);
        portals.iter().filter_map(Weak::upgrade).collect()
    };
    let issued = |portal: &Arc<Server>| portal.update(|data| data.issued.clone()).unwrap();
    for token in portals.iter().flat_map(issued) {
        is_secret(&token);
    }
}

/// What has as many hexadecimal digits as a token, neither more nor fewer.
fn like_tokens(text: &[u8]) -> impl Iterator<Item = &str> {
    text.split(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        .filter(|digits| digits.len() == TOKEN)
        .map(|digits| std::str::from_utf8(digits).unwrap())
}

#[test]
fn secrets_are_found_in_every_encoding() {
    is_secret("between & betwixt \"quotes\"");
    for text in [
        "so between & betwixt \"quotes\" it was",
        "password=between+%26+betwixt+%22quotes%22&totp=1",
        r#"{"password":"between & betwixt \"quotes\""}"#,
        "betwbetween & betwixt \"quotes\"",
    ] {
        assert_eq!(in_print(text.as_bytes(), None).len(), 1, "{text}");
    }
    assert!(in_print(b"between and betwixt", None).is_empty());
    assert!(in_print(b"betwee", None).is_empty());
}

#[test]
fn typed_secrets_may_be_visible() {
    is_secret("typed-in-plain-sight");
    let text = b"Space: typed-in-plain-sight";
    assert!(in_print(text, Some("typed-in-plain-sight")).is_empty());
    assert_eq!(in_print(text, Some("something else")).len(), 1);
}

#[test]
fn texts_like_tokens_are_found() {
    let token = "0123456789abcdef".repeat(4);
    for (text, count) in [
        (format!("Bearer {token}\n"), 1),
        (format!("{token}0"), 0),
        (token[1..].to_owned(), 0),
    ] {
        assert_eq!(in_print(text.as_bytes(), None).len(), count, "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("state.json"), &token).unwrap();
    assert_eq!(in_folder(folder.path()).len(), 1);
}

#[test]
fn secrets_in_files_are_found() {
    is_secret("left-behind-here");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    assert!(in_folder(folder.path()).is_empty());
    fs::write(folder.path().join("deep/file"), "x left-behind-here x").unwrap();
    fs::write(folder.path().join("left-behind-here.tmp"), "").unwrap();
    assert_eq!(in_folder(folder.path()).len(), 2);
}
