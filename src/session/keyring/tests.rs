use std::sync::Arc;

use keyring_core::{CredentialStore, Error as StoreError, mock};

use super::*;
use crate::error::ErrorCode;
use crate::secret::BearerToken;

fn account() -> Account {
    Account::new("acme".parse().unwrap(), "ana@acme.example".to_owned())
}

fn tokens(access: &str) -> StoredTokens {
    StoredTokens::access_only(BearerToken::new(access))
}

/// A keyring whose first store is a mock that fails once with `error`.
fn failing(options: KeyringOptions, error: StoreError) -> Keyring {
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
    let keyring = Keyring::new(options);
    keyring
        .stores()
        .insert(StoreKind::of_this_system()[0], Ok(store));
    keyring
}

#[test]
fn a_secret_too_long_for_the_store_is_refused_with_the_limit() {
    let keyring = failing(
        KeyringOptions::default(),
        StoreError::TooLong("secret".to_owned(), 2560),
    );
    let error = keyring
        .store_new(&account(), &tokens("access"))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Keyring);
    assert!(error.to_string().contains("2560 bytes"), "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.contains("NXP_TOKEN"), "{hint}");
    assert!(keyring.load(&account()).unwrap().is_none());
}

#[test]
fn a_store_that_is_broken_is_not_asked_twice() {
    let keyring = Keyring::new(KeyringOptions::default());
    let first = StoreKind::of_this_system()[0];
    keyring.stores().insert(first, Err(Failure::Unresponsive));
    // A store that were asked could be missing or locked; it would not be silent again.
    let error = keyring.load(&account()).err().unwrap();
    assert_eq!(error.code(), ErrorCode::Keyring);
    assert!(error.to_string().contains("does not answer"), "{error}");
}

#[test]
fn a_keyring_that_the_user_leaves_locked_is_not_replaced_by_another() {
    let options = KeyringOptions {
        may_prompt: true,
        wanted: None,
    };
    let locked = StoreError::NoStorageAccess("dismissed".into());
    let error = failing(options, locked)
        .store_new(&account(), &tokens("access"))
        .unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
}

#[test]
fn what_a_store_gives_back_wrong_is_not_shown() {
    let secret = b"not-utf8-secret".to_vec();
    let keyring = failing(KeyringOptions::default(), StoreError::BadEncoding(secret));
    let error = keyring.load(&account()).err().unwrap();
    assert!(!format!("{error:?} {error}").contains("secret-"), "{error}");
    assert!(!format!("{error:?} {error}").contains("utf8"), "{error}");
}

#[test]
fn every_store_is_called_by_a_word_that_leads_back_to_it() {
    for kind in StoreKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
    assert!("plain-file".parse::<StoreKind>().is_err());
}
