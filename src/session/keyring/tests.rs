use std::sync::Arc;

use keyring_core::{CredentialStore, Error as StoreError, mock};

use super::*;
use crate::error::ErrorCode;

fn account() -> Account {
    Account::new("acme".parse().unwrap(), "ana@acme.example".to_owned())
}

fn tokens(access: &str) -> StoredTokens {
    StoredTokens::access_only(BearerToken::new(access))
}

fn keyring(may_prompt: bool) -> Keyring {
    Keyring::new(may_prompt, None, |_| {})
}

/// A keyring whose first store is a mock that fails once with `error`.
fn failing(may_prompt: bool, error: StoreError) -> Keyring {
    let store: Arc<CredentialStore> = mock::Store::new().unwrap();
    let account = account();
    let entry = store
        .build(&account.keyring_service(), &account.email, None)
        .unwrap();
    entry
        .as_any()
        .downcast_ref::<mock::Cred>()
        .unwrap()
        .set_error(error);
    let keyring = keyring(may_prompt);
    keyring
        .opened
        .borrow_mut()
        .insert(KeyringKind::FIRST, Ok(store));
    keyring
}

#[test]
fn a_secret_too_long_for_the_store_is_refused_with_the_limit() {
    let keyring = failing(false, StoreError::TooLong("secret".to_owned(), 2560));
    let error = keyring
        .store_new(&mut account(), &tokens("access"))
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Keyring);
    assert!(error.to_string().contains("2560 bytes"), "{error}");
    assert!(keyring.load(&account()).unwrap().is_none());
}

#[test]
fn a_store_that_is_broken_is_not_asked_twice() {
    let keyring = keyring(false);
    let broken = (KeyringKind::FIRST, Err(Failure::Unresponsive));
    keyring.opened.borrow_mut().extend([broken]);
    // A store that were asked could be missing or locked; it would not be silent again.
    let error = keyring.load(&account()).err().unwrap();
    assert_eq!(error.code, ErrorCode::Keyring);
    assert!(error.to_string().contains("does not answer"), "{error}");
}

#[test]
fn a_keyring_that_the_user_leaves_locked_is_not_replaced_by_another() {
    let locked = StoreError::NoStorageAccess("dismissed".into());
    let error = failing(true, locked)
        .store_new(&mut account(), &tokens("access"))
        .unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
}

#[test]
fn what_a_store_gives_back_wrong_is_not_shown() {
    let secret = b"not-utf8-secret".to_vec();
    let keyring = failing(false, StoreError::BadEncoding(secret));
    let error = keyring.load(&account()).err().unwrap();
    assert!(!format!("{error:?} {error}").contains("secret-"), "{error}");
    assert!(!format!("{error:?} {error}").contains("utf8"), "{error}");
}

#[test]
fn every_keyring_has_one_word_in_files_and_settings() {
    for kind in [
        KeyringKind::SecretService,
        KeyringKind::Keyutils,
        KeyringKind::Keychain,
        KeyringKind::CredentialManager,
    ] {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}
