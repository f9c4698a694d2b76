//! The search for secrets. What a portal of any test gave out, and every password, belongs in the
//! keyring alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use nxp::sandbox::Server;

static SECRETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static PORTALS: Mutex<Vec<Weak<Server>>> = Mutex::new(Vec::new());

/// Has everything searched for `secret` from now on.
pub(crate) fn is_secret(secret: &str) {
    assert!(secret.len() >= 6, "too short to be told from chance");
    let percent_encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let in_json = serde_json::to_string(secret).unwrap();
    let in_json = in_json.trim_matches('"').to_owned();
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    secrets.extend([secret.to_owned(), percent_encoded, in_json]);
}

/// Has everything searched for what this portal gives out.
pub(super) fn watch(portal: &Arc<Server>) {
    let mut portals = PORTALS.lock().unwrap_or_else(PoisonError::into_inner);
    portals.retain(|portal| portal.strong_count() > 0);
    portals.push(Arc::downgrade(portal));
}

/// The secrets in `bytes`, but for the one that a person typed in plain sight.
pub(super) fn in_bytes(bytes: &[u8], typed: Option<&str>) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    known()
        .into_iter()
        .filter(|secret| Some(secret.as_str()) != typed && text.contains(secret.as_str()))
        .collect()
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
        for secret in in_bytes(&[name.as_bytes(), &content].join(&b'\n'), None) {
            found.push(format!("{} holds {secret}", path.display()));
        }
    }
    found
}

fn known() -> BTreeSet<String> {
    let portals: Vec<Arc<Server>> = {
        let portals = PORTALS.lock().unwrap_or_else(PoisonError::into_inner);
        portals.iter().filter_map(Weak::upgrade).collect()
    };
    for token in portals.iter().flat_map(|portal| portal.issued_tokens()) {
        is_secret(&token);
    }
    SECRETS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

#[test]
fn a_secret_is_found_however_it_is_written() {
    is_secret("between & betwixt \"quotes\"");
    for text in [
        "so between & betwixt \"quotes\" it was",
        "password=between+%26+betwixt+%22quotes%22&totp=1",
        r#"{"password":"between & betwixt \"quotes\""}"#,
    ] {
        assert_eq!(in_bytes(text.as_bytes(), None).len(), 1, "{text}");
    }
    assert!(in_bytes(b"between and betwixt", None).is_empty());
}

#[test]
fn a_secret_is_found_in_the_files_of_a_home_and_in_their_names() {
    is_secret("left-behind-here");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    assert!(in_folder(folder.path()).is_empty());
    fs::write(folder.path().join("deep/file"), "x left-behind-here x").unwrap();
    fs::write(folder.path().join("left-behind-here.tmp"), "").unwrap();
    assert_eq!(in_folder(folder.path()).len(), 2);
}
